#include "core/study/study_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "core/base/caught.h"
#include "core/base/file_name.h"
#include "core/config/knobs.h"
#include "core/record/folder/run_place.h"
#include "core/study/halving.h"
#include "core/study/study_runs.h"

namespace switchyard {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostNamed = 4;  // arms in a title

// What says when somebody was at it.
constexpr const char* kSigns[] = {kStudyFile, "runs",        kRungsFile, kComparisonFile,
                                  kSweepFile, "compare.log", "sweep.log"};

fs::file_time_type last_worked_on(const fs::path& study) {
  std::error_code code;
  fs::file_time_type last = fs::file_time_type::min();
  for (const char* sign : kSigns) {
    const fs::file_time_type at = fs::last_write_time(study / sign, code);
    if (!code) last = std::max(last, at);
  }
  return last;
}

// False: it was asked to end.
Result<bool> fill_in(ListedStudy& study, const std::function<bool()>& asked_to_end) {
  const auto plan = read_study(study.folder);
  if (!plan) return plan.error();
  study.title = title_of(*plan);
  study.is_sweep = is_sweep(*plan);
  study.steps = plan->steps, study.seeds = plan->seeds;
  const auto far = how_far(study.folder, *plan, asked_to_end);
  if (!far) return far.error();
  if (!*far) return false;
  study.far = **far;
  return true;
}

}  // namespace

fs::path default_studies_directory() {
  return path_of_text(absolute_text(text_of_path((default_runs_directory().parent_path() / "studies").native())));
}

std::string title_of(const StudyPlan& plan) {
  std::string title;
  if (is_sweep(plan)) {
    for (const StudyAxis& axis : plan.sweep.axes) {
      const Knob* const knob = find_knob(axis.key);
      title += (title.empty() ? "over " : " and ") + std::string(knob ? knob->label : std::string_view(axis.key));
    }
    return title;
  }
  const std::size_t named = std::min(plan.arms.size(), kMostNamed);
  for (std::size_t i = 0; i < named; ++i) title += (title.empty() ? "" : ", ") + plan.arms[i].name;
  if (named < plan.arms.size()) title += fmt::format(" and {} more", plan.arms.size() - named);
  return title;
}

std::string in_words(const HowFar& far) {
  std::string text = fmt::format("{} of {} runs", far.ended, far.planned);
  if (far.stages > 1) text = fmt::format("stage {} of {}, {}", far.stage, far.stages, text);
  if (!far.is_done && far.ended == far.planned && far.stage == far.stages) text += ", its report is missing";
  return text;
}

Result<std::optional<HowFar>> how_far(const fs::path& study, const StudyPlan& plan,
                                      const std::function<bool()>& asked_to_end) {
  const auto runs = read_runs(study, plan, asked_to_end);
  if (!runs) return runs.error();
  return *runs ? std::optional(how_far(study, plan, **runs)) : std::nullopt;
}

HowFar how_far(const fs::path& study, const StudyPlan& plan, const StudyRuns& runs) {
  HowFar far;
  far.planned = plan.arms.size() * static_cast<std::size_t>(plan.seeds);
  far.stages = rungs_of(plan).size();
  far.stage = std::min(runs.rungs.size() + 1, far.stages);
  far.is_at_work = runs.is_at_work;
  const std::int64_t reached = stage_of(plan, runs.rungs).steps;
  // Those that a stage before this one left behind have ended there.
  for (std::size_t a = 0; a < plan.arms.size(); ++a)
    far.ended +=
        static_cast<std::size_t>(std::count_if(runs.ended[a].begin(), runs.ended[a].end(), [&](const auto& ended) {
          return ended.has_value() || runs.steps[a] < reached;
        }));
  std::error_code code;
  far.is_done = far.ended == far.planned && far.stage == far.stages &&
                fs::exists(study / (is_sweep(plan) ? kSweepFile : kComparisonFile), code);
  return far;
}

std::vector<ListedStudy> list_studies(const fs::path& directory, const std::function<bool()>& asked_to_end) {
  std::vector<ListedStudy> studies;
  std::error_code code;
  for (fs::directory_iterator at(directory, code), end; !code && at != end; at.increment(code)) {
    std::error_code none;
    if (!fs::is_regular_file(at->path() / kStudyFile, none)) continue;
    ListedStudy& study = studies.emplace_back();
    study.folder = at->path();
    study.last_worked_on = last_worked_on(study.folder);
  }
  std::sort(studies.begin(), studies.end(), [](const ListedStudy& a, const ListedStudy& b) {
    return std::pair(b.last_worked_on, b.folder) < std::pair(a.last_worked_on, a.folder);
  });
  if (studies.size() > kMostListed) studies.resize(kMostListed);
  for (std::size_t i = 0; i < studies.size(); ++i) {
    // One that cannot be read hides no other.
    const Result<bool> read = caught("a study", [&] { return fill_in(studies[i], asked_to_end); });
    if (!read) {
      studies[i].error = read.error().message;
    } else if (!*read) {
      studies.resize(i);
      break;
    }
  }
  return studies;
}

}  // namespace switchyard
