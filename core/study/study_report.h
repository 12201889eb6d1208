// A study's results as text for people, as JSON and CSV for programs.
//
// Losses are nats a token or point. "±" behind an arm's mean is the sample standard deviation over its seeds;
// behind a difference half of its interval at the level it was judged at. Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"
#include "core/study/study_results.h"

namespace switchyard {

// "better", "worse", "cannot be told apart", "identical bits", ...; "the first" is the one others are held
// against.
std::string_view name_of(Finding finding);

// Columns in line: an arm a row with its mean loss and accuracy, its difference from the first, and what is found;
// then the knobs that differ, and the verdict in words.
std::string report_text(const StudyResults& results);
// All of it: plan, knobs that differ, each run, each arm, each verdict, the words.
Json report_json(const StudyResults& results);
std::string arms_csv(const StudyResults& results);
std::string runs_csv(const StudyResults& results);
std::string curves_csv(const StudyResults& results, const std::vector<ArmCurve>& curves);

// Writes comparison.txt, comparison.json, arms.csv, runs.csv and curves.csv into the study's folder. failure:
// names the file and the reason.
Result<void> write_report(const std::filesystem::path& study, const StudyResults& results,
                          const std::vector<ArmCurve>& curves);

}  // namespace switchyard
