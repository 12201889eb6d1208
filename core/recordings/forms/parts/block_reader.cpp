#include "core/recordings/forms/parts/block_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/base/json.h"

namespace switchyard {
namespace {

class BlockReader : public RecordingReader {
 public:
  BlockReader(std::string form, std::unique_ptr<BlockSource> source)
      : form_(std::move(form)), source_(std::move(source)) {}

  Result<void> look_ahead(const std::string& where, const RecordingKeys& keys) {
    fetch();
    if (!ahead_)
      return usage_error(fmt::format("{}: holds no answer with the experts of its tokens{}", where,
                                     bad_ > 0 ? "; " + why_ : std::string()));
    const std::int32_t most =
        ahead_->experts.empty() ? -1 : *std::max_element(ahead_->experts.begin(), ahead_->experts.end());
    if (keys.experts.value_or(0) <= most) hint_experts(keys, most, "In its first answer");
    if (!keys.experts)
      return usage_error(
          fmt::format("{}: says nowhere how many experts a layer has: needs experts=N; in the first answer the "
                      "highest is number {}, so N is at least {}",
                      where, most, most + 1));
    if (*keys.experts <= most)
      return usage_error(
          fmt::format("{}: experts={}: its first answer names expert {}", where, *keys.experts, most));
    if (ahead_->k > *keys.experts)
      return usage_error(fmt::format("{}: experts={}: a token has {}", where, *keys.experts, ahead_->k));
    for (std::int64_t l = 0; l < ahead_->layers; ++l)
      head_.layers.push_back(
          {static_cast<std::int32_t>(l), {}, *keys.experts, static_cast<std::int32_t>(ahead_->k)});
    return {};
  }

  std::string form() const override { return form_; }
  const RecordingHead& head() const override { return head_; }
  std::optional<std::int64_t> next_step() const override { return ahead_ ? std::optional(answer_) : std::nullopt; }

  Result<std::optional<RecordedChunk>> next() override {
    if (!ahead_) return std::optional<RecordedChunk>();
    RecordedChunk chunk = chunk_of(*ahead_);
    ++answer_;
    fetch();
    return std::optional(std::move(chunk));
  }

  bool go_on() override {
    if (!source_->go_on()) return false;
    if (!ahead_) fetch();
    return true;
  }
  void let_go() override {
    source_->let_go();
    if (!ahead_) fetch();
  }

  std::vector<std::string> notes() const override {
    std::vector<std::string> notes;
    if (bad_ > 0) notes.push_back(fmt::format("{} answers are left out; the first: {}", bad_, why_));
    const auto dense = std::count(dense_.begin(), dense_.end(), 1);
    if (dense > 0)
      notes.push_back(fmt::format("{} of its {} layers have no experts and stay empty", dense, dense_.size()));
    if (unknown_ > 0)
      notes.push_back(
          fmt::format("{} times a layer has expert 0 for every token of an answer and had no other before: a "
                      "dense layer that was "
                      "counted along, or one that has collapsed; those stay empty",
                      unknown_));
    return notes;
  }

 private:
  void fetch() {
    ahead_.reset();
    while (true) {
      auto block = source_->next();
      if (block && !*block) return;
      std::string why = block ? fault_of(**block) : block.error().message;
      if (why.empty()) {
        ahead_ = std::move(**block);
        return;
      }
      if (bad_++ == 0) why_ = std::move(why);
    }
  }
  std::string fault_of(const RouteBlock& block) const {
    if (block.layers < 1 || block.layers > kMostRecordedLayers || block.k < 1 || block.k > kMostRecordedChoices)
      return fmt::format("has {} layers and k {}", block.layers, block.k);
    const auto experts = head_.layers.empty() ? kMostRecordedExperts : std::int64_t{head_.layers[0].experts};
    if (!head_.layers.empty() &&
        (block.layers != static_cast<std::int64_t>(head_.layers.size()) || block.k != head_.layers[0].top_k))
      return fmt::format("has {} layers and k {}, the first answer {} and {}", block.layers, block.k,
                         head_.layers.size(), head_.layers[0].top_k);
    for (const std::int32_t id : block.experts)
      if (id < kNoExpert || id >= experts) return fmt::format("names expert {}", id);
    return {};
  }

  RecordedChunk chunk_of(const RouteBlock& block) {
    RecordedChunk chunk;
    chunk.layers = head_.layers;
    const auto tokens = static_cast<std::size_t>(block.tokens), k = static_cast<std::size_t>(block.k),
               layers = head_.layers.size();
    chunk.step.assign(tokens, answer_);
    chunk.sequence.assign(tokens, static_cast<std::int32_t>(answer_));
    chunk.counted_step = {answer_};
    dense_.resize(layers, 0);
    for (std::size_t l = 0; l < layers; ++l) {
      RecordedCells& cells = chunk.cells.emplace_back();
      cells.experts = head_.layers[l].experts, cells.top_k = head_.layers[l].top_k;
      cells.expert.resize(tokens * k);
      for (std::size_t t = 0; t < tokens; ++t)
        std::copy_n(block.experts.begin() + static_cast<std::ptrdiff_t>((t * layers + l) * k), k,
                    cells.expert.begin() + static_cast<std::ptrdiff_t>(t * k));
      if (is_dense(cells, tokens, k)) {
        cells.expert.clear();
        dense_[l] = 1;
      } else if (is_zero_alone(cells, l)) {
        cells.expert.clear();
        ++unknown_;
      }
    }
    return chunk;
  }
  // No router gives a token the same expert twice.
  static bool is_dense(const RecordedCells& cells, std::size_t tokens, std::size_t k) {
    if (k < 2 || tokens == 0) return false;
    bool seen = false;
    for (std::size_t t = 0; t < tokens; ++t) {
      if (cells.expert[t * k] == kNoExpert) continue;
      if (cells.expert[t * k] != cells.expert[t * k + 1]) return false;
      seen = true;
    }
    return seen;
  }

  // With one expert a token a dense layer looks like a router that has collapsed on the first one, until another
  // expert shows that there is a router.
  bool is_zero_alone(const RecordedCells& cells, std::size_t l) {
    if (cells.top_k != 1 || cells.experts < 2 || cells.expert.empty()) return false;
    routes_.resize(head_.layers.size(), 0);
    if (std::any_of(cells.expert.begin(), cells.expert.end(), [](std::int32_t id) { return id > 0; }))
      routes_[l] = 1;
    return routes_[l] == 0 && std::find(cells.expert.begin(), cells.expert.end(), 0) != cells.expert.end();
  }

  std::string form_;
  std::unique_ptr<BlockSource> source_;
  RecordingHead head_;
  std::optional<RouteBlock> ahead_;
  std::int64_t answer_ = 0, bad_ = 0, unknown_ = 0;
  std::string why_;
  std::vector<std::uint8_t> dense_, routes_;
};

}  // namespace

Result<std::unique_ptr<RecordingReader>> read_blocks(std::string form, const std::string& where,
                                                     const RecordingKeys& keys,
                                                     std::unique_ptr<BlockSource> source) {
  auto reader = std::make_unique<BlockReader>(std::move(form), std::move(source));
  if (auto looked = reader->look_ahead(where, keys); !looked) return looked.error();
  return std::unique_ptr<RecordingReader>(std::move(reader));
}

Result<RouteBlock> block_of_lists(const Json& lists, const std::string& where) {
  RouteBlock block;
  const auto wrong = [&](std::string_view what) { return usage_error(fmt::format("{}: {}", where, what)); };
  const Json::Array* tokens = lists.array_items();
  if (!tokens) return wrong("is no list [token][layer][expert]");
  block.tokens = static_cast<std::int64_t>(tokens->size());
  for (const Json& token : *tokens) {
    if (&token == &tokens->front())
      block.layers = static_cast<std::int64_t>(token.size()), block.k = static_cast<std::int64_t>(token[0].size());
    if (!token.array_items() || static_cast<std::int64_t>(token.size()) != block.layers)
      return wrong("its tokens have different layers");
    for (const Json& layer : *token.array_items()) {
      if (!layer.array_items() || static_cast<std::int64_t>(layer.size()) != block.k)
        return wrong("its layers have different numbers of experts");
      for (const Json& expert : *layer.array_items()) {
        const std::int64_t* id = expert.integer();
        if (!id || *id < kNoExpert || *id >= kMostRecordedExperts)
          return wrong(fmt::format("{} is no expert", excerpt(expert)));
        block.experts.push_back(static_cast<std::int32_t>(*id));
      }
    }
  }
  return block;
}

}  // namespace switchyard
