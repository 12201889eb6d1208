#include "core/recordings/forms/megatron/megatron_trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "core/recordings/forms/megatron/megatron_blobs.h"
#include "core/recordings/forms/megatron/megatron_line.h"
#include "core/recordings/forms/megatron/megatron_stages.h"
#include "core/recordings/forms/parts/ranked_lines.h"

namespace switchyard {
namespace {

constexpr std::string_view kTracePrefix = "router_trace_rank";
constexpr std::size_t kAlikeByChance = 32;  // tokens
constexpr std::uint64_t kMostHiddenBytes = kMostStepBytes / 4;

class TraceReader : public RecordingReader {
 public:
  TraceReader(std::filesystem::path folder, std::map<std::int32_t, std::int32_t> stages,
              RankedLines<TraceLine> lines)
      : folder_(std::move(folder)),
        stages_(std::move(stages)),
        lines_(std::move(lines)),
        logits_(folder_, "logits_rank", kMostStepBytes),
        hidden_(folder_, "hidden_states_rank", kMostHiddenBytes) {}

  // The layers of each rank's first step; N by key or logits.
  Result<void> look_ahead(const std::vector<RankFile>& files, const RecordingKeys& keys,
                          const RankedLines<TraceLine>::Parse& parse) {
    files_ = files.size();
    std::map<StagedLayer, std::pair<std::int32_t, std::int32_t>> found;
    std::int32_t most = 0;
    const auto is_part = look_at_first_steps<TraceLine>(
        files, parse, keys.is_written, [&](std::int32_t rank, const TraceLine& line) -> Result<void> {
          most = std::max(
              most, line.experts.empty() ? 0 : *std::max_element(line.experts.begin(), line.experts.end()) + 1);
          auto& shape = found[{stages_[rank], line.block, line.layer}];
          shape = {std::max(shape.first, line.logits.wide), std::max(shape.second, line.top_k)};
          return {};
        });
    if (!is_part) return is_part.error();
    is_part_ = *is_part;
    if (found.empty())
      return usage_error(fmt::format("{}: no line of its router_trace_rank*.jsonl can be read", folder_.native()));
    const bool are_known = keys.experts ? *keys.experts >= most
                                        : std::all_of(found.begin(), found.end(),
                                                      [](const auto& one) { return one.second.first > 0; });
    if (!are_known) hint_experts(keys, most - 1, "In its first step");
    for (auto& [layer, shape] : found) {
      if (keys.experts) shape.first = *keys.experts;
      if (shape.first == 0)
        return usage_error(
            fmt::format("{}: says nowhere how many experts a layer has: needs experts=N; in its first step the "
                        "highest is number {}, so N is at least {}",
                        folder_.native(), most - 1, most));
      if (shape.first < most && keys.experts)
        return usage_error(fmt::format("{}: experts={}: its first step names expert {}", folder_.native(),
                                       shape.first, most - 1));
    }
    places_ = places_of(found, head_.layers);
    head_.after_dropping = keys.dropped.value_or(true);
    said_ = keys.dropped.has_value();
    return {};
  }

  std::string form() const override { return "Megatron-LM router trace"; }
  const RecordingHead& head() const override { return head_; }
  std::optional<std::int64_t> next_step() const override {
    if (waiting_.empty()) return lines_.next_step();
    const std::int64_t step = waiting_.front().counted_step.front();
    return std::min(step, lines_.next_step().value_or(step));
  }

  Result<std::optional<RecordedChunk>> next() override {
    while (waiting_.empty()) {
      auto group = lines_.next();
      if (group.lines.empty()) return std::optional<RecordedChunk>();
      take(group.rank, std::move(group.lines));
    }
    RecordedChunk chunk = std::move(waiting_.front());
    waiting_.erase(waiting_.begin());
    return std::optional(std::move(chunk));
  }

  bool go_on() override { return rank_files(folder_, kTracePrefix).size() == files_ && lines_.go_on(); }
  void let_go() override { lines_.let_go(); }
  bool is_outgrown() const override { return lines_.is_outgrown() || (is_part_ && unknown_ > 0); }

  std::vector<std::string> notes() const override {
    std::vector<std::string> notes;
    if (lines_.left_out() > 0)
      notes.push_back(fmt::format("{} lines are left out; the first: {}", lines_.left_out(), lines_.why()));
    if (twice_ > 0)
      notes.push_back(fmt::format(
          "{} lines are the same as one before in their step and left out: recomputed, or an evaluation", twice_));
    if (unknown_ > 0)
      notes.push_back(fmt::format(
          "{} lines are of layers or experts that the first step does not have, and left out", unknown_));
    logits_.add_notes("logits", notes);
    hidden_.add_notes("hidden states", notes);
    if (!said_)
      notes.push_back("whether the run had a capacity factor is not recorded: dropped=no says that it had none");
    return notes;
  }

 private:
  // A step of a rank: layers whose micro-batches are alike in one chunk, others each in one of their own, as their
  // rows are not the same tokens.
  void take(std::int32_t rank, std::vector<TraceLine> lines) {
    logits_.begin_step();
    hidden_.begin_step();
    std::map<std::size_t, std::vector<TraceLine>> of_layer;
    for (TraceLine& line : lines) {
      const auto place = places_.find({stages_[rank], line.block, line.layer});
      if (place == places_.end() || !fits(line, head_.layers[place->second])) {
        ++unknown_;
        continue;
      }
      std::vector<TraceLine>& own = of_layer[place->second];
      const bool is_twice = line.tokens() >= kAlikeByChance &&
                            std::any_of(own.begin(), own.end(),
                                        [&](const TraceLine& other) { return other.experts == line.experts; });
      if (is_twice) ++twice_;
      else own.push_back(std::move(line));
    }
    std::map<std::vector<std::size_t>, std::vector<std::size_t>>
        alike;  // layers by the tokens of their micro-batches
    for (const auto& [place, own] : of_layer) {
      std::vector<std::size_t> tokens;
      for (const TraceLine& line : own) tokens.push_back(line.tokens());
      alike[tokens].push_back(place);
    }
    for (const auto& [tokens, places] : alike) waiting_.push_back(chunk_of(rank, of_layer, places));
  }
  static bool fits(const TraceLine& line, const RecordedLayer& layer) {
    return line.top_k == layer.top_k && std::all_of(line.experts.begin(), line.experts.end(),
                                                    [&](std::int32_t id) { return id < layer.experts; });
  }

  RecordedChunk chunk_of(std::int32_t rank, const std::map<std::size_t, std::vector<TraceLine>>& lines,
                         const std::vector<std::size_t>& places) {
    RecordedChunk chunk;
    chunk.rank = rank, chunk.layers = head_.layers;
    for (const RecordedLayer& layer : head_.layers) {
      RecordedCells& cells = chunk.cells.emplace_back();
      cells.experts = layer.experts, cells.top_k = layer.top_k;
    }
    for (const std::size_t place : places) {
      RecordedCells& cells = chunk.cells[place];
      const std::vector<TraceLine>& own = lines.at(place);
      bool has_logits = true, has_hidden = true;
      for (const TraceLine& line : own) {
        chunk.counted_step = {line.step};
        cells.expert.insert(cells.expert.end(), line.experts.begin(), line.experts.end());
        has_logits = has_logits && logits_.read(rank, line.logits, line.tokens(), cells.experts, cells.logits);
        has_hidden =
            has_hidden && hidden_.read(rank, line.hidden, line.tokens(), cells.hidden_width, cells.hidden);
        if (has_hidden) cells.hidden_width = line.hidden.wide;
      }
      if (!has_logits) cells.logits.clear();
      if (!has_hidden) cells.hidden.clear(), cells.hidden_width = 0;
      chunk.step.assign(cells.expert.size() / static_cast<std::size_t>(std::max(1, cells.top_k)),
                        chunk.counted_step.front());
    }
    return chunk;
  }

  std::filesystem::path folder_;
  std::map<std::int32_t, std::int32_t> stages_;
  RankedLines<TraceLine> lines_;
  RecordingHead head_;
  std::map<StagedLayer, std::size_t> places_;
  RankBlobs logits_, hidden_;
  std::vector<RecordedChunk> waiting_;
  std::int64_t twice_ = 0, unknown_ = 0;
  bool said_ = false;
  std::size_t files_ = 0;
  bool is_part_ = false;  // its layers are those of a step that was not whole
};

// A folder, or one of its files.
std::filesystem::path trace_folder(const std::filesystem::path& path) {
  std::error_code code;
  return std::filesystem::is_directory(path, code) ? path : path.parent_path();
}

}  // namespace

bool is_megatron_trace(const std::filesystem::path& path) {
  std::error_code code;
  if (std::filesystem::is_directory(path, code)) return !rank_files(path, kTracePrefix).empty();
  return path.filename().native().starts_with(kTracePrefix);
}

Result<std::unique_ptr<RecordingReader>> open_megatron_trace(const std::filesystem::path& path,
                                                             const RecordingKeys& keys) {
  const std::filesystem::path folder = trace_folder(path);
  const std::vector<RankFile> files = rank_files(folder, kTracePrefix);
  if (files.empty()) return usage_error(fmt::format("{}: has no router_trace_rank*.jsonl", folder.native()));
  auto stages = stages_of(files, keys, folder.native());
  if (!stages) return stages.error();
  const RankedLines<TraceLine>::Parse parse = [](std::string_view line, const std::string& where) {
    return parse_trace_text(line, where);
  };
  auto lines = RankedLines<TraceLine>::open(files, parse, keys.is_written);
  if (!lines) return lines.error();
  auto reader = std::make_unique<TraceReader>(folder, std::move(*stages), std::move(*lines));
  if (auto looked = reader->look_ahead(files, keys, parse); !looked) return looked.error();
  return std::unique_ptr<RecordingReader>(std::move(reader));
}

}  // namespace switchyard
