// The files of one model in a run folder, and the lines that wait to be written to them: while a disk is full or
// gone they are kept here and lost to nobody, up to what their owner lets them hold.
//
// A gap is the time in which lines waited: once they are written it is an event "recording-gap" behind them, which
// says between which steps, how many rows of metrics.csv came late, how many are lost, and why.
//
// Thread safety: belongs to one thread. Errors: failure, of the first file that could not be written.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/records.h"
#include "core/record/files.h"
#include "core/record/run_place.h"

namespace switchyard {

class ModelFolder {
 public:
  enum class File : std::size_t { metrics, routing, events };

  // config: the text of config.json. header: the first line of metrics.csv. The first model of a run lies in the
  // run's folder itself, each later one in the first free branch-NNN there. Nothing is made yet.
  ModelFolder(bool is_first, std::uint32_t generation, std::string config, std::string header);

  // A line, its end included, of this step. Not yet written.
  void add(File file, std::string line, std::int64_t step, double wall_s);
  // Makes what is not there, or no longer, and writes what waits, in order, as far as it goes.
  Result<void> write(RunPlace& place);
  // Makes the folder alone, where weights are to be written though lines cannot be. `place`: restored.
  Result<void> make_folder(RunPlace& place);
  const std::filesystem::path& path() const { return path_; }

  // Whether write() would find the files where it left them.
  bool is_in_place() const;
  // Bytes of memory held by lines that wait.
  std::size_t held_bytes() const { return held_[0] + held_[1] + held_[2]; }
  // Whether everything is on disk.
  bool is_done() const { return held_bytes() == 0 && !gap_; }
  // Lets go of the oldest line of the file that holds most: it is lost, and counted if it was a row.
  void drop_oldest();
  // Rows of metrics.csv that wait, and the step of the first.
  std::int64_t rows_waiting() const { return static_cast<std::int64_t>(lines(File::metrics).size()); }
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
  Result<void> make_files(RunPlace& place);
  Result<void> write_lines();
  Result<void> close_gap();
  RecordingGap& gap(std::string_view reason);

  bool is_first_;
  std::uint32_t generation_;
  std::string config_, header_;
  std::filesystem::path path_;            // empty: not made yet
  std::optional<FileIdentity> identity_;  // of the folder, once made
  std::array<AppendFile, 3> files_;
  bool needs_header_ = false;
  std::array<std::deque<Line>, 3> lines_;
  std::array<std::size_t, 3> held_{};
  std::int64_t last_step_ = 0;
  double wall_s_ = 0;
  std::optional<RecordingGap> gap_;
  std::optional<RunEvent> ended_gap_;
};

// A line of events.jsonl.
std::string event_line(const RunEvent& event);

}  // namespace switchyard
