#include "core/history/rank_history.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/base/rank_means.h"

namespace switchyard {
namespace {

constexpr std::size_t kLeastRankRows = 16;

std::size_t bytes_of(const RankHistory::Row& row) {
  std::size_t bytes =
      sizeof(row) + row.ranks.capacity() * sizeof(RankRecord) + row.waits.capacity() * sizeof(RankWait);
  for (const RankRecord& rank : row.ranks) bytes += rank.rows.capacity() * sizeof(float);
  return bytes;
}

}  // namespace

void RankHistory::join(Row& into, const Row& later) {
  const bool same = into.ranks.size() == later.ranks.size();
  const auto weight = static_cast<double>(into.records), more = static_cast<double>(later.records);
  into.tokens = same ? (weight * into.tokens + more * later.tokens) / (weight + more) : later.tokens;
  take_mean(into.ranks, weight, later.ranks, more);
  if (!same) into.waits = later.waits;
  for (std::size_t r = 0; same && r < into.waits.size(); ++r)
    for (float RankWait::*const kind : {&RankWait::exchange_ms, &RankWait::sum_ms})
      into.waits[r].*kind = static_cast<float>(
          (weight * static_cast<double>(into.waits[r].*kind) + more * static_cast<double>(later.waits[r].*kind)) /
          (weight + more));
  into.last = later.last;
  into.records += later.records;
}

void RankHistory::append(const StepRecord& record) {
  if (record.ranks.empty()) return;
  const double tokens = record.tokens_per_s * record.step_ms / 1e3;
  Row row{record.step, record.step, 1, std::isfinite(tokens) ? tokens : 0, record.ranks, rank_waits(record.ranks)};
  if (!rows_.empty() && rows_.back().records < row_records_ && rows_.back().ranks.size() == row.ranks.size())
    return join(rows_.back(), row);
  const std::size_t limit = std::clamp(most_bytes_ / bytes_of(row), kLeastRankRows, std::max(kLeastRankRows, most_rows_));
  if (rows_.size() >= limit) halve();
  if (rows_.capacity() < limit) rows_.reserve(std::min(limit, std::max<std::size_t>(64, 2 * rows_.size())));
  rows_.push_back(std::move(row));
}

void RankHistory::halve() {
  std::size_t half = 0;
  for (std::size_t i = 0; i < rows_.size(); i += 2, ++half) {
    Row joined = std::move(rows_[i]);
    if (i + 1 < rows_.size()) join(joined, rows_[i + 1]);
    rows_[half] = std::move(joined);
  }
  rows_.resize(half);
  row_records_ *= 2;
}

void RankHistory::forget_after(std::int64_t step) {
  std::erase_if(rows_, [step](const Row& row) { return row.first > step; });
  if (!rows_.empty()) rows_.back().last = std::min(rows_.back().last, step);
}

std::optional<RankHistory::Row> RankHistory::up_to(std::int64_t step, std::size_t records) const {
  const auto behind =
      std::partition_point(rows_.begin(), rows_.end(), [step](const Row& row) { return row.first <= step; });
  if (behind == rows_.begin()) return std::nullopt;
  auto at = std::prev(behind);
  Row made = *at;
  while (made.records < records && at != rows_.begin() && std::prev(at)->ranks.size() == made.ranks.size()) {
    Row earlier = *--at;
    join(earlier, made);
    made = std::move(earlier);
  }
  return made;
}

std::vector<RankHistory::Row> RankHistory::stretches(double low, double high, std::size_t most) const {
  auto begin = std::partition_point(rows_.begin(), rows_.end(),
                                    [low](const Row& row) { return static_cast<double>(row.last) < low; });
  auto end = std::partition_point(begin, rows_.end(),
                                  [high](const Row& row) { return static_cast<double>(row.first) <= high; });
  if (begin != rows_.begin()) --begin;
  if (end != rows_.end()) ++end;
  const std::size_t count = static_cast<std::size_t>(end - begin),
                    each = (count + most - 1) / std::max<std::size_t>(1, most);
  std::vector<Row> made;
  // From the run's first row on, so that they stay as they are while it grows.
  for (auto at = begin; at != end; ++at) {
    const bool begins = each <= 1 || static_cast<std::size_t>(at - rows_.begin()) % each == 0;
    if (made.empty() || begins || made.back().ranks.size() != at->ranks.size()) made.push_back(*at);
    else join(made.back(), *at);
  }
  return made;
}

std::size_t RankHistory::bytes() const {
  std::size_t total = (rows_.capacity() - rows_.size()) * sizeof(Row);
  for (const Row& row : rows_) total += bytes_of(row);
  return total;
}

}  // namespace switchyard
