#include "core/train/optimizer/surgery.h"

#include <algorithm>
#include <map>
#include <string>

#include "core/model/kernels/draws.h"
#include "core/train/ranks/whole.h"

namespace switchyard {

std::vector<std::int64_t> surgery_plan(std::vector<double> loads, std::int64_t experts) {
  std::vector<std::int64_t> source;
  const auto old_count = static_cast<std::int64_t>(loads.size());
  for (std::int64_t e = 0; e < std::min(old_count, experts); ++e) source.push_back(e);
  while (static_cast<std::int64_t>(source.size()) < experts) {
    // Loads of the experts as they now are; clones share what their source had.
    const auto busiest = std::max_element(loads.begin(), loads.end()) - loads.begin();
    source.push_back(source[busiest]);
    loads[busiest] /= 2;
    loads.push_back(loads[busiest]);
  }
  return source;
}

void resize_experts(Model& model, AdamW& optimizer, const std::vector<std::vector<double>>& loads,
                    std::int64_t experts, std::uint64_t seed, std::int64_t step, RankGroup* ranks) {
  at::NoGradGuard no_grad;
  // With one router for all layers all layers must change alike: by what they carry together.
  bool is_shared = false;
  model.visit([&](Parameter& parameter) { is_shared |= parameter.name.starts_with("model.shared_router."); });
  std::vector<double> all;
  for (const std::vector<double>& layer : loads) {
    all.resize(std::max(all.size(), layer.size()));
    for (std::size_t e = 0; e < layer.size(); ++e) all[e] += layer[e];
  }
  // Layers are told apart by the block in the parameter's name, in the order they are visited.
  std::map<std::string, std::vector<std::int64_t>> plans;
  std::size_t layers_seen = 0;
  std::int64_t index = -1;
  std::vector<AdamW::Selection> made;
  model.visit([&](Parameter& parameter) {
    ++index;
    if (!parameter.per_expert) return;
    const std::int64_t old_count = parameter.in_parts() ? parameter.all_experts : parameter.value.size(0);
    const std::string block = is_shared ? "all" : parameter.name.substr(0, parameter.name.find("block_sparse_moe"));
    auto [plan, is_new] = plans.try_emplace(block);
    if (is_new) {
      std::vector<double> layer_loads = is_shared ? all : layers_seen < loads.size() ? loads[layers_seen] : std::vector<double>();
      ++layers_seen;
      layer_loads.resize(old_count, 0.0);
      plan->second = surgery_plan(std::move(layer_loads), experts);
    }
    const at::Tensor before = whole(parameter, parameter.value.detach(), ranks);
    const double spread = before.numel() > 1 ? before.std().item<double>() : 0.0;
    AdamW::Selection selection = optimizer.selected(parameter, plan->second, ranks);
    const std::int64_t here = selection.value.size(0), first_new = std::max(old_count, selection.first_expert),
                       count = selection.first_expert + here - first_new;
    if (count > 0 && parameter.trained) {
      at::Tensor clones = selection.value.detach().narrow(0, first_new - selection.first_expert, count);
      const Draws draws{seed, step, first_new, index};
      clones.add_(normal_draws(draws, "surgery", clones.size(0), clones.numel() / clones.size(0))
                      .view(clones.sizes())
                      .to(clones.device()),
                  0.01 * spread + 1e-12);
    }
    made.push_back(std::move(selection));
  });
  for (AdamW::Selection& selection : made) optimizer.adopt(std::move(selection));
}

}  // namespace switchyard
