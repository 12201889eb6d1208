// The tape of a run folder (tape_writer.h): begun anew with each model, taken up where its folder is, off where
// the knob says so.
//
// Thread safety: one thread. Nothing here fails: what goes wrong with a tape is news.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/record/folder/run_description.h"
#include "core/record/tape/tape_writer.h"
#include "core/run/observer.h"
#include "core/train/interface/trainer.h"

namespace switchyard {

class RunTape {
 public:
  // Of the model whose steps come from here on, in a run that had told so many events. The tape before it ends.
  void begin(const Trainer& trainer, const RunIdentity& run, std::int64_t events);
  // The present one ends; what it told last is in take_news().
  void end();
  // Its folder, once there is one.
  void record_in(const std::filesystem::path& folder);

  template <class Told>
  void add(const Told& told) {
    if (tape_) tape_->add(told);
  }
  // An edit, for the knob that is its own: beyond 0 and back, from the next model or resume on.
  void take(const RunEvent& event);
  void commit_soon() {
    if (tape_) tape_->commit_soon();
  }
  // Events told so far; -1: nobody counts them.
  std::int64_t events() const { return tape_ ? tape_->events() : -1; }

  std::vector<RecordingNews> take_news();

 private:
  std::unique_ptr<TapeWriter> tape_;  // null: no tape
  std::string folder_;                // where it is
  std::vector<RecordingNews> news_;
};

// The tape's part of cut_tail (run_tail.h). Where it cannot be cut it is set aside whole, and `missing` says so: a
// run goes on whatever its tape holds.
struct TapeCut {
  bool has_tail = false;
  std::int64_t last_step = 0;  // of what lies behind
  std::int64_t events = 0;     // that stay
  std::string missing;         // for people
};
TapeCut find_tape_cut(const std::filesystem::path& folder, std::int64_t step, std::int64_t events);
// Into the folder of what is lost, then cuts.
void cut_tape_into(const std::filesystem::path& folder, std::int64_t step, std::int64_t events,
                   const std::filesystem::path& lost, TapeCut& cut);

}  // namespace switchyard
