// The figures of each step of a recording as a run of ours tells them, StepRecord by StepRecord: what a History,
// the curves and the alerts take. They are of all ranks that recorded the step.
//
// Loads are the counts where those were recorded, else those of the recorded choices. mean_prob and token_entropy
// need logits, p = softmax(logits); definitions as in core/measure/routing_metrics.h. What a recording lacks is
// NaN: the loss where none was given, every figure of drops and gradients, all of a layer that has nothing of the
// step (its `counts` are empty). LayerRecord::block is what the other program calls the layer. StepRecord::tokens
// are those recorded so far.
//
// Memory holds the steps that were not taken yet. Thread safety: an object belongs to one thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/recordings/recording.h"

namespace switchyard {

class StepFigures {
 public:
  void add(const RecordedChunk& chunk);
  // The steps below this one, all where it is nothing, in order. They must not come again: what is added of them
  // later is left out, and counted.
  std::vector<StepRecord> take(std::optional<std::int64_t> below);
  // Rows that came too late for their step.
  std::int64_t late() const { return late_; }
  // Layers whose logits are probabilities (routes.h), and were taken as such.
  const std::vector<std::uint8_t>& probabilities() const { return probabilities_; }

 private:
  struct Loads {
    std::vector<double> counted, chosen;  // [N]; empty: none
    std::int64_t rows = 0;                // tokens that have something of the layer
  };
  struct Layer {
    std::map<std::int32_t, Loads> ranks;
    std::vector<double> prob;  // [N] sum over tokens with logits
    double entropy = 0;        // sum over them, nats
    std::int64_t tokens = 0;   // with logits
  };
  struct Step {
    std::vector<Layer> layers;
    std::vector<RecordedLayer> named;
    std::map<std::int32_t, double> loss;  // by rank
    double wall_s = kMissing;
  };
  Step* step_at(std::int64_t step, const RecordedChunk& chunk);
  static StepRecord record_of(std::int64_t number, const Step& step);

  std::map<std::int64_t, Step> steps_;
  std::optional<std::int64_t> taken_;  // below this one
  std::int64_t tokens_ = 0, late_ = 0;
  std::vector<std::uint8_t> probabilities_;
};

}  // namespace switchyard
