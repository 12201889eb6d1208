// Letters of fixed widths for pictures that are compared as text: every character is 7 by 13 pixels, 6 by 11 in
// the small fonts, as in recording_canvas.h, whatever fonts the machine has.
#pragma once

#include "viz/canvas/typeface.h"

namespace viz::testing {

inline Typefaces stub_typefaces() {
  Typefaces all;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto font = static_cast<Font>(i);
    const bool small = font == Font::small || font == Font::mono_small;
    const bool mono = font == Font::mono || font == Font::mono_small;
    all[i] = {.family = mono ? "Stub Mono" : "Stub",
              .monospaced = mono,
              .weight = font == Font::bold ? 600 : 400,
              .line_px = small ? 11.0f : 13.0f,
              .em_px = small ? 10.0f : 12.0f,
              .ascent_px = small ? 9.0f : 10.0f,
              .files = {}};
  }
  return all;
}

inline Point stub_text_size(std::string_view text, Font font) {
  const bool small = font == Font::small || font == Font::mono_small;
  std::size_t characters = 0;
  for (const char c : text) characters += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  return {static_cast<float>(characters) * (small ? 6 : 7), small ? 11.0f : 13.0f};
}

}  // namespace viz::testing
