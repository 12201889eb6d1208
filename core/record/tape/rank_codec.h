// What the ranks of a run did, as bytes: a blob of its own beside the figures of the same steps, so that a run of
// one process has none and a program that knows no ranks shows all else.
//
//   groups of rows of the same ranks, one after the other: u32 rows, u32 ranks, u32 how many ranks each rank tells
//   its rows to; then columns of so many numbers: last step, as differences from the one before; steps of each
//   row; rank by rank its figures and [rows, ranks told]
//
// A row stands for `steps` steps up to `last`, of which it is the mean; 1 where nothing has been thinned. Steps
// without ranks have none.
//
// Thread safety: pure functions. Errors: usage, without the file's name. Decoding takes no more memory than a
// small multiple of the bytes that are there.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/base/records.h"
#include "core/base/result.h"
#include "core/record/tape/bytes.h"

namespace switchyard {

struct RankRows {
  struct Row {
    std::int64_t last = 0, steps = 1;
    std::vector<RankRecord> ranks;
  };
  std::vector<Row> rows;  // by step
};

RankRows ranks_of(std::span<const StepRecord> records);
Bytes encode(const RankRows& ranks);
Result<RankRows> decode_ranks(std::span<const std::byte> content);

// Each row the mean of those within one stretch of `steps` steps, stretches counted from step 1: where ranks
// differ, of the later ones.
RankRows thinned(const RankRows& ranks, std::int64_t steps);
// Gives each record what the row that it lies in has; none where there is none.
void fill_ranks(std::vector<StepRecord>& records, const RankRows& ranks);
// What is known of the steps up to this one.
void cut(RankRows& ranks, std::int64_t step);

}  // namespace switchyard
