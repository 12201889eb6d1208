#include "app/panels/causes/route_diff_sides.h"

#include <fmt/format.h>

#include "app/cli/causes/cause_reading.h"
#include "app/run/labels.h"
#include "viz/base/format.h"

namespace switchyard::app {
namespace {

constexpr std::size_t kMostKeptSides = 40;  // of a list somebody reads

std::string step_text(std::int64_t step) { return "step " + viz::grouped(static_cast<double>(step)); }

std::string_view precision_text(Precision precision) {
  switch (precision) {
    case Precision::fp32:
      return "fp32";
    case Precision::bf16:
      return "bf16";
    default:
      return "the precision of this machine";
  }
}

bool is_in(std::string_view path, std::string_view folder) {
  return !folder.empty() && path.starts_with(folder) &&
         (path.size() == folder.size() || path[folder.size()] == '/');
}

}  // namespace

std::vector<RouteSide> route_sides(const PanelInput& in) {
  std::vector<RouteSide> out;
  const std::vector<KeptStep>& kept = in.run.kept_steps;
  for (auto one = kept.rbegin(); one != kept.rend() && out.size() < kMostKeptSides; ++one)
    out.push_back(
        {one->name.empty() ? step_text(one->step) : fmt::format("{}, {}", one->name, step_text(one->step)),
         one->file});
  RunLabels labels = labels_in(in);
  for (const RunView* const run : in.others) {
    const RunStatus& status = status_of(in, *run);
    if (run == &in.run || status.run_folder.empty()) continue;
    out.push_back({std::move(labels[run]), status.run_folder});
  }
  for (const Precision precision : {Precision::bf16, Precision::fp32})
    if (in.status.config && in.status.config->precision != precision)
      out.push_back({fmt::format("itself in {}", precision_text(precision)), {}, precision});
  out.push_back({"itself", {}, {}});
  return out;
}

std::size_t route_side(const PanelInput& in, const std::vector<RouteSide>& sides, const CauseRequest& asked) {
  if (!asked.other.empty() || asked.other_precision)
    for (std::size_t i = 0; i < sides.size(); ++i)
      if (sides[i].other == asked.other && sides[i].precision == asked.other_precision) return i;
  std::size_t first = sides.size() - 1;
  for (const KeptStep& one : in.run.kept_steps) {
    if (one.step == in.status.step) continue;
    for (std::size_t i = 0; i < sides.size(); ++i)
      if (sides[i].other == one.file) return i;
    break;
  }
  if (first > 0) --first;  // another precision: itself alone differs in nothing
  return first;
}

std::string other_name(const PanelInput& in, const CauseReport& report) {
  const std::string& other = report.asked.other;
  std::string name;
  if (other.empty()) name = "itself";
  else if (is_in(other, in.status.run_folder)) name = step_text(report.other_step);
  if (name.empty())
    for (const RunView* const run : in.others)
      if (is_in(other, status_of(in, *run).run_folder))
        name = fmt::format("{} at {}", label_in(in, *run), step_text(report.other_step));
  if (name.empty())
    name = other == kUnknownModel ? "another model" : "another run at " + step_text(report.other_step);
  if (report.asked.other_precision) name += fmt::format(" in {}", precision_text(*report.asked.other_precision));
  return name;
}

}  // namespace switchyard::app
