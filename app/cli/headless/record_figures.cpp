#include "app/cli/headless/record_figures.h"

#include <fmt/format.h>

#include <chrono>
#include <thread>
#include <utility>

#include "app/cli/console/console.h"
#include "app/cli/console/ends.h"
#include "core/base/caught.h"
#include "core/base/printable.h"
#include "core/record/folder/run_lock.h"
#include "core/session/viewing/viewer.h"

namespace switchyard::app {
namespace {

void take(FinishedRun& run, Update update) {
  for (const RunBegin& begin : update.begins) {
    if (begin.past) {
      for (const StepRecord& record : begin.past->records) run.history.append(record);
      for (const RunEvent& event : begin.past->events) run.history.append(event);
    }
    run.history.go_on_from(begin.step);
  }
  if (update.whole_past) run.history = std::move(*update.whole_past);
  for (const StepRecord& record : update.records) run.history.append(record);
  for (const RunEvent& event : update.events) run.history.append(event);
  for (std::shared_ptr<const Snapshot>& look : update.past_looks) run.kept.add_past(std::move(look));
  if (update.snapshot && update.snapshot != run.snapshot) run.kept.add(run.snapshot = std::move(update.snapshot));
  run.status = std::move(update.status);
}

}  // namespace

Result<FinishedRun> read_finished_run(const std::filesystem::path& folder) {
  FinishedRun run;
  Viewer viewer(folder, 1);
  for (bool told_all = false; !told_all;) {
    if (EndSignals::asked_to_end()) return EndSignals::request();
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    told_all = viewer.has_told_all();
    take(run, viewer.link()->receive());
  }
  if (run.status.state == RunState::failed) return usage_error(run.status.message);
  return run;
}

Result<std::filesystem::path> draw_record(const Options& options, const DrawFigures& draw_figures) {
  if (!draw_figures) return usage_error("figures: this build draws none (SWITCHYARD_APP=OFF)");
  const EndSignals signals;
  return caught("the figures", [&]() -> Result<std::filesystem::path> {
    const std::filesystem::path folder = options.run;
    auto run = read_finished_run(folder);
    if (!run) return run.error();
    if (options.out.empty() && is_run_held(folder))
      return usage_error(fmt::format("figures {}: another process records this run; --out names a folder for its figures", options.run));
    std::filesystem::path place = options.out.empty() ? folder / "figures" : std::filesystem::path(options.out);
    const auto drawn = draw_figures(std::move(*run), place);
    if (!drawn) return drawn.error();
    for (const std::string& line : drawn->told) inform("{}\n", printable(line));
    inform("{} files in {}\n", drawn->files.size(), printable(place.native()));
    return place;
  });
}

Result<std::filesystem::path> write_record(const Options& options, const WriteReport& write_report) {
  if (!write_report) return usage_error("report: this build draws no figures (SWITCHYARD_APP=OFF)");
  const EndSignals signals;
  return caught("the report", [&]() -> Result<std::filesystem::path> {
    const std::filesystem::path folder = options.run;
    const std::filesystem::path file =
        options.out.empty() ? folder / kReportFile : std::filesystem::path(options.out);
    const auto told = write_report(folder, file);
    if (!told) return told.error();
    for (const std::string& line : *told) inform("{}\n", printable(line));
    return file;
  });
}

}  // namespace switchyard::app
