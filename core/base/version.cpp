#include "core/base/version.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <optional>

#include "core/base/printable.h"

namespace switchyard {
namespace {

using VersionNumbers = std::array<int, 3>;

std::optional<VersionNumbers> numbers_of(std::string_view text) {
  VersionNumbers numbers{};
  const char *at = text.data(), *const end = at + text.size();
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const auto [next, code] = std::from_chars(at, end, numbers[i]);
    if (code != std::errc() || numbers[i] < 0) return std::nullopt;
    at = next;
    if (i + 1 == numbers.size()) break;
    if (at == end || *at++ != '.') return std::nullopt;
  }
  if (at != end) return std::nullopt;
  return numbers;
}

}  // namespace

std::string_view version() { return SWITCHYARD_VERSION; }

bool is_later_version(std::string_view other) {
  const auto numbers = numbers_of(other);
  return numbers && *numbers > *numbers_of(version());
}

std::string said_of_later(std::string_view program) {
  if (!is_later_version(program)) return {};
  return fmt::format(" (written by switchyard {}, later than this one, {})", printable(std::string(program)),
                     version());
}

}  // namespace switchyard
