// Short messages at the lower right that leave by themselves, and the log that keeps them. Errors stay
// longer. The same text goes to both.
//
// Thread safety: window thread only.
#pragma once

#include "app/run/panel.h"

namespace switchyard::app {

// Adds it to the toasts and to the log. A toast already on screen with the same text is renewed instead.
void add_toast(UiState& ui, Notice::Level level, std::string message, double now_s);

// Drops those whose time is over; the time the next one leaves (infinity: none).
double expire_toasts(UiState& ui, double now_s);

void draw_toasts(const PanelInput& in, UiState& ui);
// A drawer over the lower part of the window, where ui.show_log.
void draw_log(const PanelInput& in, UiState& ui);

}  // namespace switchyard::app
