// Answers of a server in a file: one JSON object, a list of them, or a line each (.jsonl). Thread safety: an
// object belongs to one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include "core/base/json.h"
#include "core/base/result.h"
#include "core/record/files/line_reader.h"
#include "core/recordings/forms/parts/taken_values.h"

namespace switchyard {

class Answers {
 public:
  // usage: it cannot be read, or is no JSON.
  // is_written: of a .jsonl half a line waits for its end.
  static Result<Answers> open(const std::filesystem::path& path, bool is_written = false);

  struct Answer {
    Json json;
    std::string where;  // "FILE, answer 2"
  };
  // An error is of one line, which is passed; those of lines that are too long come last. Nothing: that was all.
  Result<std::optional<Answer>> next();
  // As LineReader has them; an answer that is no line of its own cannot be gone on with.
  bool go_on() { return lines_ && lines_->go_on(); }
  void let_go() {
    if (lines_) lines_->close();
  }
  // What stood in the answer that was given last (of a file that is no .jsonl: in any) where `at` stands now,
  // which is one of the members that routes are in; null: nothing was taken out there. Stands until the next call;
  // who takes it may move it away.
  TakenValue* taken(const Json& at);

 private:
  Result<Json> parse(std::string_view text, const std::string& where);

  std::filesystem::path path_;
  std::optional<LineReader> lines_;
  Json::Array items_;
  std::vector<TakenValue> taken_;
  std::size_t number_ = 0;
  std::int64_t too_long_ = 0;  // of them those that were told
};

}  // namespace switchyard
