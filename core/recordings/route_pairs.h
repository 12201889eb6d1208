// Over all tokens of a recording: which experts of a layer were chosen for the same token, and which of the next
// layer its tokens went to. Sums of what core/insight's co_activation() and layer_flow() have of a look, and read
// by the same words.
//
// Layers of more than kMostPairedExperts are left out: their tables would be larger than the recording. Tables of
// more than kMostPairPlaces in all are a usage error, before memory is taken for them. Memory: the tables, twice a
// thread, of which there is one where they are large. Thread safety: an object belongs to one thread; the
// functions are pure.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/insight/layer_flow.h"
#include "core/recordings/reader.h"

namespace switchyard {

struct RoutePairs {
  struct Layer {
    std::int32_t experts = 0;
    std::int64_t tokens = 0;
    std::vector<std::int64_t>
        pairs;  // [N, N] tokens that chose both, symmetric; on the diagonal those that chose one
    bool empty() const { return pairs.empty(); }
    std::int64_t count(std::int32_t i, std::int32_t j) const {
      return pairs[static_cast<std::size_t>(i) * static_cast<std::size_t>(experts) + static_cast<std::size_t>(j)];
    }
  };
  std::vector<Layer> layers;
  std::vector<LayerFlow> flows;           // [layers - 1]
  std::int64_t tokens = 0, left_out = 0;  // chunks that cannot be read
  std::string why_left_out;               // the first of them
};

// As CoActivation::lift; of a flow the same against who has how many tokens: count A / (row column). NaN where it
// is not known.
double lift_of(const RoutePairs::Layer& layer, std::int32_t i, std::int32_t j);
double lift_of(const LayerFlow& flow, std::int32_t e, std::int32_t next);

// Places of all tables of these layers.
std::uint64_t pair_places(const std::vector<RecordedLayer>& layers);

class PairCounter {
 public:
  void add(const RecordedChunk& chunk);
  // Adds what another counted.
  void add(const PairCounter& other);
  RoutePairs pairs() const;

 private:
  struct Table {
    std::size_t rows = 0, columns = 0;
    std::int64_t tokens = 0;
    std::vector<std::int64_t> counts;
    // Counts of the chunk so far: half as wide, so that more of them fit into the cache.
    std::vector<std::uint32_t> lately;
  };
  static void fit(Table& table, std::size_t rows, std::size_t columns);
  static void settle(Table& table);
  std::vector<Table> together_, next_;
  std::int64_t tokens_ = 0;
};

// Of a folder of the canonical form, on up to two threads; a chunk that cannot be read is left out and told.
// on_progress: the share that has been read, on the calling thread.
Result<RoutePairs> pairs_of_folder(const std::filesystem::path& folder,
                                   const std::function<void(double)>& on_progress = {});
// Of any other form.
Result<RoutePairs> pairs_of(RecordingReader& reader, const std::function<void(double)>& on_progress = {});

}  // namespace switchyard
