// The studies and sweeps that lie in a directory, each with how far it is: what a person chooses from to look at
// one again or to go on with it.
//
// Thread safety: pure functions of the file system, for a thread that may take its time: each result of each study
// is read. Errors: of one study alone, in its line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/study/study_plan.h"

namespace switchyard {

struct StudyRuns;  // study_runs.h

// Where those go that nobody names a folder for, beside the runs; absolute.
std::filesystem::path default_studies_directory();

// "Switch, DeepSeek's recipe"; "over Top-k and Experts".
std::string title_of(const StudyPlan& plan);

// How far a study or sweep is, by the results that are there and by who holds its runs at this moment.
struct HowFar {
  std::size_t ended = 0, planned = 0;  // runs; of a sweep that halves those of a stage and of arms left behind
  std::size_t stage = 1, stages = 1;   // of a sweep that halves
  bool is_done = false;                // every run of the last stage has ended, and the report is written
  bool is_at_work = false;             // a process holds one of the runs that have not ended
};
// "7 of 15 runs", "stage 1 of 3, 4 of 8 runs"; where all have ended and what is to be written of them has not: "15
// of 15 runs, its report is missing".
std::string in_words(const HowFar& far);
// asked_to_end: between two runs; nothing then.
Result<std::optional<HowFar>> how_far(const std::filesystem::path& study, const StudyPlan& plan,
                                      const std::function<bool()>& asked_to_end = {});
// By results that were read already.
HowFar how_far(const std::filesystem::path& study, const StudyPlan& plan, const StudyRuns& runs);

struct ListedStudy {
  std::filesystem::path folder;
  std::string title;
  bool is_sweep = false;
  std::int64_t steps = 0, seeds = 0;
  HowFar far{};
  std::filesystem::file_time_type last_worked_on;  // when one of its files was written, or a run of it was begun
  std::string error;                               // it cannot be read, and why; the rest is not known then
};

inline constexpr std::size_t kMostListed = 200;

// The last worked on first, at most kMostListed. A folder without study.json is none. asked_to_end: between two
// runs; those studies until then are given.
std::vector<ListedStudy> list_studies(const std::filesystem::path& directory,
                                      const std::function<bool()>& asked_to_end = {});

}  // namespace switchyard
