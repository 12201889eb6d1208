#include "core/record/tape/tape_summary.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/base/rank_means.h"
#include "core/record/tape/blob.h"
#include "core/record/tape/rank_codec.h"
#include "core/record/tape/record_codec.h"
#include "core/record/tape/tape_rows.h"

namespace switchyard {
namespace {

constexpr std::int64_t kLeastSummaryRows = 16;
constexpr std::uint32_t kWithRanks = 0;  // no figures take no bytes

}  // namespace

void join(SummaryRow& row, SummaryRow later) {
  const StepRecord& before = row.record;
  StepRecord& record = later.record;
  const auto weight = static_cast<double>(row.steps), later_weight = static_cast<double>(later.steps);
  if (std::isnan(record.val_loss)) {
    record.val_loss = before.val_loss;
    record.val_accuracy = before.val_accuracy;
  }
  if (before.layers.size() == record.layers.size())
    for (std::size_t l = 0; l < record.layers.size(); ++l) {
      CountRows::Layer mean{before.layers[l].counts, before.layers[l].mean_prob};
      take_mean(mean, weight, {record.layers[l].counts, record.layers[l].mean_prob}, later_weight);
      record.layers[l].counts = std::move(mean.counts);
      record.layers[l].mean_prob = std::move(mean.mean_prob);
      record.layers[l].dropped = static_cast<float>(
          (weight * before.layers[l].dropped + later_weight * record.layers[l].dropped) / (weight + later_weight));
    }
  std::vector<RankRecord> ranks = before.ranks;
  take_mean(ranks, weight, record.ranks, later_weight);
  record.ranks = std::move(ranks);
  later.steps += row.steps;
  row = std::move(later);
}

Bytes encode(std::span<const SummaryRow> rows) {
  std::vector<StepRecord> records;
  for (const SummaryRow& row : rows) records.push_back(row.record);
  CountRows counts = counts_of(records);
  for (std::size_t r = 0; r < rows.size(); ++r) counts.rows[r].steps = rows[r].steps;
  const Bytes figures = encode_figures(records), loads = encode(counts), ranks = encode(ranks_of(records));
  ByteWriter bytes;
  if (!ranks.empty()) bytes(kWithRanks), bytes(static_cast<std::uint32_t>(ranks.size()));
  bytes(static_cast<std::uint32_t>(figures.size()));
  Bytes made = bytes.take();
  for (const Bytes* part : {&ranks, &figures, &loads}) made.insert(made.end(), part->begin(), part->end());
  return made;
}

Result<std::vector<SummaryRow>> decode_summary(std::span<const std::byte> content) {
  ByteReader bytes(content);
  std::uint32_t size = 0, rank_bytes = 0;
  bytes(size);
  if (size == kWithRanks) bytes(rank_bytes), bytes(size);
  if (!bytes.has(std::size_t{size} + rank_bytes, 1)) return usage_error("its summary is damaged");
  const auto ranks = content.last(bytes.left()).first(rank_bytes);
  const auto rest = content.last(bytes.left()).subspan(rank_bytes);
  auto records = decode_figures(rest.first(size));
  if (!records) return records.error();
  const auto counts = decode_counts(rest.subspan(size));
  if (!counts) return counts.error();
  if (counts->rows.size() != records->size()) return usage_error("its summary is damaged");
  fill_counts(*records, *counts);
  const auto rank_rows = decode_ranks(ranks);
  if (!rank_rows) return rank_rows.error();
  fill_ranks(*records, *rank_rows);
  std::vector<SummaryRow> rows;
  for (std::size_t r = 0; r < records->size(); ++r)
    rows.push_back({std::move((*records)[r]), std::max<std::int64_t>(1, counts->rows[r].steps)});
  return rows;
}

Result<TapeSummary> TapeSummary::of(Database& tape, std::int64_t most_rows) {
  TapeSummary made;
  made.most_rows_ = most_rows;
  auto all = tape.prepare("SELECT max(stride), sum(rows), max(last) FROM summary");
  if (!all) return all.error();
  const auto row = all->step();
  if (!row) return row.error();
  made.stride_ = std::max<std::int64_t>(1, all->integer(0));
  made.rows_ = all->integer(1);
  made.last_ = all->integer(2);
  return made;
}

std::int64_t TapeSummary::chunk_rows() const {
  return std::clamp<std::int64_t>(kChunkSteps / stride_, 1, kChunkRows);
}

std::int64_t TapeSummary::row_limit() const {
  if (row_bytes_ == 0) return most_rows_;
  return std::clamp(kMostBytes / row_bytes_, kLeastSummaryRows, std::max(kLeastSummaryRows, most_rows_));
}

Result<void> TapeSummary::add(Database& tape, const StepRecord& record) {
  last_ = record.step;
  if (auto put_in = put(tape, {record, 1}); !put_in) return put_in;
  if (rows_ + static_cast<std::int64_t>(chunk_.size()) > row_limit()) return halve(tape);
  return {};
}

Result<void> TapeSummary::put(Database& tape, SummaryRow row) {
  if (!chunk_.empty() && row_of(chunk_.back().record) == row_of(row.record)) {
    join(chunk_.back(), std::move(row));
    return {};
  }
  if (!chunk_.empty() && row_of(chunk_.front().record) / chunk_rows() != row_of(row.record) / chunk_rows())
    if (auto written = write_chunk(tape); !written) return written;
  chunk_.push_back(std::move(row));
  return {};
}

Result<void> TapeSummary::write_chunk(Database& tape) {
  const Bytes content = encode(std::span<const SummaryRow>(chunk_));
  const bool has_ranks =
      std::any_of(chunk_.begin(), chunk_.end(), [](const SummaryRow& row) { return !row.record.ranks.empty(); });
  const Bytes blob = seal(BlobKind::summary, content, has_ranks ? 2 : 1);
  auto insert =
      tape.prepare("INSERT OR REPLACE INTO summary(last, first, stride, rows, blob) VALUES(?1, ?2, ?3, ?4, ?5)");
  if (!insert) return insert.error();
  const auto count = static_cast<std::int64_t>(chunk_.size());
  auto written = insert->bind(1, chunk_.back().record.step)
                     .bind(2, chunk_.front().record.step - chunk_.front().steps + 1)
                     .bind(3, stride_)
                     .bind(4, count)
                     .bind(5, std::span<const std::byte>(blob))
                     .run();
  rows_ += count;
  row_bytes_ = static_cast<std::int64_t>(content.size()) / count;
  chunk_.clear();
  return written;
}

// A chunk at a time, so that memory holds two.
Result<void> TapeSummary::halve(Database& tape) {
  std::vector<SummaryRow> open = std::exchange(chunk_, {});
  stride_ *= 2;
  rows_ = 0;
  auto next = tape.prepare("SELECT last, blob FROM summary WHERE last>?1 ORDER BY last LIMIT 1");
  auto remove = tape.prepare("DELETE FROM summary WHERE last=?1");
  if (!next) return next.error();
  if (!remove) return remove.error();
  for (std::int64_t at = -1;;) {
    const auto found = next->bind(1, at).step();
    if (!found) return found.error();
    if (!*found) break;
    at = next->integer(0);
    const auto content = unseal_as(BlobKind::summary, next->blob(1));
    auto rows = content ? decode_summary(*content) : Result<std::vector<SummaryRow>>(content.error());
    next->reset();
    if (auto gone = remove->bind(1, at).run(); !gone) return gone;
    // What cannot be read any more is missing in the summary alone.
    if (!rows) continue;
    for (SummaryRow& row : *rows)
      if (auto put_in = put(tape, std::move(row)); !put_in) return put_in;
  }
  for (SummaryRow& row : open)
    if (auto put_in = put(tape, std::move(row)); !put_in) return put_in;
  return {};
}

}  // namespace switchyard
