// What a sweep has come to: its arms ranked, which of them may be the best, and what is known of each.
//
// Ranked by the mean of the validation loss over seeds; behind those arms that have a run without one, which are
// not judged, then those that halving left at fewer steps, the last left first. Which arms may be the best is said
// by best_set() (core/compare/best_set.h), not by a test of the arm that came out first against the others: that
// arm was chosen by the very losses it would be judged by. After halving this is said of the arms of the last rung
// alone.
//
// Thread safety: values; pure functions of the file system. Errors: usage, naming the file that cannot be read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/study/halving.h"
#include "core/study/study_results.h"
#include "core/study/study_runs.h"

namespace switchyard {

enum class SweepStanding {
  lowest,         // of those that may be the best the one with the lowest mean
  may_be_best,    // cannot be told from the best
  not_best,       // another is surely better
  too_few_seeds,  // for a verdict
  no_number,      // a run of it diverged, or has not ended
  left_behind,    // halving went on without it
};

struct SweepRow {
  std::size_t arm = 0;     // of the plan
  std::int64_t steps = 0;  // that it was learned for
  SweepStanding standing = SweepStanding::no_number;
  double above = kMissing;    // its mean less the lowest one, of arms that have made all steps
  double p = kMissing;        // one-sided, of the test that speaks most against it
  std::size_t beaten_by = 0;  // the arm that test found better; itself: none has a lower mean
};

struct SweepResults {
  StudyResults results;             // of all arms, each at its own steps
  std::vector<RungDecision> rungs;  // of halving
  std::vector<SweepRow> ranking;    // the better first
  std::vector<StudyAxis> axes;      // as they are shown: numbers rising, with all that an arm has
  std::string words;
  const StudyPlan& plan() const { return results.plan; }
};

Result<SweepResults> read_sweep(const std::filesystem::path& study, const StudyPlan& plan);
// Of runs that were read already.
SweepResults sweep_of(const StudyPlan& plan, StudyRuns runs);

}  // namespace switchyard
