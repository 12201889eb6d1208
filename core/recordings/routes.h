// What was recorded of a chunk's tokens as the assignments that core/insight works on: loads, co-activation, flow
// between layers, churn of a recording are the very functions of a run of ours.
//
// Of a recording whose choices stand by id a first choice is known only where weights or logits tell it. Thread
// safety: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "core/insight/assignments.h"
#include "core/insight/stability.h"
#include "core/recordings/recording.h"

namespace switchyard {

// Each step of a chunk, rising, with its rows in their order; of one that has counts or a loss alone there are
// none, and `counted` is its place in counted_step, -1 where it has none. In the memory of one number a row,
// however many steps there are.
void for_each_step(const RecordedChunk& chunk,
                   const std::function<void(std::int64_t step, std::span<const std::uint32_t> rows,
                                            std::int64_t counted)>& visit);

bool tells_first(ChoiceOrder order, const RecordedCells& cells);

// Of these rows, all where there are none given. Best first where that is known. Empty where nothing was chosen,
// and of Choice::first where that is not known. A token whose experts were not recorded has none.
Assignments assignments_of(const RecordedChunk& chunk, std::size_t layer, ChoiceOrder order,
                           Choice choice = Choice::all);
Assignments assignments_of(const RecordedChunk& chunk, std::size_t layer, ChoiceOrder order, Choice choice,
                           std::span<const std::uint32_t> rows);

// [layers], of two looks at the same tokens: their ids were recorded, and are the same one by one. Empty where
// they are not.
std::vector<Stability> stability(const RecordedChunk& now, const RecordedChunk& reference, ChoiceOrder order);

// Numbers of the router that are not negative and sum to 1 in every row that has them, or nearly: probabilities,
// whatever they are called.
bool are_probabilities(const RecordedCells& cells);
// p [N] of a row of logits; of one that are_probabilities() the row itself.
void probabilities_of(const float* row, bool is_probability, std::vector<double>& p);

}  // namespace switchyard
