// Files of JSON lines, one a rank, each line something of one step, in the order of steps: several files as one
// stream of steps, the lowest first. What cannot be read of a line is counted, and the line left out.
//
// Thread safety: an object belongs to one thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/json.h"
#include "core/base/result.h"
#include "core/record/files/line_reader.h"
#include "core/recordings/reader.h"

namespace switchyard {

struct RankFile {
  std::int32_t rank = 0;
  std::filesystem::path path;
};
// PREFIX<rank>.jsonl in a folder, by rank.
std::vector<RankFile> rank_files(const std::filesystem::path& folder, std::string_view prefix);

// Line: has a member `step`, and bytes() that it holds.
template <class Line>
class RankedLines {
 public:
  using Parse = std::function<Result<Line>(std::string_view line, const std::string& where)>;
  // is_written: the last step of a rank waits for a later one, and half a line for its end.
  static Result<RankedLines> open(const std::vector<RankFile>& files, Parse parse, bool is_written) {
    RankedLines made(std::move(parse), is_written);
    for (const RankFile& file : files) {
      auto lines = LineReader::open(
          file.path, {.longest = kMaxJsonBytes, .links = InputFile::Links::refused, .is_closed = !is_written});
      if (!lines) return lines.error();
      made.ranks_.push_back(Rank(file, std::move(*lines)));
      made.fetch(made.ranks_.back());
    }
    return made;
  }

  struct Group {
    std::int32_t rank = 0;
    std::vector<Line> lines;  // of one step
    bool is_whole = true;     // another step of the rank follows: there is no more of this one
  };
  // The lines of the lowest step of a rank that has all of it; without lines: that was all.
  Group next() {
    while (true) {
      Rank* lowest = nullptr;
      for (Rank& rank : ranks_)
        if ((rank.ahead || (rank.step && !is_written_)) && (!lowest || rank.lowest() < lowest->lowest()))
          lowest = &rank;
      if (!lowest) return {};
      gather(*lowest);
      if (!lowest->ahead && is_written_) continue;
      lowest->let_go = lowest->ahead ? std::nullopt : lowest->step;
      held_ -= std::exchange(lowest->held, 0);
      lowest->step.reset();
      return {lowest->file.rank, std::exchange(lowest->group, {}), lowest->ahead.has_value()};
    }
  }
  std::optional<std::int64_t> next_step() const {
    std::optional<std::int64_t> step;
    for (const Rank& rank : ranks_) {
      const bool has_more = rank.ahead || rank.step;
      // Of one that was let go the next step may come yet.
      if (!has_more && !(is_written_ && rank.let_go)) continue;
      const std::int64_t lowest = has_more ? rank.lowest() : *rank.let_go + 1;
      if (!step || lowest < *step) step = lowest;
    }
    return step;
  }
  // As RecordingReader has them.
  bool go_on() {
    for (Rank& rank : ranks_)
      if (!rank.lines.go_on()) return false;
    is_written_ = true;
    for (Rank& rank : ranks_)
      if (!rank.ahead) fetch(rank);
    return true;
  }
  void let_go() {
    is_written_ = false;
    for (Rank& rank : ranks_) {
      rank.lines.close();
      if (!rank.ahead) fetch(rank);
    }
  }
  bool is_outgrown() const { return is_outgrown_; }
  std::int64_t left_out() const { return left_out_; }
  const std::string& why() const { return why_; }

 private:
  struct Rank {
    Rank(RankFile of, LineReader from) : file(std::move(of)), lines(std::move(from)) {}

    RankFile file;
    LineReader lines;
    std::int64_t number = 0, too_long = 0;
    std::optional<Line> ahead;
    // Lines of the step that is gathered, and what they take.
    std::optional<std::int64_t> step;
    std::vector<Line> group;
    std::uint64_t held = 0;
    std::optional<std::int64_t> let_go;  // the step that was given though nobody knew that it was whole

    std::int64_t lowest() const { return step ? *step : ahead->step; }
  };
  RankedLines(Parse parse, bool is_written) : parse_(std::move(parse)), is_written_(is_written) {}

  void gather(Rank& rank) {
    if (!rank.step) rank.step = rank.ahead->step;
    while (rank.ahead && rank.ahead->step == *rank.step) {
      const std::uint64_t more = rank.ahead->bytes();
      if (held_ + more <= kMostStepBytes) {
        held_ += more, rank.held += more;
        rank.group.push_back(std::move(*rank.ahead));
      } else if (left_out_++ == 0) {
        why_ = rank.file.path.native() + ": step " + std::to_string(*rank.step) +
               " of it, or the last of all ranks, has more than " + std::to_string(kMostStepBytes) + " bytes";
      }
      fetch(rank);
    }
  }
  void fetch(Rank& rank) {
    rank.ahead.reset();
    while (const auto text = rank.lines.next()) {
      const std::string where = rank.file.path.native() + ", line " + std::to_string(++rank.number);
      Result<Line> line = parse_(*text, where);
      if (line) {
        is_outgrown_ |= rank.let_go == line->step;
        rank.ahead = std::move(*line);
        return;
      }
      if (left_out_++ == 0) why_ = line.error().message;
    }
    const std::int64_t more = rank.lines.too_long() - std::exchange(rank.too_long, rank.lines.too_long());
    if (more > 0 && left_out_ == 0) why_ = rank.file.path.native() + ": " + too_long_line(kMaxJsonBytes);
    left_out_ += more;
  }

  Parse parse_;
  bool is_written_ = false, is_outgrown_ = false;
  std::vector<Rank> ranks_;
  std::uint64_t held_ = 0;  // bytes of all groups: while a recording is written each rank has one
  std::int64_t left_out_ = 0;
  std::string why_;
};

// Looks at each rank's first step, for what there is: take(rank, line), a Result<void>. True: more of these steps
// may come yet, or a rank has written nothing so far.
template <class Line, class Take>
Result<bool> look_at_first_steps(const std::vector<RankFile>& files,
                                 const typename RankedLines<Line>::Parse& parse, bool is_written, Take take) {
  bool is_part = false;
  for (const RankFile& file : files) {
    auto first = RankedLines<Line>::open({file}, parse, is_written);
    if (!first) return first.error();
    auto group = first->next();
    if (group.lines.empty() && is_written) {
      first->let_go();
      group = first->next();
    }
    is_part |= group.lines.empty() || !group.is_whole;
    for (const Line& line : group.lines)
      if (Result<void> taken = take(file.rank, line); !taken) return taken.error();
  }
  return is_part;
}

}  // namespace switchyard
