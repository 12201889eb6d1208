#include "core/model/routing/balanced_assignment.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <queue>

namespace switchyard {
namespace {

constexpr double kNoWay = std::numeric_limits<double>::infinity();

class Assignment {
 public:
  Assignment(const std::vector<double>& score, std::int64_t tokens, std::int64_t experts, const Assigned& before)
      : score_(score),
        taken_(before.taken),
        n_(static_cast<std::size_t>(experts)),
        of_(static_cast<std::size_t>(tokens), kNone) {
    const std::int64_t all = std::accumulate(before.held.begin(), before.held.end(), tokens),
                       least = all / experts;
    more_ = all % experts;
    for (std::size_t e = 0; e < n_; ++e) {
      const std::int64_t held = before.held.empty() ? 0 : before.held[e];
      // Who has the ceiling already has taken one of the places that are more.
      if (held > least) --more_;
      sure_.push_back(std::max<std::int64_t>(0, least - held));
      has_more_.push_back(held > least);
    }
    for (const double value : score_) same_ = std::max(same_, 1e-13 * std::abs(value));
    moves_.resize(n_ * n_);
  }

  void add(std::size_t token) {
    std::vector<double> cost(n_);
    for (std::size_t e = 0; e < n_; ++e) cost[e] = is_taken(token, e) ? kNoWay : -at(token, e);
    const auto best = static_cast<std::size_t>(std::min_element(cost.begin(), cost.end()) - cost.begin());
    // To pass a token on to an expert that has a sure place costs something, or it would be there already: no way
    // is cheaper than the direct one.
    if (sure_[best] > 0) {
      take_place(best);
      return put(token, best);
    }
    const std::vector<double> direct = cost;
    // The cheapest way to a free place: over experts that pass one of theirs on.
    std::vector<std::size_t> from(n_, kNone), passed(n_, kNone);
    find_ways(cost, from, passed);
    std::size_t end = cheapest_free(cost);
    std::vector<std::size_t> chain;
    for (std::size_t e = end; e != kNone && chain.size() <= n_; e = from[e]) chain.push_back(e);
    if (chain.size() > n_) {  // rounding has made a ring: without detours
      end = cheapest_free(direct);
      chain = {end};
    }
    if (end == kNone) return put(token, best);
    take_place(end);
    for (std::size_t i = 0; i + 1 < chain.size(); ++i) put(passed[chain[i]], chain[i]);
    put(token, chain.back());
  }

  std::vector<std::int64_t> experts() const { return {of_.begin(), of_.end()}; }

 private:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  struct Move {
    double cost;
    std::size_t token;
    bool operator>(const Move& other) const {
      return cost != other.cost ? cost > other.cost : token > other.token;
    }
  };

  double at(std::size_t token, std::size_t expert) const { return score_[token * n_ + expert]; }
  bool is_taken(std::size_t token, std::size_t expert) const {
    return !taken_.empty() && taken_[token * n_ + expert] != 0;
  }

  void find_ways(std::vector<double>& cost, std::vector<std::size_t>& from, std::vector<std::size_t>& passed) {
    std::vector<bool> changed(n_, true);
    // A chain is no longer than there are experts: none leads back cheaper, but for rounding.
    for (std::size_t round = 0; round < n_; ++round) {
      std::vector<bool> next(n_, false);
      bool any = false;
      for (std::size_t i = 0; i < n_; ++i) {
        for (std::size_t j = 0; changed[i] && cost[i] < kNoWay && j < n_; ++j) {
          const Move* const move = j == i ? nullptr : cheapest(i, j);
          if (!move || !(cost[i] + move->cost < cost[j] - same_)) continue;
          cost[j] = cost[i] + move->cost;
          from[j] = i;
          passed[j] = move->token;
          next[j] = any = true;
        }
      }
      if (!any) return;
      changed = next;
    }
  }

  // Places that every expert must fill come before those of which only some experts have one more.
  std::size_t cheapest_free(const std::vector<double>& cost) const {
    std::size_t found = kNone;
    for (const bool sure : {true, false}) {
      for (std::size_t e = 0; e < n_; ++e) {
        const bool is_free = sure ? sure_[e] > 0 : more_ > 0 && !has_more_[e];
        if (is_free && cost[e] < kNoWay && (found == kNone || cost[e] < cost[found] - same_)) found = e;
      }
      if (found != kNone) break;
    }
    return found;
  }
  void take_place(std::size_t e) {
    if (sure_[e] > 0) --sure_[e];
    else --more_, has_more_[e] = true;
  }

  // Of the tokens that i has, the one whose move to j costs least.
  const Move* cheapest(std::size_t i, std::size_t j) {
    auto& moves = moves_[i * n_ + j];
    while (!moves.empty() && of_[moves.top().token] != i) moves.pop();
    return moves.empty() ? nullptr : &moves.top();
  }

  void put(std::size_t token, std::size_t expert) {
    of_[token] = expert;
    for (std::size_t j = 0; j < n_; ++j)
      if (j != expert && !is_taken(token, j))
        moves_[expert * n_ + j].push({at(token, expert) - at(token, j), token});
  }

  const std::vector<double>& score_;        // [T, N]
  const std::vector<std::uint8_t>& taken_;  // [T, N] or empty
  std::size_t n_;
  std::vector<std::size_t> of_;     // [T] a token's expert
  std::vector<std::int64_t> sure_;  // [N] places that are still to be filled
  std::vector<bool> has_more_;      // [N] has one of those that are more
  std::int64_t more_ = 0;
  double same_ = 0;  // costs so near each other are one, but for rounding
  std::vector<std::priority_queue<Move, std::vector<Move>, std::greater<>>> moves_;  // [N, N]; old ones among them
};

// What is not finite lies further off than any chain of what is, and no further: sums of it keep their digits.
std::vector<double> finite_scores(const at::Tensor& scores) {
  const at::Tensor host = scores.detach().to(at::kCPU, at::kDouble).contiguous();
  std::vector<double> values(host.data_ptr<double>(), host.data_ptr<double>() + host.numel());
  double low = 0, high = 0;
  bool any = false;
  for (const double value : values) {
    if (!std::isfinite(value)) continue;
    low = any ? std::min(low, value) : value;
    high = any ? std::max(high, value) : value;
    any = true;
  }
  const double far = static_cast<double>(scores.size(1)) * (high - low) + 1;
  for (double& value : values)
    if (!std::isfinite(value)) value = value > 0 ? high + far : low - far;
  return values;
}

}  // namespace

std::vector<std::int64_t> balanced_assignment(const at::Tensor& scores, const Assigned& before) {
  const std::vector<double> values = finite_scores(scores);
  Assignment assignment(values, scores.size(0), scores.size(1), before);
  for (std::int64_t t = 0; t < scores.size(0); ++t) assignment.add(static_cast<std::size_t>(t));
  return assignment.experts();
}

}  // namespace switchyard
