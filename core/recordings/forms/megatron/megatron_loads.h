// Megatron-LM's tokens_per_expert/rank{r}.jsonl: loads alone, a line an iteration and layer
//   {"iter", "block", "layer", "tpe": [[N] a micro-batch]}
// A line that comes twice in an iteration stays: loads may be the same. Needs the key stages, where there are
// several ranks; takes k.
#pragma once

#include <filesystem>
#include <memory>

#include "core/recordings/forms/parts/keys.h"
#include "core/recordings/reader.h"

namespace switchyard {

bool is_megatron_loads(const std::filesystem::path& path);
Result<std::unique_ptr<RecordingReader>> open_megatron_loads(const std::filesystem::path& path,
                                                             const RecordingKeys& keys);

}  // namespace switchyard
