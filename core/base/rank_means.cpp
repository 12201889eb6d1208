#include "core/base/rank_means.h"

#include <algorithm>
#include <cstddef>

namespace switchyard {

void take_mean(std::vector<RankRecord>& into, double weight, const std::vector<RankRecord>& other,
               double other_weight) {
  if (!std::equal(into.begin(), into.end(), other.begin(), other.end(),
                  [](const RankRecord& a, const RankRecord& b) { return a.rows.size() == b.rows.size(); })) {
    into = other;
    return;
  }
  const auto mean = [&](float& a, float b) {
    a = static_cast<float>((weight * static_cast<double>(a) + other_weight * static_cast<double>(b)) /
                           (weight + other_weight));
  };
  for (std::size_t r = 0; r < into.size(); ++r) {
    for (float RankRecord::*const figure : kRankFigures) mean(into[r].*figure, other[r].*figure);
    for (std::size_t to = 0; to < into[r].rows.size(); ++to) mean(into[r].rows[to], other[r].rows[to]);
  }
}

}  // namespace switchyard
