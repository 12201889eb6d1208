#include "core/train/optimizer/frozen.h"

#include <algorithm>

#include "core/config/expert_names.h"

namespace switchyard {
namespace {

// Of one parameter: the rows that stay, of those that are here.
std::vector<std::int64_t> frozen_rows(const Parameter& parameter, const std::vector<NamedInLayer>& named,
                                      const std::vector<NamedInLayer>& muted,
                                      const std::vector<std::int32_t>& blocks) {
  std::vector<std::int64_t> rows;
  const bool of_router = parameter.part == Parameter::Part::router;
  if (!parameter.per_expert && !of_router) return rows;
  for (std::size_t l = 0; l < blocks.size(); ++l) {
    // A router that layers share is frozen where any of them names it.
    if (parameter.block >= 0 && parameter.block != blocks[l]) continue;
    const std::int64_t count = parameter.value.dim() == 0 ? 1 : parameter.value.size(0);
    for (std::int64_t row = 0; row < count; ++row)
      if (const auto expert = static_cast<std::size_t>(parameter.first_expert + row);
          of_router ? named[l].router : named[l].experts[expert] != 0 || muted[l].experts[expert] != 0)
        rows.push_back(row);
    if (of_router && named[l].router) break;
  }
  return rows;
}

}  // namespace

FrozenParts::FrozenParts(const Config& config, const AdamW& optimizer) {
  if (config.frozen == kNobody && config.muted == kNobody) return;
  at::NoGradGuard no_grad;
  const std::vector<std::int32_t> blocks = moe_blocks(config);
  const std::vector<NamedInLayer> named = named_in_layers(config.frozen, config),
                                  muted = named_in_layers(config.muted, config);
  for (const AdamW::State& state : optimizer.states()) {
    const at::Tensor value = state.parameter->value.detach();
    const auto row_of = [](const at::Tensor& all, std::int64_t row) { return all.dim() == 0 ? all : all[row]; };
    for (const std::int64_t row : frozen_rows(*state.parameter, named, muted, blocks)) {
      if (const at::Tensor& grad = state.parameter->value.grad(); grad.defined()) row_of(grad, row).zero_();
      for (const at::Tensor& all : {value, state.first, state.second})
        if (all.defined()) kept_.push_back({row_of(all, row), row_of(all, row).clone()});
    }
  }
}

void FrozenParts::put_back() const {
  at::NoGradGuard no_grad;
  for (const Kept& kept : kept_) kept.part.copy_(kept.was);
}

}  // namespace switchyard
