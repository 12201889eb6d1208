#include "app/export/png.h"

#include <png.h>

#include <algorithm>
#include <csetjmp>
#include <new>
#include <optional>
#include <string>
#include <unordered_map>

namespace switchyard::app {
namespace {

using Bytes = std::vector<std::uint8_t>;
constexpr std::size_t kColours = PNG_MAX_PALETTE_LENGTH;
// Nearly as small as the best, in a third of the time.
constexpr int kEffort = 6;

// Pixels by number, and the colour of each number.
struct Indexed {
  Bytes pixels;  // [height, width]
  Bytes palette;
};

std::optional<Indexed> indexed(const Image& image) {
  Indexed out;
  const auto width = static_cast<std::size_t>(image.width), height = static_cast<std::size_t>(image.height);
  out.pixels.reserve(width * height);
  std::unordered_map<std::uint32_t, std::uint8_t> numbers;
  std::uint32_t last = 0xffffffff;
  std::uint8_t number = 0;
  for (std::size_t y = 0; y < height; ++y) {
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
      out.pixels.push_back(number);
    }
  }
  return out;
}

// Everything libpng is given: it leaves by longjmp, which would skip destructors, so nothing is made on the way.
struct Content {
  std::vector<png_bytep> rows{};
  std::vector<png_color> palette{};  // empty: three bytes a pixel
  std::string text;
  int width = 0, height = 0;
};

void append(png_structp png, png_bytep data, std::size_t size) {
  auto& out = *static_cast<Bytes*>(png_get_io_ptr(png));
  bool has_room = true;
  try {
    out.insert(out.end(), data, data + size);
  } catch (const std::bad_alloc&) {
    has_room = false;
  }
  if (!has_room) png_longjmp(png, 1);  // not from within the handler, which it would leave unfinished
}

bool write(png_structp png, png_infop info, Content& content) {
  if (setjmp(png_jmpbuf(png))) return false;
  const bool by_number = !content.palette.empty();
  png_set_compression_level(png, kEffort);
  png_set_filter(png, 0, by_number ? PNG_FILTER_NONE : PNG_FILTER_NONE | PNG_FILTER_SUB | PNG_FILTER_UP);
  png_set_IHDR(png, info, static_cast<png_uint_32>(content.width), static_cast<png_uint_32>(content.height), 8,
               by_number ? PNG_COLOR_TYPE_PALETTE : PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
               PNG_FILTER_TYPE_DEFAULT);
  if (by_number) png_set_PLTE(png, info, content.palette.data(), static_cast<int>(content.palette.size()));
  if (!content.text.empty()) {
    static char keyword[] = "switchyard";
    png_text chunk{};
    chunk.compression = PNG_TEXT_COMPRESSION_NONE;
    chunk.key = keyword;
    chunk.text = content.text.data();
    chunk.text_length = content.text.size();
    png_set_text(png, info, &chunk, 1);
  }
  png_write_info(png, info);
  png_write_image(png, content.rows.data());
  png_write_end(png, nullptr);
  return true;
}

}  // namespace

std::vector<std::uint8_t> encode_png(const Image& image, std::string_view text) {
  const auto width = static_cast<std::size_t>(std::max(0, image.width)), height = static_cast<std::size_t>(std::max(0, image.height));
  if (width * height == 0 || image.rgb.size() < 3 * width * height) return {};
  std::optional<Indexed> by_number = indexed(image);
  Content content{.text = std::string(text), .width = image.width, .height = image.height};
  // libpng takes rows that it could write to, and does not.
  std::uint8_t* const pixels = by_number ? by_number->pixels.data() : const_cast<std::uint8_t*>(image.rgb.data());
  for (std::size_t y = 0; y < height; ++y) content.rows.push_back(pixels + (by_number ? 1 : 3) * width * y);
  if (by_number)
    for (std::size_t i = 0; i < by_number->palette.size(); i += 3)
      content.palette.push_back({by_number->palette[i], by_number->palette[i + 1], by_number->palette[i + 2]});

  // Its words about an error would go to the terminal; an empty answer says it all.
  const auto quiet_error = [](png_structp png, png_const_charp) { png_longjmp(png, 1); };
  const auto quiet_warning = [](png_structp, png_const_charp) {};
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, quiet_error, quiet_warning);
  png_infop info = png ? png_create_info_struct(png) : nullptr;
  Bytes out;
  if (info) png_set_write_fn(png, &out, append, nullptr);
  const bool written = info && write(png, info, content);
  png_destroy_write_struct(&png, &info);
  return written ? out : Bytes();
}

}  // namespace switchyard::app
