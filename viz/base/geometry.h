// Points, rectangles and packed colours, the small change every widget is paid in.
// Units are screen pixels with y pointing down. A Colour is ImGui's packed 32 bits (0xAABBGGRR), so
// that a widget can hand it to ImGui as it is; 0 (fully transparent) means "choose for me" in specs.
#pragma once

#include <imgui.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace viz {

using Point = ImVec2;
using Colour = ImU32;

// From 0xRRGGBB, opaque.
constexpr Colour rgb(std::uint32_t hex) {
  return 0xff000000u | ((hex & 0xffu) << 16) | (hex & 0xff00u) | ((hex >> 16) & 0xffu);
}
constexpr int red(Colour c) { return static_cast<int>(c & 0xffu); }
constexpr int green(Colour c) { return static_cast<int>((c >> 8) & 0xffu); }
constexpr int blue(Colour c) { return static_cast<int>((c >> 16) & 0xffu); }
constexpr int alpha(Colour c) { return static_cast<int>(c >> 24); }
constexpr bool is_clear(Colour c) { return alpha(c) == 0; }
// The same colour with its opacity multiplied by `opacity` in [0, 1].
constexpr Colour faded(Colour c, float opacity) {
  const float a = static_cast<float>(alpha(c)) * std::clamp(opacity, 0.0f, 1.0f);
  return (c & 0x00ffffffu) | (static_cast<Colour>(a + 0.5f) << 24);
}
// Straight mix in sRGB of all four channels: a at t = 0, b at t = 1.
constexpr Colour mixed(Colour a, Colour b, float t) {
  Colour out = 0;
  for (int shift = 0; shift < 32; shift += 8) {
    const float from = static_cast<float>((a >> shift) & 0xffu), to = static_cast<float>((b >> shift) & 0xffu);
    out |= static_cast<Colour>(from + (to - from) * std::clamp(t, 0.0f, 1.0f) + 0.5f) << shift;
  }
  return out;
}
inline ImVec4 as_vec4(Colour c) {
  return {static_cast<float>(red(c)) / 255, static_cast<float>(green(c)) / 255, static_cast<float>(blue(c)) / 255,
          static_cast<float>(alpha(c)) / 255};
}

// The length or area a value is drawn with: none where it is missing or negative.
inline float drawn_amount(float value) { return std::isfinite(value) && value > 0 ? value : 0.0f; }

// How many of `each` an extent has room for: none of a negative one, or of what is no number.
inline std::size_t how_many(float extent, float each) {
  const float count = extent / each;
  return count > 0 ? static_cast<std::size_t>(std::min(count, 1e6f)) : 0;
}

struct Rect {
  float x0 = 0, y0 = 0, x1 = 0, y1 = 0;  // left, top, right, bottom

  float width() const { return x1 - x0; }
  float height() const { return y1 - y0; }
  bool contains(Point p) const { return p.x >= x0 && p.x < x1 && p.y >= y0 && p.y < y1; }
  Rect shrunk(float by) const { return {x0 + by, y0 + by, x1 - by, y1 - by}; }
};

}  // namespace viz
