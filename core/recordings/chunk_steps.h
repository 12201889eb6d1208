// Where in a chunk the tokens of each step lie, from its head and its `step` alone: what a look at one step, or
// its loads, need read of a file of 64 MB are then the rows of that step.
//
// Thread safety: pure functions. Errors: usage, naming file and tensor.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "core/recordings/chunk_file.h"

namespace switchyard {

struct StepRows {
  std::int64_t step = 0;
  RowWindow rows;
  std::uint64_t count() const { return rows.end - rows.begin; }
};

// Steps rising, without those that are void. Nothing: the steps of its tokens do not rise, or it has more than
// kMostStepsOfChunk.
inline constexpr std::size_t kMostStepsOfChunk = 65'536;
Result<std::optional<std::vector<StepRows>>> steps_of_chunk(const SafetensorsFile& file, const ChunkNote& note);

}  // namespace switchyard
