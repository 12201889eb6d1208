#include "core/recordings/forms/colibri_trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "core/record/files/line_reader.h"

namespace switchyard {
namespace {

constexpr std::int64_t kMostRows = std::int64_t{1} << 20;  // of a call

struct GateLine {
  std::int64_t call = 0, row = 0, layer = 0;
  std::vector<std::int32_t> experts;
  std::vector<float> gates;
};

// The numbers of a line, one after the other.
class GateText {
 public:
  explicit GateText(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}
  bool skip() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\t' || *at_ == '\r')) ++at_;
    return at_ != end_;
  }
  // At most `most`.
  bool whole(std::int64_t& to, std::int64_t most) {
    const char* const begin = at_;
    for (to = 0; at_ != end_ && *at_ >= '0' && *at_ <= '9' && to <= most; ++at_) to = 10 * to + (*at_ - '0');
    return at_ != begin && to <= most;
  }
  bool take(char c) {
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
  }
  bool gate(float& to) {
    const auto [end, code] = std::from_chars(at_, end_, to);
    at_ = end;
    return code == std::errc() && std::isfinite(to);
  }

 private:
  const char *at_, *end_;
};

// False: it is none.
bool read_gate_line(std::string_view text, GateLine& line) {
  GateText left(text);
  line.experts.clear(), line.gates.clear();
  for (const auto& [to, most] : {std::pair(&line.call, kMostRecordedStep), std::pair(&line.row, kMostRows - 1),
                                 std::pair(&line.layer, kMostRecordedLayers - 1)})
    if (!left.skip() || !left.whole(*to, most)) return false;
  while (left.skip()) {
    std::int64_t expert = 0;
    float gate = 0;
    if (!left.whole(expert, kMostRecordedExperts - 1) || !left.take(':') || !left.gate(gate)) return false;
    line.experts.push_back(static_cast<std::int32_t>(expert));
    line.gates.push_back(gate);
  }
  return !line.experts.empty() && line.experts.size() <= static_cast<std::size_t>(kMostRecordedChoices);
}

// Lines as they come; what is none is counted.
class GateLines {
 public:
  explicit GateLines(LineReader lines) : lines_(std::move(lines)) {}
  static Result<GateLines> open(const std::filesystem::path& path, bool is_written) {
    auto lines = LineReader::open(path, {.links = InputFile::Links::refused, .is_closed = !is_written});
    if (!lines) return lines.error();
    return GateLines(std::move(*lines));
  }
  // False: that was all.
  bool next(GateLine& line) {
    while (const auto text = lines_.next()) {
      if (read_gate_line(*text, line)) return true;
      ++bad_;
    }
    return false;
  }
  bool go_on() { return lines_.go_on(); }
  void let_go() { lines_.close(); }
  std::int64_t bad() const { return bad_ + lines_.too_long(); }

 private:
  LineReader lines_;
  std::int64_t bad_ = 0;
};

class ColibriReader : public RecordingReader {
 public:
  // is_part: the head is that of a first call that was not whole.
  ColibriReader(GateLines lines, RecordingHead head, bool is_written, bool is_part)
      : lines_(std::move(lines)), head_(std::move(head)), is_written_(is_written), is_part_(is_part) {
    for (std::size_t l = 0; l < head_.layers.size(); ++l) places_[head_.layers[l].id] = l;
    fetch();
  }

  std::string form() const override { return "colibri route trace"; }
  const RecordingHead& head() const override { return head_; }
  std::optional<std::int64_t> next_step() const override {
    return call_ ? call_ : has_ahead_ ? std::optional(ahead_.call) : std::nullopt;
  }

  Result<std::optional<RecordedChunk>> next() override {
    if (!call_) {
      if (!has_ahead_) return std::optional<RecordedChunk>();
      begin_call();
    }
    for (; has_ahead_ && ahead_.call == *call_; fetch()) add_line();
    if (!has_ahead_ && is_written_) return std::optional<RecordedChunk>();
    let_go_ = has_ahead_ ? std::nullopt : call_;
    call_.reset();
    return std::optional(end_call());
  }

  bool go_on() override {
    if (!lines_.go_on()) return false;
    is_written_ = true;
    if (!has_ahead_) fetch();
    return true;
  }
  void let_go() override {
    is_written_ = false;
    lines_.let_go();
    if (!has_ahead_) fetch();
  }
  bool is_outgrown() const override { return is_outgrown_ || (is_part_ && unknown_ > 0); }

  std::vector<std::string> notes() const override {
    std::vector<std::string> notes;
    if (lines_.bad() > 0)
      notes.push_back(fmt::format("{} lines are not \"call row layer expert:gate …\" and left out", lines_.bad()));
    if (too_large_ > 0)
      notes.push_back(
          fmt::format("{} lines are left out: their call has more than {} bytes", too_large_, kMostStepBytes));
    if (unknown_ > 0)
      notes.push_back(fmt::format(
          "{} lines are of layers or experts that the first call does not have, and left out", unknown_));
    return notes;
  }

 private:
  static bool fits(const GateLine& line, const RecordedLayer& layer) {
    return line.experts.size() <= static_cast<std::size_t>(layer.top_k) &&
           std::all_of(line.experts.begin(), line.experts.end(),
                       [&](std::int32_t id) { return id < layer.experts; });
  }
  void fetch() {
    has_ahead_ = lines_.next(ahead_);
    is_outgrown_ |= has_ahead_ && let_go_ == ahead_.call;
  }
  void begin_call() {
    call_ = ahead_.call;
    chunk_ = {};
    chunk_.layers = head_.layers;
    chunk_.counted_step = {*call_};
    rows_ = columns_ = 0;
    for (const RecordedLayer& layer : head_.layers) {
      RecordedCells& cells = chunk_.cells.emplace_back();
      cells.experts = layer.experts, cells.top_k = layer.top_k;
    }
  }
  // Of the line that is ahead. Of one row the last counts.
  void add_line() {
    const auto place = places_.find(static_cast<std::int32_t>(ahead_.layer));
    if (place == places_.end() || !fits(ahead_, head_.layers[place->second])) {
      ++unknown_;
      return;
    }
    RecordedCells& cells = chunk_.cells[place->second];
    // What its chunk takes with this line: each layer that is there has all rows.
    const std::int64_t rows = std::max(rows_, ahead_.row + 1),
                       columns = columns_ + (cells.expert.empty() ? cells.top_k : 0);
    if (static_cast<std::uint64_t>(rows) * (8 + 8 * static_cast<std::uint64_t>(columns)) > kMostStepBytes) {
      ++too_large_;
      return;
    }
    rows_ = rows, columns_ = columns;
    const auto k = static_cast<std::size_t>(cells.top_k), at = static_cast<std::size_t>(ahead_.row) * k;
    make_room(cells, at + k);
    for (std::size_t i = 0; i < k; ++i) {
      const bool is_there = i < ahead_.experts.size();
      cells.expert[at + i] = is_there ? ahead_.experts[i] : kNoExpert;
      cells.weight[at + i] = is_there ? ahead_.gates[i] : std::numeric_limits<float>::quiet_NaN();
    }
  }
  static void make_room(RecordedCells& cells, std::size_t choices) {
    if (cells.expert.size() >= choices) return;
    cells.expert.resize(choices, kNoExpert);
    cells.weight.resize(choices, std::numeric_limits<float>::quiet_NaN());
  }
  RecordedChunk end_call() {
    chunk_.step.assign(static_cast<std::size_t>(rows_), chunk_.counted_step.front());
    for (RecordedCells& cells : chunk_.cells)
      if (!cells.expert.empty()) make_room(cells, chunk_.tokens() * static_cast<std::size_t>(cells.top_k));
    return std::move(chunk_);
  }

  GateLines lines_;
  RecordingHead head_;
  bool is_written_, is_part_;
  std::map<std::int32_t, std::size_t> places_;
  GateLine ahead_;
  bool has_ahead_ = false, is_outgrown_ = false;
  std::optional<std::int64_t> call_;    // that is gathered
  std::optional<std::int64_t> let_go_;  // that was given though nobody knew that it was whole
  RecordedChunk chunk_;
  std::int64_t rows_ = 0, columns_ = 0;  // of it
  std::int64_t unknown_ = 0, too_large_ = 0;
};

}  // namespace

bool is_colibri_trace(const std::filesystem::path& path) {
  const auto file = InputFile::open(path, InputFile::Links::refused);
  if (!file) return false;
  // No more than a line may have: this is asked of every file, and one of many gigabytes may have none.
  std::string begin(static_cast<std::size_t>(std::min<std::uint64_t>(file->size(), LineReader::kLongest)), '\0');
  if (!file->read(0, std::as_writable_bytes(std::span(begin)))) return false;
  const std::size_t end = begin.find('\n');
  if (end == std::string::npos && begin.size() < file->size()) return false;
  GateLine line;
  return read_gate_line(std::string_view(begin).substr(0, end), line);
}

Result<std::unique_ptr<RecordingReader>> open_colibri_trace(const std::filesystem::path& path,
                                                            const RecordingKeys& keys) {
  auto first = GateLines::open(path, keys.is_written);
  if (!first) return first.error();
  std::map<std::int64_t, std::size_t> found;  // k of a layer
  std::int32_t most = -1;
  std::optional<std::int64_t> call;
  GateLine line;
  bool is_whole = false;  // else more layers of it may come yet
  while (first->next(line)) {
    if (call && line.call != *call) {
      is_whole = true;
      break;
    }
    call = line.call;
    std::size_t& k = found[line.layer];
    k = std::max(k, line.experts.size());
    most = std::max(most, *std::max_element(line.experts.begin(), line.experts.end()));
  }
  if (found.empty())
    return usage_error(fmt::format("{}: has no line \"call row layer expert:gate …\"", path.native()));
  if (keys.experts.value_or(0) <= most) hint_experts(keys, most, "In its first call");
  if (!keys.experts)
    return usage_error(fmt::format(
        "{}: says nowhere how many experts a layer has: needs experts=N; in the first call the highest is "
        "number {}, so N is at least {}",
        path.native(), most, most + 1));
  if (*keys.experts <= most)
    return usage_error(
        fmt::format("{}: experts={}: its first call names expert {}", path.native(), *keys.experts, most));
  RecordingHead head;
  for (const auto& [layer, k] : found)
    head.layers.push_back(
        {static_cast<std::int32_t>(layer),
         {},
         *keys.experts,
         static_cast<std::int32_t>(std::min<std::size_t>(k, static_cast<std::size_t>(*keys.experts)))});
  auto again = GateLines::open(path, keys.is_written);
  if (!again) return again.error();
  return std::unique_ptr<RecordingReader>(
      std::make_unique<ColibriReader>(std::move(*again), std::move(head), keys.is_written, !is_whole));
}

}  // namespace switchyard
