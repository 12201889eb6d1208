// Loads of experts over stretches of steps, kept from frame to frame: a new step costs the newest stretch alone. A change
// of the range or of old rows costs what changed.
//
// Holds one table for each layer and picture, of at most a few hundred stretches whatever the length of the run.
// Thread safety: window thread only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "app/panels/binned.h"
#include "core/session/history.h"
#include "viz/view.h"

namespace switchyard::app {

// Mean utilisation (fair share 1) of each expert there ever was in a layer, by stretch.
struct BinnedLoads {
  Bins bins;
  std::size_t width = 0;     // experts there ever were
  std::vector<float> means;  // [bins, width]; NaN where an expert was not there

  std::span<const float> table() const { return means; }
  // Of one expert over the bins.
  viz::View<float> of(std::size_t expert) const {
    return viz::View<float>(means.data() + expert, bins.x.size(), 0, bins.x.size(), width);
  }
};

class LoadBins {
 public:
  // Who asks: each picture has its own number of stretches.
  enum class Picture { layers, one_layer, timeline, health };

  // Over about `most` stretches with x in [low, high]; as bin_table() over make_bins(). Without rows there are no bins.
  // Valid until the next call for this layer and picture.
  const BinnedLoads& of(const History& history, std::size_t layer, Picture picture, double low, double high, std::size_t most);
  // Stretches worked out so far.
  std::size_t worked_out() const { return worked_out_; }

 private:
  struct Kept {
    std::uint64_t epoch = 0;
    BinnedLoads loads;
  };
  std::map<std::pair<std::size_t, Picture>, Kept> kept_;
  std::size_t worked_out_ = 0;
};

}  // namespace switchyard::app
