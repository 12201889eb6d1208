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

// What a reader suggests for a key that is missing or wrong, out of the data.
struct KeyHint {
  std::string key, suggested;
  std::string why;  // "In its first step the highest is number 59"
};

struct RecordingKeys {
  std::optional<std::int32_t> experts, k, layers;
  std::vector<std::int32_t> stages;  // of the pipeline, one a rank
  std::optional<bool> dropped;       // whether capacity had dropped choices before they were recorded
  std::vector<std::string> given;    // the names of these that were told
  bool is_written = false;           // somebody writes it now: its last line may be half a line
  // What it holds is known from its begin, and RecordingReader::is_outgrown() tells of what does not fit: for
  // somebody who wants to see something at once. False: all of it is looked through first where that is needed.
  bool by_its_begin = false;
  std::vector<KeyHint>* hints = nullptr;  // takes what is suggested where a reader refuses; null: nobody asks
};

struct RecordingKey {
  std::string_view name, takes, help, allowed;
};
// Where the data name experts up to number `most`; in: "in its first step".
void hint_experts(const RecordingKeys& keys, std::int32_t most, std::string_view in);
void hint(const RecordingKeys& keys, std::string_view key, std::string suggested, std::string why);
std::span<const RecordingKey> recording_keys();

Result<RecordingKeys> keys_from(std::span<const std::string> pairs);

}  // namespace switchyard
