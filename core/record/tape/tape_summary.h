// A thinned summary of a run, kept as it goes: what a viewer shows before it has read the rest. Each row stands
// for a stretch of `stride` steps and is the record of its last step, but for loads, mean probabilities and drops,
// which are the mean, as is what ranks did, and for the validation, which is the last there was. Where rows come
// to be too many, neighbours are joined and the stride doubles.
//
// Rows come to the file some at a time, a chunk; the steps behind the last chunk are read from their own rows, so
// a chunk is of kChunkSteps steps at most as long as a row is of less.
//
// Thread safety: pure functions; an object belongs to one thread. Errors: as of the database.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/base/records.h"
#include "core/base/result.h"
#include "core/record/tape/bytes.h"
#include "core/record/tape/database.h"

namespace switchyard {

struct SummaryRow {
  StepRecord record;
  std::int64_t steps = 1;
};

// u32 bytes of the figures, figures, counts; with ranks, which is version 2: u32 0, u32 bytes of the ranks, u32
// bytes of the figures, ranks, figures, counts.
Bytes encode(std::span<const SummaryRow> rows);
Result<std::vector<SummaryRow>> decode_summary(std::span<const std::byte> content);
// `later` into the row before it.
void join(SummaryRow& row, SummaryRow later);

// Writes it.
class TapeSummary {
 public:
  static constexpr std::int64_t kMostRows = 4'000, kChunkRows = 64, kChunkSteps = 4'096;
  static constexpr std::int64_t kMostBytes = std::int64_t{64} << 20;

  // Goes on with what the file holds; the steps behind it are still to be added.
  static Result<TapeSummary> of(Database& tape, std::int64_t most_rows = kMostRows);
  // The last step it holds; 0: none. Steps come in order from there on.
  std::int64_t last() const { return last_; }
  // Within the transaction of whoever writes.
  Result<void> add(Database& tape, const StepRecord& record);

  std::int64_t stride() const { return stride_; }

 private:
  Result<void> put(Database& tape, SummaryRow row);
  Result<void> write_chunk(Database& tape);
  Result<void> halve(Database& tape);
  std::int64_t chunk_rows() const;
  std::int64_t row_of(const StepRecord& record) const { return (record.step - 1) / stride_; }
  std::int64_t row_limit() const;

  std::int64_t most_rows_ = kMostRows, stride_ = 1, rows_ = 0, last_ = 0;
  std::int64_t row_bytes_ = 0;  // of the chunk written last, before compression
  std::vector<SummaryRow> chunk_;
};

}  // namespace switchyard
