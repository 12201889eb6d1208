#include "core/train/looks/edits.h"

#include <algorithm>
#include <utility>

#include "core/config/expert_names.h"

namespace switchyard {
namespace {

at::Tensor flags(const std::vector<std::uint8_t>& of, const at::Device& device) {
  if (std::none_of(of.begin(), of.end(), [](std::uint8_t one) { return one != 0; })) return {};
  return torch::tensor(of, at::kByte).to(at::kBool).to(device);
}

at::Tensor numbers(const std::vector<std::int32_t>& of, const at::Device& device) {
  return torch::tensor(of, at::kInt).to(at::kLong).to(device);
}

LayerEdit edit_of(const LayerIntervention& asked, std::int64_t experts, std::int64_t top_k,
                  const at::Device& device) {
  LayerEdit edit;
  edit.banned = flags(asked.banned, device);
  if (!asked.banned_of_token.empty()) {
    const at::Tensor by_token = flags(asked.banned_of_token, device);
    if (by_token.defined()) edit.banned = by_token.view({-1, experts});
  }
  edit.silenced = flags(asked.silenced, device);
  edit.silenced_choices = flags(asked.silenced_choices, device);
  bool replaces = false;
  for (std::size_t e = 0; e < asked.stand_in.size(); ++e)
    replaces |= asked.stand_in[e] != static_cast<std::int32_t>(e);
  if (std::any_of(asked.stand_in_choices.begin(), asked.stand_in_choices.end(),
                  [](std::int32_t one) { return one >= 0; }))
    edit.stand_in_choices = numbers(asked.stand_in_choices, device);
  if (replaces) edit.stand_in = numbers(asked.stand_in, device);
  if (std::any_of(asked.steer.begin(), asked.steer.end(), [](float by) { return by != 0; }))
    edit.steer = torch::tensor(asked.steer, at::kFloat).to(device);
  if (!asked.forced.empty()) edit.forced = numbers(asked.forced, device).view({-1, top_k});
  edit.gate = asked.gate;
  return edit;
}

}  // namespace

std::shared_ptr<const LayerEdits> edits_of(const Intervention& asked, const std::vector<std::int64_t>& blocks,
                                           std::int64_t experts, std::int64_t top_k, const at::Device& device) {
  auto edits = std::make_shared<LayerEdits>();
  for (std::size_t l = 0; l < std::min(asked.layers.size(), blocks.size()); ++l) {
    if (asked.layers[l].empty()) continue;
    const auto block = static_cast<std::size_t>(blocks[l]);
    if (edits->size() <= block) edits->resize(block + 1);
    (*edits)[block] = edit_of(asked.layers[l], experts, top_k, device);
  }
  if (edits->empty()) return nullptr;
  return edits;
}

std::shared_ptr<const LayerEdits> StandingEdits::of(const Config& config, const at::Device& device) {
  if (config.muted == kNobody && (config.steered == kNobody || config.steer == 0)) return nullptr;
  Intervention asked = standing_intervention(config);
  const bool same = edits_ && asked.layers == asked_.layers && experts_ == config.experts &&
                    layers_ == config.layers && moe_every_ == config.moe_every && device_ == device;
  if (same) return edits_;
  const std::vector<std::int32_t> blocks = moe_blocks(config);
  edits_ = edits_of(asked, {blocks.begin(), blocks.end()}, config.experts, config.top_k, device);
  asked_ = std::move(asked);
  experts_ = config.experts, layers_ = config.layers, moe_every_ = config.moe_every;
  device_ = device;
  return edits_;
}

}  // namespace switchyard
