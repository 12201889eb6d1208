// The one meeting point of the window's thread and the trainer's: commands go down, records and
// snapshots come up. One mutex, held while a vector or pointer is swapped or something is put behind a vector, while the last of
// waiting settings is sought, and, when the window has stayed away for 10,000 records, while the older half of them is merged.
//
// Thread safety: every method may be called from either side. Nothing here blocks on the other side's
// work; wait_for_command() is the trainer's blocking pause.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/base/records.h"
#include "core/config/config.h"

namespace switchyard {

struct SetConfig {
  Config config;
  std::uint64_t revision = 0;
};
struct Play {};
struct Pause {};
// Runs this many optimizer steps, then pauses.
struct StepSome {
  std::int64_t steps = 1;
};
struct ResetModel {};
// Continues a prompt between training steps; a new one replaces the old. tokens 0: stop.
struct Generate {
  std::uint64_t id = 0;
  std::string prompt;
  double temperature = 0.8;
  std::int64_t top_k = 0;
  std::int64_t tokens = 200;
};
// One token of the newest snapshot's tokens in every layer, and its counterfactual in one, worked out between training
// steps. A new one replaces what is under way; no_layer: the distributions alone, and what is under way ends.
struct Inspect {
  static constexpr std::int32_t no_layer = -1;
  std::uint64_t id = 0;
  std::int32_t layer = no_layer;  // among the MoE layers
  std::int32_t token = 0;         // among the probe's tokens
};
// Writes the weights into the run folder now.
struct ExportWeights {};
struct Stop {};

// Watch (core/base/looks.h): what later snapshots hold; when it asks for more than before, a new one comes at once.
using Command =
    std::variant<SetConfig, Play, Pause, StepSome, ResetModel, Generate, Watch, Inspect, ExportWeights, Stop>;

enum class RunState { loading, playing, paused, failed, stopped };

// What the trainer side is doing; small, replaced whole.
struct RunStatus {
  RunState state = RunState::loading;
  std::string message;         // state failed: why
  std::uint64_t revision = 0;  // last SetConfig taken up, refused ones included
  std::uint32_t generation = 0;
  std::int64_t step = 0;
  std::shared_ptr<const Config> config;  // the one in force or being loaded; null at first
  std::string corpus_name;      // of the data, whatever the task: DataInfo::name
  std::int32_t vocabulary = 0;  // outputs of the model: characters, or classes
  double bigram_loss = 0;       // 0: the data has none
  double largest_share = kMissing;  // as in DataInfo
  TextFacts text;
  EngineInfo engine;
  std::string run_folder;  // empty: nothing is recorded
  // State stopped: where the weights of `step` were written at the end, or, where it is empty, why they were not.
  std::string saved_in, not_saved;
  std::vector<HealthAlert> alerts;  // that go on, by layer; each begin and end is an event too
  // CPU seconds of the trainer's thread so far: steps, and what showing them cost (probes, this Link).
  double training_cpu_s = 0, streaming_cpu_s = 0;
};

// Something a person should read once: a toast and a line in the log.
struct Notice {
  enum class Level { info, warning, error };
  Level level = Level::info;
  std::string message;
  std::uint64_t rejected_revision = 0;  // a SetConfig that was refused; the old config goes on
};

struct GenerationChunk {
  std::uint64_t id = 0;
  std::vector<GeneratedToken> tokens;
  bool done = false;
};

class Link {
 public:
  // At most this many records wait for display; beyond it the older half is merged pairwise: figures
  // averaged, counts added, everything else of the later one.
  static constexpr std::size_t kMaxQueuedRecords = 10'000;

  // --- window side
  void send(Command command);
  void send(std::vector<Command> commands);
  struct Update {
    std::vector<StepRecord> records;           // in order; none lost unless the queue overflowed
    std::shared_ptr<const Snapshot> snapshot;  // the newest, null if none yet
    RunStatus status;
    std::vector<Notice> notices;
    std::vector<GenerationChunk> generation;
    std::vector<RunEvent> events;
    std::shared_ptr<const Inspection> inspection;  // the newest state of the newest Inspect, null if none yet
    std::uint64_t merged_records = 0;  // records merged into a later one since the start
  };
  // Everything new since the last call. Marks the snapshot as seen.
  Update receive();

  // --- trainer side
  // All waiting commands, in order, with only the last SetConfig kept (at the place of the last).
  std::vector<Command> take_commands();
  bool has_commands() const;
  // Blocks until a command waits.
  void wait_for_command() const;
  // The same, but no longer than this.
  void wait_for_command(std::chrono::milliseconds at_most) const;
  void publish(StepRecord record);
  void publish(std::shared_ptr<const Snapshot> snapshot);
  void publish(RunStatus status);
  void publish(Notice notice);
  void publish(GenerationChunk chunk);
  void publish(RunEvent event);
  void publish(std::shared_ptr<const Inspection> inspection);  // the newest wins
  // False when the last published snapshot was never received: the next probe may be skipped.
  bool snapshot_was_seen() const;
  // Called (on the publishing thread, without the lock) after each publish, to wake the window.
  void set_wake(void (*wake)());

 private:
  // Changes a member under the lock, then wakes the window without it.
  template <class Change>
  void publish_with(Change change);
  void merge_oldest();

  mutable std::mutex mutex_;
  mutable std::condition_variable command_waits_;
  std::vector<Command> commands_;
  std::vector<StepRecord> records_;
  std::shared_ptr<const Snapshot> snapshot_;
  bool snapshot_seen_ = true;
  RunStatus status_;
  std::vector<Notice> notices_;
  std::vector<GenerationChunk> generation_;
  std::vector<RunEvent> events_;
  std::shared_ptr<const Inspection> inspection_;
  std::uint64_t merged_records_ = 0;
  void (*wake_)() = nullptr;
};

}  // namespace switchyard
