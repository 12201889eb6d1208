// Pictures of the window as PNG files that say which run they show: the run's configuration travels in
// a tEXt chunk named "switchyard" (`pngtools`, `exiftool` and every image library show it).
//
// Thread safety: pure functions; write_png does file I/O.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace switchyard::app {

struct Image {
  int width = 0, height = 0;
  std::vector<std::uint8_t> rgb;  // [height, width, 3], top row first
};

// The bytes of a PNG. `text` is ASCII (JSON with escapes); empty: no chunk.
std::vector<std::uint8_t> encode_png(const Image& image, std::string_view text);

// Writes it through a temporary name, so that a reader never sees half a picture. Creates folders.
// failure: names the file and the system's reason.
Result<void> write_png(const std::string& path, const Image& image, std::string_view text);

// "2026-11-22_14-03-59_step-001200.png"
std::string screenshot_name(std::int64_t step);

}  // namespace switchyard::app
