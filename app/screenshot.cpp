#include "app/screenshot.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <stb_image_write.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>

namespace switchyard::app {
namespace {

std::uint32_t crc32(const std::uint8_t* bytes, std::size_t size) {
  std::uint32_t crc = 0xffffffffU;
  for (std::size_t i = 0; i < size; ++i) {
    crc ^= bytes[i];
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1U) ? 0xedb88320U : 0U);
  }
  return ~crc;
}

void append_number(std::vector<std::uint8_t>& out, std::uint32_t value) {
  const std::uint8_t bytes[] = {static_cast<std::uint8_t>(value >> 24), static_cast<std::uint8_t>(value >> 16),
                                static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
  out.insert(out.end(), std::begin(bytes), std::end(bytes));
}

std::vector<std::uint8_t> text_chunk(std::string_view text) {
  const std::string_view type = "tEXt", keyword = "switchyard";
  std::vector<std::uint8_t> chunk;
  chunk.reserve(16 + keyword.size() + text.size());
  append_number(chunk, static_cast<std::uint32_t>(keyword.size() + 1 + text.size()));
  const std::size_t checked_from = chunk.size();
  chunk.insert(chunk.end(), type.begin(), type.end());
  chunk.insert(chunk.end(), keyword.begin(), keyword.end());
  const std::uint8_t separator[] = {0};
  chunk.insert(chunk.end(), std::begin(separator), std::end(separator));
  chunk.insert(chunk.end(), text.begin(), text.end());
  append_number(chunk, crc32(chunk.data() + checked_from, chunk.size() - checked_from));
  return chunk;
}

void append_bytes(void* context, void* data, int size) {
  auto& out = *static_cast<std::vector<std::uint8_t>*>(context);
  const auto* bytes = static_cast<const std::uint8_t*>(data);
  out.insert(out.end(), bytes, bytes + size);
}

}  // namespace

std::vector<std::uint8_t> encode_png(const Image& image, std::string_view text) {
  std::vector<std::uint8_t> png;
  stbi_write_png_to_func(append_bytes, &png, image.width, image.height, 3, image.rgb.data(), 3 * image.width);
  if (!text.empty() && png.size() > 33) {
    const auto chunk = text_chunk(text);
    // After the signature (8) and IHDR (4 + 4 + 13 + 4), before the pixels.
    png.insert(png.begin() + 33, chunk.begin(), chunk.end());
  }
  return png;
}

Result<void> write_png(const std::string& path, const Image& image, std::string_view text) {
  namespace fs = std::filesystem;
  const auto png = encode_png(image, text);
  if (png.empty()) return failure(fmt::format("{}: the picture could not be encoded", path));
  std::error_code error;
  const fs::path target(path);
  if (target.has_parent_path()) fs::create_directories(target.parent_path(), error);
  if (error) return failure(fmt::format("{}: cannot create the folder: {}", path, error.message()));
  const fs::path part = path + ".part";
  {
    std::ofstream file(part, std::ios::binary);
    file.write(reinterpret_cast<const char*>(png.data()), static_cast<std::streamsize>(png.size()));
    file.close();
    if (!file) {
      const std::string reason = std::strerror(errno);
      fs::remove(part, error);
      return failure(fmt::format("{}: cannot write the picture: {}", path, reason));
    }
  }
  fs::rename(part, target, error);
  if (error) return failure(fmt::format("{}: cannot write the picture: {}", path, error.message()));
  return {};
}

std::string screenshot_name(std::int64_t step) {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  return fmt::format("{:%Y-%m-%d_%H-%M-%S}_step-{:06}.png", local, step);
}

}  // namespace switchyard::app
