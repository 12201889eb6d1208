#include "app/library/recent_runs.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "core/base/caught.h"
#include "core/record/folder/run_lock.h"

namespace switchyard::app {
namespace {

constexpr std::size_t kCurvePoints = 48;
constexpr std::size_t kLookedAt = 12;  // some of the newest may be running, or have learned nothing

}  // namespace

std::vector<RecentRun> recent_runs(const std::filesystem::path& directory,
                                   const std::vector<std::filesystem::path>& folders,
                                   std::vector<std::filesystem::path>* gone, std::size_t most) {
  std::vector<RunSummary> found = list_runs(directory, kLookedAt);
  for (const std::filesystem::path& folder : folders) {
    std::error_code code;
    if (auto run = summarize_run(folder)) found.push_back(std::move(*run));
    else if (gone && !std::filesystem::exists(folder, code) && !code) gone->push_back(folder);
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const RunSummary& a, const RunSummary& b) { return a.changed_unix_s > b.changed_unix_s; });
  std::vector<RecentRun> recent;
  for (RunSummary& run : found) {
    if (recent.size() >= most) break;
    if (is_run_held(run.folder) || !has_own_step(run) || (!run.newest && !run.has_weights)) continue;
    const bool twice = std::any_of(recent.begin(), recent.end(),
                                   [&](const RecentRun& one) { return one.run.folder == run.folder; });
    if (twice) continue;
    std::vector<CurvePoint> curve = sample_curve(run.folder, kCurvePoints);
    recent.push_back({std::move(run), std::move(curve)});
  }
  return recent;
}

std::string age_text(std::int64_t seconds) {
  if (seconds < 60) return "just now";
  if (seconds < 3600) return fmt::format("{} min ago", seconds / 60);
  if (seconds < 86400) return fmt::format("{} h ago", seconds / 3600);
  const std::int64_t days = seconds / 86400;
  return fmt::format("{} day{} ago", days, days == 1 ? "" : "s");
}

std::string unfinished_text(const std::vector<RecentRun>& runs) {
  if (runs.empty() || !runs.front().run.newest) return {};
  const RunSummary& run = runs.front().run;
  if (run.newest->label.step >= run.steps) return {};
  return fmt::format("The last run was cut off at step {}; it is kept up to step {}, and Go on takes it up there.", run.steps,
                     run.newest->label.step);
}

void RecentRuns::read(const std::filesystem::path& directory, const std::vector<std::filesystem::path>& folders,
                      void (*wake)()) {
  // Without a thread to be had nothing is offered.
  (void)caught("recent runs", [&]() -> Result<void> {
    reading_ = std::async(std::launch::async, [directory, folders, wake] {
      auto found = caught("recent runs", [&]() -> Result<Found> {
        Found out;
        out.runs = recent_runs(directory, folders, &out.gone);
        return out;
      });
      if (wake) wake();
      return found ? std::move(*found) : Found();
    });
    return {};
  });
}

bool RecentRuns::take(std::vector<RecentRun>& into) {
  if (!reading_.valid() || reading_.wait_for(std::chrono::seconds(0)) != std::future_status::ready) return false;
  Found found = reading_.get();
  into = std::move(found.runs);
  gone_ = std::move(found.gone);
  return true;
}

}  // namespace switchyard::app
