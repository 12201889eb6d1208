// The run folder: everything a run leaves behind, append-only, readable at any moment and after a kill. A run is
// one model from step 0 on: a rebuild or a reset begins a new run in a folder of its own beside this one.
//
//   config.json        what the run is, its id and its parent (run_description.h). With the checkpoints the one
//   file that
//                      may say where the text lay
//   metrics.csv        where log_csv says so a row a step, or every record_interval steps and those that were
//                      validated (metrics_lines.h)
//   routing.jsonl      where log_jsonl says so counts and mean_prob of each MoE layer since the line before
//                      (routing_windows.h): a line a probe step, and one before a change of the settings, an export
//                      and the end; none of a step is left out
//   events.out.tfevents.*
//                      where log_tensorboard says so the same for TensorBoard (run_events.h): one file a run, and
//                      perhaps an empty one of the name it had before it was cut
//   events.jsonl       edits, rebuilds, alerts, exports (event_lines.h), always
//   model.safetensors  the weights, with the configuration of then; replaced whole at each export, at the end, and
//                      before another model takes the place of this one
//   load.py            that model in plain PyTorch, written after the weights (load_script.h)
//   tape.sqlite        all that it tells, to look at it again without its model (tape_writer.h)
//   checkpoints/       all that the run needs to go on (checkpoint_store.h)
//   text/              the text or points it learns from, under their name, up to 16 MB (kept_text.h)
//   run.lock           who records here (run_lock.h)
//   about.json         what it is called and the preset it began from, where somebody said so (run_note.h)
//   lost-STEP/         what lay behind the checkpoint from which the run went on (run_tail.h)
//
// Layers (the l0_ of a column, "layer" of a line) are indices of transformer blocks, from 0. Numbers are
// written so that reading them gives the same bits. The folder of a later run appears with its first step or
// export; the event that made it is in the folder of the run that it ended.
//
// A line that cannot be written (a full disk, a folder that is gone) waits in memory, up to kHeldBytes, and is
// tried again every kRetry_s: written in order, nothing torn, with an event "recording-gap" (from, to: steps;
// rows_kept, rows_lost, reason) behind it. A folder that was removed or renamed is made anew; where its name
// belongs to another by now, one beside it. Weights do not wait for lines: they are written, or it is said that
// they are not.
//
// It writes on the thread that trains: a write costs some microseconds, and where it costs more (a slow or distant
// disk) lines are gathered, so that recording takes at most kMostShare of the time. A disk that hangs without
// an answer holds up the run until it answers, as it would hold up the program's own pages.
//
// Thread safety: one thread. Errors: usage for a folder that cannot be used, failure for writing.
#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/run_point.h"
#include "core/record/checkpoint/checkpoint.h"
#include "core/record/folder/run_description.h"
#include "core/record/folder/run_files.h"
#include "core/record/folder/run_place.h"
#include "core/record/folder/run_script.h"
#include "core/record/folder/run_tape.h"
#include "core/record/folder/run_text.h"
#include "core/record/lines/routing_windows.h"
#include "core/record/tensorboard/run_events.h"
#include "core/run/observer.h"

namespace switchyard {

class RunFolder : public Observer {
 public:
  static constexpr double kRetry_s = 10;
  static constexpr double kMostShare = 0.05, kFreeWrite_s = 0.02;  // a single write below this is never too slow
  static constexpr std::size_t kHeldBytes = std::size_t{64} << 20;
  static constexpr std::size_t kHeldRuns =
      20;  // earlier runs of this process that no other may take: undo goes back to them

  struct Options {
    std::function<double()> now_s = {};  // a clock that only goes on; empty: the system's
    std::size_t held_bytes = kHeldBytes;
    std::function<double()> unix_s = {};  // what time it is, since 1970; empty: the system's
  };
  // Takes the folder for a new run (run_place.h). usage: it cannot be used.
  static Result<std::unique_ptr<RunFolder>> create(const std::filesystem::path& path, Options options);
  static Result<std::unique_ptr<RunFolder>> create(const std::filesystem::path& path) { return create(path, {}); }
  // Goes on in a run's folder from a checkpoint of it: what comes is recorded as if the run had never stopped.
  // What lay behind is set aside (run_tail.h); the first news say so. usage: another process holds the folder, or
  // it is another run's. failure: what lies behind cannot be set aside.
  static Result<std::unique_ptr<RunFolder>> resume(const std::filesystem::path& path, const Checkpoint& checkpoint,
                                                   Options options);
  static Result<std::unique_ptr<RunFolder>> resume(const std::filesystem::path& path,
                                                   const Checkpoint& checkpoint) {
    return resume(path, checkpoint, {});
  }

  // What still waits is written, whoever let go of it without its end.
  ~RunFolder() override;

  void on_model(const Trainer& trainer) override;
  void on_step(const StepRecord& record) override;
  void on_probe(const Snapshot* snapshot) override;
  void on_look(const Snapshot& snapshot) override;
  void on_event(const RunEvent& event) override;
  Result<std::string> on_weights(const Trainer& trainer) override;
  bool holds_weights(const Trainer& trainer) const override;
  void on_idle() override { write_if_due(); }
  bool is_behind() const override;
  void on_end() override;
  std::string run() const override { return identity_.id; }
  std::optional<RunPoint> parent() const override { return identity_.parent; }
  const RunIdentity& identity() const { return identity_; }
  RecordingState recording_state() override;
  Result<void> go_on(const RunPoint& point, const RecordingState& recording, const std::filesystem::path& folder) override;
  void begin_child(const RunPoint& parent) override { next_parent_ = parent; }
  bool holds(const std::filesystem::path& folder) const override;
  std::vector<RecordingNews> take_news() override;
  std::string place() const override;

 private:
  // Weights on disk, and what they are of.
  struct Written {
    std::uint32_t model_id = 0;
    std::int64_t step = 0;
    std::filesystem::path file;
    std::optional<FileIdentity> identity;
  };
  // A model without files: they are made with its first step.
  struct Announced {
    std::uint32_t model_id = 0;
    std::string config;
  };
  // An earlier run of this process.
  struct Earlier {
    std::string id;
    RunPlace place;
  };

  RunFolder(std::filesystem::path path, Options options);
  // The model announced last has files from now on.
  void open_run();
  Result<void> go_on_in(RunPlace& place, RunFiles::Head head, const RunPoint& point,
                        const RecordingState& recording);
  // The last of runs_ is the one that learns from here on.
  void begin_again(const RunPoint& point, const RecordingState& recording, const TailCut& cut);
  void end_window();
  // Of the configuration of now.
  RunFiles::Wanted wanted() const;
  std::string tensorboard_head() const;
  void add(RunFiles::File file, std::string line, std::int64_t step);
  void write_if_due();
  void write();
  std::size_t held_bytes() const;

  std::filesystem::path first_;  // where the first run lies, or lay: siblings are named after it
  Options options_;
  std::optional<RunPlace> taken_;  // for the first run, until it has files
  std::deque<RunFiles> runs_;      // the last is the one that learns, those before it have lines that wait
  std::deque<Earlier> earlier_;    // oldest first
  std::optional<Announced> announced_;
  bool goes_on_ = false;              // the next on_model is of the run that goes on
  std::optional<RunPoint> next_parent_;  // of the run whose model the next on_model tells of
  RunIdentity identity_;              // of the present run, also of one that has no files yet
  std::vector<std::int32_t> blocks_;  // MoE blocks of the model of now
  Config config_;                     // with the edits since the model was told of
  RunEvents tensorboard_;             // what its file is told
  RoutingWindows windows_;
  RunTape tape_;
  RunText text_;
  RunScript script_;
  std::int64_t tape_events_ = 0;      // told before the tape that begins next
  std::int64_t last_step_ = 0;
  double wall_s_ = 0;
  std::optional<std::int64_t> lost_until_;  // something set aside is passed with this step
  std::optional<Written> written_;
  double next_write_s_ = 0;
  bool in_trouble_ = false;
  std::vector<RecordingNews> news_;
};

}  // namespace switchyard
