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
#include <string>
#include <vector>

#include "core/study/study_plan.h"
#include "core/study/sweep_results.h"

namespace switchyard {

// Where those go that nobody names a folder for, beside the runs.
std::filesystem::path default_studies_directory();

inline bool is_sweep(const StudyPlan& plan) { return !plan.sweep.axes.empty(); }
// "Switch, DeepSeek's recipe"; "over Top-k and Experts".
std::string title_of(const StudyPlan& plan);

// Every run that it plans has ended; of a sweep that halves those of the last stage too.
bool is_done(const StudyResults& results);
bool is_done(const SweepResults& sweep);
// A process is at work on one of the runs that have not ended.
bool is_at_work(const std::filesystem::path& study, const StudyResults& results);

struct ListedStudy {
  std::filesystem::path folder;
  std::string title;
  bool is_sweep = false, is_done = false, is_at_work = false;
  std::int64_t steps = 0, seeds = 0;
  std::size_t ended = 0, planned = 0;              // runs
  std::filesystem::file_time_type last_worked_on;  // when its plan was made, or a run of it was begun
  std::string error;                               // it cannot be read, and why; the rest is not known then
};

inline constexpr std::size_t kMostListed = 200;

// The last worked on first, at most kMostListed. A folder without study.json is none. asked_to_end: between two;
// those until then are given.
std::vector<ListedStudy> list_studies(const std::filesystem::path& directory,
                                      const std::function<bool()>& asked_to_end = {});

}  // namespace switchyard
