#include "core/recordings/forms/answers/answers.h"

#include <fmt/format.h>

#include <array>

#include "core/base/input_file.h"

namespace switchyard {
namespace {

constexpr std::array<std::string_view, 2> kRoutes{"routed_experts", "prompt_routed_experts"};

}  // namespace

Result<Json> Answers::parse(std::string_view text, const std::string& where) {
  taken_.clear();
  if (auto taken = take_values_out(text, kRoutes); taken && !taken->values.empty())
    if (auto json = parse_json(taken->rest, where)) {
      taken_ = std::move(taken->values);
      return json;
    }
  return parse_json(text, where);
}

TakenValue* Answers::taken(const Json& at) {
  const std::int64_t* place = at.integer();
  return place && *place >= 0 && *place < static_cast<std::int64_t>(taken_.size())
             ? &taken_[static_cast<std::size_t>(*place)]
             : nullptr;
}

Result<Answers> Answers::open(const std::filesystem::path& path, bool is_written) {
  Answers made;
  made.path_ = path;
  if (path.extension() == ".jsonl") {
    auto lines = LineReader::open(
        path, {.longest = kMaxJsonBytes, .links = InputFile::Links::refused, .is_closed = !is_written});
    if (!lines) return lines.error();
    made.lines_ = std::move(*lines);
    return made;
  }
  const auto file = InputFile::open(path);
  if (!file) return file.error();
  const auto text = file->read_all(kMaxJsonBytes);
  if (!text) return text.error();
  auto json = made.parse(*text, path.native());
  if (!json) return json.error();
  if (const Json::Array* items = json->array_items()) made.items_ = *items;
  else made.items_.push_back(std::move(*json));
  return made;
}

Result<std::optional<Answers::Answer>> Answers::next() {
  const std::string where = fmt::format("{}, answer {}", path_.native(), number_);
  if (!lines_) {
    if (number_ >= items_.size()) return std::optional<Answer>();
    return std::optional(Answer{std::move(items_[number_++]), where});
  }
  const auto line = lines_->next();
  if (!line) {
    if (too_long_ == lines_->too_long()) return std::optional<Answer>();
    ++too_long_;
    return usage_error(fmt::format("{}: {}", path_.native(), too_long_line(kMaxJsonBytes)));
  }
  ++number_;
  auto json = parse(*line, where);
  if (!json) return json.error();
  return std::optional(Answer{std::move(*json), where});
}

}  // namespace switchyard
