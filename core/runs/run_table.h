// Runs as a table: a row a run, a column a figure or knob, each with one type. What is filtered, sorted, grouped
// and shown is rows of it, by their numbers.
//
// Thread safety: values; pure functions. Errors: usage, naming the column and those like it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/result.h"
#include "core/config/knobs.h"

namespace switchyard {

// The first: nothing is known. Never NaN (cell_of).
using RunCell = std::variant<std::monostate, bool, std::int64_t, double, std::string>;
RunCell cell_of(double value);  // of NaN: nothing
inline bool is_null(const RunCell& cell) { return cell.index() == 0; }

struct RunColumn {
  std::string key;  // lower_case
  KnobType type = KnobType::text;
  // Rows of one group have it alike: what a run was to learn, but for its seeds (run_groups.h).
  bool is_of_setup = false;
  const Knob* knob = nullptr;  // whose value it is
};

struct RunTable {
  std::vector<RunColumn> columns;          // at most kMostRunColumns; keys differ in more than their case
  std::vector<std::vector<RunCell>> rows;  // [row][column]
};
inline constexpr std::size_t kMostRunColumns = 1000;

// Numbers of rows, as they are shown.
using RunOrder = std::vector<std::size_t>;
RunOrder all_rows(const RunTable& table);

std::optional<std::size_t> find_column(const RunTable& table, std::string_view key);
// " (did you mean top_k?)"; empty where no column is like it.
std::string near_columns(const RunTable& table, std::string_view key);

// By a column, upwards; "-KEY": downwards. Rows without a value come last either way, equal ones stay as they
// were. usage: no such column.
Result<void> sort_rows(const RunTable& table, RunOrder& rows, std::string_view key);

// [column] whether these rows differ in it.
std::vector<bool> differing_columns(const RunTable& table, const RunOrder& rows);

}  // namespace switchyard
