// Which columns of the table of runs are shown, and what stands in a cell.
//
// Thread safety: pure functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/panels/runs/run_lines.h"
#include "app/ui/table.h"

namespace switchyard::app {

struct ShownRunColumn {
  std::string key;  // as in a filter
  KnobType type = KnobType::text;
  const Knob* knob = nullptr;
  std::optional<std::size_t> in_runs{}, in_groups{};  // its column there
  bool is_shown = false, differs = false;
};
// Every column there is, those that are shown first of all by default at the begin: of runs what one looks for
// first, of groups the figures of their seeds, then what differs. The first, which is always shown, is what a line
// is called.
std::vector<ShownRunColumn> run_columns_of(const RunListing& listing, const LibraryView& view);
// Only those that are shown.
std::vector<ShownRunColumn> shown_run_columns(const RunListing& listing, const LibraryView& view);

struct RunCellText {
  std::string text;   // in short
  std::string whole;  // all of it, where that is more
  bool is_dim = false;
  std::string tail{};  // dim behind it: what tells it from others of its name
};
RunCellText run_cell_text(const RunListing& listing, const RunLine& line, const ShownRunColumn& column);
// A run by what people call it; a group by the settings in which it differs from the others.
RunCellText name_of_line(const RunListing& listing, const RunLine& line);
// "Top-k: how many experts a token goes to".
std::string about_column(const ShownRunColumn& column);
// At scale 1.
float standard_width(const ShownRunColumn& column);
bool is_numeric(const ShownRunColumn& column);

// As `switchyard runs --csv`: every column, or with "Hide equal columns" those that differ; of groups as --group.
void fill_runs_table(const RunListing& listing, bool only_differing, Table& table);

}  // namespace switchyard::app
