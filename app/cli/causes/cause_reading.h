// Answers as they lie in a run's folder, causes/ablation-400.json, written and read back: what --json prints, and
// under "of" which model they are of. What was written before that was there is read by its name alone.
//
// Whatever a file holds, reading ends, takes memory in keeping with its size, and what it returns can be drawn: as
// many figures as there are groups, experts and steps within bounds, alphas that rise. A figure that does not
// exist is null there, NaN here.
//
// Thread safety: pure functions; the file system for what takes a path.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/causes/cause_report.h"

namespace switchyard::app {

std::string kept_cause_json(const CauseReport& report);
// base: the settings where the file does not have its own. where: names it in messages. usage: it is no such
// answer, or one that cannot be drawn; what is wrong.
Result<CauseReport> cause_of_json(Cause what, std::int64_t step, std::string_view text, const Config& base,
                                  const std::string& where);

// "ablation-400.json"
std::string name_of_answer(Cause what, std::int64_t step);
// Of an answer that does not say what its model was held against: CauseRequest::other.
inline constexpr std::string_view kUnknownModel = "?";
struct AnswerFile {
  Cause what = Cause::ablate;
  std::int64_t step = 0;
  std::filesystem::path path;
};
// Those in a run's folder, by question and step; what else lies there is passed over.
std::vector<AnswerFile> answers_in(const std::filesystem::path& run_folder);
Result<CauseReport> read_answer(const AnswerFile& file, const Config& base);

// Of each question the newest that can be read, among the last few.
struct NewestAnswers {
  std::array<std::shared_ptr<const CauseReport>, kCauses> of{};  // null: none
  std::array<std::string, kCauses>
      problems{};  // why the newest could not be read; empty: it could, or is not there
};
NewestAnswers newest_answers(const std::vector<AnswerFile>& files, const Config& base);

}  // namespace switchyard::app
