#include "app/run/wake.h"

#include <fmt/format.h>

#include <cstdlib>

#include "app/run/reference.h"

namespace switchyard::app {

std::optional<Waking> waking_of(const PanelInput& in, const UiState& ui) {
  const std::vector<KeptStep>& kept = in.run.kept_steps;
  if (!is_record(in.status) || in.run.beside || in.status.run_folder.empty() || kept.empty()) return std::nullopt;
  const std::int64_t shown = in.snapshot && !ui.timeline.following() ? in.snapshot->step : in.status.step;
  const KeptStep* nearest = &kept.front();
  for (const KeptStep& one : kept)
    if (std::abs(one.step - shown) < std::abs(nearest->step - shown)) nearest = &one;
  // Who went to a kept step means that one, though its look may be of a step beside it.
  for (const KeptStep& one : kept)
    if (!ui.timeline.following() && one.file == ui.timeline.kept_file) nearest = &one;
  const bool is_newest = nearest->step == kept.back().step;
  if (is_newest && in.status.state == RunState::opened)
    return Waking{nearest->step, in.status.run_folder, false, {}};
  return Waking{nearest->step, nearest->file, true, began_from(in, ui)};
}

void wake_model(const Waking& waking, UiState& ui, Commands& out) {
  follow(ui.timeline);
  if (waking.as_child)
    branch_off(ui.knobs, out, waking.where, fmt::format("Wake step {}", waking.step), waking.began_from);
  else go_on_with(ui.knobs, out, waking.where);
  out.emplace_back(Pause{});
}

}  // namespace switchyard::app
