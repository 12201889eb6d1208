// Routes for tests: written out by hand, or drawn at random.
#pragma once

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "core/base/random.h"
#include "core/insight/assignments.h"

namespace switchyard {

// Each token's experts, best first.
inline Assignments routes(std::int32_t experts, const std::vector<std::vector<std::int32_t>>& tokens) {
  Assignments made;
  made.experts = experts;
  made.start.push_back(0);
  for (const auto& chosen : tokens) {
    made.expert.insert(made.expert.end(), chosen.begin(), chosen.end());
    made.start.push_back(static_cast<std::int32_t>(made.expert.size()));
  }
  return made;
}

inline Labels labels(std::vector<std::int32_t> of, std::int32_t count) {
  Labels made;
  made.of = std::move(of);
  for (std::int32_t l = 0; l < count; ++l) made.names.push_back(std::to_string(l));
  return made;
}

// k different experts for each token, every set as likely: a random router.
inline Assignments random_routes(std::int32_t experts, std::size_t k, std::size_t tokens, std::uint64_t seed) {
  RandomStream stream(seed, "random routes");
  std::vector<std::vector<std::int32_t>> all(tokens);
  for (auto& chosen : all) {
    std::vector<std::int32_t> order(static_cast<std::size_t>(experts));
    std::iota(order.begin(), order.end(), 0);
    for (std::size_t j = 0; j < k; ++j) std::swap(order[j], order[j + stream.below(order.size() - j)]);
    chosen.assign(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(k));
  }
  return routes(experts, all);
}

inline Labels random_labels(std::int32_t count, std::size_t tokens, std::uint64_t seed) {
  RandomStream stream(seed, "random labels");
  std::vector<std::int32_t> of(tokens);
  for (std::int32_t& label : of)
    label = static_cast<std::int32_t>(stream.below(static_cast<std::uint64_t>(count)));
  return labels(std::move(of), count);
}

// A probed layer with these routes, all kept.
inline ProbeLayer probed(std::int32_t experts, const std::vector<std::vector<std::int32_t>>& tokens) {
  ProbeLayer layer;
  layer.experts = experts;
  layer.top_k = layer.ranked = static_cast<std::int32_t>(tokens.front().size());
  for (const auto& chosen : tokens)
    for (const std::int32_t e : chosen) {
      layer.expert.push_back(e);
      layer.weight.push_back(1.0F / static_cast<float>(chosen.size()));
      layer.kept.push_back(1);
    }
  return layer;
}

}  // namespace switchyard
