// The one meeting point of the window's thread and a run's: commands go down, records and snapshots come up. A run has one
// for as long as it is live, so what is sent needs no address. One mutex, held while a vector or pointer is swapped or
// something is put behind a vector, and, when the window has stayed away for 10,000 records, while the older half of them
// is merged.
//
// Thread safety: every method may be called from either side. Nothing here blocks on the other side's work.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "core/base/records.h"
#include "core/config/config.h"
#include "core/run/update.h"
#include "core/session/meeting/bell.h"
#include "core/session/meeting/command.h"

namespace switchyard {

class Link {
 public:
  // At most this many records wait for display; beyond it the older half is merged pairwise: figures
  // averaged, counts added, everything else of the later one.
  static constexpr std::size_t kMaxQueuedRecords = 10'000;

  Link() = default;
  // bell: rung when a command waits.
  explicit Link(std::shared_ptr<Bell> bell) : bell_(std::move(bell)) {}

  // --- window side
  void send(Command command);
  void send(std::vector<Command> commands);
  // Whether something was published since the last receive(). Its wake was the only one: whoever may have slept through it asks
  // here before going to sleep.
  bool has_news() const;
  // Everything new since the last call. Marks the snapshot as seen.
  Update receive();

  // --- trainer side
  // All waiting commands, in order.
  std::vector<Command> take_commands();
  bool has_commands() const;
  void publish(RunBegin begin);
  void publish(StepRecord record);
  void publish(std::shared_ptr<const Snapshot> snapshot);
  void publish_past(std::shared_ptr<const Snapshot> look);
  void publish_past(std::unique_ptr<History> whole);
  // A history in the place of all that was told, with what is known of it and its newest look (null: none yet), so
  // that one receive() has all of them or none.
  void publish_anew(std::unique_ptr<History> whole, RunBegin begin, std::shared_ptr<const Snapshot> newest,
                    RunStatus status);
  void publish(RunStatus status);
  void publish(Notice notice);
  void publish(KeptChanged changed);
  void publish(GenerationChunk chunk);
  void publish(RunEvent event);
  void publish(std::shared_ptr<const Inspection> inspection);  // the newest wins
  // The run is over, said without taking memory: RunStatus is as it was last published, but stopped, and not_saved where it
  // was not saved.
  void publish_end(std::string not_saved);
  // False when the last published snapshot was never received: the next probe may be skipped.
  bool snapshot_was_seen() const;
  // Called (on the publishing thread, without the lock) at the first publish after each receive(), to wake the window.
  void set_wake(void (*wake)());

 private:
  // Changes a member under the lock, then wakes the window without it.
  template <class Change>
  void publish_with(Change change);
  void merge_oldest();

  void ring();

  const std::shared_ptr<Bell> bell_;
  mutable std::mutex mutex_;
  std::vector<Command> commands_;
  std::vector<RunBegin> begins_;
  std::vector<StepRecord> records_;
  std::shared_ptr<const Snapshot> snapshot_;
  bool snapshot_seen_ = true;
  std::vector<std::shared_ptr<const Snapshot>> past_looks_;
  std::unique_ptr<History> whole_past_;
  RunStatus status_;
  std::vector<Notice> notices_;
  std::vector<KeptChanged> kept_changes_;
  std::vector<GenerationChunk> generation_;
  std::vector<RunEvent> events_;
  std::shared_ptr<const Inspection> inspection_;
  std::uint64_t merged_records_ = 0;
  void (*wake_)() = nullptr;
  bool woken_ = false;
};

}  // namespace switchyard
