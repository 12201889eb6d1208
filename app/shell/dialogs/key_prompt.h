// Asks for what a recording of another program's does not say (core/recordings/forms/parts/keys.h): a field for each key
// of its form, with what the data suggest and what is allowed. What is taken opens the recording (again) with
// these keys; an empty field is none.
//
// Thread safety: window thread only.
#pragma once

#include <span>
#include <string>

#include "app/run/panel.h"
#include "core/recordings/forms/forms.h"

namespace switchyard::app {

// Opens it with what was told before, else with what is suggested. says: whoever could not read it; empty: it is
// open.
void ask_for_keys(UiState& ui, const RecordingWish& of, const RecordingForm& form, std::span<const KeyHint> hints,
                  std::string says);
void draw_key_prompt(const PanelInput& in, UiState& ui);

}  // namespace switchyard::app
