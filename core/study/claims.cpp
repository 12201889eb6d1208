#include "core/study/claims.h"

#include <fmt/format.h>

#include <system_error>
#include <thread>

#include "core/base/printable.h"

namespace switchyard {
namespace {

constexpr std::chrono::milliseconds kBetweenTries{20};

}  // namespace

std::filesystem::path claim_of(const std::filesystem::path& study, std::string_view name) {
  return study / kClaims / name;
}

Result<RunLock> claim(const std::filesystem::path& study, std::string_view name,
                      std::chrono::milliseconds patience) {
  const std::filesystem::path folder = claim_of(study, name);
  std::error_code code;
  std::filesystem::create_directories(folder, code);
  if (code) return failure(fmt::format("{}: cannot be made: {}", printable(folder.native()), code.message()));
  auto held = RunLock::take(folder);
  for (std::chrono::milliseconds waited{0}; !held && waited < patience; waited += kBetweenTries) {
    std::this_thread::sleep_for(kBetweenTries);
    held = RunLock::take(folder);
  }
  return held;
}

}  // namespace switchyard
