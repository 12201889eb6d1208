#include "app/run/derived/load_bins.h"

#include <algorithm>

#include "app/run/derived/views.h"

namespace switchyard::app {
namespace {

// Stretches from the first on that hold the same samples.
std::size_t same_stretches(const std::vector<std::size_t>& a, const std::vector<std::size_t>& b) {
  const auto both = static_cast<std::ptrdiff_t>(std::min(a.size(), b.size()));
  const auto same = std::mismatch(a.begin(), a.begin() + both, b.begin()).first - a.begin();
  return static_cast<std::size_t>(std::max<std::ptrdiff_t>(0, same - 1));
}

template <class T>
std::size_t bytes_of(const std::vector<T>& values) {
  return values.capacity() * sizeof(T);
}
std::size_t bytes_of(const Bins& bins) { return bytes_of(bins.edges) + bytes_of(bins.x); }

}  // namespace

const BinnedLoads& LoadBins::of(const History& history, std::size_t layer, Picture picture, const StepRange& range, std::size_t bands) {
  Kept& kept = kept_[{layer, picture}];
  BinnedLoads& loads = kept.loads;
  const std::size_t width = history.experts_ever(layer), experts = std::min(width, history.experts(layer));
  bands = std::min(bands, experts);
  const bool same_rows = kept.epoch == history.rows_epoch() && loads.width == width;
  const bool same_bands = same_rows && loads.bands == bands && kept.experts == experts;
  if (same_bands && kept.range == range && kept.rows == history.rows()) return loads;

  Bins bins = width > 0 ? make_bins(as_view(history.utilisation_x()), range.low, range.high, range.most) : Bins();
  const std::size_t known = same_rows ? same_stretches(bins.edges, loads.bins.edges) : 0;
  loads.bins = std::move(bins);
  loads.width = width;
  bin_table(loads.bins, history.utilisation_table(layer), width, loads.means, known);
  worked_out_ += loads.bins.x.size() - known;
  loads.bands = bands;
  worst_of_bands(loads.means, width, experts, bands, loads.worst, same_bands ? known : 0);
  kept = {history.rows_epoch(), range, history.rows(), experts, std::move(loads)};
  return kept.loads;
}

std::size_t LoadBins::bytes() const {
  std::size_t bytes = 0;
  for (const auto& [key, kept] : kept_)
    bytes += sizeof(key) + sizeof(kept) + bytes_of(kept.loads.bins) + bytes_of(kept.loads.means) +
             bytes_of(kept.loads.worst);
  return bytes;
}

const Bins& CurveBins::stretches(const History& history, const StepRange& range) {
  if (epoch_ == history.steps_epoch() && range_ == range && steps_ == history.size()) return bins_;
  bins_ = make_bins(as_view(history.x()), range.low, range.high, range.most);
  epoch_ = history.steps_epoch();
  range_ = range;
  steps_ = history.size();
  return bins_;
}

const std::vector<float>& CurveBins::means(const History& history, std::size_t layer, LayerScalar figure) {
  Kept& kept = kept_[{layer, figure}];
  const std::size_t known = kept.epoch == history.steps_epoch() ? same_stretches(bins_.edges, kept.edges) : 0;
  if (known < bins_.x.size() || kept.means.size() != bins_.x.size()) {
    worked_out_ += bins_.x.size() - known;
    bin_means(bins_, as_view(history.layer_scalar(layer, figure)), kept.means, known);
    kept.edges = bins_.edges;
  }
  kept.epoch = history.steps_epoch();
  return kept.means;
}

std::size_t CurveBins::bytes() const {
  std::size_t bytes = bytes_of(bins_);
  for (const auto& [key, kept] : kept_)
    bytes += sizeof(key) + sizeof(kept) + bytes_of(kept.edges) + bytes_of(kept.means);
  return bytes;
}

}  // namespace switchyard::app
