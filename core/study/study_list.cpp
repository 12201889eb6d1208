#include "core/study/study_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "core/base/caught.h"
#include "core/config/knobs.h"
#include "core/record/folder/run_place.h"
#include "core/study/claims.h"

namespace switchyard {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostNamed = 4;  // arms in a title

fs::file_time_type last_worked_on(const fs::path& study) {
  std::error_code code;
  fs::file_time_type last = fs::file_time_type::min();
  for (const fs::path& path : {study / kStudyFile, study / "runs"}) {
    const fs::file_time_type at = fs::last_write_time(path, code);
    if (!code) last = std::max(last, at);
  }
  return last;
}

Result<void> fill_in(ListedStudy& study) {
  const auto plan = read_study(study.folder);
  if (!plan) return plan.error();
  study.title = title_of(*plan);
  study.is_sweep = is_sweep(*plan);
  study.steps = plan->steps, study.seeds = plan->seeds;
  const auto fill = [&](const StudyResults& results, bool done) {
    study.ended = results.ended(), study.planned = results.planned();
    study.is_done = done;
    study.is_at_work = !done && is_at_work(study.folder, results);
  };
  if (study.is_sweep) {
    const auto sweep = read_sweep(study.folder, *plan);
    if (!sweep) return sweep.error();
    fill(sweep->results, is_done(*sweep));
    return {};
  }
  const auto results = read_results(study.folder, *plan);
  if (!results) return results.error();
  fill(*results, is_done(*results));
  return {};
}

}  // namespace

fs::path default_studies_directory() { return default_runs_directory().parent_path() / "studies"; }

std::string title_of(const StudyPlan& plan) {
  std::string title;
  if (is_sweep(plan)) {
    for (const StudyAxis& axis : plan.sweep.axes) {
      const Knob* const knob = find_knob(axis.key);
      title += (title.empty() ? "over " : " and ") + std::string(knob ? knob->label : std::string_view(axis.key));
    }
    return title;
  }
  const std::size_t named = std::min(plan.arms.size(), kMostNamed);
  for (std::size_t i = 0; i < named; ++i) title += (title.empty() ? "" : ", ") + plan.arms[i].name;
  if (named < plan.arms.size()) title += fmt::format(" and {} more", plan.arms.size() - named);
  return title;
}

bool is_done(const StudyResults& results) { return results.ended() == results.planned(); }

// The arms that a stage leaves behind have ended at its steps, the others only once they are learned further.
bool is_done(const SweepResults& sweep) {
  return is_done(sweep.results) && is_last_stage(sweep.plan(), sweep.rungs);
}

bool is_at_work(const fs::path& study, const StudyResults& results) {
  const StudyPlan& plan = results.plan;
  for (std::size_t a = 0; a < plan.arms.size(); ++a)
    for (std::int64_t i = 0; i < plan.seeds; ++i)
      if (!results.runs[a][static_cast<std::size_t>(i)] &&
          is_run_held(claim_of(study, run_name(plan.arms[a], plan.first_seed + i))))
        return true;
  return false;
}

std::vector<ListedStudy> list_studies(const fs::path& directory, const std::function<bool()>& asked_to_end) {
  std::vector<ListedStudy> studies;
  std::error_code code;
  for (fs::directory_iterator at(directory, code), end; !code && at != end; at.increment(code)) {
    std::error_code none;
    if (!fs::is_regular_file(at->path() / kStudyFile, none)) continue;
    ListedStudy& study = studies.emplace_back();
    study.folder = at->path();
    study.last_worked_on = last_worked_on(study.folder);
  }
  std::sort(studies.begin(), studies.end(), [](const ListedStudy& a, const ListedStudy& b) {
    return std::pair(b.last_worked_on, b.folder) < std::pair(a.last_worked_on, a.folder);
  });
  if (studies.size() > kMostListed) studies.resize(kMostListed);
  for (std::size_t i = 0; i < studies.size(); ++i) {
    if (asked_to_end && asked_to_end()) {
      studies.resize(i);
      break;
    }
    // One that cannot be read hides no other.
    const Result<void> read = caught("a study", [&] { return fill_in(studies[i]); });
    if (!read) studies[i].error = read.error().message;
  }
  return studies;
}

}  // namespace switchyard
