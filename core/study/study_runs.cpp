#include "core/study/study_runs.h"

#include <utility>

#include "core/record/folder/run_lock.h"
#include "core/study/claims.h"
#include "core/study/study_run.h"

namespace switchyard {
namespace {

// Of each arm the steps it was learned for: those of the rung that left it, or all.
std::vector<std::int64_t> steps_of(const StudyPlan& plan, const std::vector<RungDecision>& rungs) {
  std::vector<std::int64_t> out(plan.arms.size(), stage_of(plan, rungs).steps);
  for (const RungDecision& rung : rungs)
    for (const RungPlace& place : rung.places)
      for (std::size_t a = 0; a < plan.arms.size(); ++a)
        if (!place.goes_on && plan.arms[a].folder == place.folder) out[a] = rung.steps;
  return out;
}

}  // namespace

Result<std::optional<StudyRuns>> read_runs(const std::filesystem::path& study, const StudyPlan& plan,
                                           const std::function<bool()>& asked_to_end) {
  StudyRuns out;
  auto rungs = read_rungs(study, plan);
  if (!rungs) return rungs.error();
  out.rungs = std::move(*rungs);
  out.steps = steps_of(plan, out.rungs);
  const std::int64_t reached = stage_of(plan, out.rungs).steps;
  StudyPlan of_arm = plan;
  for (std::size_t a = 0; a < plan.arms.size(); ++a) {
    auto& ended = out.ended.emplace_back();
    of_arm.steps = out.steps[a];
    for (std::int64_t i = 0; i < plan.seeds; ++i) {
      if (asked_to_end && asked_to_end()) return std::optional<StudyRuns>();
      auto run = ended_run(study, of_arm, plan.arms[a], plan.first_seed + i);
      if (!run) return run.error();
      if (!*run && !out.is_at_work && out.steps[a] >= reached) {
        out.is_at_work = is_run_held(claim_of(study, run_name(plan.arms[a], plan.first_seed + i)));
        // One that ended between the two questions is not missing.
        if (!out.is_at_work) run = ended_run(study, of_arm, plan.arms[a], plan.first_seed + i);
        if (!run) return run.error();
      }
      ended.push_back(std::move(*run));
    }
  }
  return std::optional(std::move(out));
}

}  // namespace switchyard
