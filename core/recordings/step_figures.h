// The figures of each step of a recording as a run of ours tells them, StepRecord by StepRecord: what a History,
// the curves and the alerts take. They are of all ranks that recorded the step.
//
// Loads are the counts where those were recorded, else those of the recorded choices. mean_prob and token_entropy
// need logits, p = softmax(logits); definitions as in core/measure/routing_metrics.h. What a recording lacks is
// NaN: the loss where none was given, every figure of drops and gradients, all of a layer that has nothing of the
// step (its `counts` are empty). LayerRecord::block is what the other program calls the layer. StepRecord::tokens
// are those recorded so far.
//
// Memory holds the steps that may still grow: those that a chunk to come may have too. Where they would take more
// than kMostHeldBytes the lowest are told as they are, and what comes of them later is left out and counted.
// Thread safety: an object belongs to one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "core/recordings/chunk_loads.h"
#include "core/recordings/sparse_loads.h"

namespace switchyard {

class StepFigures {
 public:
  static constexpr std::size_t kMostHeldBytes = std::size_t{192} << 20;
  using OnStep = std::function<void(StepRecord&&)>;
  explicit StepFigures(std::size_t most_held_bytes = kMostHeldBytes) : most_held_(most_held_bytes) {}

  // Tells, in order, each step below `below` (nothing: all of them) as soon as this chunk is past it: no later
  // chunk has it.
  void add(const RecordedChunk& chunk, std::optional<std::int64_t> below, const OnStep& on_step);
  // The same of a chunk whose tokens were counted only.
  void add(const ChunkLoads& loads, std::optional<std::int64_t> below, const OnStep& on_step);
  // Those below this step, whoever may still have something of them.
  void tell_below(std::int64_t below, const OnStep& on_step) { tell(below, on_step); }
  // Those that are held still.
  void finish(const OnStep& on_step) { tell({}, on_step); }
  std::size_t held_bytes() const { return held_; }
  // Rows that came too late for their step; loads or a loss without rows count as one.
  std::int64_t late() const { return late_; }
  // Layers whose logits are probabilities (routes.h), and were taken as such.
  const std::vector<std::uint8_t>& probabilities() const { return probabilities_; }

 private:
  struct OfRank {
    std::int32_t rank = 0;
    std::int64_t rows = 0;    // tokens that have something of the layer
    bool is_counted = false;  // its loads are counts: what it chose is in them already
  };
  struct Layer {
    SparseLoads loads;
    std::size_t experts = 0;
    std::vector<OfRank> ranks;
    std::vector<double> prob;  // [N] sum over tokens with logits
    double entropy = 0;        // sum over them, nats
    std::int64_t tokens = 0;   // with logits
  };
  struct Step {
    std::vector<Layer> layers;
    std::vector<std::pair<std::int32_t, double>> loss;  // by rank
    double wall_s = kMissing;
    std::size_t bytes = 0;
  };
  using AddRows = std::function<void(Layer&, std::size_t l)>;
  // What its layers have for logits: probabilities, or none.
  void begin_chunk(const RecordedChunk& chunk);
  // rows: tokens that it has of the step; add_rows: adds what they have to one layer.
  void take_step(const RecordedChunk& chunk, std::int64_t number, std::size_t rows, std::int64_t counted,
                 const AddRows& add_rows, std::optional<std::int64_t> below, const OnStep& on_step);
  void add_step(const RecordedChunk& chunk, std::int64_t number, std::size_t rows, std::int64_t counted,
                const AddRows& add_rows);
  void add_counts(Layer& layer, const RecordedChunk& chunk, const RecordedCells& cells, std::int64_t counted);
  void add_rows(Layer& layer, const RecordedChunk& chunk, std::size_t l, std::span<const std::uint32_t> rows);
  void tell(std::optional<std::int64_t> below, const OnStep& on_step);
  StepRecord record_of(std::int64_t number, const Step& step) const;

  std::map<std::int64_t, Step> steps_;
  std::size_t most_held_ = kMostHeldBytes;
  std::size_t held_ = 0;              // bytes of them
  std::vector<RecordedLayer> named_;  // as the last chunk has them
  std::optional<std::int64_t> told_;  // below this one
  std::int64_t tokens_ = 0, late_ = 0;
  std::vector<std::uint8_t> probabilities_, given_as_p_;  // the latter of the chunk that is added
};

}  // namespace switchyard
