// Answers of SGLang: sgl_ext.routed_experts or meta_info.routed_experts, of the answer or of its choices, the
// base64 of raw int32 [T, L, k]. Shape and type are not in the data: needs the keys experts, layers and k.
#pragma once

#include <filesystem>
#include <memory>

#include "core/recordings/forms/parts/keys.h"
#include "core/recordings/reader.h"

namespace switchyard {

bool is_sglang_answers(const std::filesystem::path& path);
Result<std::unique_ptr<RecordingReader>> open_sglang_answers(const std::filesystem::path& path,
                                                             const RecordingKeys& keys);

}  // namespace switchyard
