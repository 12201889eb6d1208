// What a window leaves for the next one beside its preferences: where runs were recorded that the usual directory
// does not list, what was opened last, the study and the sweep that were shown, and what was chosen in a run, by
// the run's id. A small JSON file, $XDG_STATE_HOME/switchyard/window.json; its loss costs nothing but convenience.
//
// Whatever the file holds, each entry that is not what it should be is passed over, and none is written back;
// members of another name are another version's and stay. Thread safety: pure functions; the last two do file I/O.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/files/used_paths.h"
#include "app/run/standing.h"
#include "core/base/json.h"

namespace switchyard::app {

struct WindowState {
  static constexpr std::size_t kMostFolders = 12, kMostRuns = 32;

  std::vector<std::filesystem::path> folders;          // of runs, absolute; the newest first
  std::vector<std::pair<std::string, ChosenIn>> runs;  // by RunView::id; the newest first
  UsedPaths used;
  std::filesystem::path study, sweep;  // that were shown last, absolute; empty: none
  Json others = Json::object();  // members that this version does not know: a later one's, which stay
  bool operator==(const WindowState&) const = default;
};

WindowState parse_window_state(std::string_view text);
std::string to_text(const WindowState& state);

// What a window has to say: its own entries come first, those of others stay behind them while there is room.
struct WindowNews {
  std::vector<std::filesystem::path> recorded_in,
      gone;  // folders of runs, the newest first; such that are no more
  std::vector<std::pair<std::string, ChosenIn>> chosen;  // nothing chosen: what was known of the run is forgotten
  UsedPaths used{};
  // What is shown by now, where that is another than was left.
  std::optional<std::filesystem::path> study{}, sweep{};
};
WindowState with_news(WindowState state, const WindowNews& news);

std::filesystem::path window_state_file();
WindowState read_window_state();
// Into what the file holds now, for another window may have written meanwhile; of two at one moment one is lost.
// Best effort: no error is told.
void add_to_window_state(const WindowNews& news);

}  // namespace switchyard::app
