#include "app/panels/load/load_heatmap.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <tuple>

#include "app/panels/parts/panel_parts.h"
#include "app/panels/parts/time_plots.h"
#include "app/ui/registry.h"
#include "viz/base/format.h"

namespace switchyard::app {

const BinnedLoads& shown_loads(const PanelInput& in, const UiState& ui, LoadBins& kept, std::size_t layer,
                               LoadBins::Picture picture, std::size_t most, std::size_t bands) {
  const auto view = ui.plots.find("loss");
  const bool all = view == ui.plots.end() || view->second.fit_x;
  const auto [first, last] = all_steps(in, true);
  return kept.of(in.run.history, layer, picture,
                 {all ? first : view->second.x_min, all ? last : view->second.x_max, most}, bands);
}

viz::HeatmapResult draw_load_heatmap(const PanelInput& in, UiState& ui, const LoadHeatmap& heatmap) {
  viz::PlotState view = ui.plots["loss"];
  // Side by side a step is at one place in all of them.
  if (in.several && view.fit_x) {
    std::tie(view.x_min, view.x_max) = all_steps(in, true);
    view.fit_x = view.x_min >= view.x_max;
  }
  const viz::HeatmapResult result = viz::heatmap({.id = heatmap.id,
                                                  .size = heatmap.size,
                                                  .x = heatmap.bins.x,
                                                  .rows = heatmap.rows,
                                                  .labels = heatmap.labels,
                                                  .value_min = 0,
                                                  .value_max = 2,
                                                  .min_label = "0×",
                                                  .max_label = "2×",
                                                  .caption = heatmap.caption,
                                                  .show_legend = heatmap.show_legend,
                                                  .highlighted = heatmap.highlighted,
                                                  .empty_text = "fills with the first steps"},
                                                 &view, &ui.hover, in.theme, in.scale);
  if (const auto& x = heatmap.bins.x; !x.empty())
    register_item(heatmap.id, fmt::format("steps {} to {}", viz::grouped(view.fit_x ? x.front() : view.x_min),
                                          viz::grouped(view.fit_x ? x.back() : view.x_max)));
  else register_item(heatmap.id);
  return result;
}

void load_cell_tooltip(const PanelInput& in, const viz::HeatmapResult& cell, const Bins& bins, std::string_view who) {
  ImGui::SetTooltip(
      "%s", fmt::format("{}  {}\nstep {}, mean of {} steps", who,
                        std::isfinite(cell.value) ? viz::times(cell.value) : "not there yet",
                        viz::grouped(static_cast<double>(std::llround(cell.x))),
                        viz::grouped(std::max(bins.width, static_cast<double>(in.run.history.row_steps()))))
                .c_str());
}

}  // namespace switchyard::app
