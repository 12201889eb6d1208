// Validation and training loss of the runs that are compared, over one another; and what each has less than the
// first.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>
#include <string>
#include <vector>

#include "app/panels/compare/panels.h"
#include "app/panels/parts/panel_frame.h"
#include "app/panels/parts/panel_parts.h"
#include "app/panels/parts/panel_tables.h"
#include "app/panels/parts/point_text.h"
#include "app/panels/parts/time_plots.h"
#include "app/run/compared.h"
#include "core/compare/verdict.h"

namespace switchyard::app {
namespace {

constexpr std::string_view kBegin = "nothing to compare with: a right click on a knob tries a value beside";

// Curves point at what stands still here.
struct ComparedCurves {
  std::vector<Compared> runs;
  std::deque<std::string> names;
  std::vector<viz::Curve> curves;
  std::vector<TableCurve> columns;
};

// Nothing is drawn of any of them: the run that is shown may have no step yet while others have curves.
bool are_without_steps(const std::vector<Compared>& runs) {
  return std::all_of(runs.begin(), runs.end(), [](const Compared& one) { return one.run->history.empty(); });
}

void draw_compared_plot(const PanelInput& in, UiState& ui, const char* id, const ComparedCurves& shown,
                        viz::LinePlotSpec spec) {
  if (Table* table = wanted_table(in)) fill_curves(*table, "step", shown.columns, ui.plots[id]);
  spec.id = id;
  spec.size = ImGui::GetContentRegionAvail();
  spec.curves = shown.curves;
  spec.show_legend = spec.size.y > 90 * in.scale;
  if (spec.size.x <= 1 || spec.size.y <= 1) return;
  const viz::LinePlotResult result = viz::line_plot(spec, ui.plots[id], &ui.hover, in.theme, in.scale);
  if (result.view_changed) share_x_range(ui, id);
}

// The study of these runs with more seeds, where it has an interval already: held against the same first.
const StudyCurves* study_against(const std::string& first, const UiState& ui) {
  const StudyCurves* const study = ui.comparing.study.curves.get();
  return study && !study->arms.empty() && study->arms[0] == first && study->seeds >= kFirstVerdictSeeds ? study
                                                                                                        : nullptr;
}

// What the study says of the same setup: the mean as a thin line, its interval as a band.
void add_study(const Compared& run, const StudyCurves& study, ComparedCurves& shown) {
  const auto arm = std::find(study.arms.begin() + 1, study.arms.end(), run.label);
  if (arm == study.arms.end()) return;
  const ArmCurve& of = study.curves[static_cast<std::size_t>(arm - study.arms.begin())];
  shown.names.push_back(fmt::format("{}, {} seeds", run.label, study.seeds));
  const std::string& label = shown.names.back();
  shown.curves.push_back({.label = label,
                          .x = of.step,
                          .y = of.difference,
                          .colour = run.colour,
                          .style = run.style,
                          .sparse = true,
                          .low = of.difference_low,
                          .high = of.difference_high});
  shown.columns.push_back({fmt::format("{}: mean difference [nats]", label), of.step, of.difference, label});
  shown.columns.push_back({fmt::format("{}: least of 95 % [nats]", label), of.step, of.difference_low, label});
  shown.columns.push_back({fmt::format("{}: most of 95 % [nats]", label), of.step, of.difference_high, label});
}

}  // namespace

void draw_compared_loss_panel(const PanelInput& in, UiState& ui, Commands&) {
  const bool points = learns_points(in.status);
  open_panel(in, points ? "nats per point" : "nats per character", points ? &notes::loss_of_points : &notes::loss);
  ComparedCurves shown;
  shown.runs = compared_runs(in, ui);
  for (const Compared& one : shown.runs) {
    // Nats of a point and of a character are no two heights of one axis.
    if (learns_points(*one.status) != points) continue;
    const History& history = one.run->history;
    const History::Curve validation = history.validation();
    shown.names.push_back(one.label);
    const std::string& label = shown.names.back();
    // Training faint behind what is held out.
    shown.curves.push_back({.label = label,
                            .x = as_view(history.x()),
                            .y = as_view(history.scalar(Scalar::loss_smooth)),
                            .colour = one.colour,
                            .faint = true});
    shown.curves.push_back({.label = label,
                            .x = as_view(validation.x),
                            .y = as_view(validation.y),
                            .colour = one.colour,
                            .thickness = 2,
                            .style = one.style,
                            .sparse = true});
    shown.columns.push_back({fmt::format("{}: train loss, smoothed [nats]", label), shown.curves.end()[-2].x,
                             shown.curves.end()[-2].y, label});
    shown.columns.push_back({fmt::format("{}: {} loss [nats]", label, points ? "test" : "validation"),
                             shown.curves.back().x, shown.curves.back().y, label});
  }
  if (are_without_steps(shown.runs)) draw_not_ready(in, readiness_of_curves(in), "the curves start with the first step");
  else draw_compared_plot(in, ui, "compared loss", shown, {.empty_text = "no run is compared", .y_floor = 0});
  panel_end(in);
}

void draw_difference_panel(const PanelInput& in, UiState& ui, Commands&) {
  ComparedCurves shown;
  shown.runs = compared_runs(in, ui);
  const std::string first = shown.runs.empty() ? std::string() : shown.runs[0].label;
  const StudyCurves* const study = study_against(first, ui);
  open_panel(in, first.empty() ? std::string("validation loss")
                               : fmt::format("validation loss less that of {}: below 0 is better{}", first,
                                             study ? "; shaded: 95 % over seeds, each step by itself" : ""));
  std::vector<DifferenceCurve> differences;
  differences.reserve(shown.runs.size());
  for (std::size_t i = 1; i < shown.runs.size(); ++i) {
    const Compared& one = shown.runs[i];
    if (!learn_the_same(shown.runs[0], one)) continue;
    const DifferenceCurve& made = differences.emplace_back(difference_from(*shown.runs[0].run, *one.run));
    const bool paired = unpaired_knobs_of(shown.runs[0], one).empty();
    shown.names.push_back(paired ? one.label : one.label + " (unpaired)");
    const std::string& label = shown.names.back();
    shown.curves.push_back({.label = label,
                            .x = made.step,
                            .y = made.difference,
                            .colour = one.colour,
                            .thickness = 2,
                            .style = one.style,
                            .sparse = true});
    shown.columns.push_back({fmt::format("{}: difference [nats]", label), made.step, made.difference, label});
    if (study) add_study(one, *study, shown);
  }
  const std::array<viz::ReferenceLine, 1> none{{{.y = 0, .label = first}}};
  if (are_without_steps(shown.runs)) draw_not_ready(in, readiness_of_curves(in), "a difference takes two runs");
  else
    draw_compared_plot(in, ui, "difference", shown,
                       {.references = none,
                        .empty_text = !shown.curves.empty()   ? "no step that both were validated at yet"
                                      : shown.runs.size() > 1 ? "the others learn something else"
                                                              : kBegin,
                        .y_include = 0});
  panel_end(in);
}

}  // namespace switchyard::app
