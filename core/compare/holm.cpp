#include "core/compare/holm.h"

#include <algorithm>
#include <cstddef>
#include <numeric>

namespace switchyard {

std::vector<HolmResult> holm(std::span<const double> p, double alpha) {
  std::vector<std::size_t> order(p.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return p[a] < p[b]; });
  std::vector<HolmResult> out(p.size());
  bool ended = false;
  double level = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (!ended) {
      level = alpha / static_cast<double>(order.size() - i);
      ended = !(p[order[i]] < level);
    }
    out[order[i]] = {!ended, level};
  }
  return out;
}

}  // namespace switchyard
