// A sweep's results as text for people, as JSON and CSV for programs. Losses are nats a token or point; "±" is the
// sample standard deviation over seeds. Thread safety: pure functions.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"
#include "core/base/result.h"
#include "core/study/sweep_results.h"

namespace switchyard {

std::string_view name_of(SweepStanding standing);  // "lowest mean", "may be the best", ...

// Columns in line: an arm a row, the better first, with a column an axis; then what halving decided, what was left
// out and why, and the words.
std::string sweep_text(const SweepResults& results);
Json sweep_json(const SweepResults& results);
std::string sweep_arms_csv(const SweepResults& results);
std::string sweep_curves_csv(const SweepResults& results, const std::vector<ArmCurve>& curves);

// Writes sweep.txt, sweep.json, arms.csv, runs.csv and curves.csv into the study's folder. failure: names the file
// and the reason.
Result<void> write_sweep_report(const std::filesystem::path& study, const SweepResults& results,
                                const std::vector<ArmCurve>& curves);

}  // namespace switchyard
