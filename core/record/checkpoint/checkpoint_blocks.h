// What the file of a checkpoint is made of beside weights and moments: texts, and blocks of F64.
//
// Thread safety: values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/record/files/safetensors.h"

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

}  // namespace switchyard
