// The first minute's tour: a few stops, each a part of the window in the light with a sentence beside it. It
// starts by itself once in the life of a settings folder, when first a model learns in front of somebody, and from
// the Help menu. Of a recording, in which nothing learns, it is a shorter one.
//
// Thread safety: window thread only.
#pragma once

#include <map>
#include <string_view>

#include "app/run/panel.h"
#include "viz/base/geometry.h"

namespace switchyard::app {

// Where the parts of the window are, by name: panels by their id, "knobs", "top bar", "timeline".
using Places = std::map<std::string_view, viz::Rect>;

inline constexpr int kTourStops = 5;

// From the first stop, in the workspace that has them all.
void start_tour(UiState& ui);
// Whether it may begin by itself: a model learns in front of somebody who stands where it begins and has nothing
// open that it would end or lie over. Inside an ImGui frame.
bool is_time_for_tour(const PanelInput& in, const UiState& ui);
// The stop that ui.reading.tour says; one that is not on the screen is passed over. What is in the dark can be
// used all the same. `behind`: panels that stand behind another, as tabs, and where they would be: the tour brings
// them to the front when it comes to their stop, and leaves the choice to whoever presses another tab then.
void draw_tour(const PanelInput& in, const Places& places, const Places& behind, UiState& ui);

}  // namespace switchyard::app
