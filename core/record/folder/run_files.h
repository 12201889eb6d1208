// The files of one run, and the lines (of TensorBoard's file the events) that wait to be written to them: while a
// disk is full or gone they are kept here and lost to nobody, up to what their owner lets them hold. A file is
// made once it is wanted, and stays.
//
// A gap is the time in which lines waited: once they are written it is an event "recording-gap" behind them, which
// says between which steps, how many rows came late, how many are lost, and why. Rows are those of metrics.csv;
// where that is not wanted, the events of TensorBoard's file.
//
// Thread safety: belongs to one thread. Errors: failure, of the first file that could not be written.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/records.h"
#include "core/base/run_point.h"
#include "core/record/files/files.h"
#include "core/record/folder/run_place.h"
#include "core/record/folder/run_tail.h"
#include "core/record/lines/metrics_lines.h"

namespace switchyard {

class RunFiles {
 public:
  enum class File : std::size_t { metrics, routing, events, tensorboard };
  static constexpr std::size_t kFiles = 4;
  // By file; events always are.
  using Wanted = std::array<bool, kFiles>;
  struct Head {
    std::string id;  // of the run
    std::uint32_t model_id = 0;
    std::string config;  // the text of config.json
    MetricsColumns columns{};            // of a metrics.csv that is made
    std::vector<std::string> headers{};  // the first lines of one that may be gone on with; empty: any
    std::string tensorboard{};           // what TensorBoard's file begins with
    Wanted wanted{true, true, true, false};
  };

  // In a folder that was taken for it. Nothing is made in it yet.
  RunFiles(Head head, RunPlace place) : head_(std::move(head)), place_(std::move(place)) {
    set_columns(head_.columns);
  }
  // In a folder that is taken when it is needed; asked again where the name has gone to another by then.
  RunFiles(Head head, std::function<std::filesystem::path()> folder)
      : head_(std::move(head)), folder_(std::move(folder)) {
    set_columns(head_.columns);
  }
  // In a run's folder that is there, from a checkpoint of this step on; `place` is taken only where it works.
  // usage: its metrics.csv has another first line than those. failure: as cut_tail, or a file cannot be opened.
  static Result<RunFiles> go_on(Head head, RunPlace& place, const RunPoint& point, const RecordingState& recording,
                                TailCut& cut);

  const std::string& id() const { return head_.id; }
  // Those of its metrics.csv: what its header names, or will.
  const MetricsColumns& columns() const { return columns_; }
  // The same of files that are here already, of which nothing waits, after cut_tail: from this step on. failure:
  // as above.
  Result<void> take_up(std::int64_t step, const TailCut& cut);
  // What files begin with, where they have to be made anew; columns that a metrics.csv has stay.
  void describe(std::uint32_t model_id, std::string config, std::vector<std::int32_t> blocks);
  // The model has others from here on: they are the columns of a metrics.csv that nobody wanted until now.
  void take_blocks(std::vector<std::int32_t> blocks);
  // From here on; what TensorBoard's file begins with, should it be made from here on (empty: what was said before).
  void want(Wanted wanted, std::string tensorboard);

  // A line, its end included, of this step. Not yet written.
  void add(File file, std::string line, std::int64_t step, double wall_s);
  // Makes what is not there, or no longer, and writes what waits, in order, as far as it goes.
  Result<void> write();
  // Makes the folder alone, where weights are to be written though lines cannot be.
  Result<void> make_folder();
  // Empty: not made yet.
  std::filesystem::path path() const { return place_ ? place_->path() : std::filesystem::path(); }
  // Null: not made yet.
  const std::filesystem::path* folder() const { return place_ ? &place_->path() : nullptr; }
  // Whether its run learns on, for others that ask (RunPlace::record).
  void record(bool records) const {
    if (place_) place_->record(records);
  }
  // The folder, still held, for whoever may go on in it; nothing is written here any more.
  std::optional<RunPlace> release() { return std::exchange(place_, std::nullopt); }

  // Whether write() would find the files where it left them.
  bool is_in_place() const;
  // Of a file with what waits for it.
  std::int64_t bytes(File file) const;
  // Bytes of memory held by lines that wait.
  std::size_t held_bytes() const { return held_[0] + held_[1] + held_[2] + held_[3]; }
  // Whether everything is on disk.
  bool is_done() const { return held_bytes() == 0 && !gap_; }
  // Lets go of the oldest line of the file that holds most: it is lost, and counted if it was a row.
  void drop_oldest();
  // Rows that wait, and in which file they would be.
  std::int64_t rows_waiting() const { return static_cast<std::int64_t>(lines(rows_file()).size()); }
  const std::string& rows_name() const { return names_[index(rows_file())]; }
  // The event of a gap that has ended since the last call; it is in the file.
  std::optional<RunEvent> take_gap();

 private:
  struct Line {
    std::string text;
    std::int64_t step = 0;
  };
  static std::size_t index(File file) { return static_cast<std::size_t>(file); }
  std::deque<Line>& lines(File file) { return lines_[index(file)]; }
  const std::deque<Line>& lines(File file) const { return lines_[index(file)]; }
  File rows_file() const;
  bool is_needed(std::size_t file) const { return head_.wanted[file] || !lines_[file].empty(); }
  bool lacks_files() const;
  void set_columns(MetricsColumns columns);
  // The bytes a file begins with; of none null.
  const std::string* head_of(std::size_t file) const;
  // TensorBoard's has another name once it was cut, or is gone.
  Result<void> take_up_event_file(const TailCut& cut);
  Result<void> make_files();
  Result<void> write_lines();
  Result<void> close_gap();
  RecordingGap& gap(std::string_view reason);

  Head head_;
  std::optional<RunPlace> place_;
  std::function<std::filesystem::path()> folder_;
  std::array<AppendFile, kFiles> files_;
  std::array<std::string, kFiles> names_{kRunFileNames[0], kRunFileNames[1], kRunFileNames[2],
                                         "events.out.tfevents.*"};
  std::array<bool, kFiles> needs_head_{};
  MetricsColumns columns_;
  std::string header_;        // that names them
  bool has_columns_ = false;  // a metrics.csv that was there has them
  std::array<std::deque<Line>, kFiles> lines_;
  std::array<std::size_t, kFiles> held_{};
  std::int64_t events_lost_ = 0;  // of TensorBoard's, where they are not the rows
  std::int64_t last_step_ = 0;
  double wall_s_ = 0;
  std::optional<RecordingGap> gap_;
  std::optional<RunEvent> ended_gap_;
};

}  // namespace switchyard
