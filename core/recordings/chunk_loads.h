// The loads of each step of a chunk without its tokens: experts are counted as they lie in the file, a piece of at
// most 1 MB at a time, in the memory of the counts.
//
// Thread safety: pure functions. Errors: usage, naming file and tensor.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "core/recordings/chunk_steps.h"

namespace switchyard {

struct ChunkLoads {
  RecordedChunk frame;          // all but what tokens have: layers, counts, losses
  std::vector<StepRows> steps;  // of its tokens, rising
  struct Layer {
    bool has_choices = false, has_weights = false;
    std::vector<std::uint32_t> loads;  // [steps, N] tokens that chose an expert
  };
  std::vector<Layer> layers;
  bool has_token_ids = false, has_sequences = false;
};

// Nothing: it is to be read token by token, as its steps do not rise, k varies, it has logits, or it names an
// expert that there is not.
Result<std::optional<ChunkLoads>> loads_of_chunk(const std::filesystem::path& folder, const ChunkNote& note,
                                                 const std::vector<RecordedLayer>& layers);

// Adds how often each of N experts stands among ids as they lie in a file, U8, U16, I16 or I32; -1 is nobody.
// False: there is one that the layer does not have.
bool count_experts(Dtype dtype, std::span<const std::byte> ids, std::span<std::uint32_t> counts);

}  // namespace switchyard
