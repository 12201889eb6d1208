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
  static Result<RankedLines> open(const std::vector<RankFile>& files, Parse parse) {
    RankedLines made(std::move(parse));
    for (const RankFile& file : files) {
      auto lines = LineReader::open(
          file.path, {.longest = kMaxJsonBytes, .links = InputFile::Links::refused, .is_closed = true});
      if (!lines) return lines.error();
      made.ranks_.push_back({file, std::move(*lines), 0, {}});
      made.fetch(made.ranks_.back());
    }
    return made;
  }

  struct Group {
    std::int32_t rank = 0;
    std::vector<Line> lines;  // of one step
  };
  // The lines of the lowest step of a rank; without lines: that was all.
  Group next() {
    Rank* lowest = nullptr;
    for (Rank& rank : ranks_)
      if (rank.ahead && (!lowest || rank.ahead->step < lowest->ahead->step)) lowest = &rank;
    Group group;
    if (!lowest) return group;
    group.rank = lowest->file.rank;
    const std::int64_t step = lowest->ahead->step;
    std::uint64_t held = 0;
    while (lowest->ahead && lowest->ahead->step == step) {
      held += lowest->ahead->bytes();
      if (held <= kMostStepBytes) group.lines.push_back(std::move(*lowest->ahead));
      else if (left_out_++ == 0)
        why_ = lowest->file.path.native() + ": step " + std::to_string(step) + " has more than " +
               std::to_string(kMostStepBytes) + " bytes";
      fetch(*lowest);
    }
    return group;
  }
  std::optional<std::int64_t> next_step() const {
    std::optional<std::int64_t> step;
    for (const Rank& rank : ranks_)
      if (rank.ahead && (!step || rank.ahead->step < *step)) step = rank.ahead->step;
    return step;
  }
  std::int64_t left_out() const { return left_out_; }
  const std::string& why() const { return why_; }

 private:
  struct Rank {
    RankFile file;
    LineReader lines;
    std::int64_t number = 0;
    std::optional<Line> ahead;
  };
  explicit RankedLines(Parse parse) : parse_(std::move(parse)) {}

  void fetch(Rank& rank) {
    rank.ahead.reset();
    while (const auto text = rank.lines.next()) {
      const std::string where = rank.file.path.native() + ", line " + std::to_string(++rank.number);
      Result<Line> line = parse_(*text, where);
      if (line) {
        rank.ahead = std::move(*line);
        return;
      }
      if (left_out_++ == 0) why_ = line.error().message;
    }
    if (rank.lines.too_long() > 0 && left_out_ == 0)
      why_ = rank.file.path.native() + ": " + too_long_line(kMaxJsonBytes);
    left_out_ += rank.lines.too_long();
  }

  Parse parse_;
  std::vector<Rank> ranks_;
  std::int64_t left_out_ = 0;
  std::string why_;
};

}  // namespace switchyard
