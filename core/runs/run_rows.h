// The runs of a directory as a table: what is known of each (run_summary.h), then every knob at its start.
//
//   folder, name (what it is called, run_note.h), id, parent, parent_step, state (running, ended), steps, val_loss
//   and val_accuracy (the last ones), best_val_loss, best_step, loss (of the last step), tokens (or points),
//   wall_s (of training), edits (of knobs as it learned), started, changed (UTC), data (its name), and a column of
//   its key for each knob
//
// Texts are printable; a folder's name is text of core/base/file_name.h. A run whose settings this version does
// not know as a whole has those of them it knows.
//
// Thread safety: pure functions of the file system. Errors: usage, naming the directory.
#pragma once

#include <atomic>
#include <filesystem>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/record/reading/run_summary.h"
#include "core/runs/run_table.h"

namespace switchyard {

std::vector<RunColumn> run_columns();
// Of a summary with RunDetail::whole, or without: then without best and edits.
std::vector<RunCell> run_cells(const RunSummary& run);

struct DirectoryOfRuns {
  std::filesystem::path directory;      // in which they are
  RunTable table;                       // the newest first, by their last rows
  std::vector<std::string> unreadable;  // a sentence for each folder that looks like a run's and is none
};
// A directory of runs; one that has such a directory as runs/ and no run itself (a study's); a run's own folder.
// usage: there is no such directory. cancel: true from any thread ends it with what was read so far; may be null.
Result<DirectoryOfRuns> read_run_table(const std::filesystem::path& directory,
                                       const std::atomic<bool>* cancel = nullptr);

}  // namespace switchyard
