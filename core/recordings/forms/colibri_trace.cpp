#include "core/recordings/forms/colibri_trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <span>
#include <utility>

#include "core/record/files/line_reader.h"

namespace switchyard {
namespace {

constexpr std::int64_t kMostRows = std::int64_t{1} << 20;  // of a call

struct GateLine {
  std::int64_t call = 0, row = 0, layer = 0;
  std::vector<std::int32_t> experts;
  std::vector<float> gates;
};

std::optional<GateLine> gate_line_of(std::string_view text) {
  GateLine line;
  const auto skip = [&] {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t' || text.front() == '\r'))
      text.remove_prefix(1);
    return !text.empty();
  };
  const auto number = [&](auto& to) {
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), to);
    if (code != std::errc()) return false;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return true;
  };
  for (const auto& [to, most] : {std::pair(&line.call, kMostRecordedStep), std::pair(&line.row, kMostRows - 1),
                                 std::pair(&line.layer, kMostRecordedLayers - 1)})
    if (!skip() || !number(*to) || *to < 0 || *to > most) return std::nullopt;
  while (skip()) {
    std::int32_t expert = 0;
    float gate = 0;
    if (!number(expert) || expert < 0 || expert >= kMostRecordedExperts || text.empty() || text.front() != ':')
      return std::nullopt;
    text.remove_prefix(1);
    if (!number(gate) || !std::isfinite(gate)) return std::nullopt;
    line.experts.push_back(expert);
    line.gates.push_back(gate);
  }
  if (line.experts.empty() || line.experts.size() > static_cast<std::size_t>(kMostRecordedChoices))
    return std::nullopt;
  return line;
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
  std::optional<GateLine> next() {
    while (const auto text = lines_.next()) {
      if (auto line = gate_line_of(*text)) return line;
      ++bad_;
    }
    return std::nullopt;
  }
  std::int64_t bad() const { return bad_ + lines_.too_long(); }

 private:
  LineReader lines_;
  std::int64_t bad_ = 0;
};

class ColibriReader : public RecordingReader {
 public:
  ColibriReader(GateLines lines, RecordingHead head)
      : lines_(std::move(lines)), head_(std::move(head)), ahead_(lines_.next()) {
    for (std::size_t l = 0; l < head_.layers.size(); ++l) places_[head_.layers[l].id] = l;
  }

  std::string form() const override { return "colibri route trace"; }
  const RecordingHead& head() const override { return head_; }
  std::optional<std::int64_t> next_step() const override {
    return ahead_ ? std::optional(ahead_->call) : std::nullopt;
  }

  Result<std::optional<RecordedChunk>> next() override {
    if (!ahead_) return std::optional<RecordedChunk>();
    const std::int64_t call = ahead_->call;
    std::vector<std::map<std::int64_t, GateLine>> layers(head_.layers.size());  // by row
    std::int64_t rows = 0, columns = 0;
    std::uint64_t held = 0;
    for (; ahead_ && ahead_->call == call; ahead_ = lines_.next()) {
      const auto place = places_.find(static_cast<std::int32_t>(ahead_->layer));
      if (place == places_.end() || !fits(*ahead_, head_.layers[place->second])) {
        ++unknown_;
        continue;
      }
      // What its chunk takes with this line: each layer that is there has all rows.
      const std::int64_t with = std::max(rows, ahead_->row + 1);
      const std::int64_t more = layers[place->second].empty() ? head_.layers[place->second].top_k : 0;
      const auto bytes = static_cast<std::uint64_t>(with) * (8 + 8 * static_cast<std::uint64_t>(columns + more));
      const std::uint64_t line = 256 + 8 * ahead_->experts.size();
      if (bytes + held + line > kMostStepBytes) {
        ++too_large_;
        continue;
      }
      held += line, columns += more, rows = with;
      layers[place->second].insert_or_assign(ahead_->row, std::move(*ahead_));
    }
    return std::optional(chunk_of(call, rows, layers));
  }

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
  RecordedChunk chunk_of(std::int64_t call, std::int64_t rows,
                         const std::vector<std::map<std::int64_t, GateLine>>& layers) const {
    RecordedChunk chunk;
    chunk.layers = head_.layers;
    chunk.step.assign(static_cast<std::size_t>(rows), call);
    chunk.counted_step = {call};
    for (std::size_t l = 0; l < layers.size(); ++l) {
      RecordedCells& cells = chunk.cells.emplace_back();
      cells.experts = head_.layers[l].experts, cells.top_k = head_.layers[l].top_k;
      if (layers[l].empty()) continue;
      const auto k = static_cast<std::size_t>(cells.top_k);
      cells.expert.assign(chunk.tokens() * k, kNoExpert);
      cells.weight.assign(chunk.tokens() * k, std::numeric_limits<float>::quiet_NaN());
      for (const auto& [row, line] : layers[l]) {
        std::copy(line.experts.begin(), line.experts.end(), cells.expert.begin() + row * cells.top_k);
        std::copy(line.gates.begin(), line.gates.end(), cells.weight.begin() + row * cells.top_k);
      }
    }
    return chunk;
  }

  GateLines lines_;
  RecordingHead head_;
  std::map<std::int32_t, std::size_t> places_;
  std::optional<GateLine> ahead_;
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
  return gate_line_of(std::string_view(begin).substr(0, end)).has_value();
}

Result<std::unique_ptr<RecordingReader>> open_colibri_trace(const std::filesystem::path& path,
                                                            const RecordingKeys& keys) {
  auto first = GateLines::open(path, keys.is_written);
  if (!first) return first.error();
  std::map<std::int64_t, std::size_t> found;  // k of a layer
  std::int32_t most = -1;
  std::optional<std::int64_t> call;
  while (const auto line = first->next()) {
    if (call && line->call != *call) break;
    call = line->call;
    std::size_t& k = found[line->layer];
    k = std::max(k, line->experts.size());
    most = std::max(most, *std::max_element(line->experts.begin(), line->experts.end()));
  }
  if (found.empty())
    return usage_error(fmt::format("{}: has no line \"call row layer expert:gate …\"", path.native()));
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
  return std::unique_ptr<RecordingReader>(std::make_unique<ColibriReader>(std::move(*again), std::move(head)));
}

}  // namespace switchyard
