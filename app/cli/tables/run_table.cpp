#include "app/cli/tables/run_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <type_traits>

#include "core/base/csv_text.h"
#include "core/base/json.h"
#include "core/base/printable.h"

namespace switchyard::app {
namespace {

constexpr std::array<std::string_view, 15> kForPeople{
    "folder", "name",  "state",    "steps",         "val_loss",     "best_val_loss", "val_accuracy", "data",
    "runs",   "seeds", "measured", "val_loss_mean", "val_loss_std", "val_loss_min",  "val_loss_max"};

std::size_t characters_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

// What was measured, rounded; knobs as they were set, but for the last digits of one that was computed.
std::string shown_number(const RunColumn& column, double value) {
  constexpr std::size_t kLongest = 10;
  std::string text = fmt::format("{}", value);
  if (!column.knob) return fmt::format("{:.5g}", value);
  return text.size() > kLongest ? fmt::format("{:.8g}", value) : text;
}

std::string shown_cell(const RunColumn& column, const RunCell& cell) {
  return std::visit(
      [&](const auto& value) -> std::string {
        using Value = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<Value, std::monostate>) return "-";
        else if constexpr (std::is_same_v<Value, bool>) return value ? "true" : "false";
        else if constexpr (std::is_same_v<Value, std::string>) return printable(value);
        else if constexpr (std::is_same_v<Value, double>) return shown_number(column, value);
        else return fmt::format("{}", value);
      },
      cell);
}

std::string exact_cell(const RunCell& cell) {
  return std::visit(
      [](const auto& value) -> std::string {
        using Value = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<Value, std::monostate>) return {};
        else if constexpr (std::is_same_v<Value, std::string>) return value;
        else return fmt::format("{}", value);
      },
      cell);
}

Json json_cell(const RunCell& cell) {
  return std::visit(
      [](const auto& value) -> Json {
        if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::monostate>) return nullptr;
        else return value;
      },
      cell);
}

template <class Choose>
ShownColumns choose_columns(const RunTable& table, Choose choose) {
  ShownColumns columns;
  for (std::size_t column = 0; column < table.columns.size(); ++column)
    if (choose(column)) columns.push_back(column);
  return columns;
}

}  // namespace

ShownColumns every_column(const RunTable& table) {
  return choose_columns(table, [](std::size_t) { return true; });
}

ShownColumns columns_that_differ(const RunTable& table, const RunOrder& rows) {
  const std::vector<bool> differ = differing_columns(table, rows);
  return choose_columns(table, [&](std::size_t column) { return column == 0 || differ[column]; });
}

ShownColumns columns_for_people(const RunTable& table, const RunOrder& rows, std::string_view also) {
  const std::vector<bool> differ = differing_columns(table, rows);
  return choose_columns(table, [&](std::size_t column) {
    const RunColumn& here = table.columns[column];
    // Most directories hold no run that was called anything.
    if (here.key == "name" && here.key != also &&
        std::ranges::all_of(rows, [&](std::size_t row) { return is_null(table.rows[row][column]); }))
      return false;
    const bool tells_where_it_differs = here.knob || here.key == "edits";
    return (tells_where_it_differs && differ[column]) || here.key == also ||
           std::ranges::count(kForPeople, here.key) > 0;
  });
}

std::string table_text(const RunTable& table, const RunOrder& rows, const ShownColumns& columns) {
  std::vector<std::vector<std::string>> lines{{}};
  for (const std::size_t column : columns) lines[0].push_back(table.columns[column].key);
  for (const std::size_t row : rows) {
    auto& line = lines.emplace_back();
    for (const std::size_t column : columns)
      line.push_back(shown_cell(table.columns[column], table.rows[row][column]));
  }
  std::vector<std::size_t> widths(columns.size(), 0);
  for (const auto& line : lines)
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], characters_of(line[i]));
  std::string text;
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      const KnobType type = table.columns[columns[i]].type;
      const bool is_to_the_left = type == KnobType::text || type == KnobType::choice;
      const std::string space(widths[i] - characters_of(line[i]), ' ');
      text += (i > 0 ? "  " : "") + (is_to_the_left ? line[i] + space : space + line[i]);
    }
    text.resize(text.find_last_not_of(' ') + 1);
    text += '\n';
  }
  return text;
}

std::string table_csv(const RunTable& table, const RunOrder& rows, const ShownColumns& columns) {
  std::string csv;
  for (const std::size_t column : columns) {
    if (!csv.empty()) csv += ',';
    put_csv(csv, table.columns[column].key);
  }
  csv += '\n';
  for (const std::size_t row : rows) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (i > 0) csv += ',';
      put_csv(csv, exact_cell(table.rows[row][columns[i]]));
    }
    csv += '\n';
  }
  return csv;
}

std::string table_json(const RunTable& table, const RunOrder& rows, const ShownColumns& columns) {
  std::string text = "[";
  for (const std::size_t row : rows) {
    Json object = Json::object();
    for (const std::size_t column : columns)
      object.add_member(table.columns[column].key, json_cell(table.rows[row][column]));
    text += (text.size() > 1 ? ",\n " : "\n ") + dump_json(object);
  }
  return text + (rows.empty() ? "]\n" : "\n]\n");
}

}  // namespace switchyard::app
