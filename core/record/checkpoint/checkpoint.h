// A checkpoint as a value: all that a run needs to go on as if it had never stopped.
//
// Thread safety: values.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "core/base/records.h"
#include "core/base/run_point.h"
#include "core/insight/health.h"
#include "core/train/interface/state.h"

namespace switchyard {

// What a list shows.
struct CheckpointLabel {
  std::string run;   // id
  std::string name;  // what a person called it; empty: the program kept it by itself
  std::string why;   // "at intervals", "best validation", "before a reset", ...
  std::int64_t step = 0;
  double val_loss = kMissing;       // the last one before it, nats
  std::int64_t written_unix_s = 0;  // seconds since 1970, UTC
  // Where events.jsonl stood: of one step the later has more, for an operation on experts lies between them.
  std::int64_t events_bytes = 0;
  std::string program;              // version that wrote it
};

struct Checkpoint {
  CheckpointLabel label;  // step, program and events_bytes are filled in by writing
  TrainerState trainer;
  HealthMemory health;
  RecordingState recording;
};

struct CheckpointHeader {
  std::filesystem::path file;
  std::uint64_t bytes = 0;
  CheckpointLabel label;
};

}  // namespace switchyard
