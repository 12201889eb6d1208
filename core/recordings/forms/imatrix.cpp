#include "core/recordings/forms/imatrix.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>

#include "core/recordings/forms/gguf.h"

namespace switchyard {
namespace {

constexpr std::string_view kOfBlock = "blk.", kOfExperts = ".ffn_", kCountsEnding = "_exps.weight.counts";
constexpr std::int64_t kOnlyStep = 1;
constexpr float kMostCount = 1e12F;

// The layer that such a tensor is of; nothing: it has no counts of experts.
std::optional<std::int32_t> layer_of_counts(std::string_view name) {
  if (!name.starts_with(kOfBlock) || !name.ends_with(kCountsEnding)) return std::nullopt;
  name.remove_prefix(kOfBlock.size());
  std::int32_t layer = 0;
  const auto [end, code] = std::from_chars(name.data(), name.data() + name.size(), layer);
  if (code != std::errc() || layer < 0 || layer >= kMostRecordedLayers) return std::nullopt;
  name.remove_prefix(static_cast<std::size_t>(end - name.data()));
  return name.starts_with(kOfExperts) ? std::optional(layer) : std::nullopt;
}

class ImatrixReader : public RecordingReader {
 public:
  ImatrixReader(RecordingHead head, RecordedChunk chunk, std::vector<std::string> notes)
      : head_(std::move(head)), chunk_(std::move(chunk)), notes_(std::move(notes)) {}

  std::string form() const override { return "llama.cpp imatrix"; }
  const RecordingHead& head() const override { return head_; }
  Result<std::optional<RecordedChunk>> next() override { return std::exchange(chunk_, std::nullopt); }
  std::optional<std::int64_t> next_step() const override {
    return chunk_ ? std::optional(kOnlyStep) : std::nullopt;
  }
  std::vector<std::string> notes() const override { return notes_; }

 private:
  RecordingHead head_;
  std::optional<RecordedChunk> chunk_;
  std::vector<std::string> notes_;
};

// Counts of one tensor; what is wrong with them otherwise.
Result<std::vector<std::int64_t>> counts_of(const GgufFile& gguf, const GgufFile::Tensor& tensor) {
  const auto wrong = [&](std::string_view what) {
    return usage_error(fmt::format("tensor '{}' {}", tensor.name, what));
  };
  if (tensor.type != 0) return wrong("is no F32");
  // [1, N], the innermost first; a layer of one expert is no layer of experts.
  if (tensor.shape.size() < 2 || tensor.shape[0] != 1 ||
      std::any_of(tensor.shape.begin() + 2, tensor.shape.end(), [](std::uint64_t size) { return size != 1; }) ||
      tensor.shape[1] < 1 || tensor.shape[1] > static_cast<std::uint64_t>(kMostRecordedExperts))
    return wrong(fmt::format("has shape [{}], allowed is [1, 1 to {}]", fmt::join(tensor.shape, ", "),
                             kMostRecordedExperts));
  std::vector<float> stored(static_cast<std::size_t>(tensor.shape[1]));
  if (auto read = gguf.file.read(tensor.at, std::as_writable_bytes(std::span(stored))); !read) return read.error();
  std::vector<std::int64_t> counts;
  for (const float one : stored) {
    if (!(one >= 0 && one <= kMostCount) || one != std::floor(one))
      return wrong(fmt::format("has a count of {}", one));
    counts.push_back(static_cast<std::int64_t>(one));
  }
  return counts;
}

}  // namespace

bool is_imatrix(const std::filesystem::path& path) { return is_gguf(path); }

Result<std::unique_ptr<RecordingReader>> open_imatrix(const std::filesystem::path& path,
                                                      const RecordingKeys& keys) {
  const auto gguf = open_gguf(path);
  if (!gguf) return gguf.error();
  const auto wrong = [&](std::string_view what) {
    return usage_error(fmt::format("{}: {}", path.native(), what));
  };
  const auto type = gguf->texts.find("general.type");
  if (type == gguf->texts.end() || type->second != "imatrix")
    return wrong(fmt::format(
        "is GGUF of the type '{}'; of such files only importance matrices are read (general.type imatrix)",
        type == gguf->texts.end() ? std::string("model") : type->second));
  std::map<std::int32_t, std::vector<std::int64_t>> counts;
  std::vector<std::int32_t> uneven;
  std::uint64_t held = 0;
  std::int64_t bad = 0;
  std::string why;
  for (const GgufFile::Tensor& tensor : gguf->tensors) {
    const auto layer = layer_of_counts(tensor.name);
    if (!layer) continue;
    auto own = held + 2 * tensor.bytes > kMostStepBytes ? Result<std::vector<std::int64_t>>(wrong("has too many"))
                                                        : counts_of(*gguf, tensor);
    if (!own) {
      if (bad++ == 0) why = own.error().message;
      continue;
    }
    held += own->size() * sizeof(std::int64_t);
    std::vector<std::int64_t>& known = counts[*layer];
    if (known == *own) continue;
    const auto tokens = [](const std::vector<std::int64_t>& of) {
      return std::accumulate(of.begin(), of.end(), std::int64_t{0});
    };
    if (!known.empty() && (uneven.empty() || uneven.back() != *layer)) uneven.push_back(*layer);
    if (known.empty() || tokens(*own) > tokens(known)) known = std::move(*own);
  }
  if (auto same = gguf->file.check_unchanged(); !same) return same.error();
  if (counts.empty())
    return wrong(
        fmt::format("has no counts of experts: blk.L.ffn_*_exps.weight.counts{}{}", why.empty() ? "" : "; ", why));
  RecordingHead head;
  RecordedChunk chunk;
  chunk.counted_step = {kOnlyStep};
  const std::int32_t k = keys.k.value_or(0);
  for (auto& [layer, of] : counts) {
    const auto n = static_cast<std::int32_t>(of.size());
    if (k > n) return wrong(fmt::format("k={}: layer {} has {} experts", k, layer, n));
    head.layers.push_back({layer, {}, n, k});
    RecordedCells& cells = chunk.cells.emplace_back();
    cells.experts = n, cells.top_k = k, cells.counts = std::move(of);
  }
  chunk.layers = head.layers;
  std::vector<std::string> notes;
  if (bad > 0) notes.push_back(fmt::format("counts of {} matrices are left out; the first: {}", bad, why));
  if (!uneven.empty())
    notes.push_back(
        fmt::format("matrices of {} layers have other counts than one beside them, layer {} first: the "
                    "one with the most tokens is taken",
                    uneven.size(), *std::min_element(uneven.begin(), uneven.end())));
  return std::unique_ptr<RecordingReader>(
      std::make_unique<ImatrixReader>(std::move(head), std::move(chunk), std::move(notes)));
}

}  // namespace switchyard
