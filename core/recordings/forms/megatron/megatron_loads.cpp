#include "core/recordings/forms/megatron/megatron_loads.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/recordings/forms/megatron/megatron_stages.h"
#include "core/recordings/forms/parts/ranked_lines.h"

namespace switchyard {
namespace {

struct LoadLine {
  std::int64_t step = 0;
  std::string block;
  std::int32_t layer = 0;
  std::vector<std::int64_t> counts;  // [N] over micro-batches
  std::uint64_t bytes() const { return sizeof(LoadLine) + counts.size() * sizeof(std::int64_t); }
};

Result<LoadLine> parse_load_line(const Json& line, const std::string& where) {
  const std::int64_t *step = line["iter"].integer(), *layer = line["layer"].integer();
  if (!step || *step < 0 || *step > kMostRecordedStep)
    return usage_error(
        fmt::format("{}: iter = {}: allowed is a whole number from 0 on", where, excerpt(line["iter"])));
  if (!layer || *layer < 0 || *layer >= kMostRecordedLayers)
    return usage_error(fmt::format("{}: layer = {}: allowed is a whole number from 0 to {}", where,
                                   excerpt(line["layer"]), kMostRecordedLayers - 1));
  LoadLine made{*step,
                line["block"].text() ? line["block"].text()->substr(0, 100) : std::string(),
                static_cast<std::int32_t>(*layer),
                {}};
  const Json::Array* batches = line["tpe"].array_items();
  if (!batches || batches->empty())
    return usage_error(fmt::format("{}: tpe is not a list of micro-batches", where));
  for (const Json& batch : *batches) {
    const Json::Array* counts = batch.array_items();
    if (!counts || counts->empty() || counts->size() > static_cast<std::size_t>(kMostRecordedExperts) ||
        (!made.counts.empty() && counts->size() != made.counts.size()))
      return usage_error(fmt::format("{}: tpe has micro-batches of other numbers of experts", where));
    made.counts.resize(counts->size(), 0);
    for (std::size_t e = 0; e < counts->size(); ++e) {
      const auto count = (*counts)[e].number();  // 12 and 12.0
      if (!count || !(*count >= 0 && *count <= 1e12))
        return usage_error(fmt::format("{}: {} is no number of tokens", where, excerpt((*counts)[e])));
      made.counts[e] += static_cast<std::int64_t>(*count);
    }
  }
  return made;
}

class LoadsReader : public RecordingReader {
 public:
  LoadsReader(std::filesystem::path folder, std::map<std::int32_t, std::int32_t> stages,
              RankedLines<LoadLine> lines)
      : folder_(std::move(folder)), stages_(std::move(stages)), lines_(std::move(lines)) {}

  Result<void> look_ahead(const std::vector<RankFile>& files, const RecordingKeys& keys,
                          const RankedLines<LoadLine>::Parse& parse, const std::string& where) {
    files_ = files.size();
    std::map<StagedLayer, std::pair<std::int32_t, std::int32_t>> found;
    const auto is_part = look_at_first_steps<LoadLine>(
        files, parse, keys.is_written, [&](std::int32_t rank, const LoadLine& line) -> Result<void> {
          const auto n = static_cast<std::int32_t>(line.counts.size());
          if (keys.k.value_or(0) > n)
            return usage_error(fmt::format("{}: k={}: a layer has {} experts", where, *keys.k, n));
          found[{stages_[rank], line.block, line.layer}] = {n, keys.k.value_or(0)};
          return {};
        });
    if (!is_part) return is_part.error();
    is_part_ = *is_part;
    if (found.empty()) return usage_error(fmt::format("{}: no line of its rank*.jsonl can be read", where));
    places_ = places_of(found, head_.layers);
    head_.after_dropping = keys.dropped.value_or(false);
    return {};
  }

  std::string form() const override { return "Megatron-LM tokens per expert"; }
  const RecordingHead& head() const override { return head_; }
  std::optional<std::int64_t> next_step() const override { return lines_.next_step(); }

  Result<std::optional<RecordedChunk>> next() override {
    const auto group = lines_.next();
    if (group.lines.empty()) return std::optional<RecordedChunk>();
    RecordedChunk chunk;
    chunk.rank = group.rank, chunk.layers = head_.layers, chunk.counted_step = {group.lines.front().step};
    for (const RecordedLayer& layer : head_.layers) {
      RecordedCells& cells = chunk.cells.emplace_back();
      cells.experts = layer.experts, cells.top_k = layer.top_k;
    }
    for (const LoadLine& line : group.lines) {
      const auto place = places_.find({stages_[group.rank], line.block, line.layer});
      if (place == places_.end() ||
          line.counts.size() != static_cast<std::size_t>(head_.layers[place->second].experts)) {
        ++unknown_;
        continue;
      }
      std::vector<std::int64_t>& counts = chunk.cells[place->second].counts;
      counts.resize(line.counts.size(), 0);
      for (std::size_t e = 0; e < counts.size(); ++e) counts[e] += line.counts[e];
    }
    return std::optional(std::move(chunk));
  }

  bool go_on() override { return rank_files(folder_, "rank").size() == files_ && lines_.go_on(); }
  void let_go() override { lines_.let_go(); }
  bool is_outgrown() const override { return lines_.is_outgrown() || (is_part_ && unknown_ > 0); }

  std::vector<std::string> notes() const override {
    std::vector<std::string> notes;
    if (lines_.left_out() > 0)
      notes.push_back(fmt::format("{} lines are left out; the first: {}", lines_.left_out(), lines_.why()));
    if (unknown_ > 0)
      notes.push_back(
          fmt::format("{} lines are of layers that the first iteration does not have, and left out", unknown_));
    return notes;
  }

 private:
  std::filesystem::path folder_;
  std::map<std::int32_t, std::int32_t> stages_;
  RankedLines<LoadLine> lines_;
  RecordingHead head_;
  std::map<StagedLayer, std::size_t> places_;
  std::int64_t unknown_ = 0;
  std::size_t files_ = 0;
  bool is_part_ = false;  // its layers are those of a step that was not whole
};

// The folder itself, or the one above it.
std::filesystem::path loads_folder(const std::filesystem::path& path) {
  std::error_code code;
  const std::filesystem::path folder = std::filesystem::is_directory(path, code) ? path : path.parent_path();
  // A link may lead out of the folder.
  const bool is_below =
      std::filesystem::is_directory(std::filesystem::symlink_status(folder / "tokens_per_expert", code));
  return is_below ? folder / "tokens_per_expert" : folder;
}

}  // namespace

bool is_megatron_loads(const std::filesystem::path& path) {
  return !rank_files(loads_folder(path), "rank").empty();
}

Result<std::unique_ptr<RecordingReader>> open_megatron_loads(const std::filesystem::path& path,
                                                             const RecordingKeys& keys) {
  const std::filesystem::path folder = loads_folder(path);
  const std::vector<RankFile> files = rank_files(folder, "rank");
  if (files.empty()) return usage_error(fmt::format("{}: has no rank*.jsonl", folder.native()));
  auto stages = stages_of(files, keys, folder.native());
  if (!stages) return stages.error();
  const RankedLines<LoadLine>::Parse parse = [](std::string_view line, const std::string& where) {
    const auto json = parse_json(line, where);
    return json ? parse_load_line(*json, where) : Result<LoadLine>(json.error());
  };
  auto lines = RankedLines<LoadLine>::open(files, parse, keys.is_written);
  if (!lines) return lines.error();
  auto reader = std::make_unique<LoadsReader>(folder, std::move(*stages), std::move(*lines));
  if (auto looked = reader->look_ahead(files, keys, parse, folder.native()); !looked) return looked.error();
  return std::unique_ptr<RecordingReader>(std::move(reader));
}

}  // namespace switchyard
