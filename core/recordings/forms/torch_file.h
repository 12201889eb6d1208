// What torch.save wrote (.pt): a pickle, which may run a program as it is read. Nothing of one is read here; who
// has such a file is told what makes a recording of it, assets/python/switchyard_convert.py.
#pragma once

#include <filesystem>
#include <memory>

#include "core/recordings/forms/parts/keys.h"
#include "core/recordings/reader.h"

namespace switchyard {

// A file by such a name. Its first bytes are not asked: whatever it is, no other form has this name.
bool is_torch_file(const std::filesystem::path& path);
// usage, always: the converter's command.
Result<std::unique_ptr<RecordingReader>> open_torch_file(const std::filesystem::path& path,
                                                         const RecordingKeys& keys);

}  // namespace switchyard
