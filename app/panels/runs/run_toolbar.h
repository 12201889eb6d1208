// The line above the table of runs: the filter and what is wrong with it, the folder, the columns, two switches.
//
// Thread safety: window thread only.
#pragma once

#include <filesystem>
#include <string>

#include "app/run/panel.h"

namespace switchyard::app {

inline constexpr float kToolbarHeight = 28;  // at scale 1, of a line of buttons

void draw_run_toolbar(const PanelInput& in, UiState& ui);

// Where the runs that are shown lie, or will be looked for; "~/studies/one/runs".
std::filesystem::path directory_of(const LibraryView& view);
std::string shown_directory(const LibraryView& view);

}  // namespace switchyard::app
