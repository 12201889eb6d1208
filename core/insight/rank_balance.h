// Several processes that train one model: what each does in a step, who waits for whom, and what even loads would
// save.
//
// Of a rank r, in ms of a step: C_r its own work, X_r in exchanges of tokens, S_r in sums. Whoever comes late to a
// collective is waited for within it, so that of each kind
//
//   wait_r = (X_r - min X) + (S_r - min S)        what a rank spends there beyond the one that spends least
//   step   = mean_r (C_r + X_r + S_r)
//   even   = mean C + min X + min S = step - mean_r wait_r
//            the step if every rank computed as long as the mean: as much work, nobody waited for
//
// Over several steps all of them are means of the steps' own: ranks that take turns at being late are waited for
// in every step, though on the mean none is late.
//
// Left out: waits that cancel within a kind and step (a rank waits in one exchange, another in the next), so the
// true waiting is no less; what an exchange itself takes longer where rows are uneven; processors that slow each
// other down. Ranks that compute unequally long for other reasons than their tokens (another machine, other
// programs) would not be evened by even loads.
//
// Rows: assignments of a rank's tokens by the rank whose experts computed them. Thread safety: pure functions.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "core/base/records.h"

namespace switchyard {

struct RankWait {
  float exchange_ms = 0, sum_ms = 0;  // of the rank's time in each
};
// [ranks] of one step.
std::vector<RankWait> rank_waits(std::span<const RankRecord> ranks);

struct RankShare {
  double compute_ms = 0, exchange_ms = 0, sum_ms = 0;  // the last two without waiting
  double wait_ms = 0;
  double tokens_per_s = kMissing;  // of its tokens over its own work; NaN where it did none
  double total_ms() const { return compute_ms + exchange_ms + sum_ms + wait_ms; }
};

struct RankBalance {
  std::vector<RankShare> ranks;
  double step_ms = 0, even_ms = 0;
  double wait_ms = 0;           // mean over ranks
  double imbalance = kMissing;  // max C / mean C, 1 to ranks; NaN where nobody works
  std::size_t slowest = 0;      // who works longest; the first of equals
  std::size_t most_waiting = 0;
  double wait_share() const { return step_ms > 0 ? wait_ms / step_ms : kMissing; }
  // Mean over the ranks but the slowest.
  double others_wait_ms() const;
};
// Of a step, or with the mean waits of several. tokens: of the step, all ranks together, of which each has as
// many. `ranks` must not be empty, `waits` be as many.
RankBalance rank_balance(std::span<const RankRecord> ranks, double tokens);
RankBalance rank_balance(std::span<const RankRecord> ranks, std::span<const RankWait> waits, double tokens);

struct RankTraffic {
  std::size_t ranks = 0;
  std::vector<double> rows;            // [ranks, ranks] from, to
  std::vector<double> sent, received;  // [ranks] sums of lines and columns, its own among them
  double total = 0;
  double imbalance = kMissing;    // max received / mean received
  std::size_t most_received = 0;  // the first of equals
  double at_home = kMissing;      // share of rows that no wire saw
  // Pearson, of what ranks received and how long they computed. NaN below three ranks, where any two lie on a
  // line, and where either is the same at all.
  double compute_correlation = kMissing;
  bool empty() const { return ranks == 0; }
  double at(std::size_t from, std::size_t to) const { return rows[from * ranks + to]; }
};
// Empty where no experts are shared out.
RankTraffic rank_traffic(std::span<const RankRecord> ranks);

}  // namespace switchyard
