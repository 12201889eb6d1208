#include "core/runs/run_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/base/json.h"
#include "core/base/nearest.h"

namespace switchyard {
namespace {

constexpr std::size_t kNearColumns = 4;

bool is_number(const RunCell& cell) { return !is_null(cell) && !std::holds_alternative<std::string>(cell); }

double cell_number(const RunCell& cell) {
  if (const bool* flag = std::get_if<bool>(&cell)) return *flag ? 1 : 0;
  if (const std::int64_t* whole = std::get_if<std::int64_t>(&cell)) return static_cast<double>(*whole);
  return *std::get_if<double>(&cell);
}

// Neither is nothing. Numbers before texts, as SQL has it.
bool comes_before(const RunCell& a, const RunCell& b) {
  if (a.index() == b.index()) return a < b;
  if (is_number(a) && is_number(b)) return cell_number(a) < cell_number(b);
  return is_number(a) && !is_number(b);
}

}  // namespace

RunCell cell_of(double value) { return std::isnan(value) ? RunCell() : RunCell(value); }

RunOrder all_rows(const RunTable& table) {
  RunOrder rows(table.rows.size());
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  return rows;
}

std::optional<std::size_t> find_column(const RunTable& table, std::string_view key) {
  const auto found = std::ranges::find(table.columns, key, &RunColumn::key);
  if (found == table.columns.end()) return std::nullopt;
  return static_cast<std::size_t>(found - table.columns.begin());
}

std::string near_columns(const RunTable& table, std::string_view key) {
  std::vector<std::string_view> keys;
  for (const RunColumn& column : table.columns) keys.push_back(column.key);
  const auto near = near_names(key, keys, kNearColumns);
  return near.empty() ? "" : fmt::format(" (did you mean {}?)", fmt::join(near, " or "));
}

Result<void> sort_rows(const RunTable& table, RunOrder& rows, std::string_view key) {
  const bool is_downwards = key.starts_with('-');
  if (is_downwards) key.remove_prefix(1);
  const auto column = find_column(table, key);
  if (!column) return usage_error(fmt::format("no such column: {}{}", excerpt(key), near_columns(table, key)));
  std::stable_sort(rows.begin(), rows.end(), [&](std::size_t left, std::size_t right) {
    const RunCell &a = table.rows[left][*column], &b = table.rows[right][*column];
    if (is_null(a) || is_null(b)) return !is_null(a);
    return is_downwards ? comes_before(b, a) : comes_before(a, b);
  });
  return {};
}

std::vector<bool> differing_columns(const RunTable& table, const RunOrder& rows) {
  std::vector<bool> differ(table.columns.size(), false);
  if (rows.empty()) return differ;
  const auto& first = table.rows[rows[0]];
  for (const std::size_t row : rows)
    for (std::size_t column = 0; column < differ.size(); ++column)
      if (!differ[column]) differ[column] = table.rows[row][column] != first[column];
  return differ;
}

}  // namespace switchyard
