// All that a run tells whoever watches it: what it is doing, and what is new. A live run and one that is read back say the
// same. Thread safety: values; what they point to is const.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/records.h"
#include "core/base/run_point.h"
#include "core/config/config.h"
#include "core/history/history.h"
#include "core/run/kept_change.h"
#include "core/run/other_recording.h"
#include "core/run/routes_status.h"

namespace switchyard {

// opened: read back, there is no model; followed: the same, while another process records it.
enum class RunState { loading, playing, paused, failed, stopped, opened, followed };

// What the trainer side is doing; small, replaced whole.
struct RunStatus {
  RunState state = RunState::loading;
  std::string message;         // state failed: why
  std::uint64_t revision = 0;  // last SetConfig taken up, refused ones included
  std::uint64_t replayed = 0;  // edits of `config` that no SetConfig asked for: those of a replay
  std::uint32_t model_id = 0;
  std::int64_t step = 0;
  std::shared_ptr<const Config> config;  // the one in force or being loaded; null at first
  std::string corpus_name;      // of the data, whatever the task: DataInfo::name
  // Of a run that another program recorded: `config` is null, as its settings are not known. Null: of our own.
  std::shared_ptr<const OtherRecording> recorded;
  std::int32_t vocabulary = 0;  // outputs of the model: characters, or classes
  std::int32_t dims = 0;        // of points
  double bigram_loss = 0;       // 0: the data has none
  double largest_share = kMissing;  // as in DataInfo
  TextFacts text;
  EngineInfo engine;
  std::string run;         // id of the run of now
  std::optional<RunPoint> parent;  // of a child: the checkpoint it began from
  std::string run_folder;  // empty: nothing is recorded
  std::uint64_t kept_bytes = 0;  // of the run's checkpoints
  RoutesStatus routes;           // recorded and followed
  // State failed: the newest checkpoint of this run whose validation loss was still sane, to go back to, and its step; empty: there
  // is none.
  std::string sane_checkpoint;
  std::int64_t sane_step = 0;
  // State stopped: where the weights of `step` were written at the end, or, where it is empty, why they were not.
  std::string saved_in, not_saved;
  std::vector<HealthAlert> alerts;  // that go on, by layer; each begin and end is an event too
  // CPU seconds of the trainer's thread so far: steps, and what showing them cost (probes, this Link).
  double training_cpu_s = 0, streaming_cpu_s = 0;
};

// Something a person should read once: a toast and a line in the log.
struct Notice {
  enum class Level { detail, info, warning, error };  // detail: for the log alone
  Level level = Level::info;
  std::string message;
  std::uint64_t rejected_revision = 0;  // a SetConfig that was refused; the old config goes on
  std::string folder{};                 // that has the weights it tells of; empty: it tells of none
};

struct GenerationChunk {
  std::uint64_t id = 0;
  std::vector<GeneratedToken> tokens;
  bool done = false;
};

// What a run that goes on had told before, read back from its record.
struct RunPast {
  std::vector<StepRecord> records;
  std::vector<RunEvent> events;
};

// A model takes its place in the trainer: of a new run, or of one that goes on.
struct RunBegin {
  std::string run;               // the run's id
  std::uint32_t model_id = 0;    // what its records and looks carry
  std::int64_t step = 0;         // steps it has behind it
  std::shared_ptr<const RunPast> past{};  // null: new, or told already
  std::optional<RunPoint> parent{};       // of a child: the checkpoint it began from
};

// What is new since the update before.
struct Update {
  std::vector<RunBegin> begins;              // in order; ahead of all that carries their model_id
  std::vector<StepRecord> records;           // in order; none lost unless the queue overflowed
  std::shared_ptr<const Snapshot> snapshot;  // the newest, null if none yet
  // Of a run that is read back, when what it began with was a summary: every step and event told before, to take the
  // summary's place. Null: none yet.
  std::unique_ptr<History> whole_past;
  std::vector<std::shared_ptr<const Snapshot>> past_looks;  // of earlier steps, in any order: of a run that is read back
  RunStatus status;
  std::vector<Notice> notices;
  std::vector<KeptChanged> kept_changes;  // each a ChangeKept's answer
  std::vector<GenerationChunk> generation;
  std::vector<RunEvent> events;
  std::shared_ptr<const Inspection> inspection;  // the newest state of the newest Inspect, null if none yet
  std::uint64_t merged_records = 0;  // records merged into a later one since the start
};

}  // namespace switchyard
