#include "app/export/screenshot.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>
#include <filesystem>

#include "core/record/files/files.h"

namespace switchyard::app {

Result<void> write_png(const std::string& path, const Image& image, std::string_view text) {
  namespace fs = std::filesystem;
  const auto png = encode_png(image, text);
  if (png.empty()) return failure(fmt::format("{}: the picture could not be encoded", path));
  std::error_code error;
  const fs::path target(path);
  if (target.has_parent_path()) fs::create_directories(target.parent_path(), error);
  if (error) return failure(fmt::format("{}: cannot create the folder: {}", path, error.message()));
  return replace_file(target, std::string_view(reinterpret_cast<const char*>(png.data()), png.size()));
}

std::string screenshot_name(std::int64_t step) {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  return fmt::format("{:%Y-%m-%d_%H-%M-%S}_step-{:06}.png", local, step);
}

}  // namespace switchyard::app
