#include "app/run/standing.h"

#include <set>
#include <utility>

namespace switchyard::app {

Standing standing_in(const UiState& ui) {
  Standing out{ui.timeline, ui.selection, {}, ui.pinned_expert, ui.card_expert};
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
}

}  // namespace switchyard::app
