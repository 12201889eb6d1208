#include "core/model/routing/balanced_assignment.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <queue>

namespace switchyard {
namespace {

constexpr double kFar = 1e12;  // of scores; far enough to be avoided, near enough to leave others their digits

class Assignment {
 public:
  Assignment(const double* score, std::int64_t tokens, std::int64_t experts, const std::vector<std::int64_t>& held)
      : score_(score), n_(static_cast<std::size_t>(experts)), of_(static_cast<std::size_t>(tokens), kNone) {
    const std::int64_t all = std::accumulate(held.begin(), held.end(), tokens), least = all / experts;
    more_ = all % experts;
    for (std::size_t e = 0; e < n_; ++e) {
      const std::int64_t before = held.empty() ? 0 : held[e];
      // Who has the ceiling already has taken one of the places that are more.
      if (before > least) --more_;
      sure_.push_back(std::max<std::int64_t>(0, least - before));
      has_more_.push_back(before > least);
    }
    moves_.resize(n_ * n_);
  }

  void add(std::size_t token) {
    std::vector<double> cost(n_);
    for (std::size_t e = 0; e < n_; ++e) cost[e] = -at(token, e);
    const auto best = static_cast<std::size_t>(std::min_element(cost.begin(), cost.end()) - cost.begin());
    // To pass a token on to an expert that has a sure place costs something, or it would be there already: no way
    // is cheaper than the direct one.
    if (sure_[best] > 0) {
      take_place(best);
      return put(token, best);
    }
    // The cheapest way to a free place: over experts that pass one of theirs on.
    std::vector<std::size_t> from(n_, kNone), passed(n_, kNone);
    std::vector<bool> changed(n_, true);
    // A chain is no longer than there are experts: none leads back cheaper, but for rounding.
    for (std::size_t round = 0; round < n_; ++round) {
      std::vector<bool> next(n_, false);
      bool any = false;
      for (std::size_t i = 0; i < n_; ++i) {
        for (std::size_t j = 0; changed[i] && j < n_; ++j) {
          const Move* const move = j == i ? nullptr : cheapest(i, j);
          if (!move || !(cost[i] + move->cost < cost[j] - kSame)) continue;
          cost[j] = cost[i] + move->cost;
          from[j] = i;
          passed[j] = move->token;
          next[j] = any = true;
        }
      }
      if (!any) break;
      changed = next;
    }
    std::size_t at_expert = cheapest_free(cost);
    take_place(at_expert);
    for (std::size_t length = 0; from[at_expert] != kNone && length < n_; ++length) {
      put(passed[at_expert], at_expert);
      at_expert = from[at_expert];
    }
    put(token, at_expert);
  }

  std::vector<std::int64_t> experts() const { return {of_.begin(), of_.end()}; }

 private:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  static constexpr double kSame = 1e-12;  // what rounding makes of nothing

  struct Move {
    double cost;
    std::size_t token;
    bool operator>(const Move& other) const {
      return cost != other.cost ? cost > other.cost : token > other.token;
    }
  };

  double at(std::size_t token, std::size_t expert) const { return score_[token * n_ + expert]; }

  // Places that every expert must fill come before those of which only some experts have one more.
  std::size_t cheapest_free(const std::vector<double>& cost) const {
    std::size_t found = kNone;
    for (const bool sure : {true, false}) {
      for (std::size_t e = 0; e < n_; ++e) {
        const bool is_free = sure ? sure_[e] > 0 : more_ > 0 && !has_more_[e];
        if (is_free && (found == kNone || cost[e] < cost[found] - kSame)) found = e;
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
      if (j != expert) moves_[expert * n_ + j].push({at(token, expert) - at(token, j), token});
  }

  const double* score_;  // [T, N]
  std::size_t n_;
  std::vector<std::size_t> of_;     // [T] a token's expert
  std::vector<std::int64_t> sure_;  // [N] places that are still to be filled
  std::vector<bool> has_more_;      // [N] has one of those that are more
  std::int64_t more_ = 0;
  std::vector<std::priority_queue<Move, std::vector<Move>, std::greater<>>> moves_;  // [N, N]; old ones among them
};

}  // namespace

std::vector<std::int64_t> balanced_assignment(const at::Tensor& scores, const std::vector<std::int64_t>& held) {
  const at::Tensor host = at::nan_to_num(scores.detach().to(at::kCPU, at::kDouble), -kFar, kFar, -kFar)
                              .clamp(-kFar, kFar)
                              .contiguous();
  Assignment assignment(host.data_ptr<double>(), host.size(0), host.size(1), held);
  for (std::int64_t t = 0; t < host.size(0); ++t) assignment.add(static_cast<std::size_t>(t));
  return assignment.experts();
}

}  // namespace switchyard
