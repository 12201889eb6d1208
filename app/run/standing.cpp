#include "app/run/standing.h"

#include <algorithm>
#include <set>
#include <utility>

namespace switchyard::app {

Standing standing_in(const UiState& ui) {
  Standing out{ui.timeline, ui.selection, {}, ui.pinned_expert, ui.card_expert, ui.inspecting.token, ui.arriving};
  out.timeline.playing = false;
  for (const auto& [id, plot] : ui.plots)
    if (!plot.fit_x || !plot.fit_y) out.zooms.emplace(id, plot);
  return out;
}

void stand(UiState& ui, Standing standing) {
  ui.timeline = std::move(standing.timeline);
  ui.timeline.playing = false;
  ui.selection = std::move(standing.selection);
  for (auto& [id, zoom] : standing.zooms) ui.plots.try_emplace(id);
  for (auto& [id, plot] : ui.plots) {
    std::set<std::string> hidden = std::move(plot.hidden);
    const auto own = standing.zooms.find(id);
    if (own != standing.zooms.end()) {
      plot = own->second;
      plot.dragging = plot.boxing = false;
    } else {
      plot = {};
    }
    plot.hidden = std::move(hidden);
  }
  ui.pinned_expert = standing.pinned_expert;
  ui.card_expert = standing.card_expert;
  ui.hovered_expert = ui.pinned_expert;
  ui.hover_source = HoverSource::none;
  ui.inspecting.token = standing.token;
  ui.inspecting.layer = Inspect::no_layer;  // what was asked was asked of the other run
  ui.arriving = std::move(standing.arriving);
  ui.events.unfolded = {};
}

ChosenIn chosen_in(const Standing& standing, const Snapshot& look) {
  ChosenIn out{probe_stamp(&look), {}, {}, standing.pinned_expert, standing.card_expert};
  if (standing.selection.active() && standing.selection.stamp == out.probe) {
    out.chosen = standing.selection.chosen;
    out.of = standing.selection.of;
  }
  return out;
}

void choose_again(UiState& ui, const ChosenIn& chosen, const Snapshot& look) {
  if (chosen.probe != probe_stamp(&look)) return;
  ui.selection = chosen.chosen.size() == probe_size(&look) ? select(look, chosen.chosen, chosen.of) : Selection();
  int experts = 0;
  for (const ProbeLayer& layer : look.layers) experts = std::max(experts, static_cast<int>(layer.experts));
  const auto known = [&](int expert) { return expert < experts ? expert : -1; };
  ui.pinned_expert = ui.hovered_expert = known(chosen.pinned_expert);
  ui.card_expert = known(chosen.card_expert);
  ui.hover_source = HoverSource::none;
}

}  // namespace switchyard::app
