// What can be done with a kept step of the timeline, with a run, or with a knob, where it is on the screen: a
// small menu, each entry with what will come of it, or why it cannot be.
//
// Thread safety: window thread only.
#pragma once

#include <string>

#include "app/run/panel.h"

namespace switchyard::app {

// The kept step nearest to the moment that is shown, or the one that was gone to; null: nothing is kept.
const KeptStep* kept_near_moment(const PanelInput& in, const UiState& ui);
// Above its place on the timeline.
void open_kept_menu(const PanelInput& in, UiState& ui, const KeptStep& kept);
void open_run_menu(UiState& ui, std::string run, std::string folder, std::string label, viz::Point at);
void draw_context_menus(const PanelInput& in, UiState& ui, Commands& out);

// Why a run of this window cannot be moved to the trash; empty: it can, or it is none of this window.
std::string why_run_stays(const PanelInput& in, const std::string& run);
// The one that is shown.
void move_run_to_trash(const PanelInput& in, Commands& out);

}  // namespace switchyard::app
