// A run that somebody wants to go on with: its checkpoint read (core/record/reading/resume_point.h), its text or
// points found again, its model made.
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
#include "core/config/config.h"
#include "core/record/checkpoint/checkpoint.h"
#include "core/session/meeting/options.h"

namespace switchyard {

// The file of a run's text or points, named by a person.
struct NamedData {
  TaskKind task = TaskKind::language;
  std::string file;
};

// What is written of a run beside its tape from here on, where a person says so; it changes nothing of the run.
struct Logged {
  bool csv = true, jsonl = true, tensorboard = false;
  bool operator==(const Logged&) const = default;
};

struct RunToGoOn {
  std::filesystem::path folder;  // in which it goes on; empty: in a new one
  std::filesystem::path file;    // the checkpoint's, or the weights'
  std::shared_ptr<const Checkpoint> checkpoint;  // null: weights alone, which begin a new run
  std::vector<std::string> notes;                // what somebody should read
  std::optional<RunPoint> parent{};              // of a child: the checkpoint it begins from; it has a new folder
  std::optional<NamedData> data{};               // somebody named its data's file
  std::optional<Logged> logged{};                // or what is written; the checkpoint has it already
};

// where: DIR, DIR@STEP, DIR@NAME; a checkpoint's file; a model.safetensors. data: the file of its text or points,
// which a person names; it must be the one that the run records. Otherwise it is found. logged: what is written
// from here on; otherwise what was.
Result<RunToGoOn> find_run_to_go_on(const std::string& where, const std::optional<NamedData>& data = std::nullopt,
                                    const std::optional<Logged>& logged = std::nullopt);

// Which text or file of points the run in `folder` learns from; nothing: its config.json does not say.
std::optional<Fingerprint> recorded_source(const std::filesystem::path& folder);
// Into the data_knob() of config.task the file of the run in `folder`, found (find_data_file()) or `named`;
// `notes`: what was passed over. What is only kept for all runs of the directory is kept with this one again.
// usage: it is not there, or another.
Result<void> find_data(const std::filesystem::path& folder, Config& config, std::vector<std::string>& notes,
                       const std::optional<NamedData>& named = std::nullopt);

// The same in a run of its own, a child of that one. Weights alone begin a new run as they are.
RunToGoOn as_child(RunToGoOn run);

// Its model: as it was, or a new one with those weights. `make_from` may be empty. Errors: the trainer's.
Result<std::unique_ptr<Trainer>> make_trainer_of(const RunToGoOn& run, const MakeTrainer& make, const MakeTrainerFrom& make_from);

}  // namespace switchyard
