#include "viz/base/colour_map.h"

#include <cmath>
#include <span>

namespace viz {
namespace {

// viridis at nine equal steps; a cubic through them stays within a few units of the full table.
constexpr std::array<std::uint32_t, 9> kViridis = {0x440154, 0x472d7b, 0x3b528b, 0x2c728e, 0x21918c,
                                                   0x28ae80, 0x5ec962, 0xaddc30, 0xfde725};
constexpr std::array<std::uint32_t, 3> kDiverging = {0xf59322, 0xe8eaeb, 0x0877bd};

float channel(std::uint32_t hex, int shift) { return static_cast<float>((hex >> shift) & 0xff); }

// Catmull-Rom through equally spaced anchors; the ends are mirrored so that they are met exactly.
Colour along_cubic(std::span<const std::uint32_t> anchors, float t) {
  const float at = t * static_cast<float>(anchors.size() - 1);
  const auto i = std::min(static_cast<std::size_t>(at), anchors.size() - 2);
  const float u = at - static_cast<float>(i);
  Colour out = 0xff000000u;
  for (int shift = 0; shift <= 16; shift += 8) {
    const float b = channel(anchors[i], shift), c = channel(anchors[i + 1], shift);
    const float a = i > 0 ? channel(anchors[i - 1], shift) : 2 * b - c;
    const float d = i + 2 < anchors.size() ? channel(anchors[i + 2], shift) : 2 * c - b;
    const float v = b + 0.5f * u * (c - a + u * (2 * a - 5 * b + 4 * c - d + u * (3 * (b - c) + d - a)));
    out |= static_cast<Colour>(std::clamp(std::lround(v), 0L, 255L)) << (16 - shift);
  }
  return out;
}

}  // namespace

Colour map_colour(ColourMap map, float t) {
  if (std::isnan(t)) return 0;
  t = std::clamp(t, 0.0f, 1.0f);
  if (map == ColourMap::viridis) return along_cubic(kViridis, t);
  // Straight mixes: the signs must meet in grey without a bump on either side.
  return t < 0.5f ? mixed(rgb(kDiverging[0]), rgb(kDiverging[1]), t * 2)
                  : mixed(rgb(kDiverging[1]), rgb(kDiverging[2]), t * 2 - 1);
}

std::array<Colour, map_steps> map_table(ColourMap map) {
  std::array<Colour, map_steps> out{};
  for (int i = 0; i < map_steps; ++i) {
    out[static_cast<std::size_t>(i)] = map_colour(map, static_cast<float>(i) / (map_steps - 1));
  }
  return out;
}

}  // namespace viz
