// One run of a study, from where it stands to its last step: begun, gone on with from its newest checkpoint after
// a kill, or left as it is.
//
// It is what it would be alone: a run folder, a trainer, the driver that every run has
// (core/session/driving/driver.h), and at its end the validation its result is made of, its last step kept whole,
// its weights and a look at all.
//
// Thread safety: one thread. Several processes may work on one study: a run is claimed while one is at it.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <variant>

#include "core/base/records.h"
#include "core/base/result.h"
#include "core/session/meeting/options.h"
#include "core/study/run_result.h"
#include "core/study/study_plan.h"

namespace switchyard {

struct StudyMeans {
  MakeTrainer make_trainer;
  MakeTrainerFrom make_trainer_from{};
  std::function<void(const StepRecord&)> on_step{};
  std::function<void(const std::string&)> on_news{};     // a sentence for a person; it ends nothing
  std::function<std::optional<Error>()> asked_to_end{};  // between slices
};

struct HeldElsewhere {};  // another process is at it
using RunOutcome = std::variant<RunResult, HeldElsewhere>;

// A run that is not a number any more has a result too, which says so. usage: the setup is refused (memory, a file
// that is gone). failure: it could not be recorded to its end. interrupted: as asked; what was learned is kept.
Result<RunOutcome> learn_run(const std::filesystem::path& study, const StudyPlan& plan, const StudyArm& arm,
                             std::int64_t seed, const StudyMeans& means);

// The result of a run that has made the plan's steps, or has diverged; nothing while it has not.
Result<std::optional<RunResult>> ended_run(const std::filesystem::path& study, const StudyPlan& plan,
                                           const StudyArm& arm, std::int64_t seed);

}  // namespace switchyard
