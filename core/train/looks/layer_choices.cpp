#include "core/train/looks/layer_choices.h"

#include "core/model/base/to_vector.h"

namespace switchyard {
namespace {

// Rows `first` and `count` - 1 after it.
LayerChoices some_choices(const MoeTrace& seen, const Choices& choices, std::int64_t first, std::int64_t count) {
  LayerChoices layer;
  layer.block = static_cast<std::int32_t>(seen.block);
  layer.experts = static_cast<std::int32_t>(seen.plan->experts);
  layer.top_k = static_cast<std::int32_t>(choices.width);
  layer.expert = to_vector<std::int32_t>(choices.experts.narrow(0, first, count));
  layer.weight = to_vector<float>(choices.weights.narrow(0, first, count));
  const auto kept = choices.kept.begin() + static_cast<std::ptrdiff_t>(first * choices.width);
  layer.kept.assign(kept, kept + static_cast<std::ptrdiff_t>(count * choices.width));
  return layer;
}

}  // namespace

LayerChoices layer_choices(const MoeTrace& seen, const Choices& choices) {
  return some_choices(seen, choices, 0, choices.experts.size(0));
}

LayerChoices layer_choices(const MoeTrace& seen, const Choices& choices, std::int64_t token) {
  return some_choices(seen, choices, token, 1);
}

}  // namespace switchyard
