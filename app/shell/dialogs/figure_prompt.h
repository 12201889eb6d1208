// Asks how a panel's figure for a page is to be: how wide on paper, in which size of letters, which theme, which
// files; and shows it as it will be. Opened by a right click on a panel's figure icon, or from the palette. What
// was chosen is remembered between windows (app/window/memory/preferences.h).
//
// Whoever runs the window draws what is shown (FigurePrompt::preview) and writes it once it is wanted.
//
// Thread safety: window thread only.
#pragma once

#include <string_view>

#include "app/run/panel.h"
#include "core/base/result.h"

namespace switchyard::app {

void ask_for_figure(UiState& ui, std::string_view panel);
// What it asks for, as it stands. usage: what is not allowed.
Result<FigureForm> form_of(const FigurePrompt& prompt);
// As it is filled in with that.
void fill_in(FigurePrompt& prompt, const FigureForm& form);

void draw_figure_prompt(const PanelInput& in, UiState& ui);

}  // namespace switchyard::app
