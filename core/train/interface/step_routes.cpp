#include "core/train/interface/step_routes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/config/expert_names.h"
#include "core/config/knobs.h"

namespace switchyard {
namespace {

std::vector<std::int32_t> blocks_of(const StepRoutes& routes) {
  std::vector<std::int32_t> blocks;
  for (const StepRoutes::Layer& layer : routes.layers) blocks.push_back(layer.block);
  return blocks;
}

}  // namespace

Result<void> fits(const StepRoutes& routes, const Config& config) {
  const auto differs = [&](const std::string& what, const auto& recorded, const auto& here) {
    return usage_error(
        fmt::format("step {}: {} of the recorded routes: {}, of this run: {}", routes.step, what, recorded, here));
  };
  const std::vector<std::int32_t> blocks = moe_blocks(config);
  if (const auto recorded = blocks_of(routes); recorded != blocks)
    return differs("blocks with experts", fmt::format("{}", fmt::join(recorded, ", ")),
                   fmt::format("{}", fmt::join(blocks, ", ")));
  const bool is_text = config.task == TaskKind::language;
  const std::int64_t length = is_text ? config.context : 1, all = config.batch_size * length * config.accumulation,
                     k = config.top_k;
  if (is_text && routes.sequence_length > 0 && routes.sequence_length != length)
    return differs("context, tokens a sequence,", routes.sequence_length, length);
  const std::vector<NamedInLayer> muted = named_in_layers(config.muted, config);
  const auto is_muted = [&](std::size_t layer, std::int32_t expert) {
    const auto e = static_cast<std::size_t>(expert);
    return layer < muted.size() && e < muted[layer].experts.size() && muted[layer].experts[e] != 0;
  };
  for (std::size_t l = 0; l < routes.layers.size(); ++l) {
    const StepRoutes::Layer& layer = routes.layers[l];
    const auto of_block = [&](const char* what) { return fmt::format("{} of block {}", what, layer.block); };
    if (layer.experts != config.experts) return differs(of_block("experts"), layer.experts, config.experts);
    if (layer.top_k != k) return differs(of_block("top_k"), layer.top_k, k);
    if (static_cast<std::int64_t>(layer.expert.size()) != all * k)
      return differs("tokens a step (batch_size x context x accumulation)",
                     static_cast<std::int64_t>(layer.expert.size()) / k, all);
    const std::int32_t* const first = layer.expert.data();
    for (const std::int32_t* token = first; token < first + all * k; token += k)
      for (const std::int32_t* one = token; one < token + k; ++one) {
        // Who is muted has no part in the balance, so nothing counts it.
        if (*one >= 0 && is_muted(l, *one))
          return usage_error(fmt::format(
              "step {}: the recorded routes send token {} of block {} to expert {}, which is muted here",
              routes.step, (token - first) / k, layer.block, *one));
        if (*one < 0 || *one >= layer.experts || std::find(token, one, *one) != one)
          return usage_error(
              fmt::format("step {}: the recorded routes send token {} of block {} to expert {}, allowed are {} "
                          "different ones from 0 to {}",
                          routes.step, (token - first) / k, layer.block, *one, k, layer.experts - 1));
      }
  }
  return {};
}

}  // namespace switchyard
