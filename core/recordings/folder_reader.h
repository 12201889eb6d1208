// The canonical form switchyard-routes/2 as a stream of chunks. A chunk that was announced and cannot be read is
// passed over and said in notes().
//
// Thread safety: an object belongs to one thread.
#pragma once

#include <filesystem>
#include <memory>

#include "core/recordings/manifest.h"
#include "core/recordings/reader.h"

namespace switchyard {

// usage: no manifest, or its first line is not one.
Result<std::unique_ptr<RecordingReader>> open_routes_folder(const std::filesystem::path& folder);

}  // namespace switchyard
