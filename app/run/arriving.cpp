#include "app/run/arriving.h"

#include <algorithm>

namespace switchyard::app {
namespace {

// Experts that its model does not have, and tokens of another probe, are chosen no more.
void find_chosen(UiState& ui, const Snapshot& look) {
  int experts = 0;
  for (const ProbeLayer& layer : look.layers) experts = std::max(experts, static_cast<int>(layer.experts));
  for (int* const expert : {&ui.pinned_expert, &ui.card_expert, &ui.hovered_expert})
    if (*expert >= experts) *expert = -1;
  drop_stale(ui.selection, &look);
  if (probe_stamp(&look) != ui.arriving.probe) ui.inspecting.token = -1;
}

}  // namespace

Standing taken_along(const Standing& here, const Snapshot* look) {
  Standing there;
  there.selection = here.selection;
  there.pinned_expert = here.pinned_expert;
  there.card_expert = here.card_expert;
  there.token = here.token;
  there.arriving = here.arriving;
  there.arriving.shown = nullptr;
  if (!here.arriving.goes_on(here.timeline))
    there.arriving.step = here.timeline.following() ? -1 : here.timeline.shown->step;
  // Where one has only just arrived, what was chosen is still of the run before.
  if (!there.arriving.chosen) there.arriving.probe = probe_stamp(look);
  there.arriving.chosen = true;
  return there;
}

void arrive(UiState& ui, const History& history, const SnapshotStore& kept, const Snapshot* newest) {
  Arriving& arriving = ui.arriving;
  if (arriving.chosen && probe_size(newest) > 0) {
    arriving.chosen = false;
    find_chosen(ui, *newest);
  }
  if (arriving.step < 0 || history.empty() || kept.empty()) return;
  const auto first = static_cast<std::int64_t>(history.x()[0]),
             last = static_cast<std::int64_t>(history.x()[history.size() - 1]);
  if (!arriving.goes_on(ui.timeline) || arriving.step < first - 1 || arriving.step > last) {
    arriving.step = -1;
    arriving.shown = nullptr;
    return;
  }
  show_at(ui.timeline, kept, static_cast<double>(arriving.step), static_cast<bool>(kept[0].snapshot->points));
  arriving.shown = ui.timeline.shown;
}

}  // namespace switchyard::app
