// How the window looked when it was closed, and how it looks now: preferences into what is shown, and back.
//
// Thread safety: window thread only.
#pragma once

#include <span>
#include <string>

#include "app/cli/words/options.h"
#include "app/run/ui_state.h"
#include "app/window/memory/preferences.h"

namespace switchyard::app {

// What the command line names comes first. content_scale: what the display asks for.
void show_as_before(const Preferences& remembered, const Options& options, float content_scale, UiState& ui);
// `before` with what is shown now; the window's size is not in it.
Preferences as_shown(const UiState& ui, Preferences before, float content_scale);
// Of the preset that the options begin with, whatever else they say; empty: of none.
std::string title_of_preset(const Options& options, std::span<const Preset> own);

}  // namespace switchyard::app
