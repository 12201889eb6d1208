// Play, pause, step, reset, presets, export: what a person does to the run as a whole.
//
// Thread safety: window thread only.
#pragma once

#include <string>

#include "app/run/panel.h"

namespace switchyard::app {

bool is_playing(const RunStatus& status);
// Whether there is a model to play, step or reset: false while loading.
bool can_run(const RunStatus& status);

void play_or_pause(const RunStatus& status, Commands& out);
void step(const RunStatus& status, std::int64_t steps, Commands& out);
void reset(const RunStatus& status, KnobEdits& edits, Commands& out);

// A preset becomes the draft; the corpus and the number of threads stay as they are.
void apply_preset(const std::string& name, UiState& ui, Commands& out);

// Writes the weights into the run folder and copies its path; a toast says where everything is.
void export_run(const PanelInput& in, UiState& ui, Commands& out);

}  // namespace switchyard::app
