// Whom the tokens of a step went to, told; and sent to others than the router would have chosen.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/config/expert_names.h"
#include "core/config/gates.h"
#include "core/config/knobs.h"
#include "core/train/means/device.h"
#include "core/train/trainer_impl.h"

namespace switchyard {
namespace {

// usage: no token of this model has so many experts of its own.
Result<void> check_routed(const Config& config, const Layout& layout) {
  if (!layout.one())
    return usage_error("routes are recorded, and followed, by one process: several have each a part of them");
  if (config.ffn == Ffn::dense)
    return usage_error("this model has no experts (ffn = dense): there are no routes to record or to follow");
  const GateTraits has = traits(config.gate);
  if (!has.choices || !has.top_k)
    return usage_error(
        fmt::format("gate = {}: not every token has top_k experts of its own, so there are no routes to record or "
                    "to follow",
                    to_text(find_knob("gate")->get(config))));
  return {};
}

std::vector<std::int32_t> blocks_of(const StepRoutes& routes) {
  std::vector<std::int32_t> blocks;
  for (const StepRoutes::Layer& layer : routes.layers) blocks.push_back(layer.block);
  return blocks;
}

}  // namespace

Result<void> TrainerImpl::tell_routes(RouteTap* tap) {
  if (tap)
    if (auto good = check_routed(running_, model_->layout); !good) return good;
  tap_ = tap;
  model_->forget_partial_step();
  return {};
}

Result<void> TrainerImpl::follow_routes(RouteGuide* guide) {
  if (guide)
    if (auto good = check_routed(running_, model_->layout); !good) return good;
  guide_ = guide;
  model_->forget_partial_step();
  return {};
}

Result<void> TrainerImpl::take_guided(PassContext& context, std::int64_t batches) {
  if (auto good = check_routed(running_, model_->layout); !good) return good;
  const std::int64_t step = model_->step + 1;
  const auto asked = guide_->routes_of(step);
  if (!asked) return asked.error();
  const StepRoutes& routes = **asked;
  const auto differs = [&](const std::string& what, const auto& recorded, const auto& here) {
    return usage_error(
        fmt::format("step {}: {} of the recorded routes: {}, of this run: {}", step, what, recorded, here));
  };
  const std::vector<std::int32_t> blocks = moe_blocks(running_);
  if (const auto recorded = blocks_of(routes); recorded != blocks)
    return differs("blocks with experts", fmt::format("{}", fmt::join(recorded, ", ")),
                   fmt::format("{}", fmt::join(blocks, ", ")));
  const bool is_text = running_.task == TaskKind::language;
  const std::int64_t length = is_text ? running_.context : 1, batch = running_.batch_size * length,
                     all = batch * running_.accumulation, k = running_.top_k;
  if (is_text && routes.sequence_length > 0 && routes.sequence_length != length)
    return differs("context, tokens a sequence,", routes.sequence_length, length);
  const std::vector<NamedInLayer> muted = named_in_layers(running_.muted, running_);
  const auto is_muted = [&](std::size_t layer, std::int32_t expert) {
    const auto e = static_cast<std::size_t>(expert);
    return layer < muted.size() && e < muted[layer].experts.size() && muted[layer].experts[e] != 0;
  };
  LayerEdits edits = context.routing.edits ? *context.routing.edits : LayerEdits();
  edits.resize(std::max(edits.size(), static_cast<std::size_t>(blocks.back()) + 1));
  for (std::size_t l = 0; l < routes.layers.size(); ++l) {
    const StepRoutes::Layer& layer = routes.layers[l];
    const auto of_block = [&](const char* what) { return fmt::format("{} of block {}", what, layer.block); };
    if (layer.experts != running_.experts) return differs(of_block("experts"), layer.experts, running_.experts);
    if (layer.top_k != k) return differs(of_block("top_k"), layer.top_k, k);
    if (static_cast<std::int64_t>(layer.expert.size()) != all * k)
      return differs("tokens a step (batch_size x context x accumulation)",
                     static_cast<std::int64_t>(layer.expert.size()) / k, all);
    const std::int32_t* const first = layer.expert.data() + batches * batch * k;
    for (const std::int32_t* token = first; token < first + batch * k; token += k)
      for (const std::int32_t* one = token; one < token + k; ++one) {
        // Who is muted has no part in the balance, so nothing counts it.
        if (*one >= 0 && is_muted(l, *one))
          return usage_error(fmt::format(
              "step {}: the recorded routes send token {} of block {} to expert {}, which is muted here", step,
              (token - layer.expert.data()) / k, layer.block, *one));
        if (*one < 0 || *one >= layer.experts || std::find(token, one, *one) != one)
          return usage_error(
              fmt::format("step {}: the recorded routes send token {} of block {} to expert {}, allowed are {} "
                          "different ones from 0 to {}",
                          step, (token - layer.expert.data()) / k, layer.block, *one, k, layer.experts - 1));
      }
    edits[static_cast<std::size_t>(layer.block)].forced =
        at::from_blob(const_cast<std::int32_t*>(first), {batch, k}, at::kInt)
            .to(*device_of(running_.device), at::kLong);
  }
  context.routing.edits = std::make_shared<const LayerEdits>(std::move(edits));
  return {};
}

Result<void> TrainerImpl::check_guided(const TaskPass& seen, std::int64_t batches) {
  const std::int64_t step = model_->step + 1;
  const auto asked = guide_->routes_of(step);
  if (!asked) return asked.error();
  const std::vector<std::int32_t>& recorded = (*asked)->token;
  if (!seen.inputs.defined()) return {};
  const at::Tensor inputs = seen.inputs.cpu();
  const std::int64_t count = inputs.numel(), begin = batches * count;
  if (static_cast<std::int64_t>(recorded.size()) < begin + count) return {};  // not recorded
  const std::int64_t* const here = inputs.data_ptr<std::int64_t>();
  for (std::int64_t t = 0; t < count; ++t)
    if (recorded[static_cast<std::size_t>(begin + t)] != here[t])
      return usage_error(fmt::format(
          "step {}: token {} of the recorded routes is number {} of the vocabulary, of this run {}: they "
          "are of other batches (text, seed, batch_size, context, accumulation)",
          step, begin + t, recorded[static_cast<std::size_t>(begin + t)], here[t]));
  return {};
}

// What cannot be recorded is a step without layers: that ends nothing.
Result<void> TrainerImpl::note_routes(const TaskPass& seen, std::int64_t batches) {
  const bool can = static_cast<bool>(check_routed(running_, model_->layout));
  const auto add = [](std::vector<std::int32_t>& to, const at::Tensor& from) {
    const at::Tensor numbers = from.detach().to(at::kCPU, at::kInt).contiguous();
    to.insert(to.end(), numbers.data_ptr<std::int32_t>(), numbers.data_ptr<std::int32_t>() + numbers.numel());
  };
  if (batches == 0) {
    routes_ = {};
    routes_.step = model_->step + 1;
    for (const MoeTrace& layer : seen.pass.trace)
      if (can)
        routes_.layers.push_back({static_cast<std::int32_t>(layer.block),
                                  static_cast<std::int32_t>(running_.experts),
                                  static_cast<std::int32_t>(running_.top_k),
                                  {}});
  }
  routes_.sequence_length = seen.targets.numel() / seen.sequences;
  if (seen.inputs.defined()) add(routes_.token, seen.inputs);
  for (std::size_t l = 0; l < routes_.layers.size(); ++l)
    add(routes_.layers[l].expert, seen.pass.trace[l].routing.experts);
  return {};
}

}  // namespace switchyard
