#include "core/recordings/forms/answers/sglang_answers.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "core/recordings/forms/answers/answers.h"
#include "core/recordings/forms/parts/base64.h"
#include "core/recordings/forms/parts/block_reader.h"

namespace switchyard {
namespace {

// Wherever they stand; bytes: nothing where they are no base64.
struct SglangRoutes {
  bool are_there = false;
  std::optional<std::vector<std::byte>> bytes;
};
SglangRoutes sglang_routes(Answers& answers, const Json& json) {
  for (const Json* at : {&json, &json["choices"][0]})
    for (const char* part : {"sgl_ext", "meta_info"}) {
      const Json& routes = (*at)[part]["routed_experts"];
      if (TakenValue* taken = answers.taken(routes); taken && taken->bytes) return {true, std::move(taken->bytes)};
      if (routes.text()) return {true, bytes_of_base64(*routes.text())};
    }
  return {};
}

// Tokens of an answer by its own account; 0: it does not say.
std::int64_t tokens_told(const Json& json) {
  for (const char* part : {"usage", "meta_info"}) {
    const std::int64_t *prompt = json[part]["prompt_tokens"].integer(),
                       *made = json[part]["completion_tokens"].integer();
    if (prompt && made && *prompt > 0 && *made > 0 && *prompt < kMostRecordedStep && *made < kMostRecordedStep)
      return *prompt + *made - 1;
  }
  return 0;
}

Result<RouteBlock> block_of_raw(Answers& answers, const Answers::Answer& answer, const RecordingKeys& keys) {
  const auto& [json, where] = answer;
  const auto& [are_there, bytes] = sglang_routes(answers, json);
  if (!are_there) return usage_error(where + ": has no routed_experts in sgl_ext or meta_info");
  if (!bytes || bytes->size() % 4 != 0) return usage_error(where + ": routed_experts is no base64 of int32");
  const auto count = static_cast<std::int64_t>(bytes->size() / 4), a_token = std::int64_t{*keys.layers} * *keys.k;
  if (count % a_token != 0)
    return usage_error(fmt::format("{}: routed_experts has {} numbers, which are no rows of layers x k = {}",
                                   where, count, a_token));
  // By its own account, without those in front that it did not return.
  const std::int64_t told = tokens_told(json), *start = json["meta_info"]["routed_experts_start_len"].integer();
  const std::int64_t tokens = told - (start && *start > 0 && *start < told ? *start : 0);
  if (told > 0 && count / a_token != tokens)
    return usage_error(fmt::format("{}: routed_experts has {} numbers, but {} tokens x layers x k = {}", where,
                                   count, tokens, tokens * a_token));
  RouteBlock block{count / a_token, *keys.layers, *keys.k, {}};
  block.experts.resize(static_cast<std::size_t>(count));
  std::memcpy(block.experts.data(), bytes->data(), bytes->size());
  return block;
}

class SglangBlocks : public BlockSource {
 public:
  SglangBlocks(Answers answers, RecordingKeys keys) : answers_(std::move(answers)), keys_(std::move(keys)) {}

  Result<std::optional<RouteBlock>> next() override {
    const auto answer = answers_.next();
    if (!answer) return answer.error();
    if (!*answer) return std::optional<RouteBlock>();
    auto block = block_of_raw(answers_, **answer, keys_);
    if (!block) return block.error();
    return std::optional(std::move(*block));
  }
  bool go_on() override { return answers_.go_on(); }
  void let_go() override { answers_.let_go(); }

 private:
  Answers answers_;
  RecordingKeys keys_;
};

std::int32_t highest_in(const std::vector<std::byte>& bytes) {
  std::int32_t highest = kNoExpert;
  for (std::size_t at = 0; at + 4 <= bytes.size(); at += 4) {
    std::int32_t id = 0;
    std::memcpy(&id, bytes.data() + at, 4);
    highest = std::max(highest, id);
  }
  return std::min<std::int32_t>(highest, kMostRecordedExperts - 1);
}

// What a token's numbers may be: with the k that most models have, of those that divide them.
void suggest_shape(const RecordingKeys& keys, std::int64_t a_token) {
  constexpr std::array<std::int64_t, 7> kUsual{8, 6, 4, 2, 10, 12, 1};
  for (const std::int64_t k : kUsual) {
    if (keys.k.value_or(k) != k || a_token % k != 0) continue;
    const std::string why = fmt::format("In its first answer a token has {} numbers, layers x k", a_token);
    if (!keys.k) hint(keys, "k", std::to_string(k), why);
    if (!keys.layers) hint(keys, "layers", std::to_string(a_token / k), why);
    return;
  }
}

}  // namespace

bool is_sglang_answers(const std::filesystem::path& path) {
  if (path.extension() != ".json" && path.extension() != ".jsonl") return false;
  auto answers = Answers::open(path);
  if (!answers) return false;
  const auto first = answers->next();
  return first && *first && sglang_routes(*answers, (*first)->json).are_there;
}

Result<std::unique_ptr<RecordingReader>> open_sglang_answers(const std::filesystem::path& path,
                                                             const RecordingKeys& keys) {
  auto answers = Answers::open(path, keys.is_written);
  if (!answers) return answers.error();
  if (!keys.layers || !keys.k) {
    const auto first = answers->next();
    std::string suggests;
    if (first && *first) {
      const auto bytes = sglang_routes(*answers, (*first)->json).bytes;
      const std::int64_t tokens = tokens_told((*first)->json);
      const std::int64_t numbers = bytes ? static_cast<std::int64_t>(bytes->size() / 4) : 0;
      if (bytes && !keys.experts) hint_experts(keys, highest_in(*bytes), "In its first answer");
      if (tokens > 0 && numbers > 0 && numbers % tokens == 0) {
        suggest_shape(keys, numbers / tokens);
        suggests = fmt::format("; its first answer has {} numbers of {} tokens, so layers x k = {}", numbers,
                               tokens, numbers / tokens);
      } else if (bytes) {
        suggests = fmt::format("; its first answer has {} numbers", numbers);
      }
    }
    return usage_error(
        fmt::format("{}: its shape is not in the data: needs layers=L and k=K{}", path.native(), suggests));
  }
  return read_blocks("SGLang routed experts", path.native(), keys,
                     std::make_unique<SglangBlocks>(std::move(*answers), keys));
}

}  // namespace switchyard
