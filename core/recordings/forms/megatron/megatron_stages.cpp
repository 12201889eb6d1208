#include "core/recordings/forms/megatron/megatron_stages.h"

#include <fmt/format.h>

#include <algorithm>

namespace switchyard {

Result<std::map<std::int32_t, std::int32_t>> stages_of(const std::vector<RankFile>& files,
                                                       const RecordingKeys& keys, const std::string& where) {
  if (files.size() > 1 && keys.stages.size() != files.size()) {
    std::string zeros = "0";
    for (std::size_t i = 1; i < std::min<std::size_t>(files.size(), 8); ++i) zeros += ",0";
    if (files.size() > 8) zeros += ",…";
    std::string all = "0";
    for (std::size_t i = 1; i < files.size(); ++i) all += ",0";
    hint(keys, "stages", all, fmt::format("It has {} ranks", files.size()));
    return usage_error(
        fmt::format("{}: has {} ranks, and numbers layers within a pipeline stage: needs stages=S,S,… with the "
                    "stage of each rank; {} "
                    "where there is no pipeline",
                    where, files.size(), zeros));
  }
  std::map<std::int32_t, std::int32_t> stages;
  for (std::size_t i = 0; i < files.size(); ++i)
    stages[files[i].rank] = i < keys.stages.size() ? keys.stages[i] : 0;
  return stages;
}

std::map<StagedLayer, std::size_t> places_of(
    const std::map<StagedLayer, std::pair<std::int32_t, std::int32_t>>& found,
    std::vector<RecordedLayer>& layers) {
  std::map<StagedLayer, std::size_t> places;
  std::map<std::pair<std::string, std::int32_t>, std::int32_t> sizes;  // of a block's stage
  for (const auto& [at, shape] : found) {
    std::int32_t& size = sizes[{at.block, at.stage}];
    size = std::max(size, at.layer + 1);
  }
  for (const auto& [at, shape] : found) {
    std::int32_t before = 0;
    for (const auto& [stage, size] : sizes)
      if (stage.first == at.block && stage.second < at.stage) before += size;
    places[at] = layers.size();
    layers.push_back({before + at.layer, at.block, shape.first, shape.second});
  }
  return places;
}

}  // namespace switchyard
