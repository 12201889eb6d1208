// Where the program keeps what a person has settled (the window's looks, presets of their own), and what it
// remembers of what was done.
//
// Thread safety: reads the environment.
#pragma once

#include <filesystem>

namespace switchyard::app {

// $XDG_CONFIG_HOME/switchyard, or ~/.config/switchyard.
std::filesystem::path settings_folder();
// $XDG_STATE_HOME/switchyard, or ~/.local/state/switchyard.
std::filesystem::path state_folder();

}  // namespace switchyard::app
