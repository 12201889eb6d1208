// A run shown without its model: what its folder holds is told over a Link as a live run tells it. The summary of its tape
// and the newest look come first, older looks after them, evenly over the run, within what a window keeps; then, as long as
// another process records the run, what that one tells, within a second. Of a folder without a tape (0.1.0) come curves,
// loads and events alone.
//
// Nothing in the folder is touched, and a run that is held is not disturbed. Of commands a Stop alone is heard.
//
// A run of more steps than its summary has is told again, every step, once its looks are: what a window shows then, and
// what it exports, is what it was when the run learned.
//
// Thread safety: made and destroyed on one thread; it reads on a thread of its own, whose end the destructor awaits (some
// milliseconds). What cannot be read is RunState::failed with its message, which names the file.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/history/snapshot_store.h"
#include "core/record/folder/run_description.h"
#include "core/record/tape/tape.h"
#include "core/session/meeting/link.h"

namespace switchyard {

class Viewer {
 public:
  // model_id: what all it tells carries. wake: as in LiveRunOptions.
  Viewer(std::filesystem::path folder, std::uint32_t model_id, void (*wake)() = nullptr);
  ~Viewer();
  Viewer(const Viewer&) = delete;
  Viewer& operator=(const Viewer&) = delete;

  const std::shared_ptr<Link>& link() const { return link_; }
  const std::filesystem::path& folder() const { return folder_; }
  // Whether all that the folder held when it was opened has been told, or cannot be. From any thread.
  bool has_told_all() const { return told_all_; }

 private:
  void read();
  Result<void> tell();
  Result<void> tell_of_tape(Tape& tape);
  Result<void> tell_of_lines(const RunDescription& description);
  // Every step up to the one that is told of, in place of the summary.
  Result<void> tell_whole_past(Tape& tape, const std::vector<RunEvent>& events);
  // Looks of these steps, the newest first, then evenly.
  Result<void> tell_looks(Tape& tape, std::vector<Tape::LookPlace> places);
  Result<void> follow(Tape& tape, Tape::Place place);
  void take_facts(const TapeFacts& facts);
  void take_event(const RunEvent& event);
  void say(RunState state);
  bool publish_look(Tape& tape, std::int64_t step, bool newest);

  const std::filesystem::path folder_;
  const std::uint32_t model_id_;
  const std::shared_ptr<Bell> bell_ = std::make_shared<Bell>();
  const std::shared_ptr<Link> link_ = std::make_shared<Link>(bell_);
  std::atomic<bool> stopping_ = false, told_all_ = false;
  RunStatus status_;
  Config config_;  // in force
  std::thread thread_;
};

}  // namespace switchyard
