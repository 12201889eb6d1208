#include "core/checkpoints/shard_index.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/checkpoints/tensor_head.h"

namespace switchyard {
namespace {

using IndexJson = nlohmann::json;

constexpr std::size_t kIndexAsksEvery = 4096;   // keys
constexpr std::size_t kLongestShardName = 255;  // of a file, as systems have it

// A file beside the index, wherever that lies.
bool is_plain_name(const std::string& name) {
  return !name.empty() && name.size() <= kLongestShardName && name.find('/') == std::string::npos &&
         name.find('\0') == std::string::npos && name != "." && name != "..";
}

// Takes weight_map as the parser tells of it; false stops the parser.
class IndexBuilder {
 public:
  explicit IndexBuilder(const GoesOn& goes_on) : goes_on_(goes_on) {}
  bool null() { return scalar(nullptr); }
  bool boolean(bool) { return scalar(nullptr); }
  bool number_integer(std::int64_t) { return scalar(nullptr); }
  bool number_unsigned(std::uint64_t) { return scalar(nullptr); }
  bool number_float(double, const std::string&) { return scalar(nullptr); }
  bool string(std::string& text) { return scalar(&text); }
  bool binary(IndexJson::binary_t&) { return false; }  // not of text
  bool key(std::string& name) {
    was_ended_ = ++keys_ % kIndexAsksEvery == 0 && goes_on_ && !goes_on_();
    if (was_ended_) return false;
    if (depth_ == 1) in_map_ = name == "weight_map";
    if (depth_ <= 2) key_ = std::move(name);
    return true;
  }
  bool start_object(std::size_t) {
    if (depth_ == 1 && in_map_ && std::exchange(has_map_, true)) return stop("weight_map appears twice");
    return open();
  }
  bool start_array(std::size_t) { return depth_ == 1 && in_map_ ? no_map() : open(); }
  bool end_object() { return --depth_, true; }
  bool end_array() { return --depth_, true; }
  bool parse_error(std::size_t at, const std::string&, const IndexJson::exception&) {
    if (problem.empty()) problem = fmt::format("not valid JSON at byte {}", at);
    return false;
  }
  bool no_map() { return stop("holds no weight_map { tensor: file }"); }

  bool was_ended() const { return was_ended_; }
  bool has_map() const { return has_map_; }
  ShardIndex index;
  std::string problem;

 private:
  bool open() {
    if (depth_ == 2 && in_map_) return no_name();
    return ++depth_, true;
  }
  bool stop(std::string why) {
    problem = std::move(why);
    return false;
  }
  bool no_name() {
    return stop(fmt::format("tensor '{}': its shard is not the name of a file", shown_name(key_)));
  }
  bool scalar(const std::string* text) {
    if (depth_ == 0) return no_map();
    if (!in_map_ || depth_ > 2) return true;
    if (depth_ == 1) return no_map();
    if (!text) return no_name();
    if (!is_plain_name(*text))
      return stop(
          fmt::format("tensor '{}': shard '{}' leads out of the folder; allowed is the name of a file in it",
                      shown_name(key_), shown_name(*text)));
    if (index.tensors.size() == kMostTensors)
      return stop(fmt::format("more than {} tensors, the most that are read", kMostTensors));
    auto [at, is_new] = numbers_.emplace(*text, static_cast<std::uint32_t>(index.shards.size()));
    if (is_new) index.shards.push_back(*text);
    if (index.shards.size() > kMostShards)
      return stop(fmt::format("more than {} shards, the most that are read", kMostShards));
    index.tensors.push_back({std::move(key_), at->second});
    return true;
  }

  const GoesOn& goes_on_;
  std::size_t keys_ = 0;
  bool was_ended_ = false;
  std::size_t depth_ = 0;
  bool in_map_ = false, has_map_ = false;
  std::string key_;
  std::map<std::string, std::uint32_t> numbers_;
};

}  // namespace

Result<ShardIndex> read_shard_index(const InputFile& file, const GoesOn& goes_on) {
  const std::string where = file.path().native();
  const auto text = file.read_all(kMostIndexBytes);
  if (!text) return text.error();
  // The parser would take a zero byte for the end.
  if (text->find('\0') != std::string::npos) return usage_error(where + ": not valid JSON: a zero byte");
  IndexBuilder builder(goes_on);
  const bool is_whole = IndexJson::sax_parse(text->data(), text->data() + text->size(), &builder);
  if (builder.was_ended()) return Error{ErrorKind::interrupted, "ended between two tensors"};
  if (!is_whole) return usage_error(fmt::format("{}: {}", where, builder.problem));
  if (!builder.has_map() || builder.index.tensors.empty()) {
    builder.no_map();
    return usage_error(fmt::format("{}: {}", where, builder.problem));
  }
  ShardIndex index = std::move(builder.index);
  std::sort(index.tensors.begin(), index.tensors.end());
  const auto twice = std::adjacent_find(
      index.tensors.begin(), index.tensors.end(),
      [](const ShardIndex::Tensor& a, const ShardIndex::Tensor& b) { return a.name == b.name; });
  if (twice != index.tensors.end())
    return usage_error(fmt::format("{}: tensor '{}' appears twice", where, shown_name(twice->name)));
  return index;
}

}  // namespace switchyard
