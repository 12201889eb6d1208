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
#include "core/base/text_facts.h"
#include "core/record/checkpoint/checkpoint.h"
#include "core/session/options.h"

namespace switchyard {

struct RunToGoOn {
  std::filesystem::path folder;  // in which it goes on; empty: in a new one
  std::filesystem::path file;    // the checkpoint's, or the weights'
  std::shared_ptr<const Checkpoint> checkpoint;  // null: weights alone, which begin a new run
  std::vector<std::string> notes;                // what somebody should read
  std::optional<RunPoint> parent{};              // of a child: the checkpoint it begins from; it has a new folder
  std::optional<std::string> text{};             // somebody named its text's file
};

// where: DIR, DIR@STEP, DIR@NAME; a checkpoint's file; a model.safetensors. text: the file of its text, which a
// person names; it must be the one that the run records. Otherwise it is found.
Result<RunToGoOn> find_run_to_go_on(const std::string& where,
                                    const std::optional<std::string>& text = std::nullopt);

// Which text the run in `folder` learns from; nothing: its config.json does not say.
std::optional<Fingerprint> recorded_text(const std::filesystem::path& folder);
// Into config.corpus the text of the run in `folder`, found (find_corpus()) or `named`; `notes`: what was passed
// over. What is only kept for all runs of the directory is kept with this one again. usage: it is not there, or
// another.
Result<void> find_text(const std::filesystem::path& folder, Config& config, std::vector<std::string>& notes,
                       const std::optional<std::string>& named = std::nullopt);

// The same in a run of its own, a child of that one. Weights alone begin a new run as they are.
RunToGoOn as_child(RunToGoOn run);

// Its model: as it was, or a new one with those weights. `make_from` may be empty. Errors: the trainer's.
Result<std::unique_ptr<Trainer>> make_trainer_of(const RunToGoOn& run, const MakeTrainer& make, const MakeTrainerFrom& make_from);

}  // namespace switchyard
