#include "app/panels/health/health_courses.h"

#include <algorithm>
#include <cmath>

#include "app/panels/parts/panel_parts.h"
#include "app/run/derived/load_bins.h"
#include "core/insight/stability.h"

namespace switchyard::app {
namespace {

constexpr std::size_t kMostLooks = 16, kMostBins = 48;

// A few of the kept looks that the newest can be compared with.
std::vector<std::size_t> comparable_looks(const PanelInput& in) {
  std::vector<std::size_t> all;
  for (std::size_t i = 0; in.snapshot && i < in.run.kept.size(); ++i) {
    const Snapshot& look = *in.run.kept[i].snapshot;
    if (look.model_id == in.snapshot->model_id && look.step <= in.snapshot->step &&
        same_tokens(look, *in.snapshot))
      all.push_back(i);
  }
  if (all.size() <= kMostLooks) return all;
  std::vector<std::size_t> some;
  for (std::size_t i = 0; i < kMostLooks; ++i) some.push_back(all[i * (all.size() - 1) / (kMostLooks - 1)]);
  return some;
}

// exp(H(f)) of the mean loads of every stretch of steps.
HealthCourse effective_course(const HealthRun& run, std::size_t layer) {
  const BinnedLoads& loads = run.in.run.insight.load_bins().of(
      run.in.run.history, layer, LoadBins::Picture::health, {run.low, run.high, run.most});
  HealthCourse course{loads.bins.x, std::vector<float>(loads.bins.x.size(), NAN)};
  for (std::size_t b = 0; b < course.x.size(); ++b) {
    double sum = 0, weighted = 0;
    for (std::size_t e = 0; e < loads.width; ++e) {
      const float u = loads.means[b * loads.width + e];
      if (!(u > 0)) continue;
      sum += u;
      weighted += u * std::log(static_cast<double>(u));
    }
    if (sum > 0) course.y[b] = static_cast<float>(sum * std::exp(-weighted / sum));
  }
  return course;
}

// Of looks: against the one before, or against the shown one.
HealthCourse look_course(const HealthRun& run, std::size_t layer, bool against_shown) {
  HealthCourse course;
  for (std::size_t i = 0; i < run.looks.size(); ++i) {
    const std::size_t at = run.looks[i];
    if (!against_shown && at == 0) continue;
    const Snapshot& look = *run.in.run.kept[at].snapshot;
    const Snapshot& other = against_shown ? *run.in.snapshot : *run.in.run.kept[at - 1].snapshot;
    if (!against_shown && (other.model_id != look.model_id || !same_tokens(other, look))) continue;
    const std::vector<Stability>* found = run.in.run.insight.stability_in_time(look, other);
    if (!found || layer >= found->size()) continue;
    course.x.push_back(run.in.run.kept[at].x);
    course.y.push_back(static_cast<float>(against_shown ? (*found)[layer].saturation : (*found)[layer].churn));
  }
  return course;
}

}  // namespace

HealthRun health_run(const PanelInput& in, const UiState& ui, float cell_width) {
  HealthRun run{in, 0, 1, 8, comparable_looks(in)};
  const auto x = as_view(in.run.history.x());
  const auto view = ui.plots.find("loss");
  const bool whole = view == ui.plots.end() || view->second.fit_x;
  run.low = whole ? x[0] : view->second.x_min;
  run.high = std::max(run.low + 1, whole ? x[x.size() - 1] : view->second.x_max);
  run.most = std::clamp<std::size_t>(viz::how_many(cell_width, 2 * in.scale), 8, kMostBins);
  return run;
}

HealthCourse course_of(const HealthRun& run, const HealthColumn& column, std::size_t layer) {
  switch (column.from) {
    case CourseFrom::load:
      return effective_course(run, layer);
    case CourseFrom::before:
      return look_course(run, layer, false);
    case CourseFrom::now:
      return look_course(run, layer, true);
    case CourseFrom::step:
      break;
  }
  CurveBins& bins = run.in.run.insight.health_bins();
  const std::vector<double>& x = bins.stretches(run.in.run.history, {run.low, run.high, run.most}).x;
  return {x, bins.means(run.in.run.history, layer, column.scalar)};
}

}  // namespace switchyard::app
