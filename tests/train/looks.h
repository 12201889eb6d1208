// What tests of looks on request share: a small trained model and the probe's tokens as ids.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/train/small_trainer.h"

namespace switchyard {

inline const std::string kMoe = "model.layers.{}.block_sparse_moe.";
inline std::string of_layer(std::size_t layer, const std::string& name) {
  std::string full = kMoe + name;
  return full.replace(full.find("{}"), 2, std::to_string(layer));
}

inline Watch everything() {
  Watch watch;
  watch.distributions = watch.gradients = watch.experts = true;
  watch.logit_plane = watch.embedding_plane = watch.embeddings = true;
  watch.input = 1;
  return watch;
}

// [sequences, length] ids of the probe.
inline at::Tensor probe_ids(const ProbeTokens& tokens) {
  return torch::tensor(std::vector<std::int64_t>(tokens.id.begin(), tokens.id.end()), at::kLong)
      .view({-1, tokens.sequence_length});
}

inline std::unique_ptr<Trainer> trained(const Config& config, int steps) {
  auto trainer = make(config);
  losses(*trainer, steps);
  return trainer;
}

}  // namespace switchyard
