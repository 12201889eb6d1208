#include "core/causes/pruned_weights.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string_view>

namespace switchyard {
namespace {

std::string mixture_of(std::int32_t block) { return fmt::format("model.layers.{}.block_sparse_moe.", block); }

// Named below `prefix`, by what follows it.
const NamedTensor* named(const std::map<std::string_view, const NamedTensor*>& by_name, const std::string& name) {
  const auto at = by_name.find(name);
  return at == by_name.end() ? nullptr : at->second;
}

void add_scaled(std::vector<float>& to, const float* from, double share) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] += static_cast<float>(share) * from[i];
}

// Rows of a router's tensor, [N, ...].
NamedTensor merged_rows(const NamedTensor& old, const std::vector<MergedExpert>& experts) {
  NamedTensor made{old.name, old.shape, {}};
  const std::size_t row = old.values.size() / static_cast<std::size_t>(old.shape[0]);
  made.shape[0] = static_cast<std::int64_t>(experts.size());
  for (const MergedExpert& expert : experts) {
    std::vector<float> sum(row, 0.F);
    for (const auto& [from, share] : expert)
      add_scaled(sum, old.values.data() + static_cast<std::size_t>(from) * row, share);
    made.values.insert(made.values.end(), sum.begin(), sum.end());
  }
  return made;
}

}  // namespace

Result<std::vector<NamedTensor>> with_fewer_experts(const std::vector<NamedTensor>& weights,
                                                    const std::vector<LayerPruning>& layers) {
  std::map<std::string_view, const NamedTensor*> by_name;
  for (const NamedTensor& one : weights) by_name[one.name] = &one;
  std::vector<NamedTensor> made;
  for (const NamedTensor& one : weights) {
    if (one.name.starts_with("model.shared_router."))
      return usage_error(
          "layers share one router: its rows are the same experts in all of them, so none can keep its own");
    const auto in = std::find_if(layers.begin(), layers.end(), [&](const LayerPruning& layer) {
      return one.name.starts_with(mixture_of(layer.block));
    });
    if (in == layers.end()) {
      made.push_back(one);
      continue;
    }
    const std::string rest = one.name.substr(mixture_of(in->block).size());
    if (rest.starts_with("gate.") || rest.starts_with("noise.")) {
      for (const MergedExpert& expert : in->experts)
        for (const auto& [from, share] : expert)
          if (one.shape.empty() || from < 0 || from >= one.shape[0])
            return usage_error(fmt::format("block {}: there is no expert {}", in->block, from));
      made.push_back(merged_rows(one, in->experts));
    } else if (!rest.starts_with("experts.")) made.push_back(one);
  }
  for (const LayerPruning& layer : layers) {
    const std::string experts = mixture_of(layer.block) + "experts.";
    for (std::size_t e = 0; e < layer.experts.size(); ++e)
      for (const char* part : {"w1.weight", "w1.bias", "w3.weight", "w3.bias", "w2.weight", "w2.bias"}) {
        NamedTensor sum;
        for (const auto& [from, share] : layer.experts[e]) {
          const NamedTensor* old = named(by_name, fmt::format("{}{}.{}", experts, from, part));
          if (!old && std::string_view(part) == "w1.weight")
            return usage_error(fmt::format("block {}: there is no expert {}", layer.block, from));
          if (!old) continue;
          if (sum.values.empty())
            sum = {fmt::format("{}{}.{}", experts, e, part), old->shape,
                   std::vector<float>(old->values.size(), 0.F)};
          add_scaled(sum.values, old->values.data(), share);
        }
        if (!sum.values.empty()) made.push_back(std::move(sum));
      }
  }
  return made;
}

std::vector<double> expert_similarity(const std::vector<NamedTensor>& weights, std::int32_t block,
                                      std::int32_t experts) {
  const auto n = static_cast<std::size_t>(experts);
  std::vector<std::vector<float>> all(n);
  for (std::size_t e = 0; e < n; ++e) {
    const std::string prefix = fmt::format("{}experts.{}.", mixture_of(block), e);
    for (const NamedTensor& one : weights)
      if (one.name.starts_with(prefix)) all[e].insert(all[e].end(), one.values.begin(), one.values.end());
  }
  std::vector<double> cosine(n * n, 0);
  const auto dot = [&](std::size_t a, std::size_t b) {
    double sum = 0;
    for (std::size_t i = 0; i < std::min(all[a].size(), all[b].size()); ++i)
      sum += static_cast<double>(all[a][i]) * all[b][i];
    return sum;
  };
  for (std::size_t a = 0; a < n; ++a)
    for (std::size_t b = 0; b < n; ++b) cosine[a * n + b] = dot(a, b) / std::sqrt(dot(a, a) * dot(b, b));
  return cosine;
}

}  // namespace switchyard
