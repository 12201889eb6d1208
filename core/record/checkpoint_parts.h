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

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/record/checkpoint.h"
#include "core/record/safetensors.h"

namespace switchyard {

struct DoubleBlocks {
  struct Entry {
    std::string name;
    std::vector<std::int64_t> shape;
    std::size_t begin = 0, count = 0;  // in `values`
  };
  std::vector<Entry> entries;
  std::vector<double> values;

  void add(std::string name, std::vector<std::int64_t> shape, std::span<const double> numbers);
};

struct CheckpointParts {
  Metadata texts;
  DoubleBlocks doubles;
};
// All but the trainer's tensors. program: the version that writes.
CheckpointParts parts_of(const Checkpoint& checkpoint, std::string_view program);

// Without the trainer's tensors. `where`: the file.
Result<Checkpoint> checkpoint_of(const Metadata& texts, const DoubleBlocks& doubles, const std::string& where);
// What the list shows alone; tells a file of another kind and a later format.
Result<CheckpointLabel> label_of(const Metadata& texts, const std::string& where);

}  // namespace switchyard
