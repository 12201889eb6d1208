#include "app/png.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <unordered_map>

namespace switchyard::app {
namespace {

using Bytes = std::vector<std::uint8_t>;
constexpr std::size_t kColours = 256;
// Nearly as small as the best, in a third of the time.
constexpr int kEffort = 6;

void append_number(Bytes& out, std::uint32_t value) {
  for (const int shift : {24, 16, 8, 0}) out.push_back(static_cast<std::uint8_t>(value >> shift));
}

void append_chunk(Bytes& out, std::string_view type, const Bytes& content) {
  append_number(out, static_cast<std::uint32_t>(content.size()));
  const std::size_t checked_from = out.size();
  out.insert(out.end(), type.begin(), type.end());
  out.insert(out.end(), content.begin(), content.end());
  const auto checked = static_cast<uInt>(out.size() - checked_from);
  append_number(out, static_cast<std::uint32_t>(crc32(0, out.data() + checked_from, checked)));
}

// Pixels by number, and the colour of each number.
struct Indexed {
  Bytes rows;  // each begins with its filter: none
  Bytes palette;
};

std::optional<Indexed> indexed(const Image& image) {
  Indexed out;
  const auto width = static_cast<std::size_t>(image.width), height = static_cast<std::size_t>(image.height);
  out.rows.reserve((width + 1) * height);
  std::unordered_map<std::uint32_t, std::uint8_t> numbers;
  std::uint32_t last = 0xffffffff;
  std::uint8_t number = 0;
  for (std::size_t y = 0; y < height; ++y) {
    out.rows.push_back(0);
    const std::uint8_t* pixel = image.rgb.data() + 3 * width * y;
    for (std::size_t x = 0; x < width; ++x, pixel += 3) {
      const std::uint32_t colour = (std::uint32_t{pixel[0]} << 16) | (std::uint32_t{pixel[1]} << 8) | pixel[2];
      if (colour != last) {
        const auto [known, is_new] = numbers.try_emplace(colour, static_cast<std::uint8_t>(numbers.size()));
        if (is_new && numbers.size() > kColours) return std::nullopt;
        if (is_new) out.palette.insert(out.palette.end(), pixel, pixel + 3);
        number = known->second;
        last = colour;
      }
      out.rows.push_back(number);
    }
  }
  return out;
}

// Each row as it is, or less its left or upper neighbours: whichever has the smallest sum of differences.
Bytes filtered(const Image& image) {
  const std::size_t stride = 3 * static_cast<std::size_t>(image.width);
  const auto height = static_cast<std::size_t>(image.height);
  Bytes out;
  out.reserve((stride + 1) * height);
  const Bytes above_first(stride);
  std::array<Bytes, 3> tried{Bytes(stride), Bytes(stride), Bytes(stride)};  // none, left, up
  for (std::size_t y = 0; y < height; ++y) {
    const std::uint8_t* row = image.rgb.data() + stride * y;
    const std::uint8_t* above = y > 0 ? row - stride : above_first.data();
    std::array<std::size_t, 3> sums{};
    for (std::size_t i = 0; i < stride; ++i) {
      const std::uint8_t left = i >= 3 ? row[i - 3] : 0;
      tried[0][i] = row[i];
      tried[1][i] = static_cast<std::uint8_t>(row[i] - left);
      tried[2][i] = static_cast<std::uint8_t>(row[i] - above[i]);
      for (std::size_t f = 0; f < tried.size(); ++f)
        sums[f] += static_cast<std::size_t>(std::abs(static_cast<std::int8_t>(tried[f][i])));
    }
    const auto best = static_cast<std::size_t>(std::min_element(sums.begin(), sums.end()) - sums.begin());
    out.push_back(static_cast<std::uint8_t>(best));
    out.insert(out.end(), tried[best].begin(), tried[best].end());
  }
  return out;
}

Bytes packed(const Bytes& rows) {
  uLongf size = compressBound(static_cast<uLong>(rows.size()));
  Bytes out(size);
  if (compress2(out.data(), &size, rows.data(), static_cast<uLong>(rows.size()), kEffort) != Z_OK) return {};
  out.resize(size);
  return out;
}

}  // namespace

std::vector<std::uint8_t> encode_png(const Image& image, std::string_view text) {
  const std::size_t pixels = static_cast<std::size_t>(std::max(0, image.width)) * static_cast<std::size_t>(std::max(0, image.height));
  if (pixels == 0 || image.rgb.size() < 3 * pixels) return {};
  const std::optional<Indexed> by_number = indexed(image);
  const Bytes body = packed(by_number ? by_number->rows : filtered(image));
  if (body.empty()) return {};

  Bytes png{0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
  Bytes head;
  append_number(head, static_cast<std::uint32_t>(image.width));
  append_number(head, static_cast<std::uint32_t>(image.height));
  constexpr std::uint8_t kRgb = 2, kPalette = 3;
  const std::uint8_t rest[] = {8, by_number ? kPalette : kRgb, 0, 0, 0};  // bits a sample, kind, then no choices
  head.insert(head.end(), std::begin(rest), std::end(rest));
  append_chunk(png, "IHDR", head);
  if (!text.empty()) {
    Bytes named;
    const std::string_view keyword = "switchyard";
    named.insert(named.end(), keyword.begin(), keyword.end());
    named.push_back(0);
    named.insert(named.end(), text.begin(), text.end());
    append_chunk(png, "tEXt", named);
  }
  if (by_number) append_chunk(png, "PLTE", by_number->palette);
  append_chunk(png, "IDAT", body);
  append_chunk(png, "IEND", {});
  return png;
}

}  // namespace switchyard::app
