// What the reports of studies are put together of: tables, rows of CSV, numbers no more exact than they are known.
//
// Thread safety: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/study/study_results.h"

namespace switchyard {

using TableRow = std::vector<std::string>;

// The first column to the left, the others to the right.
std::string in_columns(const std::vector<TableRow>& rows);
void put_csv_row(std::string& out, const TableRow& fields);
// Empty where it is not finite.
std::string csv_number(double value);

// Digits behind the point: two of what is not known.
int decimals_for(double uncertainty);
// "2.10 ± 0.10" with the sample standard deviation; empty without a value.
std::string with_spread(const Spread& spread, double factor, const char* unit);

using ArmRuns = std::vector<std::optional<RunResult>>;
double mean_rate(const ArmRuns& runs);  // tokens, or points, a second
std::size_t count_diverged(const ArmRuns& runs);
std::size_t count_ended(const ArmRuns& runs);

Json run_json(std::int64_t seed, const std::string& name, const RunResult& run);
Json spread_json(const Spread& spread);

}  // namespace switchyard
