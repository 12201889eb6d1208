// The command line as a value: what to do, and the configuration to do it with. Every knob of the table
// (core/config/knobs.h) can be set here; nothing about a knob is repeated here.
//
// Whoever comes later wins: preset < --config FILE < --config-text JSON < --corpus, --seed < --set key=value.
// Thread safety: pure functions of their arguments and of the files these name.
#pragma once

#include <span>
#include <string>

#include "app/cli/setups/presets.h"
#include "app/cli/words/options.h"
#include "app/cli/words/word_tree.h"
#include "core/base/result.h"

namespace switchyard::app {

// argv as main gets it. Errors are usage errors that name the argument and what is allowed. Prints
// nothing and never exits.
Result<Options> parse_options(int argc, const char* const* argv);

// What it knows, as a table.
WordTree command_line_words();

// "--list-knobs": a table for people; with `json`, one array of objects for programs.
std::string knob_list(bool json);

// "checkpoints": a line each, or JSON. usage: no folder of a run.
Result<std::string> checkpoint_list(const std::string& run, bool json);

// "--list-presets": name, title and one line each; marks the one that runs by default, and the user's own.
std::string preset_list(std::span<const Preset> own);

}  // namespace switchyard::app
