// Successive halving (Jamieson and Talwalkar, "Non-stochastic Best Arm Identification and Hyperparameter
// Optimization", 2016): all arms are learned to a part of the steps, the better half to twice as many, and so on;
// two at most to all of them.
//
//   n arms, S steps:  rung i of r has ceil(n / 2^i) arms and floor(S / 2^(r - 1 - i)) steps
//
// Every decision is written down in DIR/rungs.json before anybody goes on, and is from then on what it was:
// whoever goes on with the sweep reads it. Runs go on from their checkpoints, so a rung costs only what it adds.
// The learning rate follows schedule_steps, not the rung: an arm is dropped for how it stands on the same
// schedule, at the rates that come first.
//
// Thread safety: values; pure functions of the file system. Errors: usage, naming the file; failure from writing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/base/records.h"
#include "core/base/result.h"
#include "core/study/study_plan.h"

namespace switchyard {

inline constexpr const char* kRungsFile = "rungs.json";

struct Rung {
  std::size_t arms = 0;
  std::int64_t steps = 0;
  bool operator==(const Rung&) const = default;
};
// First to last; one alone where the plan does not halve.
std::vector<Rung> rungs_of(const StudyPlan& plan);

struct RungPlace {
  std::string folder;           // of the arm
  double mean = kMissing;       // validation loss over the seeds, nats; missing where a run has none
  std::vector<double> by_seed;  // missing: diverged
  bool goes_on = false;
};
struct RungDecision {
  std::int64_t steps = 0;
  std::vector<RungPlace> places;  // the better first
};

// Whether a comes before b: arms that have all their losses by their mean, then those with more of them.
bool stands_before(const std::vector<double>& a, const std::vector<double>& b);

Result<std::vector<RungDecision>> read_rungs(const std::filesystem::path& study, const StudyPlan& plan);
// What is to be learned at this stage: the arms that are still in it, to its steps.
StudyPlan stage_of(const StudyPlan& plan, const std::vector<RungDecision>& decided);
inline bool is_last_stage(const StudyPlan& plan, const std::vector<RungDecision>& decided) {
  return decided.size() + 1 >= rungs_of(plan).size();
}

// The next decision, or the one that another process has made meanwhile. failure: a run of the stage has no result
// yet; one that diverged has one.
Result<std::vector<RungDecision>> decide(const std::filesystem::path& study, const StudyPlan& plan,
                                         const std::vector<RungDecision>& decided);

}  // namespace switchyard
