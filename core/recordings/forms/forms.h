// The forms in which recordings are found, one table: what opens a path asks here.
//
// Thread safety: pure functions of the file system. Errors: usage, naming the file, and the key that is missing
// with what the data suggest for it.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string_view>

#include "core/recordings/forms/parts/keys.h"
#include "core/recordings/reader.h"

namespace switchyard {

struct RecordingForm {
  std::string_view name;                             // "megatron", of --format
  std::string_view title;                            // for people
  std::string_view keys;                             // those it takes: "experts, k"
  bool (*is_it)(const std::filesystem::path& path);  // by names and first bytes
  Result<std::unique_ptr<RecordingReader>> (*open)(const std::filesystem::path& path, const RecordingKeys& keys);
};
std::span<const RecordingForm> recording_forms();

// Null: of none.
const RecordingForm* form_of(const std::filesystem::path& path);
const RecordingForm* form_named(std::string_view name);

// form.open(), where each key that was told is one it takes.
Result<std::unique_ptr<RecordingReader>> open_recording(const RecordingForm& form,
                                                        const std::filesystem::path& path,
                                                        const RecordingKeys& keys);

}  // namespace switchyard
