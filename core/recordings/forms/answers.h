// Answers of a server in a file: one JSON object, a list of them, or a line each (.jsonl). Thread safety: an
// object belongs to one thread.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include "core/base/json.h"
#include "core/base/result.h"
#include "core/record/files/line_reader.h"

namespace switchyard {

class Answers {
 public:
  // usage: it cannot be read, or is no JSON.
  static Result<Answers> open(const std::filesystem::path& path);

  struct Answer {
    Json json;
    std::string where;  // "FILE, answer 2"
  };
  // An error is of one line, which is passed; those of lines that are too long come last. Nothing: that was all.
  Result<std::optional<Answer>> next();

 private:
  std::filesystem::path path_;
  std::optional<LineReader> lines_;
  Json::Array items_;
  std::size_t number_ = 0;
  std::int64_t too_long_ = 0;  // of them those that were told
};

}  // namespace switchyard
