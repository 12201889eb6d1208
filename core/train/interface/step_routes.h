// The experts of every token of a training step, told and taken back: what a run recorded of its own routing can
// be what another learns with (Trainer::tell_routes, follow_routes). Free of torch.
//
// T tokens of a step: its micro-batches one behind the other, each a batch of sequences, or of points; k choices
// of a token. Thread safety: values; a tap and a guide are called on the trainer's thread.
#pragma once

#include <cstdint>
#include <vector>

#include "core/base/result.h"
#include "core/config/config.h"

namespace switchyard {

struct StepRoutes {
  struct Layer {
    std::int32_t block = 0, experts = 0, top_k = 0;
    std::vector<std::int32_t> expert;  // [T k] before capacity, in the order of the gate, best first
  };

  std::int64_t step = 0;
  double loss = 0;  // cross-entropy of the step, nats a token; of a guide's nothing
  std::int64_t sequence_length =
      0;  // tokens of each of the T / sequence_length sequences; points: of a micro-batch
  std::vector<std::int32_t> token;  // [T] ids of the model's input; points, or not recorded: empty
  std::vector<Layer> layers;        // MoE layers, by block

  std::size_t tokens() const {
    return layers.empty() ? 0 : layers.front().expert.size() / static_cast<std::size_t>(layers.front().top_k);
  }
};

// Whether a model of these settings can send the tokens of its step there: its blocks, experts and top_k, as many
// tokens, different experts, none of them muted. usage: what differs, recorded and of this run.
Result<void> fits(const StepRoutes& routes, const Config& config);

// Is told of each step that was made.
class RouteTap {
 public:
  virtual ~RouteTap() = default;
  virtual void take(const StepRoutes& routes) = 0;
};

// Says whom each token of a step goes to, as one that was recorded; the trainer holds it against its own layers
// and batch. usage: it has none of that step.
class RouteGuide {
 public:
  virtual ~RouteGuide() = default;
  virtual Result<const StepRoutes*> routes_of(std::int64_t step) = 0;
};

}  // namespace switchyard
