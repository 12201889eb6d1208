#include "app/run/moment.h"

#include <algorithm>

#include "app/run/derived/insight_cache.h"
#include "viz/base/format.h"

namespace switchyard::app {

Moment moment_of(const RunView& run, const UiState& ui) {
  const StepRecord* const last = run.history.last();
  if (ui.timeline.following() || !last) return {last, true, 1};
  const std::int64_t step = ui.timeline.shown->step;
  if (step >= last->step) return {last, true, 1};
  const StepRecord* const then = run.insight.record_at(run.history, step);
  return then ? Moment{then, false, run.history.row_steps()} : Moment{last, true, 1};
}

std::string step_name(const Moment& moment) {
  if (moment.is_now || !moment.record) return "last step";
  return numbered_step(moment);
}

std::string numbered_step(const Moment& moment) {
  return (moment.mean_of > 1 ? "around step " : "step ") + viz::grouped(static_cast<double>(moment.record->step));
}

std::vector<HealthAlert> alerts_at(const PanelInput& in, const Moment& moment) {
  if (moment.is_now || !moment.record) return in.status.alerts;
  std::vector<const HealthAlert*> going_on;
  for (const History::Event& at : in.run.history.events()) {
    if (!at.event.health || at.event.step > moment.record->step) continue;
    const HealthAlert& alert = *at.event.health;
    std::erase_if(going_on,
                  [&](const HealthAlert* one) { return one->kind == alert.kind && one->layer == alert.layer; });
    if (alert.ended == 0) going_on.push_back(&alert);
  }
  std::sort(going_on.begin(), going_on.end(), [](const HealthAlert* a, const HealthAlert* b) {
    return a->layer != b->layer ? a->layer < b->layer : a->kind < b->kind;
  });
  std::vector<HealthAlert> alerts;
  for (const HealthAlert* const one : going_on) alerts.push_back(*one);
  return alerts;
}

}  // namespace switchyard::app
