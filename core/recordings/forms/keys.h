// What a form of recording does not say itself: keys, told beside the path as KEY=VALUE.
//
// Thread safety: pure functions. Errors: usage, naming key and allowed values.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace switchyard {

struct RecordingKeys {
  std::optional<std::int32_t> experts, k, layers;
  std::vector<std::int32_t> stages;  // of the pipeline, one a rank
  std::optional<bool> dropped;       // whether capacity had dropped choices before they were recorded
  std::vector<std::string> given;    // the names of these that were told
  bool is_written = false;           // somebody writes it now: its last line may be half a line
};

struct RecordingKey {
  std::string_view name, takes, help;
};
std::span<const RecordingKey> recording_keys();

Result<RecordingKeys> keys_from(std::span<const std::string> pairs);

}  // namespace switchyard
