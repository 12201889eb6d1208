#include "core/session/viewing/recording_wish.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

#include "core/base/file_name.h"

namespace switchyard {

std::string run_of_recording(const std::filesystem::path& path, int begun) {
  return begun <= 1 ? path.native() : fmt::format("{} ({})", path.native(), begun);
}

std::filesystem::path path_of_recording(const std::string& run) {
  std::filesystem::path whole = path_of_text(run);
  const std::size_t open = run.rfind(" (");
  std::error_code code;
  if (open == std::string::npos || !run.ends_with(')') || std::filesystem::exists(whole, code)) return whole;
  const auto number = run.substr(open + 2, run.size() - open - 3);
  const bool is_number =
      !number.empty() && std::all_of(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; });
  return is_number ? path_of_text(run.substr(0, open)) : whole;
}

}  // namespace switchyard
