// The studies ("How sure?") and sweeps that are there, the last worked on first: how far each is, shown again in
// Compare or gone on with.
//
// Thread safety: window thread only.
#pragma once

#include <string>

#include "app/run/panel.h"
#include "core/study/study_list.h"

namespace switchyard::app {

// "5 seeds of 2,000 steps · 7 of 15 runs, stopped · 2 h ago".
std::string says_how_far(const ListedStudy& study, bool runs_here);

void draw_studies_prompt(const PanelInput& in, UiState& ui);

}  // namespace switchyard::app
