#include "core/insight/route_sets.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "core/base/random.h"

namespace switchyard {
namespace {

// The next combination in lexicographic order; false after the last.
bool advance(std::vector<std::int32_t>& set, std::int32_t n) {
  const auto k = static_cast<std::int32_t>(set.size());
  for (std::int32_t i = k - 1; i >= 0; --i) {
    auto& value = set[static_cast<std::size_t>(i)];
    if (value == n - k + i) continue;
    std::iota(set.begin() + i, set.end(), value + 1);
    return true;
  }
  return false;
}

// k different of n, each set as likely (Floyd 1987).
std::vector<std::int32_t> draw(std::int32_t n, std::int32_t k, RandomStream& stream) {
  std::set<std::int32_t> drawn;
  for (std::int32_t j = n - k; j < n; ++j) {
    const auto t = static_cast<std::int32_t>(stream.below(static_cast<std::uint64_t>(j) + 1));
    if (!drawn.insert(t).second) drawn.insert(j);
  }
  return {drawn.begin(), drawn.end()};
}

}  // namespace

double combinations(std::int32_t n, std::int32_t k) {
  if (k < 0 || k > n) return 0;
  double value = 1;
  for (std::int32_t i = 1; i <= std::min(k, n - k); ++i) value = value * (n - std::min(k, n - k) + i) / i;
  return value;
}

std::vector<std::vector<std::int32_t>> route_sets(std::int32_t experts, std::int32_t top_k,
                                                  const std::vector<std::int32_t>& own, std::int64_t limit,
                                                  std::uint64_t seed, const std::vector<std::uint8_t>& left_out) {
  if (std::count(left_out.begin(), left_out.end(), 1) > 0) {
    // The same of those that are left, by their places among them.
    std::vector<std::int32_t> left, places;
    for (std::int32_t e = 0; e < experts; ++e)
      if (left_out[static_cast<std::size_t>(e)] == 0) left.push_back(e);
    for (const std::int32_t e : own)
      places.push_back(static_cast<std::int32_t>(std::lower_bound(left.begin(), left.end(), e) - left.begin()));
    auto sets = route_sets(static_cast<std::int32_t>(left.size()), top_k, places, limit, seed);
    for (auto& set : sets)
      for (std::int32_t& e : set) e = left[static_cast<std::size_t>(e)];
    return sets;
  }
  std::vector<std::vector<std::int32_t>> sets;
  if (top_k < 1 || top_k > experts || limit < 1) return sets;
  if (combinations(experts, top_k) - 1 <= static_cast<double>(limit)) {
    std::vector<std::int32_t> set(static_cast<std::size_t>(top_k));
    std::iota(set.begin(), set.end(), 0);
    do {
      if (set != own) sets.push_back(set);
    } while (advance(set, experts));
    return sets;
  }
  RandomStream stream(seed, "route sets");
  std::set<std::vector<std::int32_t>> drawn{own};
  while (static_cast<std::int64_t>(sets.size()) < limit)
    if (auto set = draw(experts, top_k, stream); drawn.insert(set).second) sets.push_back(std::move(set));
  return sets;
}

}  // namespace switchyard
