// colibri's ROUTE_TRACE: lines "<call> <row> <layer> <expert>:<gate> …", a call a step here, a row a token. Lines
// of a call stand together. It has weights, so the first choice is the one with the largest. A token that a layer
// has no line of has no experts there. Needs the key experts.
#pragma once

#include <filesystem>
#include <memory>

#include "core/recordings/forms/parts/keys.h"
#include "core/recordings/reader.h"

namespace switchyard {

bool is_colibri_trace(const std::filesystem::path& path);
Result<std::unique_ptr<RecordingReader>> open_colibri_trace(const std::filesystem::path& path,
                                                            const RecordingKeys& keys);

}  // namespace switchyard
