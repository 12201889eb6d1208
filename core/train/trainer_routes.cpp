// Whom the tokens of a step went to, told; and sent to others than the router would have chosen.
#include <fmt/format.h>

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
  checked_routes_ = -1;
  model_->forget_partial_step();
  return {};
}

Result<void> TrainerImpl::take_guided(PassContext& context, std::int64_t batches) {
  if (auto good = check_routed(running_, model_->layout); !good) return good;
  const auto asked = guide_->routes_of(model_->step + 1);
  if (!asked) return asked.error();
  const StepRoutes& routes = **asked;
  // Once a step, not with each of its micro-batches; settings may change between two of them.
  if (checked_routes_ != routes.step || checked_by_ != running_) {
    if (auto good = fits(routes, running_); !good) return good;
    checked_routes_ = routes.step, checked_by_ = running_;
  }
  const std::vector<std::int32_t> blocks = moe_blocks(running_);
  const bool is_text = running_.task == TaskKind::language;
  const std::int64_t batch = running_.batch_size * (is_text ? running_.context : 1), k = running_.top_k;
  LayerEdits edits = context.routing.edits ? *context.routing.edits : LayerEdits();
  edits.resize(std::max(edits.size(), static_cast<std::size_t>(blocks.back()) + 1));
  for (const StepRoutes::Layer& layer : routes.layers) {
    const std::int32_t* const first = layer.expert.data() + batches * batch * k;
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
