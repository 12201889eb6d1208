// Named configurations: assets/presets/*.json, compiled into the program so that it runs from anywhere.
// A preset holds only the knobs in which it differs from Config's defaults.
//
// To add one: a file there, a line in app/CMakeLists.txt. Thread safety: the list is immutable, built once.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/config/config.h"

namespace switchyard::app {

struct Preset {
  std::string name;         // "tiny-stories": what --preset takes
  std::string title;        // "Tiny stories": what a button says
  std::string description;  // one line
  Config config;            // complete and valid
};

inline constexpr std::string_view kDefaultPreset = "tiny-stories";
// What somebody's own points begin with.
inline constexpr std::string_view kPointsPreset = "clusters-plane";

// In the order people should meet them; the default is the first.
std::span<const Preset> presets();
// nullptr if there is none.
const Preset* find_preset(std::string_view name);

// The program's and then those of the user's own; they point into both lists.
std::vector<const Preset*> all_presets(std::span<const Preset> own);
// The first of them with this title; nullptr if there is none. Of an empty title there is none.
const Preset* find_preset_titled(std::string_view title, std::span<const Preset> own);

}  // namespace switchyard::app
