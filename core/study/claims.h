// Who is at work on what of a study: several processes share its folder.
//
//   DIR/.claims/NAME/run.lock    held while one is; the system lets go of it however that one ends
//
// Thread safety: as RunLock.
#pragma once

#include <chrono>
#include <filesystem>
#include <string_view>

#include "core/base/result.h"
#include "core/record/folder/run_lock.h"

namespace switchyard {

inline constexpr const char* kClaims = ".claims";

std::filesystem::path claim_of(const std::filesystem::path& study, std::string_view name);
// For what takes a moment: waits its turn. failure: the folder cannot be made. usage: somebody held it all the
// time.
Result<RunLock> claim(const std::filesystem::path& study, std::string_view name,
                      std::chrono::milliseconds patience = std::chrono::seconds(10));

}  // namespace switchyard
