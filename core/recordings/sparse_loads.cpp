#include "core/recordings/sparse_loads.h"

#include <algorithm>

namespace switchyard {

void SparseLoads::add(std::size_t expert, double tokens, std::size_t experts) {
  if (all_.empty() && few_.size() < experts / 2) {
    few_.emplace_back(static_cast<std::uint32_t>(expert), tokens);
    return;
  }
  // Those before may be of a layer that was wider.
  std::size_t wide = std::max({experts, expert + 1, all_.size()});
  for (const auto& [other, count] : few_) wide = std::max<std::size_t>(wide, other + 1);
  all_.resize(wide, 0);
  if (!few_.empty())
    for (const auto& [other, count] : std::exchange(few_, {})) all_[other] += count;
  all_[expert] += tokens;
}

std::vector<double> SparseLoads::all(std::size_t experts) const {
  if (empty()) return {};
  std::vector<double> all = all_;
  std::size_t wide = std::max(experts, all.size());
  for (const auto& [expert, count] : few_) wide = std::max<std::size_t>(wide, expert + 1);
  all.resize(wide, 0);
  for (const auto& [expert, count] : few_) all[expert] += count;
  return all;
}

}  // namespace switchyard
