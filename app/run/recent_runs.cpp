#include "app/run/recent_runs.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "core/base/caught.h"

namespace switchyard::app {
namespace {

constexpr std::size_t kCurvePoints = 48;
constexpr std::size_t kLookedAt = 12;  // some of the newest may be running, or have learned nothing

}  // namespace

std::vector<RecentRun> recent_runs(const std::filesystem::path& directory, std::size_t most) {
  std::vector<RecentRun> recent;
  for (RunSummary& run : list_runs(directory, kLookedAt)) {
    if (recent.size() >= most) break;
    if (run.is_running || run.steps == 0 || (!run.newest && !run.has_weights)) continue;
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

void RecentRuns::read(const std::filesystem::path& directory, void (*wake)()) {
  // Without a thread to be had nothing is offered.
  (void)caught("recent runs", [&]() -> Result<void> {
    reading_ = std::async(std::launch::async, [directory, wake] {
      auto found = caught("recent runs", [&]() -> Result<std::vector<RecentRun>> { return recent_runs(directory); });
      if (wake) wake();
      return found ? std::move(*found) : std::vector<RecentRun>();
    });
    return {};
  });
}

bool RecentRuns::take(std::vector<RecentRun>& into) {
  if (!reading_.valid() || reading_.wait_for(std::chrono::seconds(0)) != std::future_status::ready) return false;
  into = reading_.get();
  return true;
}

}  // namespace switchyard::app
