// A checkpoint for the window, of one layer without a router.
#pragma once

#include <memory>
#include <optional>

#include "app/run/checkpoint_shown.h"

namespace switchyard::test {

inline std::shared_ptr<app::CheckpointShown> small_checkpoint() {
  auto news = std::make_shared<CheckpointNews>();
  auto facts = std::make_shared<CheckpointFacts>();
  const TensorType* const type = tensor_type("BF16");
  ExpertLayer layer;
  layer.layer = 4, layer.d = 8, layer.ff = 2;
  layer.experts.assign(
      3, ExpertMatrices{WeightMatrix{0, 0, 0, 2, 8, type}, std::nullopt, WeightMatrix{0, 0, 0, 8, 2, type}});
  facts->model.layers = {layer};
  facts->expert_name = "model.layers.L.mlp.experts.E.gate_proj.weight";
  news->facts = facts;
  news->routers.resize(1), news->experts.resize(1);
  auto shown = std::make_shared<app::CheckpointShown>();
  shown->news = news;
  shown->name = "small";
  return shown;
}

}  // namespace switchyard::test
