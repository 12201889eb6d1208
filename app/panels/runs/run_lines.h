// The lines of the table of runs: runs, or groups of them, of which those that are unfolded are followed by their
// runs; and what is selected among them.
//
// Thread safety: window thread only; pure functions of their arguments.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "app/library/library_view.h"
#include "app/library/run_listing.h"

namespace switchyard::app {

struct RunLine {
  enum class Kind { run, group, member };
  Kind kind = Kind::run;
  std::size_t row = 0;  // of the table of runs, or of the groups
};
using RunLines = std::vector<RunLine>;
RunLines lines_of(const RunListing& listing, const LibraryView& view);

// By which a line is known from one reading to the next: a run's name, "group NAME".
std::string name_of(const RunListing& listing, const RunLine& line);
std::string name_of_group(const RunListing& listing, std::size_t group);
// The runs of a line: rows of the table of runs.
RunOrder runs_of(const RunListing& listing, const RunLine& line);
// A group of several; one alone is that run.
bool unfolds(const RunListing& listing, const RunLine& line);
bool is_selected(const RunListing& listing, const LibraryView& view, const RunLine& line);
// What is selected and shown, in the order of the table.
RunOrder selected_rows(const RunListing& listing, const LibraryView& view);

// --- as in any list: a click selects one, Ctrl adds it or takes it out, Shift the stretch from where one began.

void select_line(const RunListing& listing, LibraryView& view, const RunLines& lines, std::size_t at, bool ctrl,
                 bool shift);
// The keys go so many lines on, and select as a click does; ctrl: nothing.
void move_lit(const RunListing& listing, LibraryView& view, const RunLines& lines, long by, bool ctrl, bool shift);
void select_all(const RunListing& listing, LibraryView& view);
void fold_or_unfold(const RunListing& listing, LibraryView& view, const RunLine& line);
// Where the keys are; the number of lines: nowhere.
std::size_t lit_line(const RunListing& listing, const LibraryView& view, const RunLines& lines);

}  // namespace switchyard::app
