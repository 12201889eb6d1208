#include "app/panels/load_bins.h"

#include <algorithm>

#include "app/panels/panel_parts.h"

namespace switchyard::app {

const BinnedLoads& LoadBins::of(const History& history, std::size_t layer, Picture picture, double low, double high, std::size_t most) {
  Kept& kept = kept_[{layer, picture}];
  const std::size_t width = history.experts_ever(layer);
  Bins bins = width > 0 ? make_bins(as_view(history.utilisation_x()), low, high, most, history.breaks()) : Bins();
  BinnedLoads& loads = kept.loads;
  // Stretches of the same rows have the same means as long as no old row changed.
  std::size_t known = 0;
  if (kept.epoch == history.rows_epoch() && loads.width == width) {
    const std::size_t both = std::min(bins.x.size(), loads.bins.x.size());
    while (known < both && bins.edges[known] == loads.bins.edges[known] && bins.edges[known + 1] == loads.bins.edges[known + 1])
      ++known;
  }
  kept.epoch = history.rows_epoch();
  loads.bins = std::move(bins);
  loads.width = width;
  bin_table(loads.bins, history.utilisation_table(layer), width, loads.means, known);
  worked_out_ += loads.bins.x.size() - known;
  return loads;
}

}  // namespace switchyard::app
