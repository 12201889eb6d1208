// What a study has come to so far: the result of each run, a summary of each arm, what can be told apart, and the
// curves behind it.
//
// A verdict is made of the seeds at which every arm's run has ended, so that arms are held against each other on
// the same ground; of the first seeds alone it is provisional (core/compare/verdict.h).
//
// Thread safety: values; pure functions of the file system. Errors: usage, naming the file that cannot be read.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/compare/verdict.h"
#include "core/study/run_result.h"
#include "core/study/study_plan.h"

namespace switchyard {

// Of numbers that differ by their seed alone.
struct Spread {
  std::size_t count = 0;  // those that are finite
  double mean = kMissing;
  double deviation = kMissing;  // sample standard deviation; missing below two
};
Spread spread_of(const std::vector<double>& values);

struct StudyResults {
  StudyPlan plan;
  std::vector<std::vector<std::optional<RunResult>>> runs;  // [arm][seed]
  std::vector<std::int64_t> judged_seeds;                   // at which all arms have ended
  std::vector<Verdict> verdicts;                            // of each arm but the first
  std::string words;                                        // empty with one arm
  std::size_t ended() const;
  std::size_t planned() const { return plan.arms.size() * static_cast<std::size_t>(plan.seeds); }
  // Of this arm's runs that have ended, in the order of the seeds.
  std::vector<double> losses(std::size_t arm) const;
  std::vector<double> accuracies(std::size_t arm) const;
};

Result<StudyResults> read_results(const std::filesystem::path& study, const StudyPlan& plan);
// Of runs that were read already (study_runs.h), [arm][seed].
StudyResults results_of(const StudyPlan& plan, std::vector<std::vector<std::optional<RunResult>>> runs);

// Of one arm over steps: the validation losses of its runs, and how they differ from the first arm's.
struct ArmCurve {
  std::vector<double> step;
  // Mean, least and largest over the seeds that have ended; up to where the first of them diverged.
  std::vector<float> mean, low, high;
  // This arm's less the first arm's over the judged seeds: mean, and the ends of its 95 % interval, each step by
  // itself; NaN where fewer than kFirstVerdictSeeds have it. Empty of the first arm.
  std::vector<float> difference, difference_low, difference_high;
};
// One for each arm, of the steps that were validated, from whichever record a run has (run_whole.h); of what
// cannot be read it has none.
std::vector<ArmCurve> read_curves(const std::filesystem::path& study, const StudyResults& results);

}  // namespace switchyard
