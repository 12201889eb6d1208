#include "app/library/run_listing.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <utility>

#include "core/base/file_name.h"
#include "core/base/printable.h"
#include "core/runs/run_filter.h"

namespace switchyard::app {
namespace {

namespace fs = std::filesystem;

std::int64_t wall_clock_s() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string text_in(const RunCell& cell) {
  const std::string* const text = std::get_if<std::string>(&cell);
  return text ? *text : std::string();
}

// The column of a grouping that stands for one of single runs.
std::string_view grouped_key(std::string_view key) { return key == "val_loss" ? "val_loss_mean" : key; }

constexpr std::size_t kMostTelling = 3, kMostToldApart = 300;

// One after the other the column that tells most of the groups apart that are not yet: of a directory of
// everything nearly every knob differs somewhere. How far a run came tells only what no setting does.
std::vector<std::size_t> telling_columns(const RunTable& groups, RunOrder rows, const std::vector<bool>& differ) {
  std::vector<std::size_t> telling;
  if (rows.size() > kMostToldApart) rows.resize(kMostToldApart);
  std::vector<int> kind(rows.size(), 0);
  int kinds = rows.empty() ? 0 : 1;
  const auto split_by = [&](std::size_t column, std::vector<int>& into) {
    std::map<std::pair<int, RunCell>, int> known;
    for (std::size_t i = 0; i < rows.size(); ++i)
      into[i] =
          known.try_emplace({kind[i], groups.rows[rows[i]][column]}, static_cast<int>(known.size())).first->second;
    return static_cast<int>(known.size());
  };
  for (const bool of_settings : {true, false})
    while (telling.size() < kMostTelling && kinds < static_cast<int>(rows.size())) {
      std::optional<std::size_t> best;
      std::vector<int> split(rows.size()), best_split;
      int most = kinds;
      for (std::size_t column = 0; column < groups.columns.size(); ++column) {
        const RunColumn& here = groups.columns[column];
        if (!differ[column] || !here.is_of_setup || (here.knob || here.key == "data") != of_settings) continue;
        if (const int made = split_by(column, split); made > most) most = made, best = column, best_split = split;
      }
      if (!best) break;
      telling.push_back(*best);
      kind = std::move(best_split);
      kinds = most;
    }
  return telling;
}

void sort_where_it_can(const RunTable& table, RunOrder& rows, const std::string& sort, bool as_groups) {
  const bool is_downwards = sort.starts_with('-');
  std::string key = sort.substr(is_downwards ? 1 : 0);
  if (as_groups) key = grouped_key(key);
  else if (key.starts_with("val_loss_")) key = "val_loss";
  if (!find_column(table, key)) return;
  (void)sort_rows(table, rows, (is_downwards ? "-" : "") + key);
}

}  // namespace

std::int64_t directory_mark(const fs::path& directory) {
  std::error_code code;
  const auto at = fs::last_write_time(directory, code);
  return code ? 0 : at.time_since_epoch().count();
}

ReadRuns read_all_runs(const fs::path& directory, const std::atomic<bool>* cancel) {
  ReadRuns read{.asked = directory, .found = {}, .folders = {}, .names = {}, .learns = {}};
  read.read_unix_s = wall_clock_s();
  read.found.directory = directory;
  read.found.table.columns = run_columns();
  std::error_code code;
  if (!fs::exists(directory, code) && !code) return read;  // nothing was recorded there yet
  read.directory_mark = directory_mark(directory);
  const bool is_closed = fs::directory_iterator(directory, code) == fs::directory_iterator() && code;
  if (is_closed) {
    read.problem = printable(directory.native()) + ": cannot be read: " + code.message();
    return read;
  }
  auto found = read_run_table(directory, cancel);
  if (!found) {
    read.problem = printable(found.error().message);
    return read;
  }
  read.found = std::move(*found);
  if (read.found.directory != directory) read.directory_mark = directory_mark(read.found.directory);
  const RunTable& table = read.found.table;
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    read.names.push_back(text_in(cell_of_run(table, row, "folder")));
    read.folders.push_back(read.found.directory / path_of_text(read.names.back()));
    read.learns.push_back(text_in(cell_of_run(table, row, "state")) == "running");
    read.any_learns = read.any_learns || read.learns.back() != 0;
  }
  // A run's own folder was named.
  if (table.rows.size() == 1 && fs::exists(read.found.directory / "config.json", code))
    read.folders[0] = read.found.directory;
  return read;
}

Result<RunListing> list_as_asked(std::shared_ptr<const ReadRuns> runs, ListingQuery query,
                                 const std::atomic<bool>* cancel) {
  RunListing listing{.of = std::move(runs),
                     .query = std::move(query),
                     .rows = {},
                     .differ = {},
                     .groups = {},
                     .group_order = {},
                     .groups_differ = {},
                     .telling = {},
                     .group_names = {}};
  const RunTable& table = listing.table();
  auto rows = filter_rows(table, listing.query.filter, cancel);
  if (!rows) return rows.error();
  listing.rows = std::move(*rows);
  sort_where_it_can(table, listing.rows, listing.query.sort, false);
  listing.differ = differing_columns(table, listing.rows);
  if (!listing.query.grouped) return listing;
  listing.groups = group_rows(table, listing.rows);
  listing.group_order = all_rows(listing.groups.table);
  sort_where_it_can(listing.groups.table, listing.group_order, listing.query.sort, true);
  listing.groups_differ = differing_columns(listing.groups.table, listing.group_order);
  listing.telling = telling_columns(listing.groups.table, listing.group_order, listing.groups_differ);
  for (const RunOrder& members : listing.groups.members) {
    const auto first = std::ranges::min_element(
        members, {}, [&](std::size_t row) -> const std::string& { return listing.of->names[row]; });
    listing.group_names.push_back(listing.of->names[*first]);
  }
  return listing;
}

const RunCell& cell_of_run(const RunTable& table, std::size_t row, std::string_view key) {
  static const RunCell nothing;
  const auto column = find_column(table, key);
  return column ? table.rows[row][*column] : nothing;
}

}  // namespace switchyard::app
