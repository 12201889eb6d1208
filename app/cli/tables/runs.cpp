#include "app/cli/tables/runs.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "app/cli/tables/run_table.h"
#include "core/base/file_name.h"
#include "core/base/printable.h"
#include "core/runs/run_filter.h"
#include "core/runs/run_groups.h"
#include "core/runs/run_rows.h"

namespace switchyard::app {
namespace {

// A directory of something else would be told folder by folder.
constexpr std::size_t kMostTold = 20;

std::string_view without_sign(std::string_view sort) { return sort.starts_with('-') ? sort.substr(1) : sort; }

void tell_unreadable(const DirectoryOfRuns& found, std::vector<std::string>& notes) {
  const std::size_t told = std::min(found.unreadable.size(), kMostTold);
  notes.insert(notes.end(), found.unreadable.begin(),
               found.unreadable.begin() + static_cast<std::ptrdiff_t>(told));
  if (found.unreadable.size() > told)
    notes.push_back(fmt::format("{} further folders cannot be read as runs", found.unreadable.size() - told));
}

}  // namespace

Result<RunsReport> report_runs(const RunsRequest& request) {
  const auto refuse = [](const char* argument, const Error& error) {
    return Error{error.kind, fmt::format("{}: {}", argument, error.message)};
  };
  auto found = read_run_table(path_of_text(request.directory));
  if (!found) return refuse("runs", found.error());
  RunsReport report;
  tell_unreadable(*found, report.notes);
  const std::size_t all = found->table.rows.size();
  auto rows = filter_rows(found->table, request.filter);
  if (!rows) return refuse("--filter", rows.error());
  const std::size_t left = rows->size();
  RunTable table = std::move(found->table);
  if (request.group) {
    table = group_rows(table, *rows).table;
    *rows = all_rows(table);
  }
  if (!request.sort.empty())
    if (const auto sorted = sort_rows(table, *rows, request.sort); !sorted)
      return refuse("--sort", sorted.error());

  const bool is_text = request.format == TableFormat::text;
  const ShownColumns columns = request.diff ? columns_that_differ(table, *rows)
                               : is_text    ? columns_for_people(table, *rows, without_sign(request.sort))
                                            : every_column(table);
  if (is_text) {
    const std::string where = printable(found->directory.native());
    if (all == 0) report.notes.push_back(fmt::format("{}: holds no run", where));
    else if (left < all) report.notes.push_back(fmt::format("{} of {} runs of {}", left, all, where));
    if (!rows->empty()) report.table = table_text(table, *rows, columns);
  } else {
    report.table =
        request.format == TableFormat::csv ? table_csv(table, *rows, columns) : table_json(table, *rows, columns);
  }
  return report;
}

}  // namespace switchyard::app
