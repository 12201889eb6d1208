#include "core/data/points_form.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "core/data/csv_number.h"
#include "core/data/csv_row.h"

namespace switchyard {
namespace {

constexpr std::size_t kSampleRows = 200;  // by which the form is told
// Of several under which as many rows are points the first.
constexpr std::array<Delimiter, 5> kDelimiters{
    {{'\t', "tabs"}, {';', "semicolons"}, {'|', "|"}, {',', "commas"}, {' ', "spaces"}}};

Fields fields_of(std::string_view row, char delimiter) {
  Fields fields;
  std::size_t count = 0;
  (void)split_row(row, delimiter, fields, count);
  fields.resize(count);
  return fields;
}

std::string_view without_mark(std::string_view row) {
  row = trimmed(row);
  return row.starts_with('#') ? trimmed(row.substr(1)) : row;
}

// How many columns most of the rows have; at least three, or 0.
std::size_t usual_columns(const std::vector<Fields>& rows) {
  std::map<std::size_t, std::size_t> counts;
  for (const Fields& row : rows) ++counts[row.size()];
  std::size_t columns = 0, most = 0;
  for (const auto& [count, times] : counts)
    if (count >= 3 && times >= most) columns = count, most = times;
  return columns;
}

// Rows of so many columns with at least two numbers.
std::size_t points_among(const std::vector<Fields>& rows, std::size_t columns, bool decimal_comma) {
  return static_cast<std::size_t>(std::count_if(rows.begin(), rows.end(), [&](const Fields& row) {
    return row.size() == columns && std::count_if(row.begin(), row.end(), [&](const CsvField& field) {
                                      return read_number(field.text, decimal_comma).fault == NumberFault::none;
                                    }) >= 2;
  }));
}

bool ends_empty(const Fields& row) { return !row.empty() && row.back().text.empty() && !row.back().quoted; }

bool is_header(const Fields& row, bool decimal_comma) {
  for (std::size_t i = 0; i < row.size(); ++i)
    if (is_numeric(row[i].text, decimal_comma) || (i > 0 && row[i].text.empty())) return false;
  return true;
}

std::optional<std::size_t> column_named(const TableForm& form, std::string_view name) {
  for (std::size_t i = 0; i < form.names.size(); ++i)
    if (lowered(form.names[i]) == name) return i;
  return std::nullopt;
}

void choose_columns(TableForm& form) {
  form.label = form.columns - 1;
  for (const char* name : {"label", "class"})
    if (const auto named = column_named(form, name)) form.label = *named;
  const auto x = column_named(form, "x"), y = column_named(form, "y"), z = column_named(form, "z");
  const bool chosen = x && y && *x != form.label && *y != form.label;
  if (chosen) form.axes = {*x, *y};
  if (chosen && z && *z != form.label) form.axes.push_back(*z);
  const std::vector<std::size_t> named = form.axes;  // three at most
  for (std::size_t i = 0; i < form.columns; ++i) {
    if (i == form.label || std::find(named.begin(), named.end(), i) != named.end()) continue;
    if (!chosen && !(form.has_header && form.names[i].empty())) form.axes.push_back(i);
    else form.left_out.push_back(i);
  }
}

}  // namespace

Result<TableForm> form_of(std::string_view text) {
  std::vector<std::string_view> sample;
  RowReader reader(text);
  while (sample.size() < kSampleRows) {
    const auto row = reader.next();
    if (!row) break;
    sample.push_back(*row);
  }
  if (sample.empty()) return usage_error("holds no rows");

  TableForm form;
  std::vector<Fields> rows;
  std::size_t best = 0, agreeing = 0;
  bool too_wide = false;
  for (const Delimiter& delimiter : kDelimiters) {
    std::vector<Fields> split;
    split.reserve(sample.size());
    for (std::size_t i = 0; i < sample.size(); ++i)
      split.push_back(fields_of(i == 0 ? without_mark(sample[i]) : sample[i], delimiter.character));
    const std::size_t columns = usual_columns(split);
    if (columns > kMostColumns) too_wide = true;
    if (columns == 0 || columns > kMostColumns) continue;
    const std::size_t points = points_among(split, columns, delimiter.character != ',');
    const auto agree = static_cast<std::size_t>(
        std::count_if(split.begin(), split.end(), [&](const Fields& row) { return row.size() == columns; }));
    if (form.columns > 0 && (points < best || (points == best && agree <= agreeing))) continue;
    form.delimiter = delimiter, form.columns = columns, best = points, agreeing = agree;
    rows = std::move(split);
  }
  if (form.columns == 0 && too_wide)
    return usage_error(fmt::format("has more than {} columns: two to {} coordinates and a class are read",
                                   kMostColumns, kMaxPointDims));
  if (form.columns == 0)
    return usage_error(
        "has no row of three columns: a row wants two coordinates and a class, between commas, semicolons, tabs, "
        "| or spaces");

  form.trailing = form.columns > 3 && std::all_of(rows.begin(), rows.end(), [&](const Fields& row) {
                    return row.size() != form.columns || ends_empty(row);
                  });
  if (form.trailing) {
    --form.columns;
    for (Fields& row : rows)
      if (row.size() == form.columns + 1) row.pop_back();
  }
  Fields& first = rows.front();
  // R names the rows' names not at all.
  const bool one_short = first.size() + 1 == form.columns;
  if ((first.size() == form.columns || one_short) && is_header(first, form.decimal_comma())) {
    form.has_header = true;
    if (one_short) form.names.emplace_back();
    for (const CsvField& field : first) form.names.push_back(shortened(field.text));
  }
  choose_columns(form);
  if (form.axes.size() < 2)
    return usage_error(fmt::format("has {} column{} for coordinates: at least two are needed", form.axes.size(),
                                   form.axes.size() == 1 ? "" : "s"));
  if (form.axes.size() > kMaxPointDims)
    return usage_error(fmt::format(
        "has {} columns for coordinates: at most {} are read; a header with x, y and class chooses among them",
        form.axes.size(), kMaxPointDims));
  return form;
}

}  // namespace switchyard
