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
#include "core/run/update.h"

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

class Link {
 public:
  // At most this many records wait for display; beyond it the older half is merged pairwise: figures
  // averaged, counts added, everything else of the later one.
  static constexpr std::size_t kMaxQueuedRecords = 10'000;

  // --- window side
  void send(Command command);
  void send(std::vector<Command> commands);
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
  void publish(RunBegin begin);
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
  std::vector<RunBegin> begins_;
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
