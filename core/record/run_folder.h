// The run folder: everything a run leaves behind, append-only, readable at any moment and after a kill.
//
//   config.json        the knobs at the start under "config"; corpus (the data's name), vocabulary (what the model's
//                      outputs stand for: characters or classes), versions, device, threads, seed; data (data_record.h: which
//                      text it is). The one file that may say where the text lay
//   metrics.csv        a row a step; empty where a figure does not exist
//   routing.jsonl      counts and mean_prob of each MoE layer since the line before: a line a probe step, and one
//                      before a change of the settings, an export and the end; none of a step is left out
//   events.jsonl       edits, rebuilds, alerts, exports, with the step they act on; alerts of routing as
//                      kind "health" and "health-end" with an "alert"; "weights" with the step they are of and took_s
//   model.safetensors  the weights, with the configuration of then; replaced whole at each export, at the end, and
//                      before another model takes the place of this one
//   branch-001/ ...    the same files of the next model: a rebuild or a reset starts a new one at step 0
//
// Layers (the l0_ of a column, "layer" of a line) are indices of transformer blocks, from 0. Numbers are
// written so that reading them gives the same bits. A branch appears with its first step or export; the
// event that made it is in the folder of the model it ended.
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

#include "core/record/model_folder.h"
#include "core/record/run_place.h"
#include "core/run/observer.h"

namespace switchyard {

class RunFolder : public Observer {
 public:
  static constexpr double kRetry_s = 10;
  static constexpr double kMostShare = 0.05, kFreeWrite_s = 0.02;  // a single write below this is never too slow
  static constexpr std::size_t kHeldBytes = std::size_t{64} << 20;

  struct Options {
    std::function<double()> now_s;  // a clock that only goes on; empty: the system's
    std::size_t held_bytes = kHeldBytes;
  };
  // Takes the folder (run_place.h). usage: it cannot be used.
  static Result<std::unique_ptr<RunFolder>> create(const std::filesystem::path& path, Options options);
  static Result<std::unique_ptr<RunFolder>> create(const std::filesystem::path& path) { return create(path, {}); }

  void on_model(const Trainer& trainer) override;
  void on_step(const StepRecord& record) override;
  void on_probe(const Snapshot* snapshot) override;
  void on_event(const RunEvent& event) override;
  Result<std::string> on_weights(const Trainer& trainer) override;
  bool holds_weights(const Trainer& trainer) const override;
  void on_idle() override { write_if_due(); }
  bool is_behind() const override;
  void on_end() override;
  std::vector<RecordingNews> take_news() override { return std::exchange(news_, {}); }
  std::string place() const override { return place_.path().native(); }

 private:
  // Counts of one layer since the last line of routing.jsonl.
  struct Window {
    std::int32_t block = 0;
    std::vector<double> counts, prob_sum;
    double dropped = 0;
    std::int64_t steps = 0;
  };
  // Weights on disk, and what they are of.
  struct Written {
    std::uint32_t generation = 0;
    std::int64_t step = 0;
    std::filesystem::path file;
    std::optional<FileIdentity> identity;
  };

  RunFolder(RunPlace place, Options options);
  // The model announced last has files from now on.
  void open_model();
  std::string header() const;
  void end_window();
  void add(ModelFolder::File file, std::string line, std::int64_t step);
  void write_if_due();
  void write();
  std::size_t held_bytes() const;

  RunPlace place_;
  Options options_;
  std::deque<ModelFolder> models_;        // the last is the one that learns, those before it have lines that wait
  std::optional<std::string> announced_;  // config.json of a model that has no files yet
  std::uint32_t announced_generation_ = 0;
  std::vector<std::int32_t> blocks_;  // MoE blocks: the columns of metrics.csv
  std::vector<Window> windows_;
  std::int64_t last_step_ = 0;
  double wall_s_ = 0;
  std::optional<Written> written_;
  double next_write_s_ = 0;
  bool in_trouble_ = false;
  std::vector<RecordingNews> news_;
};


}  // namespace switchyard
