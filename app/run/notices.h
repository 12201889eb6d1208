// Messages for a person: short ones that leave by themselves, and the log that keeps them. Errors stay longer. The same
// text goes to both.
//
// Thread safety: window thread only.
#pragma once

#include <string>

#include "app/run/ui_state.h"

namespace switchyard::app {

// Adds it to the toasts and to the log; a detail to the log alone. A toast already on screen with the same text is renewed instead.
void add_toast(UiState& ui, Notice::Level level, std::string message, double now_s);
// The same; the toast, to be given more than words, until another is added. Null: of a detail.
Toast* put_toast(UiState& ui, Notice::Level level, std::string message, double now_s);

// Drops those whose time is over; the time the next one leaves (infinity: none).
double expire_toasts(UiState& ui, double now_s);

}  // namespace switchyard::app
