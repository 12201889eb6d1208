// Everything the window remembers between frames that is not data: the draft of the knobs, what is
// selected, how plots are zoomed. Lives in one place so that tests can set and read it.
//
// Thread safety: window thread only.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/config/config.h"
#include "core/session/link.h"
#include "viz/plot_state.h"

namespace switchyard::app {

struct Toast {
  Notice::Level level = Notice::Level::info;
  std::string message;
  double until_s = 0;
};

enum class ColourBy { expert, domain };

struct UiState {
  // Knobs: what the widgets show. Sent as SetConfig with the next revision when an edit commits.
  Config draft;
  bool draft_is_set = false;      // false until the first RunStatus brings a config
  std::uint64_t sent_revision = 0;
  std::vector<Config> undo, redo; // configs before each committed edit; newest last

  // Selections shared by panels.
  int layer = 0;                  // index among the MoE layers
  int hovered_expert = -1;        // lights it everywhere
  ColourBy projection_colour = ColourBy::expert;
  std::size_t passage = 0;        // probe sequence in the token view

  // One entry a plot, by its id: zoom, hidden curves. One hover line shared by all time plots.
  std::map<std::string, viz::PlotState> plots;
  viz::SharedHover hover;

  // Generation box.
  std::string prompt = "Once upon a time";
  double temperature = 0.8;
  int sample_top_k = 20;
  std::uint64_t generation_id = 0;
  std::vector<GeneratedToken> generated;
  bool generating = false;

  // Shell.
  bool light_theme = false;
  float scale = 1;
  bool show_help = false, show_log = false, show_about = false;
  std::vector<Toast> toasts;
  std::vector<std::string> log;
  bool wants_screenshot = false, wants_quit = false;
};

}  // namespace switchyard::app
