// Pictures as PNG bytes (ISO/IEC 15948), small: of up to 256 colours as one byte a pixel with a palette, else three
// bytes with each row as the difference to its neighbours that packs best. Lossless.
//
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace switchyard::app {

struct Image {
  int width = 0, height = 0;
  std::vector<std::uint8_t> rgb;  // [height, width, 3], top row first
};

// `text` is ASCII (JSON with escapes) and travels in a tEXt chunk named "switchyard"; empty: no chunk. Empty bytes
// where there are no pixels, or no memory.
std::vector<std::uint8_t> encode_png(const Image& image, std::string_view text);

}  // namespace switchyard::app
