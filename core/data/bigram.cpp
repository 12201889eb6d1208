#include "core/data/bigram.h"

#include <cmath>
#include <cstddef>
#include <limits>

namespace switchyard {

double bigram_loss(const std::vector<std::uint16_t>& train, const std::vector<std::uint16_t>& validation,
                   std::int32_t vocabulary) {
  if (validation.size() < 2) return std::numeric_limits<double>::quiet_NaN();
  const auto size = static_cast<std::size_t>(vocabulary);
  std::vector<std::uint32_t> pairs(size * size), firsts(size);
  for (std::size_t i = 1; i < train.size(); ++i) {
    ++pairs[train[i - 1] * size + train[i]];
    ++firsts[train[i - 1]];
  }
  double sum = 0;
  for (std::size_t i = 1; i < validation.size(); ++i) {
    const double together = pairs[validation[i - 1] * size + validation[i]] + 1.0;
    sum -= std::log(together / (static_cast<double>(firsts[validation[i - 1]]) + vocabulary));
  }
  return sum / static_cast<double>(validation.size() - 1);
}

}  // namespace switchyard
