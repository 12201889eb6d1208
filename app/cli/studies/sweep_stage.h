// The runs of one stage of a sweep (core/study/halving.h), learned here or in several processes that share them.
//
// Seed by seed, every arm at each. A run at which another process is at work is left to it; when nothing else is
// left to do it is waited for, and taken up where that process was killed. A run that is refused (memory, a file
// that is gone) is told and leaves the others alone; what cannot be recorded (a full disk) ends the stage.
//
// Thread safety: main thread, within the life of an EndSignals.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "core/base/records.h"
#include "core/base/result.h"
#include "core/session/meeting/options.h"
#include "core/study/study_plan.h"

namespace switchyard::app {

struct StageWatch {
  std::function<void(const std::string& run, std::int64_t step, double loss)> on_step;
  std::function<void(const std::string& run)> on_end;
  std::function<void(const std::string& news)> on_news;
  std::function<void()> on_waiting{};  // nothing is left but what other processes are at; empty: nobody is told
};

struct EngineMeans {
  MakeTrainer make_trainer;
  MakeTrainerFrom make_trainer_from{};
};

// Until every run of the stage has ended, or was refused. usage: all that were left are refused. failure.
// interrupted: as asked by a signal; what was learned is kept.
Result<void> learn_stage(const std::filesystem::path& folder, const StudyPlan& stage, const EngineMeans& means,
                         const StageWatch& watch);
// One run of it alone. usage: it is refused, or another process is at it.
Result<void> learn_one(const std::filesystem::path& folder, const StudyPlan& stage, const std::string& run,
                       const EngineMeans& means, const StageWatch& watch);
// In so many further processes of this program. One that is killed costs nothing: the others take up its run.
Result<void> learn_stage_together(const std::filesystem::path& folder, const StudyPlan& stage, std::size_t jobs,
                                  const StageWatch& watch);

// What such a process tells: each thing that is watched as a line of its standard output.
StageWatch watch_in_lines();

}  // namespace switchyard::app
