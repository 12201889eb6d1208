// The results of all runs of a study or sweep that have ended, read once: what how far it is, its verdict and its
// ranking are made of (study_list.h, study_results.h, sweep_results.h).
//
// Thread safety: values; pure functions of the file system. Errors: usage, naming the file that cannot be read.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

#include "core/base/result.h"
#include "core/study/halving.h"
#include "core/study/run_result.h"
#include "core/study/study_plan.h"

namespace switchyard {

struct StudyRuns {
  std::vector<RungDecision> rungs;                           // of halving
  std::vector<std::int64_t> steps;                           // [arm]: of the last stage that it was in
  std::vector<std::vector<std::optional<RunResult>>> ended;  // [arm][seed]; nothing: that run has not made them
  bool is_at_work = false;  // a run of the stage that it is in was held when its result was missing
};
// asked_to_end: between two runs; nothing then.
Result<std::optional<StudyRuns>> read_runs(const std::filesystem::path& study, const StudyPlan& plan,
                                           const std::function<bool()>& asked_to_end = {});

}  // namespace switchyard
