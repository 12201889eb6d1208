// Steps as bytes. What each step has of figures and what experts were given lie apart, for the second thin out
// where room is short and the first never do. By column: the same figure of all steps stands together.
//
//   figures   groups of steps that have the same layers, one after the other:
//             u32 steps, u32 layers, i32 block of each layer; then columns of so many numbers, steps and tokens as
//             differences from the one before; per layer and step the figures of LayerRecord that are one number
//   counts    groups of rows of the same layers and experts: u32 rows, u32 layers; of each layer u32 counts, u32
//   mean
//             probabilities; columns last step, steps of each row; [rows, counts] and [rows, mean probabilities]
//             of each layer
//
// A row of counts stands for `steps` steps up to `last`, of which it is the mean; 1 where nothing has been
// thinned.
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

struct CountRows {
  struct Layer {
    std::vector<float> counts, mean_prob;  // [N] of a step
  };
  struct Row {
    std::int64_t last = 0, steps = 1;
    std::vector<Layer> layers;
  };
  std::vector<Row> rows;  // by step
};

Bytes encode_figures(std::span<const StepRecord> records);
// Without counts and mean probabilities.
Result<std::vector<StepRecord>> decode_figures(std::span<const std::byte> content);

CountRows counts_of(std::span<const StepRecord> records);
Bytes encode(const CountRows& counts);
Result<CountRows> decode_counts(std::span<const std::byte> content);

// Each row the mean of those within one stretch of `steps` steps, stretches counted from step 1: where shapes
// differ, of the later ones.
CountRows thinned(const CountRows& counts, std::int64_t steps);
// Gives each record what the row that it lies in has; none where there is none.
void fill_counts(std::vector<StepRecord>& records, const CountRows& counts);
// Weighted by the steps each stands for, into the first; of other shapes the second.
void take_mean(CountRows::Layer& into, double weight, const CountRows::Layer& other, double other_weight);

}  // namespace switchyard
