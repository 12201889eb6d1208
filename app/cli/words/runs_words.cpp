// The words of `runs`: which directory, which of its runs, in what order and form.
#include <CLI/CLI.hpp>

#include "app/cli/words/words.h"
#include "core/base/file_name.h"
#include "core/record/folder/run_place.h"

namespace switchyard::app {

void add_runs_words(CLI::App& runs, Words& words) {
  runs.add_option("directory", words.runs_in,
                  "Directory of runs, a study's folder, or a run's (default: the runs in the user's data folder)")
      ->type_name("DIR");
  runs.add_option(
          "--filter", words.filter,
          "Only runs for which this holds: SQL's WHERE, such as \"top_k=2 and val_loss<1.9 and gate='sigmoid'\"")
      ->type_name("EXPRESSION");
  runs.add_option("--sort", words.sort, "By this column, upwards; downwards with a minus: --sort -val_accuracy")
      ->type_name("KEY");
  runs.add_flag("--group", words.group,
                "Runs that differ by nothing but their seeds as one row: mean, sample standard deviation, range");
  runs.add_flag("--diff", words.diff, "Only the columns that differ");
  runs.add_flag("--csv", words.csv, "All columns, as CSV");
  runs.add_flag("--json", words.json, "All columns, as JSON");
}

Result<void> read_runs_words(const Words& words, Options& options) {
  options.mode = Mode::runs;
  if (words.json && words.csv) return usage_error("--csv: goes without --json; a table has one form");
  if (words.runs_in && words.runs_in->empty()) return bad_argument("runs", "''", "the name of a folder");
  if (words.sort && words.sort->empty()) return bad_argument("--sort", "''", "a column, or - and a column");
  options.runs.directory = words.runs_in ? *words.runs_in : text_of_path(default_runs_directory().native());
  options.runs.filter = words.filter.value_or(""), options.runs.sort = words.sort.value_or("");
  options.runs.diff = words.diff, options.runs.group = words.group;
  options.runs.format = words.json ? TableFormat::json : words.csv ? TableFormat::csv : TableFormat::text;
  return {};
}

}  // namespace switchyard::app
