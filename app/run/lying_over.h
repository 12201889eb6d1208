// What lies over the panels and has the keys and the mouse for itself: asked here by whoever draws it, and by
// whoever has keys of its own.
//
// Thread safety: window thread only.
#pragma once

#include "app/run/ui_state.h"

namespace switchyard::app {

// A page that is read (help, or what a panel or a term means), the tour, and dialogs, which ask for something.
enum class Over { page, tour, palette, name, sweep, studies, keys, figure, chooser, text };
inline constexpr Over kDialogs[] = {Over::palette, Over::name,   Over::sweep,   Over::studies,
                                    Over::keys,    Over::figure, Over::chooser, Over::text};

// Whether it is open.
bool lies_over(const UiState& ui, Over what);

inline bool page_is_open(const UiState& ui) { return lies_over(ui, Over::page); }
bool dialog_is_open(const UiState& ui);
// A dialog or the tour.
bool something_lies_over(const UiState& ui);

}  // namespace switchyard::app
