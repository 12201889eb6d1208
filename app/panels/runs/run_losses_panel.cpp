// Validation losses of the runs that are selected in the table, over their steps; of a grouping each setup as the
// mean of its seeds, with their range behind it.
#include <fmt/format.h>

#include <deque>
#include <string>
#include <vector>

#include "app/library/run_curve.h"
#include "app/panels/parts/panel_frame.h"
#include "app/panels/parts/panel_parts.h"
#include "app/panels/parts/panel_tables.h"
#include "app/panels/runs/drawn_runs.h"
#include "app/panels/runs/panels.h"
#include "viz/plots/line_plot.h"

namespace switchyard::app {
namespace {

std::string says_drawn(const RunListing& listing, const DrawnRuns& drawn) {
  if (drawn.drawn.empty()) return {};
  const bool grouped = listing.query.grouped;
  const std::size_t count = drawn.drawn.size();
  std::string text;
  if (drawn.left_out > 0) text = fmt::format("the first {} of {} selected", count, count + drawn.left_out);
  else if (drawn.is_selection) text = fmt::format("{} selected", count);
  else text = count == 1 ? "the first of the table" : fmt::format("the first {} of the table", count);
  return text + (grouped ? " · nats; mean over seeds, with their range" : " · nats");
}

// Of those of its runs that are known.
RunCurve curve_of(const LibraryView& view, const DrawnRun& run) {
  std::vector<const RunCurve*> known;
  for (const std::filesystem::path& folder : run.folders)
    if (const auto at = view.curves.find(folder); at != view.curves.end() && !at->second->step.empty())
      known.push_back(at->second.get());
  return mean_curve(known);
}

}  // namespace

void draw_run_losses_panel(const PanelInput& in, UiState& ui, Commands&) {
  LibraryView& view = ui.library;
  const std::shared_ptr<const RunListing> listing = view.listing;
  const DrawnRuns drawn = listing ? drawn_runs(*listing, view, in.theme) : DrawnRuns{};
  open_panel(in, listing ? says_drawn(*listing, drawn) : std::string());
  view.in_sight = true;
  view.wanted_curves.clear();  // it is drawn off the screen too
  for (const DrawnRun& run : drawn.drawn)
    view.wanted_curves.insert(view.wanted_curves.end(), run.folders.begin(), run.folders.end());
  if (drawn.drawn.empty()) {
    draw_empty(in, "no run to draw", "those that are selected in the table have their losses here");
    return panel_end(in);
  }
  std::deque<RunCurve> held;
  std::vector<viz::Curve> curves;
  std::vector<TableCurve> columns;
  for (const DrawnRun& run : drawn.drawn) {
    const RunCurve& curve = held.emplace_back(curve_of(view, run));
    curves.push_back({.label = run.label,
                      .x = curve.step,
                      .y = curve.val_loss,
                      .colour = run.colour,
                      .thickness = run.name == view.hovered ? 3.5f : 2.0f,
                      .style = run.style,
                      .sparse = true,
                      .low = curve.low,
                      .high = curve.high});
    columns.push_back(
        {fmt::format("{}: validation loss [nats]", run.label), curves.back().x, curves.back().y, run.label});
    if (curve.low.empty()) continue;
    columns.push_back({fmt::format("{}: least [nats]", run.label), curves.back().x, curves.back().low, run.label});
    columns.push_back(
        {fmt::format("{}: largest [nats]", run.label), curves.back().x, curves.back().high, run.label});
  }
  constexpr const char* kPlot = "run losses";
  if (Table* table = wanted_table(in)) fill_curves(*table, "step", columns, ui.plots[kPlot]);
  viz::LinePlotSpec spec{.id = kPlot,
                         .size = ImGui::GetContentRegionAvail(),
                         .curves = curves,
                         .empty_text = "none of them has been validated yet"};
  spec.show_legend = spec.size.y > 90 * in.scale;
  if (spec.size.x > 1 && spec.size.y > 1) {
    const viz::LinePlotResult result = viz::line_plot(spec, ui.plots[kPlot], &ui.hover, in.theme, in.scale);
    if (result.hovered_curve >= 0 && static_cast<std::size_t>(result.hovered_curve) < drawn.drawn.size())
      view.hovered = drawn.drawn[static_cast<std::size_t>(result.hovered_curve)].name;
  }
  panel_end(in);
}

}  // namespace switchyard::app
