// Presets of the user's own: settings_folder()/presets/NAME.json, in the form of assets/presets. Whoever has one
// may edit, copy or remove it.
//
// Thread safety: reads and writes files; no two threads at once.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "app/cli/setups/presets.h"
#include "core/base/result.h"
#include "core/config/config.h"

namespace switchyard::app {

std::filesystem::path own_presets_folder();

struct OwnPresets {
  std::vector<Preset> presets;        // by name
  std::vector<std::string> warnings;  // one for each file that is none, naming it
};
OwnPresets read_own_presets();

// By its name or its title. usage: there is none (all names are told), or its file is damaged.
Result<Preset> find_any_preset(std::string_view name);

// Saves a configuration as a preset of this title, in place of one that has it already. The name is the title,
// with dashes for what is no letter, digit, dot, dash or underscore. usage: the title has none of these, is that
// of one of the program's, another of the user's has the same name, or what has it cannot be read (of a later
// version, say). failure: it could not be written.
Result<Preset> save_own_preset(std::string_view title, const Config& config);

// The configuration to start from in a window that runs `now`: corpus and threads stay where the preset names
// none. One of points brings its own: its shape is what it is about.
Config started_from(const Preset& preset, const Config& now);

}  // namespace switchyard::app
