// What every other set of experts would have made of each token in one layer, the other layers and tokens as they
// are: Trainer::inspect, token by token. From that the regret of any route. Thread safety: values.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "core/base/looks.h"
#include "core/causes/trying.h"

namespace switchyard {

// One token of the look in one layer with all its sets tried (Trainer::inspect and inspect_more until it is done).
using InspectToken = std::function<Result<Inspection>(std::int32_t layer, std::int32_t token)>;

class BestSets {
 public:
  // Of the tokens of `plain`, the probe's; those without a loss have none. Counts each token as a trial of
  // `trials`, which somebody has planned. usage, interrupted: as those.
  static Result<BestSets> of_layer(std::int32_t layer, const Trial& plain, const InspectToken& inspect,
                                   Trials& trials);

  // Why there are none, for people; empty: there are.
  const std::string& why_none() const { return why_none_; }
  // Whether a sample stood for all sets: a regret is then a lower bound, and some sets are not known.
  bool sampled() const { return sampled_; }
  // Loss of the token with this set (rising) less the least of all, nats, from 0; NaN: not known.
  double regret(std::size_t token, const std::vector<std::int32_t>& set) const;
  // The best one, rising; empty where the token has no loss.
  const std::vector<std::int32_t>& best(std::size_t token) const { return tokens_[token].best; }

 private:
  struct Token {
    std::vector<std::int32_t> best, own;
    double least = 0;            // of all, less the own: 0 or below
    std::vector<RouteSet> sets;  // by experts
  };
  std::vector<Token> tokens_;
  std::string why_none_;
  bool sampled_ = false;
};

}  // namespace switchyard
