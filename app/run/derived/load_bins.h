// Loads of experts and figures of layers over stretches of steps, kept from frame to frame: a new step costs the newest
// stretch alone. A change of the range, or of old steps, costs what changed.
//
// Holds a table for each layer and picture and a curve for each figure, of at most a few hundred stretches whatever the
// length of the run. Thread safety: window thread only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "app/run/derived/binned.h"
#include "core/history/history.h"
#include "viz/base/view.h"

namespace switchyard::app {

// Mean utilisation (fair share 1) of each expert there ever was in a layer, by stretch.
struct BinnedLoads {
  Bins bins;
  std::size_t width = 0;      // experts there ever were
  std::vector<float> means;   // [bins, width]; NaN where an expert was not there
  std::size_t bands = 0;      // of neighbouring experts, as worst_of_bands()
  std::vector<float> worst;   // [bins, bands]

  // Of one expert, of one band, over the bins.
  viz::View<float> of(std::size_t expert) const { return column(means, expert, width); }
  viz::View<float> worst_of(std::size_t band) const { return column(worst, band, bands); }

 private:
  viz::View<float> column(const std::vector<float>& table, std::size_t at, std::size_t count) const {
    return viz::View<float>(table.data() + at, bins.x.size(), 0, bins.x.size(), count);
  }
};

// What a picture shows of the steps: about `most` stretches with x in [low, high].
struct StepRange {
  double low = 0, high = 0;
  std::size_t most = 1;
  bool operator==(const StepRange&) const = default;
};

class LoadBins {
 public:
  // Who asks: each picture has its own number of stretches.
  enum class Picture { layers, one_layer, timeline, health };

  // As bin_table() over make_bins(); the layer's experts also as at most `bands` bands, 0: as none. Without rows there are
  // no bins. Valid until the next call for this layer and picture.
  const BinnedLoads& of(const History& history, std::size_t layer, Picture picture, const StepRange& range, std::size_t bands = 0);
  // Stretches worked out so far.
  std::size_t worked_out() const { return worked_out_; }
  std::size_t bytes() const;

 private:
  struct Kept {
    std::uint64_t epoch = 0;
    StepRange range;
    std::size_t rows = 0, experts = 0;
    BinnedLoads loads;
  };
  std::map<std::pair<std::size_t, Picture>, Kept> kept_;
  std::size_t worked_out_ = 0;
};

// The figures of layers in small plots; one picture.
class CurveBins {
 public:
  // The stretches, as make_bins() over the steps; valid until the next call.
  const Bins& stretches(const History& history, const StepRange& range);
  // A layer's figure over them, as bin_means(); valid until the next call for it.
  const std::vector<float>& means(const History& history, std::size_t layer, LayerScalar figure);
  std::size_t worked_out() const { return worked_out_; }
  std::size_t bytes() const;

 private:
  struct Kept {
    std::uint64_t epoch = 0;
    std::vector<std::size_t> edges;
    std::vector<float> means;
  };
  Bins bins_;
  std::uint64_t epoch_ = 0;
  StepRange range_;
  std::size_t steps_ = 0;
  std::map<std::pair<std::size_t, LayerScalar>, Kept> kept_;
  std::size_t worked_out_ = 0;
};

}  // namespace switchyard::app
