// A key with its modifiers: how it is written, and whether it was pressed.
//
// Thread safety: window thread only.
#pragma once

#include <string>

#include "viz/base/compat.h"

namespace switchyard::app {

// A key with the modifiers that must be down with it, and no others.
struct Chord {
  viz::Key key{};
  bool ctrl = false, shift = false;
  bool repeats = false;       // acts again while it is held
  bool while_typing = false;  // also acts while a text is typed
};
std::string chord_text(const Chord& chord);  // "Ctrl + Shift + P"
// In this frame.
bool asked_for(const Chord& chord);

}  // namespace switchyard::app
