// A checkpoint as what its file is made of: texts, and blocks of F64. The floats of weights and moments, which are
// nearly all of it, stay where they lie.
//
//   loads/L               [N]        TrainerState::loads
//   health/L/experts      [5, N]     expected_since, silent_since, sum, low_since, starves of a layer's memory
//   health/L/loads        [W, 1+N]   step and counts of each step of its window
//   health/L/norms        [M, 3]     step, router, experts
//   health/L/figures      [2]        weight of the sums, look_router
//   recording/L/counts    [N], recording/L/prob_sum [N], recording/L/dropped [1]
//
// A number in a text that is not finite is the 16 hexadecimal digits of its bits.
//
// Thread safety: pure functions. Errors are of kind usage and name the file.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/record/checkpoint/checkpoint.h"
#include "core/record/checkpoint/checkpoint_blocks.h"

namespace switchyard {

// Of the format described here. What reads only what it knows would go on with half a model, so a later one is
// refused.
inline constexpr std::int64_t kCheckpointFormat = 1;

// All but the trainer's tensors. program: the version that writes.
CheckpointParts parts_of(const Checkpoint& checkpoint, std::string_view program);

// Without the trainer's tensors. `where`: the file.
Result<Checkpoint> checkpoint_of(const Metadata& texts, const DoubleBlocks& doubles, const std::string& where);
// What the list shows alone; tells a file of another kind and a later format.
Result<CheckpointLabel> label_of(const Metadata& texts, const std::string& where);

}  // namespace switchyard
