// A sweep as a plan: every combination of its axes' values over one setup.
//
// Thread safety: pure functions; files are named in full from the current folder. Errors: usage, naming what is
// allowed.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/study/study_plan.h"

namespace switchyard {

inline constexpr std::int64_t kSweepSeeds = 3;  // unless somebody says how many

// axis_from_text() (axes.h), with files named so that runs may begin in any folder.
Result<StudyAxis> sweep_axis_from_text(std::string_view text);

struct SweepSize {
  std::int64_t steps = 0, seeds = kSweepSeeds, first_seed = 1;
  std::int64_t drawn = 0;  // combinations, at random; 0: all
  bool halves = false;     // halving.h
};
// `base` may be valid or not: the axes may yet make it so. usage: every combination is refused, more than
// kMostArms, or what make_plan() refuses.
Result<StudyPlan> make_sweep_plan(Config base, std::vector<StudyAxis> axes, const SweepSize& size);

}  // namespace switchyard
