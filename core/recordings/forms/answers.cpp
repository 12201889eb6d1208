#include "core/recordings/forms/answers.h"

#include <fmt/format.h>

namespace switchyard {

Result<Answers> Answers::open(const std::filesystem::path& path) {
  Answers made;
  made.path_ = path;
  if (path.extension() == ".jsonl") {
    auto lines =
        LineReader::open(path, {.longest = kMaxJsonBytes, .links = InputFile::Links::refused, .is_closed = true});
    if (!lines) return lines.error();
    made.lines_ = std::move(*lines);
    return made;
  }
  auto json = read_json_file(path);
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
  auto json = parse_json(*line, where);
  if (!json) return json.error();
  return std::optional(Answer{std::move(*json), where});
}

}  // namespace switchyard
