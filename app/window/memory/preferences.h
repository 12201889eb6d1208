// What the window remembers between runs of the program: its size, theme, scale, workspace, layer, dividers. A few
// "key=value" lines in $XDG_CONFIG_HOME/switchyard/window.ini; nothing of a run is in it (window_state.h).
//
// Versions of the program side by side share it: what a line says that this one does not know, a later one may, so
// its lines are written back as they are.
//
// Thread safety: pure functions with file I/O. A missing or strange file means the defaults; of its lines those
// are taken that name something the window has, with a value it can take. Of the others those that are "key=value"
// in plain letters stay, kMostOthers of them; none else is written back.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "app/cli/words/figure_form.h"
#include "app/cli/words/workspace.h"

namespace switchyard::app {

struct Preferences {
  int width = 1280, height = 720;
  bool light_theme = false;
  float scale = 0;  // 0: whatever the display asks for
  bool show_welcome = true;
  bool tour_seen = false;  // it does not start by itself again
  bool all_knobs = false;  // not the essential ones alone
  FigureForm figure{.width_mm = 85, .light_theme = true};  // of the dialog of a figure for a page
  Workspace workspace = Workspace::train;
  int layer = 0;  // that panels of one layer show
  std::map<std::string, bool> knobs;                 // by workspace, where they differ from what it prefers
  std::map<std::string, std::vector<float>> shares;  // by layout_key(): where dividers were put
  static constexpr std::size_t kMostOthers = 200, kLongestOther = 1000;
  std::map<std::string, std::string> others;  // of another version
  bool operator==(const Preferences&) const = default;
};

Preferences parse_preferences(std::string_view text);
std::string to_text(const Preferences& preferences);

std::filesystem::path preferences_file();
Preferences read_preferences();
// Over the file as it is, of which the others stay. Best effort: a window that cannot remember its size is no
// reason to complain.
void write_preferences(const Preferences& preferences);

}  // namespace switchyard::app
