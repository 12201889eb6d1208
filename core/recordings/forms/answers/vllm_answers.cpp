#include "core/recordings/forms/answers/vllm_answers.h"

#include <fmt/format.h>

#include <deque>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "core/recordings/forms/answers/answers.h"
#include "core/recordings/forms/parts/base64.h"
#include "core/recordings/forms/parts/block_reader.h"
#include "core/recordings/forms/parts/npy.h"

namespace switchyard {
namespace {

Result<RouteBlock> block_of_npy(const std::optional<std::vector<std::byte>>& bytes, const std::string& where) {
  if (!bytes) return usage_error(fmt::format("{}: is no base64", where));
  auto numbers = numbers_of_npy(*bytes, 3, where);
  if (!numbers) return numbers.error();
  if (numbers->shape.size() != 3)
    return usage_error(fmt::format("{}: has shape [{}], not [T, L, k]", where, fmt::join(numbers->shape, ", ")));
  return RouteBlock{numbers->shape[0], numbers->shape[1], numbers->shape[2], std::move(numbers->values)};
}

Result<RouteBlock> block_of(Answers& answers, const Json& routes, const std::string& where) {
  if (TakenValue* taken = answers.taken(routes)) {
    if (taken->bytes) return block_of_npy(taken->bytes, where);
    for (const std::int32_t id : taken->block.numbers)
      if (id < kNoExpert || id >= kMostRecordedExperts)
        return usage_error(fmt::format("{}: {} is no expert", where, id));
    return RouteBlock{static_cast<std::int64_t>(taken->block.tokens),
                      static_cast<std::int64_t>(taken->block.layers),
                      static_cast<std::int64_t>(taken->block.columns), std::move(taken->block.numbers)};
  }
  return routes.text() ? block_of_npy(bytes_of_base64(*routes.text()), where) : block_of_lists(routes, where);
}

// One of each choice; of lists those of the prompt before the first.
std::vector<Result<RouteBlock>> blocks_of(Answers& answers, const Answers::Answer& answer) {
  std::vector<Result<RouteBlock>> blocks;
  const Json::Array* choices = answer.json["choices"].array_items();
  const std::size_t count = choices ? choices->size() : 0;
  for (std::size_t c = 0; c < count; ++c) {
    const Json& routes = (*choices)[c]["routed_experts"];
    if (routes.is_null()) continue;
    auto block = block_of(answers, routes, fmt::format("{}, choices[{}].routed_experts", answer.where, c));
    const Json& prompt = (*choices)[c]["prompt_routed_experts"].is_null() ? answer.json["prompt_routed_experts"]
                                                                          : (*choices)[c]["prompt_routed_experts"];
    if (block && c == 0 && !prompt.is_null()) {
      auto before = block_of(answers, prompt, answer.where + ", prompt_routed_experts");
      if (before && before->layers == block->layers && before->k == block->k) {
        before->experts.insert(before->experts.end(), block->experts.begin(), block->experts.end());
        before->tokens += block->tokens;
        block = std::move(before);
      }
    }
    blocks.push_back(std::move(block));
  }
  if (blocks.empty()) blocks.push_back(usage_error(answer.where + ": has no choices[].routed_experts"));
  return blocks;
}

class VllmBlocks : public BlockSource {
 public:
  explicit VllmBlocks(Answers answers) : answers_(std::move(answers)) {}

  Result<std::optional<RouteBlock>> next() override {
    if (ready_.empty()) {
      const auto answer = answers_.next();
      if (!answer) return answer.error();
      if (!*answer) return std::optional<RouteBlock>();
      for (auto& block : blocks_of(answers_, **answer)) ready_.push_back(std::move(block));
    }
    auto block = std::move(ready_.front());
    ready_.pop_front();
    if (!block) return block.error();
    return std::optional(std::move(*block));
  }
  bool go_on() override { return answers_.go_on(); }
  void let_go() override { answers_.let_go(); }

 private:
  Answers answers_;
  std::deque<Result<RouteBlock>> ready_;
};

}  // namespace

bool is_vllm_answers(const std::filesystem::path& path) {
  if (path.extension() != ".json" && path.extension() != ".jsonl") return false;
  auto answers = Answers::open(path);
  if (!answers) return false;
  const auto first = answers->next();
  return first && *first && !(*first)->json["choices"][0]["routed_experts"].is_null();
}

Result<std::unique_ptr<RecordingReader>> open_vllm_answers(const std::filesystem::path& path,
                                                           const RecordingKeys& keys) {
  auto answers = Answers::open(path, keys.is_written);
  if (!answers) return answers.error();
  return read_blocks("vLLM routed experts", path.native(), keys,
                     std::make_unique<VllmBlocks>(std::move(*answers)));
}

}  // namespace switchyard
