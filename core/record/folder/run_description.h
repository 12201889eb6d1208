// config.json of a run folder: what the run is, written before its first step.
//
//   run       the run's id (run_place.h)
//   parent    { run, step } of the checkpoint it began from; null: it began at step 0
//   config    the knobs at the start, with its file's place; seed, corpus (the data's name), data (data_record.h:
//   which it is), versions, device, threads, layout, auto_precision, started (UTC), vocabulary (what the model's
//   outputs stand for)
//
// Thread safety: pure functions of the file system.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "core/base/json.h"
#include "core/base/run_point.h"
#include "core/train/interface/trainer.h"

namespace switchyard {

inline constexpr const char* kConfigFile = "config.json";

struct RunIdentity {
  std::string id;
  std::optional<RunPoint> parent;
};

Json parent_json(const std::optional<RunPoint>& parent);
std::string run_description(const Trainer& trainer, const RunIdentity& run);

struct RunDescription {
  RunIdentity run;  // without an id in folders of 0.1.0
  Json json;        // all of it
};
// usage: missing, or not JSON.
Result<RunDescription> read_run_description(const std::filesystem::path& folder);

}  // namespace switchyard
