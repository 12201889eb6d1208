// What a viewer remembers of the ranks of a run: rows in time, each the mean of the steps it stands for. Full rows
// are joined pairwise where there come to be too many, as rows of expert load are; the newest holds the last step.
//
// Steps without ranks leave no row. Thread safety: as History.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/records.h"
#include "core/insight/rank_balance.h"

namespace switchyard {

class RankHistory {
 public:
  static constexpr std::size_t kRows = 1'000, kBytes = std::size_t{16} << 20;
  static constexpr std::size_t kSmooth = 20;

  explicit RankHistory(std::size_t most_rows = kRows, std::size_t most_bytes = kBytes)
      : most_rows_(most_rows), most_bytes_(most_bytes) {}

  struct Row {
    std::int64_t first = 0, last = 0;  // steps
    std::size_t records = 0;           // of which it is the mean
    double tokens = 0;                 // of a step, all ranks together
    std::vector<RankRecord> ranks;     // never empty
    std::vector<RankWait> waits;       // of each, the mean of the records' own
  };

  void append(const StepRecord& record);
  // The run goes on from the end of this step. A row across it is what is known of the steps before it.
  void forget_after(std::int64_t step);

  bool empty() const { return rows_.empty(); }
  const std::vector<Row>& rows() const { return rows_; }  // by step
  // The mean of the last `records` recorded steps up to this one, more where rows stand for more; fewer where
  // there are no more of so many ranks. Nothing before the first.
  std::optional<Row> up_to(std::int64_t step, std::size_t records = kSmooth) const;
  // The rows that reach into [low, high], neighbours joined so that there are at most about so many, and one more
  // on either side: what a plot of that stretch draws.
  std::vector<Row> stretches(double low, double high, std::size_t most) const;
  // Capacity included.
  std::size_t bytes() const;

 private:
  static void join(Row& into, const Row& later);
  void halve();

  std::size_t most_rows_, most_bytes_;
  std::size_t row_records_ = 1;  // of a full row
  std::vector<Row> rows_;
};

}  // namespace switchyard
