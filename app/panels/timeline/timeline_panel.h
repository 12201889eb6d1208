// The whole run at a glance along the bottom: loss, load of every expert, the user's edits, alerts and rebuilds as
// marks, the kept snapshots as ticks. Pressing or dragging shows a kept snapshot in every view; the wheel zooms, the
// right button moves, a double click shows all of the run, LIVE returns to now.
//
// Thread safety: window thread only.
#pragma once

#include "app/run/panel.h"

namespace switchyard::app {

inline constexpr float kTimelineHeight = 74;  // at scale 1
inline constexpr float kLowTimelineHeight =
    36;  // of one line, where the panels need the room: losses, looks, LIVE

inline constexpr float kTimelineControls = 178;  // at its right end, left free for what moves through the looks, at scale 1

inline constexpr float kTimelineFigureHeight = 190;  // of its figure, with axes and a key

// Fills the current child window but for its right end; of a figure all of it.
void draw_timeline_panel(const PanelInput& in, UiState& ui, Commands& out);

// Zooms around x (NaN: what is shown), shows `factor` times as much.
void zoom_timeline(const PanelInput& in, Timeline& timeline, double x, double factor);

}  // namespace switchyard::app
