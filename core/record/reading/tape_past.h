// What a run told, from its tape, for a viewer's curves (run_reading.h): a large one is taken from the summary but
// for its newest steps, so that a run that goes on does not wait for hundreds of megabytes.
//
// Thread safety: pure functions of the file system. Errors: usage, where there is no tape that says anything.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <vector>

#include "core/base/records.h"
#include "core/base/result.h"

namespace switchyard {

inline constexpr std::uint64_t kWholeTapeBytes = std::uint64_t{128} << 20;

struct TapePast {
  std::int64_t first = 0;  // step: what the run told before is not on the tape
  std::vector<RunEvent> events;
};
// Each step it has of those to show, in order; the newest `newest` at full rate. A tape of at most `whole` bytes
// has all.
Result<TapePast> read_tape_past(const std::filesystem::path& folder, std::size_t newest,
                                const std::function<void(std::int64_t first)>& before,
                                const std::function<void(StepRecord&&)>& on_step,
                                std::uint64_t whole = kWholeTapeBytes);

}  // namespace switchyard
