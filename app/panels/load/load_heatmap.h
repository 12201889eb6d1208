// The heatmap of load over steps, which two panels draw: of the experts of one layer, and of every layer as a strip.
//
// Thread safety: window thread only.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "app/run/derived/load_bins.h"
#include "app/run/panel.h"
#include "viz/plots/heatmap.h"

namespace switchyard::app {

struct LoadHeatmap {
  const char* id = "load";
  ImVec2 size{0, 0};
  const Bins& bins;
  std::span<const viz::View<float>> rows{};    // utilisation; as long as the bins
  std::span<const std::string_view> labels{};  // of the rows
  std::string_view caption{};
  bool show_legend = true;
  int highlighted = -1;
};

// Loads of a layer over the steps that the plots over steps show.
const BinnedLoads& shown_loads(const PanelInput& in, const UiState& ui, LoadBins& kept, std::size_t layer,
                               LoadBins::Picture picture, std::size_t most, std::size_t bands = 0);
// Utilisation from 0 to 2 around the fair share; follows the zoom of the plots and their hover line. Registered
// under its id, with the steps that it shows.
viz::HeatmapResult draw_load_heatmap(const PanelInput& in, UiState& ui, const LoadHeatmap& heatmap);
// The tooltip of the cell under the mouse: `who`, its load there, and which steps it is the mean of.
void load_cell_tooltip(const PanelInput& in, const viz::HeatmapResult& cell, const Bins& bins, std::string_view who);

}  // namespace switchyard::app
