// Pictures of the window as PNG files that say which run they show: the run's configuration travels in
// a tEXt chunk named "switchyard" (`pngtools`, `exiftool` and every image library show it).
//
// Thread safety: pure functions; write_png does file I/O.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "app/export/png.h"
#include "core/base/result.h"

namespace switchyard::app {

// Writes a picture through a temporary name, so that a reader never sees half a picture. Creates folders.
// failure: names the file and the system's reason.
Result<void> write_png(const std::string& path, const Image& image, std::string_view text);

// "2026-11-22_14-03-59_step-001200.png"
std::string screenshot_name(std::int64_t step);

}  // namespace switchyard::app
