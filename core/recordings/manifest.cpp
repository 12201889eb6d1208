#include "core/recordings/manifest.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <span>
#include <utility>

#include "core/base/input_file.h"
#include "core/record/files/line_reader.h"

namespace switchyard {
namespace {

constexpr std::size_t kRemembered = 256;

Error bad_key(const std::string& where, std::string_view key, const Json& value, std::string_view allowed) {
  return usage_error(fmt::format("{}: {} = {}: allowed is {}", where, key, excerpt(value), allowed));
}

Result<std::int64_t> whole(const Json& object, std::string_view key, std::int64_t least, std::int64_t most,
                           const std::string& where) {
  const std::int64_t* number = object[key].integer();
  if (!number || *number < least || *number > most)
    return bad_key(where, key, object[key], fmt::format("a whole number from {} to {}", least, most));
  return *number;
}

// NaN where it is not there or no number.
double number_of(const Json& value) {
  const auto number = value.number();
  return number && std::isfinite(*number) ? *number : kMissing;
}

// A name in the folder itself: no path leads out of it.
bool is_plain_name(const std::string& name) {
  return !name.empty() && name.size() <= 255 && name.front() != '.' &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return c > ' ' && c <= '~' && c != '/' && c != '\\'; });
}

Result<ChunkNote> chunk_of(const Json& line, const std::string& where) {
  ChunkNote chunk;
  const std::string* file = line["file"].text();
  if (!file || !is_plain_name(*file))
    return bad_key(where, "file", line["file"], "a name of the folder itself, letters and digits of ASCII");
  chunk.file = *file;
  const auto rank = whole(line, "rank", 0, kMostRecordedRanks, where);
  if (!rank) return rank.error();
  chunk.rank = static_cast<std::int32_t>(*rank);
  for (const auto& [key, to] :
       {std::pair("first_step", &ChunkNote::first_step), std::pair("last_step", &ChunkNote::last_step),
        std::pair("tokens", &ChunkNote::tokens)}) {
    const auto number = whole(line, key, 0, kMostRecordedStep, where);
    if (!number) return number.error();
    chunk.*to = *number;
  }
  if (chunk.last_step < chunk.first_step)
    return bad_key(where, "last_step", line["last_step"], "first_step or above");
  chunk.wall_s = number_of(line["wall_s"]), chunk.loss = number_of(line["loss"]);
  return chunk;
}

}  // namespace

std::int64_t experts_in_all(const std::vector<RecordedLayer>& layers) {
  return std::accumulate(layers.begin(), layers.end(), std::int64_t{0},
                         [](std::int64_t sum, const RecordedLayer& layer) { return sum + layer.experts; });
}

Result<std::vector<RecordedLayer>> layers_of(const Json& list, const std::string& where) {
  const Json::Array* items = list.array_items();
  if (!items || items->empty() || items->size() > static_cast<std::size_t>(kMostRecordedLayers))
    return bad_key(where, "layers", list, fmt::format("a list of 1 to {} layers", kMostRecordedLayers));
  std::vector<RecordedLayer> layers;
  std::set<std::pair<std::string, std::int32_t>> names;
  for (const Json& item : *items) {
    const std::string at = fmt::format("{}, layer {}", where, layers.size());
    const auto id = whole(item, "id", 0, kMostRecordedExperts, at);
    const auto experts = whole(item, "n_experts", 1, kMostRecordedExperts, at);
    const auto top_k =
        item["k"].is_null() ? Result<std::int64_t>(0) : whole(item, "k", 0, kMostRecordedChoices, at);
    for (const auto* number : {&id, &experts, &top_k})
      if (!*number) return number->error();
    if (*top_k > *experts) return bad_key(at, "k", item["k"], "at most n_experts");
    RecordedLayer layer{static_cast<std::int32_t>(*id),
                        {},
                        static_cast<std::int32_t>(*experts),
                        static_cast<std::int32_t>(*top_k)};
    if (!item["block"].is_null()) {
      const std::string* block = item["block"].text();
      if (!block || block->size() > 100) return bad_key(at, "block", item["block"], "a text of at most 100 bytes");
      layer.block = *block;
    }
    if (!names.insert({layer.block, layer.id}).second)
      return bad_key(at, "id", item["id"], "one that no other layer of its block has");
    layers.push_back(std::move(layer));
  }
  if (const std::int64_t experts = experts_in_all(layers); experts > kMostExpertsInAll)
    return usage_error(fmt::format("{}: its layers have {} experts in all, allowed are up to {}", where, experts,
                                   kMostExpertsInAll));
  return layers;
}

Result<RecordingHead> head_of(const Json& line, const std::string& where) {
  if (!line["format"].text() || *line["format"].text() != kRoutesFormat)
    return bad_key(where, "format", line["format"], fmt::format("\"{}\"", kRoutesFormat));
  RecordingHead head;
  auto layers = layers_of(line["layers"], where);
  if (!layers) return layers.error();
  head.layers = std::move(*layers);
  const std::string* order = line["order"].text();
  if (!order || (*order != "gate" && *order != "id"))
    return bad_key(where, "order", line["order"], "\"gate\" or \"id\"");
  head.order = *order == "gate" ? ChoiceOrder::gate : ChoiceOrder::id;
  if (!line["vocabulary"].is_null()) {
    const auto vocabulary = whole(line, "vocabulary", 1, std::int64_t{1} << 31, where);
    if (!vocabulary) return vocabulary.error();
    head.vocabulary = *vocabulary;
  }
  if (const std::string* model = line["model"].text()) head.model = model->substr(0, 200);
  const bool* dropped = line["after_dropping"].boolean();
  head.after_dropping = dropped && *dropped;
  return head;
}

bool ManifestReader::is_same_file() const {
  if (!identity_ || identity_of(path_) != identity_) return false;
  const auto file = InputFile::open(path_, InputFile::Links::refused);
  if (!file || file->size() < read_) return false;
  std::string bytes(last_bytes_.size(), '\0');
  return file->read(read_ - bytes.size(), std::as_writable_bytes(std::span(bytes))) && bytes == last_bytes_;
}

Result<void> ManifestReader::read() {
  if (read_ > 0 && !is_same_file()) {
    manifest_ = {};
    read_ = 0, lines_ = 0;
    voids_.clear();
    last_bytes_.clear();
    ++restarts_;
  }
  identity_ = identity_of(path_);
  auto lines = LineReader::open(path_, {.from = read_, .links = InputFile::Links::refused});
  if (!lines) return lines.error();
  std::int64_t too_long = 0;
  while (const auto line = lines->next()) {
    ++lines_;
    if (const std::int64_t passed = lines->too_long() - std::exchange(too_long, lines->too_long()); passed > 0) {
      manifest_.passed_over += passed;
      last_bytes_.clear();
    }
    if (const auto taken = take(*line); !taken) {
      if (lines_ == 1) return lines_ = 0, taken.error();
      if (manifest_.passed_over++ == 0) manifest_.first_passed_over = taken.error().message;
    }
    read_ = lines->at();
    last_bytes_.append(*line).push_back('\n');
    if (last_bytes_.size() > kRemembered) last_bytes_.erase(0, last_bytes_.size() - kRemembered);
  }
  manifest_.has_half_line = lines->has_half_line();
  if (lines_ == 0)
    return usage_error(
        fmt::format("{}: has no whole line yet; the first one says which layers there are", path_.native()));
  return {};
}

Result<void> ManifestReader::take(std::string_view text) {
  const std::string where = fmt::format("{}, line {}", path_.native(), lines_);
  const auto line = parse_json(text, where);
  if (!line) return line.error();
  if (!line->members()) return usage_error(fmt::format("{}: is no JSON object", where));
  if (manifest_.layers.empty()) {
    auto head = head_of(*line, where);
    if (!head) return head.error();
    manifest_.layers.push_back(head->layers);
    manifest_.head = std::move(*head);
    return {};
  }
  if (line->contains("layers")) {
    auto layers = layers_of((*line)["layers"], where);
    if (!layers) return layers.error();
    // Tensors name a layer by its place.
    const std::vector<RecordedLayer>& before = manifest_.layers.back();
    const auto is_same = [](const RecordedLayer& a, const RecordedLayer& b) {
      return a.id == b.id && a.block == b.block;
    };
    if (layers->size() < before.size() || !std::equal(before.begin(), before.end(), layers->begin(), is_same))
      return usage_error(
          fmt::format("{}: layers do not begin with the {} there were before", where, before.size()));
    if (manifest_.layers.size() >= 1000)
      return usage_error(fmt::format("{}: layers changed 1,000 times already", where));
    manifest_.layers.push_back(std::move(*layers));
    return {};
  }
  if (line->contains("void_from")) {
    const auto rank = whole(*line, "rank", 0, kMostRecordedRanks, where);
    if (!rank) return rank.error();
    const auto from = whole(*line, "void_from", 0, kMostRecordedStep, where);
    if (!from) return from.error();
    if (++voids_[*rank] > 1000)
      return usage_error(fmt::format("{}: rank {} went back 1,000 times already", where, *rank));
    ++manifest_.went_back;
    std::erase_if(manifest_.chunks, [&](ChunkNote& chunk) {
      if (chunk.rank == *rank) chunk.void_from = std::min(chunk.void_from, *from);
      return chunk.first_step >= chunk.void_from;
    });
    return {};
  }
  auto chunk = chunk_of(*line, where);
  if (!chunk) return chunk.error();
  if (manifest_.chunks.size() >= kMostChunks)
    return usage_error(fmt::format("{}: at most {} chunks are read", where, kMostChunks));
  chunk->layers = manifest_.layers.size() - 1;
  if (const std::int64_t* dropped = (*line)["dropped"].integer(); dropped && *dropped > 0)
    manifest_.dropped += std::min(*dropped, kMostRecordedStep - manifest_.dropped);
  manifest_.chunks.push_back(std::move(*chunk));
  return {};
}

}  // namespace switchyard
