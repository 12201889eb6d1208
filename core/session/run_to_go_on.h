// A run that somebody wants to go on with: its checkpoint read (core/record/reading/resume_point.h), its text found
// again, its model made.
//
// Thread safety: pure functions of the file system. Errors: usage, naming the folder and what is there.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/base/run_point.h"
#include "core/record/checkpoint/checkpoint.h"
#include "core/session/options.h"

namespace switchyard {

struct RunToGoOn {
  std::filesystem::path folder;  // in which it goes on; empty: in a new one
  std::filesystem::path file;    // the checkpoint's, or the weights'
  std::shared_ptr<const Checkpoint> checkpoint;  // null: weights alone, which begin a new run
  std::vector<std::string> notes;                // what somebody should read
  std::optional<RunPoint> parent{};              // of a child: the checkpoint it begins from; it has a new folder
};

// where: DIR, DIR@STEP, DIR@NAME; a checkpoint's file; a model.safetensors.
Result<RunToGoOn> find_run_to_go_on(const std::string& where);

// The same in a run of its own, a child of that one. Weights alone begin a new run as they are.
RunToGoOn as_child(RunToGoOn run);

// Its model: as it was, or a new one with those weights. `make_from` may be empty. Errors: the trainer's.
Result<std::unique_ptr<Trainer>> make_trainer_of(const RunToGoOn& run, const MakeTrainer& make, const MakeTrainerFrom& make_from);

}  // namespace switchyard
