#include "core/insight/rank_balance.h"

#include <algorithm>
#include <cmath>

namespace switchyard {
namespace {

double correlation(std::span<const double> a, std::span<const double> b) {
  const auto count = static_cast<double>(a.size());
  double mean_a = 0, mean_b = 0, aa = 0, bb = 0, ab = 0;
  for (std::size_t i = 0; i < a.size(); ++i) mean_a += a[i] / count, mean_b += b[i] / count;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double x = a[i] - mean_a, y = b[i] - mean_b;
    aa += x * x, bb += y * y, ab += x * y;
  }
  // Below what rounding of the means leaves, nothing varies.
  const auto varies = [count](double squares, double mean) { return squares > count * std::pow(1e-9 * mean, 2); };
  if (!varies(aa, mean_a) || !varies(bb, mean_b)) return kMissing;
  return std::clamp(ab / std::sqrt(aa * bb), -1.0, 1.0);
}

}  // namespace

double RankBalance::others_wait_ms() const {
  if (ranks.size() < 2) return 0;
  double sum = 0;
  for (std::size_t r = 0; r < ranks.size(); ++r)
    if (r != slowest) sum += ranks[r].wait_ms;
  return sum / static_cast<double>(ranks.size() - 1);
}

std::vector<RankWait> rank_waits(std::span<const RankRecord> ranks) {
  if (ranks.empty()) return {};
  float exchange = ranks[0].exchange_ms, sum = ranks[0].sum_ms;
  for (const RankRecord& rank : ranks) {
    exchange = std::min(exchange, rank.exchange_ms);
    sum = std::min(sum, rank.sum_ms);
  }
  std::vector<RankWait> waits;
  for (const RankRecord& rank : ranks) waits.push_back({rank.exchange_ms - exchange, rank.sum_ms - sum});
  return waits;
}

RankBalance rank_balance(std::span<const RankRecord> ranks, double tokens) {
  return rank_balance(ranks, rank_waits(ranks), tokens);
}

RankBalance rank_balance(std::span<const RankRecord> ranks, std::span<const RankWait> waits, double tokens) {
  RankBalance made;
  const auto count = static_cast<double>(ranks.size());
  double work = 0;
  for (std::size_t r = 0; r < ranks.size(); ++r) {
    const double exchange_wait = waits[r].exchange_ms, sum_wait = waits[r].sum_ms;
    RankShare share{ranks[r].compute_ms, ranks[r].exchange_ms - exchange_wait, ranks[r].sum_ms - sum_wait,
                    exchange_wait + sum_wait};
    if (share.compute_ms > 0 && tokens > 0) share.tokens_per_s = tokens / count / (share.compute_ms / 1e3);
    work += share.compute_ms / count;
    made.step_ms += share.total_ms() / count;
    made.wait_ms += share.wait_ms / count;
    made.ranks.push_back(share);
  }
  const auto by = [&](double RankShare::*figure) {
    const auto most =
        std::max_element(made.ranks.begin(), made.ranks.end(),
                         [figure](const RankShare& a, const RankShare& b) { return a.*figure < b.*figure; });
    return static_cast<std::size_t>(most - made.ranks.begin());
  };
  made.slowest = by(&RankShare::compute_ms);
  made.most_waiting = by(&RankShare::wait_ms);
  made.even_ms = made.step_ms - made.wait_ms;
  if (work > 0) made.imbalance = made.ranks[made.slowest].compute_ms / work;
  return made;
}

RankTraffic rank_traffic(std::span<const RankRecord> ranks) {
  RankTraffic made;
  if (ranks.empty() ||
      !std::all_of(ranks.begin(), ranks.end(), [&](const RankRecord& r) { return r.rows.size() == ranks.size(); }))
    return made;
  made.ranks = ranks.size();
  made.sent.assign(made.ranks, 0), made.received.assign(made.ranks, 0);
  double home = 0;
  std::vector<double> work;
  for (std::size_t from = 0; from < made.ranks; ++from) {
    for (std::size_t to = 0; to < made.ranks; ++to) {
      const double rows = ranks[from].rows[to];
      made.rows.push_back(rows);
      made.sent[from] += rows, made.received[to] += rows, made.total += rows;
      if (from == to) home += rows;
    }
    work.push_back(ranks[from].compute_ms);
  }
  const auto most = std::max_element(made.received.begin(), made.received.end());
  made.most_received = static_cast<std::size_t>(most - made.received.begin());
  if (made.total > 0) {
    made.imbalance = *most * static_cast<double>(made.ranks) / made.total;
    made.at_home = home / made.total;
  }
  if (made.ranks > 2) made.compute_correlation = correlation(made.received, work);
  return made;
}

}  // namespace switchyard
