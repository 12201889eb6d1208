// What a model makes of a fixed text, or fixed points, under an intervention: token by token, so that two trials
// of the same look can be held against each other. Free of torch. NaN: does not exist here. Thread safety: values.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/base/looks.h"
#include "core/base/records.h"

namespace switchyard {

struct TrialWish {
  // About so many tokens (points) of held-out data, whole sequences, the same at every call; as many as there are,
  // where there are fewer. 0: those of the probe.
  std::int64_t tokens = 0;
  bool norms = false;  // TrialLayer::norm: one more pass of the experts
};

struct TrialLayer : LayerChoices {
  std::vector<float> entropy;  // [T] H(p) / ln N; NaN where the gate has no p
  std::vector<float> norm;     // [T k] |E(x)| of the chosen expert; empty unless asked for, and of expert choice
};

struct Trial {
  std::uint32_t model_id = 0;
  std::int64_t step = 0;
  // One of the two, by the task; what follows counts points as tokens.
  std::shared_ptr<const ProbeTokens> tokens;
  std::shared_ptr<const ProbePoints> points;
  std::vector<float> loss;              // [T] nats; the last of a sequence is NaN
  std::vector<std::int32_t> predicted;  // [T] the most probable output
  std::vector<std::int32_t> target;     // [T] the right one; -1 where the loss is NaN
  std::vector<TrialLayer> layers;       // by MoE layer; weights are the gate's, before anything is silenced

  std::size_t size() const { return loss.size(); }
};

}  // namespace switchyard
