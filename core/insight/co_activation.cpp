#include "core/insight/co_activation.h"

#include "core/insight/layer_flow.h"

namespace switchyard {

CoActivation co_activation(const Assignments& assignments, const Among& among) {
  CoActivation made;
  const std::size_t tokens = assignments.tokens();
  if (tokens == 0) return made;
  made.experts = assignments.experts;
  if (made.experts > kMostPairedExperts) return made;
  const auto n = static_cast<std::size_t>(assignments.experts);
  made.tokens.assign(n, 0);
  made.pairs.assign(n * n, 0);
  const bool all = among.size() != tokens;
  std::int64_t counted = 0, given = 0;
  for (std::size_t t = 0; t < tokens; ++t) {
    if (!all && among[t] == 0) continue;
    ++counted;
    const auto experts = assignments.of(t);
    given += static_cast<std::int64_t>(experts.size());
    for (const std::int32_t i : experts) {
      ++made.tokens[static_cast<std::size_t>(i)];
      for (const std::int32_t j : experts)
        if (i != j) ++made.pairs[made.at(i, j)];
    }
  }
  made.share.assign(n * n, kMissing);
  made.lift.assign(n * n, kMissing);
  if (counted == 0) return made;
  const double k = static_cast<double>(given) / static_cast<double>(counted);
  if (k <= 1 || n < 2) return made;
  made.chance = (k - 1) / static_cast<double>(n - 1);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j) {
      if (i == j || made.tokens[i] == 0) continue;
      const auto own = static_cast<double>(made.tokens[i]), other = static_cast<double>(made.tokens[j]);
      made.share[i * n + j] = static_cast<double>(made.pairs[i * n + j]) / own;
      if (other > 0)
        made.lift[i * n + j] = made.share[i * n + j] * (static_cast<double>(given) - own) / ((k - 1) * other);
    }
  return made;
}

}  // namespace switchyard
