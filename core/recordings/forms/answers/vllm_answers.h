// Answers of vLLM with --enable-return-routed-experts: choices[].routed_experts, as the base64 of an .npy [T, L,
// k], or (v0.21) nested lists, before which stand those of prompt_routed_experts; -1 was cached. The last token
// has no row. Each choice is a sequence. Needs the key experts.
#pragma once

#include <filesystem>
#include <memory>

#include "core/recordings/forms/parts/keys.h"
#include "core/recordings/reader.h"

namespace switchyard {

bool is_vllm_answers(const std::filesystem::path& path);
Result<std::unique_ptr<RecordingReader>> open_vllm_answers(const std::filesystem::path& path,
                                                           const RecordingKeys& keys);

}  // namespace switchyard
