// Megatron-LM numbers layers within a pipeline stage, from 0. Which stage a rank is of its files do not say.
//
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "core/base/result.h"
#include "core/recordings/forms/parts/keys.h"
#include "core/recordings/forms/parts/ranked_lines.h"
#include "core/recordings/recording.h"

namespace switchyard {

// A layer as a line names it.
struct StagedLayer {
  std::int32_t stage = 0;
  std::string block;
  std::int32_t layer = 0;
  bool operator<(const StagedLayer& other) const {
    return std::tie(block, stage, layer) < std::tie(other.block, other.stage, other.layer);
  }
  bool operator==(const StagedLayer&) const = default;
};

// By rank. usage: there are several ranks, and `stages` does not say one for each.
Result<std::map<std::int32_t, std::int32_t>> stages_of(const std::vector<RankFile>& files,
                                                       const RecordingKeys& keys, const std::string& where);

// Layers of all stages, numbered through: a stage's follow those of the one before it. Their place in the list.
std::map<StagedLayer, std::size_t> places_of(
    const std::map<StagedLayer, std::pair<std::int32_t, std::int32_t>>& found, std::vector<RecordedLayer>& layers);

}  // namespace switchyard
