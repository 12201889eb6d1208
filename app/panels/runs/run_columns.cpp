#include "app/panels/runs/run_columns.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>
#include <span>
#include <string_view>

#include "app/library/recent_runs.h"
#include "app/run/words/run_label.h"
#include "core/base/printable.h"
#include "core/record/folder/run_place.h"
#include "viz/base/format.h"

namespace switchyard::app {
namespace {

constexpr std::array<std::string_view, 6> kFirstOfRuns{"state",         "steps", "val_loss",
                                                       "best_val_loss", "data",  "changed"};
constexpr std::array<std::string_view, 7> kFirstOfGroups{"runs",         "seeds", "val_loss", "val_loss_min",
                                                         "val_loss_max", "steps", "data"};

struct About {
  std::string_view key, says;
};
constexpr About kAbout[] = {
    {"folder", "The run's folder."},
    {"name", "What a window called it: what was tried in it."},
    {"id", "What the run is called wherever it is named; it stays when the folder is renamed."},
    {"parent", "The run it was forked from."},
    {"parent_step", "At which step it was forked."},
    {"state", "running: somebody records it now."},
    {"steps", "How many it has made."},
    {"val_loss", "The last validation loss, in nats. Of a group the mean and sample standard deviation."},
    {"best_val_loss", "The least validation loss, in nats."},
    {"best_step", "The step of the least validation loss."},
    {"val_accuracy", "The last validation accuracy."},
    {"loss", "Training loss of the last step, in nats."},
    {"tokens", "Learned from so far; of points their number."},
    {"wall_s", "Seconds of training."},
    {"edits", "Knobs that were changed while it learned."},
    {"started", "When it began."},
    {"changed", "When its last step was written."},
    {"data", "The text or points it learns."},
    {"runs", "How many runs the group has."},
    {"seeds", "How many different seeds they have."},
    {"measured", "Runs whose validation loss is known."},
    {"val_loss_min", "The least of its runs' validation losses."},
    {"val_loss_max", "The largest of its runs' validation losses."},
};

const RunCell* cell_for(const RunListing& listing, const RunLine& line, const ShownRunColumn& column) {
  const bool is_group = line.kind == RunLine::Kind::group;
  const auto at = is_group ? column.in_groups : column.in_runs;
  if (!at) return nullptr;
  return is_group ? &listing.groups.table.rows[line.row][*at] : &listing.table().rows[line.row][*at];
}

double number_in(const RunCell& cell) {
  if (const double* real = std::get_if<double>(&cell)) return *real;
  if (const std::int64_t* whole = std::get_if<std::int64_t>(&cell)) return static_cast<double>(*whole);
  return kMissing;
}

bool is_time(std::string_view key) { return key == "changed" || key == "started"; }

// "3 min ago", as of the reading.
std::string age_of(const RunListing& listing, const std::string& time) {
  std::tm when{};
  if (!strptime(time.c_str(), "%Y-%m-%dT%H:%M:%SZ", &when)) return time;
  return age_text(std::max<std::int64_t>(0, listing.of->read_unix_s - timegm(&when)));
}

std::string knob_number(double value) {
  std::string text = fmt::format("{}", value);
  return text.size() > 10 ? fmt::format("{:.6g}", value) : text;
}

std::string short_text(const RunListing& listing, const ShownRunColumn& column, const RunCell& cell) {
  if (is_null(cell)) return "–";
  if (const bool* flag = std::get_if<bool>(&cell)) return *flag ? "true" : "false";
  if (const std::int64_t* whole = std::get_if<std::int64_t>(&cell))
    return column.knob ? fmt::format("{}", *whole) : viz::grouped(static_cast<double>(*whole));
  if (const double* real = std::get_if<double>(&cell)) {
    if (column.knob) return knob_number(*real);
    return column.key == "wall_s" ? viz::grouped(*real) : viz::fixed_significant(*real, 4);
  }
  const std::string& text = *std::get_if<std::string>(&cell);
  return is_time(column.key) ? age_of(listing, text) : printable(text);
}

std::string whole_text(const RunCell& cell) {
  return std::visit(
      [](const auto& value) -> std::string {
        using Value = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<Value, std::monostate>) return "not known";
        else if constexpr (std::is_same_v<Value, std::string>) return printable(value);
        else return fmt::format("{}", value);
      },
      cell);
}

ShownRunColumn column_called(const RunListing& listing, std::string_view key) {
  ShownRunColumn column{.key = std::string(key)};
  column.in_runs = find_column(listing.table(), key);
  if (listing.query.grouped)
    column.in_groups = find_column(listing.groups.table, key == "val_loss" ? "val_loss_mean" : key);
  const RunColumn* const from = column.in_runs     ? &listing.table().columns[*column.in_runs]
                                : column.in_groups ? &listing.groups.table.columns[*column.in_groups]
                                                   : nullptr;
  if (from) column.type = from->type, column.knob = from->knob;
  column.differs = listing.query.grouped ? column.in_groups && listing.groups_differ[*column.in_groups]
                                         : column.in_runs && listing.differ[*column.in_runs];
  return column;
}

std::vector<ShownRunColumn> columns_of(const RunListing& listing, const LibraryView& view, bool only_shown) {
  const bool grouped = listing.query.grouped;
  std::vector<ShownRunColumn> columns;
  const auto add = [&](std::string_view key, bool by_default) {
    const auto chosen = view.columns.find(std::string(key));
    const bool is_wanted = chosen != view.columns.end() ? chosen->second : by_default;
    if (only_shown && !is_wanted && !columns.empty()) return;
    if (std::ranges::find(columns, key, &ShownRunColumn::key) != columns.end()) return;
    ShownRunColumn column = column_called(listing, key);
    if (!column.in_runs && !column.in_groups) return;
    column.is_shown = is_wanted;
    // What is equal in all says nothing; the name of a line always does.
    if (!columns.empty() && view.hides_equal && !column.differs) column.is_shown = false;
    if (columns.empty()) column.is_shown = true;
    if (column.is_shown || !only_shown) columns.push_back(std::move(column));
  };
  add("folder", true);
  for (const std::string_view key : grouped ? std::span<const std::string_view>(kFirstOfGroups) : kFirstOfRuns)
    add(key, true);
  const std::vector<RunColumn>& all = grouped ? listing.groups.table.columns : listing.table().columns;
  const std::vector<bool>& differ = grouped ? listing.groups_differ : listing.differ;
  for (const std::string_view key : {"seed", "weight_seed"})
    if (const ShownRunColumn seed = column_called(listing, key); seed.differs) add(key, true);
  for (std::size_t i = 0; i < all.size(); ++i)
    if (differ[i] && (all[i].knob || all[i].key == "edits")) add(all[i].key, true);
  for (const RunColumn& column : all)
    if (column.key != "val_loss_mean" && column.key != "val_loss_std") add(column.key, false);
  return columns;
}

}  // namespace

std::vector<ShownRunColumn> run_columns_of(const RunListing& listing, const LibraryView& view) {
  return columns_of(listing, view, false);
}

std::vector<ShownRunColumn> shown_run_columns(const RunListing& listing, const LibraryView& view) {
  return columns_of(listing, view, true);
}

RunCellText run_cell_text(const RunListing& listing, const RunLine& line, const ShownRunColumn& column) {
  if (column.key == "folder") return name_of_line(listing, line);
  const RunCell* const cell = cell_for(listing, line, column);
  if (!cell) return {};
  RunCellText out{short_text(listing, column, *cell), whole_text(*cell), is_null(*cell)};
  if (line.kind == RunLine::Kind::group && column.key == "val_loss") {
    const double deviation = number_in(cell_of_run(listing.groups.table, line.row, "val_loss_std"));
    if (std::isfinite(deviation)) out.text += " ± " + viz::decimals(deviation, deviation < 0.01 ? 4 : 3);
  }
  if (column.key == "state") out.is_dim = out.text != "running";
  if (is_time(column.key) || column.key == "data") out.is_dim = true;
  return out;
}

RunCellText name_of_line(const RunListing& listing, const RunLine& line) {
  const bool is_group = line.kind == RunLine::Kind::group;
  // A setup of one run is that run.
  if (!is_group || listing.groups.members[line.row].size() == 1) {
    const std::size_t row = is_group ? listing.groups.members[line.row][0] : line.row;
    const std::string& name = listing.of->names[row];
    RunCellText cell{run_label(name, {}), printable(name), false};
    if (is_run_name(name)) cell.tail = name.substr(name.rfind('-') + 1);
    if (const std::string* const called = std::get_if<std::string>(&cell_of_run(listing.table(), row, "name"))) {
      cell.tail = cell.text + (cell.tail.empty() ? "" : " " + cell.tail);
      cell.text = *called;
    }
    // What differs within a setup says more than the hour.
    const std::int64_t* const seed = std::get_if<std::int64_t>(&cell_of_run(listing.table(), line.row, "seed"));
    if (line.kind == RunLine::Kind::member && seed) {
      cell.tail = cell.text + (cell.tail.empty() ? "" : " " + cell.tail);
      cell.text = fmt::format("seed {}", *seed);
      const std::int64_t* const weights =
          std::get_if<std::int64_t>(&cell_of_run(listing.table(), line.row, "weight_seed"));
      if (weights && *weights != 0) cell.text += fmt::format(", weights {}", *weights);
    }
    return cell;
  }
  std::string named;
  const RunTable& groups = listing.groups.table;
  for (const std::size_t at : listing.telling) {
    const RunColumn& column = groups.columns[at];
    const RunCell& cell = groups.rows[line.row][at];
    if (is_null(cell)) continue;
    const ShownRunColumn shown{.key = column.key, .type = column.type, .knob = column.knob};
    named += (named.empty() ? "" : ", ") + fmt::format("{} {}", column.key, short_text(listing, shown, cell));
  }
  if (named.empty()) named = run_label(listing.group_names[line.row], {});
  return {named, named, false};
}

std::string about_column(const ShownRunColumn& column) {
  if (column.knob) return fmt::format("{}. {}", column.knob->label, column.knob->help);
  for (const About& about : kAbout)
    if (about.key == column.key) return std::string(about.says);
  return {};
}

bool is_numeric(const ShownRunColumn& column) {
  return column.type == KnobType::integer || column.type == KnobType::real;
}

float standard_width(const ShownRunColumn& column) {
  if (column.key == "folder") return column.in_groups || column.in_runs ? 220 : 160;
  if (column.key == "val_loss" && column.in_groups) return 124;
  if (column.key == "data") return 104;
  if (is_time(column.key)) return 92;
  switch (column.type) {
    case KnobType::boolean:
      return 62;
    case KnobType::integer:
      return 72;
    case KnobType::real:
      return 82;
    case KnobType::choice:
      return 84;
    case KnobType::text:
      break;
  }
  return column.key == "state" ? 76 : 130;
}

void fill_runs_table(const RunListing& listing, bool only_differing, Table& table) {
  const bool grouped = listing.query.grouped;
  const RunTable& from = grouped ? listing.groups.table : listing.table();
  const RunOrder& rows = grouped ? listing.group_order : listing.rows;
  const std::vector<bool>& differ = grouped ? listing.groups_differ : listing.differ;
  std::vector<std::size_t> columns;
  std::vector<std::string> header;
  for (std::size_t i = 0; i < from.columns.size(); ++i)
    if (!only_differing || differ[i] || i == 0) columns.push_back(i), header.push_back(from.columns[i].key);
  table.set_header(std::move(header));
  for (const std::size_t row : rows) {
    std::vector<Cell> cells;
    for (const std::size_t column : columns)
      cells.push_back(std::visit(
          [](const auto& value) -> Cell {
            using Value = std::decay_t<decltype(value)>;
            if constexpr (std::is_same_v<Value, std::monostate>) return {};
            else if constexpr (std::is_same_v<Value, bool>) return std::string(value ? "true" : "false");
            else return value;
          },
          from.rows[row][column]));
    table.add_row(std::move(cells));
  }
}

}  // namespace switchyard::app
