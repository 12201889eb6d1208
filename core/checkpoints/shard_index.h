// model.safetensors.index.json: which of a checkpoint's files holds which tensor. Thread safety: pure function of
// the file.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/input_file.h"
#include "core/base/result.h"
#include "core/checkpoints/goes_on.h"

namespace switchyard {

inline constexpr std::uint64_t kMostIndexBytes = 100'000'000;
inline constexpr std::size_t kMostShards = 512;  // all of them are held open
inline constexpr std::string_view kShardIndexFile = "model.safetensors.index.json";

struct ShardIndex {
  struct Tensor {
    std::string name;
    std::uint32_t shard = 0;  // of `shards`
    auto operator<=>(const Tensor&) const = default;
  };
  std::vector<std::string> shards;  // names of files, without a folder
  std::vector<Tensor> tensors;      // by name, each once
};

// usage: no JSON object with a weight_map of names, too large, a shard that is no plain name of a file.
// interrupted: `goes_on` said so.
Result<ShardIndex> read_shard_index(const InputFile& file, const GoesOn& goes_on = {});

}  // namespace switchyard
