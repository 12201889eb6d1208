// Play, pause, step, reset and the keys for everything: what a person does to the run as a whole.
//
// Thread safety: window thread only.
#pragma once

#include <span>

#include "app/panel.h"

namespace switchyard::app {

bool is_playing(const RunStatus& status);
// Whether there is a model to play, step or reset: false while loading.
bool can_run(const RunStatus& status);

void play_or_pause(const RunStatus& status, Commands& out);
void step(const RunStatus& status, std::int64_t steps, Commands& out);
void reset(const RunStatus& status, Commands& out);

// Space, '.', Shift+'.', R, Ctrl+Z, Ctrl+Shift+Z, F1, F12, Ctrl+Q, Escape. Single keys are off while a
// text is typed. Call once a frame, before the widgets.
void handle_shortcuts(const RunStatus& status, UiState& ui, Commands& out);

struct Shortcut {
  const char* keys;
  const char* meaning;
};
// The same list for the help page.
std::span<const Shortcut> shortcuts();

}  // namespace switchyard::app
