// A table of runs that nothing was read for: so many runs with known values, and a curve of each.
#pragma once

#include <fmt/format.h>

#include <memory>
#include <string>

#include "app/library/library_view.h"
#include "app/library/run_curve.h"
#include "app/library/run_listing.h"

namespace switchyard::app::scene {

// Run i of a directory: seed i mod 3, of two setups (top_k 1 and 2) in turn by threes, validation loss 2 + i /
// 100.
inline RunSummary run_summary(int i, const std::string& name) {
  RunSummary run;
  run.folder = "/runs/" + name;
  run.id = "id-" + name;
  run.corpus = "stories";
  run.config.emplace();
  run.config->seed = i % 3;
  run.config->top_k = 1 + (i / 3) % 2;
  run.started = fmt::format("2026-11-28T15:{:02}:{:02}Z", i / 60 % 60, i % 60);
  run.changed_unix_s = 1'796'000'000 - i;
  run.steps = 100;
  run.val_loss = 2 + i / 100.0;
  run.tokens = 1000;
  run.whole.emplace();
  run.whole->best.val_loss = run.val_loss - 0.5;
  run.whole->best.step = 90;
  return run;
}

inline std::shared_ptr<ReadRuns> made_runs(int count) {
  auto runs = std::make_shared<ReadRuns>();
  runs->asked = runs->found.directory = "/runs";
  runs->found.table.columns = run_columns();
  runs->read_unix_s = 1'796'000'100;
  for (int i = 0; i < count; ++i) {
    runs->names.push_back(fmt::format("run-{:05}", i));
    runs->folders.push_back("/runs/" + runs->names.back());
    runs->found.table.rows.push_back(run_cells(run_summary(i, runs->names.back())));
    runs->learns.push_back(0);
  }
  return runs;
}

// As RunLibrary leaves it.
inline void ask(LibraryView& view, const std::shared_ptr<const ReadRuns>& runs) {
  auto listed = list_as_asked(runs, view.query);
  view.filter_problem = listed ? std::string() : listed.error().message;
  if (listed) view.listing = std::make_shared<const RunListing>(std::move(*listed));
}

inline void show_made_runs(LibraryView& view, int count) {
  const auto runs = made_runs(count);
  ask(view, runs);
  for (int i = 0; i < count && i < 30; ++i) {
    RunCurve curve;
    for (int step = 10; step <= 100; step += 10) {
      curve.step.push_back(step);
      curve.val_loss.push_back(4 - static_cast<float>(step) / 50 + static_cast<float>(i) / 100);
    }
    view.curves[runs->folders[static_cast<std::size_t>(i)]] = std::make_shared<const RunCurve>(std::move(curve));
  }
}

}  // namespace switchyard::app::scene
