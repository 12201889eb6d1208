#include "core/recordings/sparse_loads.h"

#include <algorithm>

namespace switchyard {

void SparseLoads::add(std::size_t expert, double tokens, std::size_t experts) {
  if (all_.empty() && few_.size() < experts / 2) {
    few_.emplace_back(static_cast<std::uint32_t>(expert), tokens);
    return;
  }
  if (all_.size() < experts) all_.resize(experts, 0);
  if (!few_.empty())
    for (const auto& [other, count] : std::exchange(few_, {})) all_[other] += count;
  all_[expert] += tokens;
}

std::vector<double> SparseLoads::all(std::size_t experts) const {
  if (empty()) return {};
  std::vector<double> all = all_;
  all.resize(std::max(experts, all.size()), 0);
  for (const auto& [expert, count] : few_) all[expert] += count;
  return all;
}

}  // namespace switchyard
