// A chunk of the canonical form: one safetensors file, whole from the moment it has its name. Its tensors, i the
// layer's place in the manifest's list:
//   experts.<i>        U8, U16, I16, I32 [T, k]; -1: not recorded. With start.<i> I64 [T + 1] (k varies)
//   [start[T]] weights.<i>        F32, F16 as experts.<i> router_logits.<i>  F32, F16, BF16 [T, N] counts.<i> I64
//   [N] or [S, N], tokens of all the step that chose an expert; -1: not recorded step               I64 [T];
//   without it all is of the one step that the manifest names tokens, sequence   I32 [T] counted_steps      I64
//   [S], rising; without it S is 1
//   hidden.<i>         F32, F16, BF16 [T, d] what the router saw
// Others, whatever comes later, are passed over.
//
// Everything is held against the file's size, the manifest and each other before memory is taken for it; a file
// has at most kMostChunkBytes. Thread safety: pure functions. Errors: usage, naming file and tensor.
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <vector>

#include "core/base/result.h"
#include "core/record/files/safetensors.h"
#include "core/recordings/manifest.h"

namespace switchyard {

inline constexpr std::uint64_t kMostChunkBytes = std::uint64_t{80} << 20;  // 64 MB is what a writer keeps to

// Rows of a chunk, in the order of the file; those that it does not have are left out.
struct RowWindow {
  std::uint64_t begin = 0, end = std::numeric_limits<std::uint64_t>::max();
};

// Of other rows than these nothing is read; what is not a row's (counts, losses) is there whole.
Result<RecordedChunk> read_chunk(const std::filesystem::path& folder, const ChunkNote& note,
                                 const std::vector<RecordedLayer>& layers, RowWindow window = {});

// Its head, held against the file's size.
Result<SafetensorsFile> open_chunk(const std::filesystem::path& folder, const ChunkNote& note);

}  // namespace switchyard
