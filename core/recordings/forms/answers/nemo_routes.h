// NeMo's text, a line an answer: nrlre1:int16:TxLxk:<base64>; -1 is missing. Needs the key experts.
#pragma once

#include <filesystem>
#include <memory>

#include "core/recordings/forms/parts/keys.h"
#include "core/recordings/reader.h"

namespace switchyard {

bool is_nemo_routes(const std::filesystem::path& path);
Result<std::unique_ptr<RecordingReader>> open_nemo_routes(const std::filesystem::path& path,
                                                          const RecordingKeys& keys);

}  // namespace switchyard
