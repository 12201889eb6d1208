// The runs of a directory as somebody asks for them: those a filter holds for, in an order, one by one or those
// that differ by their seeds alone as one row (core/runs). Plain data, and the functions that make it.
//
// Thread safety: values; pure functions, of the file system where they read. They belong to a thread of their own.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "app/library/listing_query.h"
#include "core/base/result.h"
#include "core/runs/run_groups.h"
#include "core/runs/run_rows.h"

namespace switchyard::app {

struct ReadRuns {
  std::filesystem::path asked;  // the directory; `found` says where they lie
  DirectoryOfRuns found;
  std::string problem{};  // a sentence: why there is nothing
  // [row] its folder; the name it has there, by which it is known from one reading to the next; whether somebody
  // records it.
  std::vector<std::filesystem::path> folders;
  std::vector<std::string> names;
  std::vector<std::uint8_t> learns;
  bool any_learns = false;
  std::int64_t read_unix_s = 0;     // when
  std::int64_t directory_mark = 0;  // changes as runs come and go (directory_mark())
};
ReadRuns read_all_runs(const std::filesystem::path& directory, const std::atomic<bool>* cancel = nullptr);
// Of a directory of runs, as it is now; 0: not known.
std::int64_t directory_mark(const std::filesystem::path& directory);

struct RunListing {
  std::shared_ptr<const ReadRuns> of;  // never null
  ListingQuery query;
  RunOrder rows;             // for which the filter holds, in the order asked for
  std::vector<bool> differ;  // [column] whether these rows do
  RunGroups groups;          // where grouped
  RunOrder group_order;      // rows of groups.table
  std::vector<bool> groups_differ;
  // Columns of groups.table by which groups are told apart, few and in the order of how much they tell.
  std::vector<std::size_t> telling;
  std::vector<std::string> group_names;  // [group] the first of its members' names, which a sort does not change

  const RunTable& table() const { return of->found.table; }
};
// Of a grouping by "val_loss" the mean counts; groups that have no such column stand in the order of their first
// runs. usage: no such expression.
Result<RunListing> list_as_asked(std::shared_ptr<const ReadRuns> runs, ListingQuery query,
                                 const std::atomic<bool>* cancel = nullptr);

// Nothing where there is no such column.
const RunCell& cell_of_run(const RunTable& table, std::size_t row, std::string_view key);

}  // namespace switchyard::app
