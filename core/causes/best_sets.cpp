#include "core/causes/best_sets.h"

#include <algorithm>
#include <cmath>

namespace switchyard {

Result<BestSets> BestSets::of_layer(std::int32_t layer, const Trial& plain, const InspectToken& inspect,
                                    Trials& trials) {
  BestSets made;
  made.tokens_.resize(plain.size());
  for (std::size_t t = 0; t < plain.size(); ++t) {
    if (made.why_none_.empty() && !std::isnan(plain.loss[t])) {
      auto found = inspect(layer, static_cast<std::int32_t>(t));
      if (!found) return found.error();
      made.why_none_ = found->no_regret;
      made.sampled_ |= found->sampled();
      Token& token = made.tokens_[t];
      token.own = token.best = found->own;
      token.sets = std::move(found->sets);
      if (!token.sets.empty() && token.sets.front().difference < 0) {
        token.least = token.sets.front().difference;
        token.best = token.sets.front().experts;
      }
      std::sort(token.sets.begin(), token.sets.end(),
                [](const RouteSet& a, const RouteSet& b) { return a.experts < b.experts; });
    }
    if (auto go_on = trials.count(); !go_on) return go_on.error();
  }
  return made;
}

double BestSets::regret(std::size_t token, const std::vector<std::int32_t>& set) const {
  const Token& of = tokens_[token];
  if (of.own.empty()) return kMissing;
  if (set == of.own) return -of.least;
  const auto at = std::lower_bound(
      of.sets.begin(), of.sets.end(), set,
      [](const RouteSet& one, const std::vector<std::int32_t>& wanted) { return one.experts < wanted; });
  if (at == of.sets.end() || at->experts != set) return kMissing;
  return static_cast<double>(at->difference) - of.least;
}

}  // namespace switchyard
