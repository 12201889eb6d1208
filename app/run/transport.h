// Play, pause, step, reset, presets, setups, export: what a person does to the run as a whole.
//
// Thread safety: window thread only.
#pragma once

#include <string>
#include <string_view>

#include "app/cli/setups/presets.h"
#include "app/run/panel.h"

namespace switchyard::app {

bool is_playing(const RunStatus& status);
// Whether there is a model to play, step or reset: false while loading.
bool can_run(const RunStatus& status);

// Of the dot that says it.
viz::Colour state_colour(const viz::Theme& theme, RunState state);

void play_or_pause(const RunStatus& status, Commands& out);
void step(const RunStatus& status, std::int64_t steps, Commands& out);
void reset(const RunStatus& status, KnobEdits& edits, Commands& out);

// A new run begins with a preset, whatever of it could have changed the model that runs: that one is kept, and
// undo brings it back. Corpus and number of threads stay as they are where it names none; one that leads away from
// a text or points of the user's own says so. With KnobEdits::beside that run begins beside, and nothing else
// happens.
void apply_preset(const Preset& preset, const RunStatus& status, UiState& ui, Commands& out, double now_s);
// Whether the knobs are as it has them.
bool is_in_force(const Preset& preset, const UiState& ui);

// The setup that runs now, as one line for a shell, into the clipboard (app/cli/setups/setup.h).
void copy_setup(const PanelInput& in, UiState& ui);
// What somebody copied so is to be taken up (settings_opening.h): one edit, as settings from a file are. A toast
// says what of it is not allowed, and then nothing else happens.
void paste_setup(std::string_view text, const PanelInput& in, UiState& ui);
// The setup that runs now as a preset of the user's own. False where the name is refused; a toast says why.
bool save_setup(const PanelInput& in, UiState& ui, const std::string& title);

// Writes the weights into the run folder; once they are, a toast says where everything is, and the path is copied.
// Of a record, or of a run beside, the path alone.
void export_run(const PanelInput& in, UiState& ui, Commands& out);

}  // namespace switchyard::app
