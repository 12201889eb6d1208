// Records a run on its tape: what is told is put into a queue, and a thread of its own writes it, a transaction
// every kCommit_s or kFullRecords steps. Whoever tells is never held up: where the disk is slower than the run,
// looks are passed over first, then loads, then steps, and it is said.
//
// Recording on tape only informs: what goes wrong is news once, is tried again every kRetry_s, and ends nothing. A
// tape that is damaged is set aside under another name and a new one begun. A kill loses what was told within the
// last second.
//
// Thread safety: one thread tells, the one that made it; its own writes.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "core/base/records.h"
#include "core/record/tape/look_codec.h"
#include "core/record/tape/tape_file.h"
#include "core/record/tape/told_codec.h"
#include "core/run/observer.h"

namespace switchyard {

class TapeWriter {
 public:
  static constexpr double kCommit_s = 0.5, kRetry_s = 10;
  // Once looks fill their share of the budget, so that each makes an older one go, one comes in so many seconds at
  // most.
  static constexpr double kLookEvery_s = 2;

  struct Options {
    TapeFile::Options file = {};
    std::size_t queue_bytes = std::size_t{32} << 20;
    double commit_s = kCommit_s, retry_s = kRetry_s;
  };
  // events: of the run, told before this.
  TapeWriter(const TapeFacts& facts, std::int64_t events, const Options& options);
  TapeWriter(const TapeFacts& facts, std::int64_t events) : TapeWriter(facts, events, Options{}) {}
  ~TapeWriter();
  TapeWriter(const TapeWriter&) = delete;
  TapeWriter& operator=(const TapeWriter&) = delete;

  // Where its file is, from here on; until the first call all waits.
  void record_in(const std::filesystem::path& folder);
  void set_budget(std::uint64_t bytes);

  void add(const StepRecord& record);
  void add(const Snapshot& look);
  void add(const RunEvent& event);
  // Told so far, those before it included: what a checkpoint holds of them.
  std::int64_t events() const { return events_; }

  // What was told so far is written at once: what a checkpoint has behind it is to be on the tape when the checkpoint is there.
  void commit_soon();

  // Writes what waits, once more where it failed, and ends the tape: nothing is told any more. take_news() has the
  // last.
  void finish();
  std::vector<RecordingNews> take_news();

 private:
  struct Queue {
    TapeBatch batch;
    std::size_t bytes = 0;
    std::int64_t lost_records = 0, lost_counts = 0, lost_looks = 0;  // not put in for want of room
  };

  ProbeName probe_of(const Snapshot& look);
  void run();
  // The file, opened where it is to be.
  Result<void> open();
  // What is there under another name, where it is damaged; else the error.
  Result<void> set_aside(const Error& why);
  Result<void> write(const TapeBatch& batch);
  void say(bool trouble, std::string message);
  void say_lost(const Queue& taken);

  // Of the thread that tells.
  std::int64_t events_ = 0;
  std::shared_ptr<const void> probe_;  // whose name is known
  ProbeName probe_name_;
  double last_look_s_ = 0;
  std::thread thread_;

  std::mutex mutex_;
  std::condition_variable changed_;
  Queue queue_;
  std::filesystem::path folder_;
  Options options_;
  bool ends_ = false, commits_soon_ = false, looks_full_ = false;
  std::vector<RecordingNews> news_;

  // Of its own thread.
  Bytes facts_;
  std::int64_t facts_step_ = 0;
  std::optional<TapeFile> file_;
  std::filesystem::path path_;
  std::vector<TapeBatch::Probe> probes_;  // for a tape made anew
  bool in_trouble_ = false, said_too_large_ = false, said_slow_ = false;
};

}  // namespace switchyard
