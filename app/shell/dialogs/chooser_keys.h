// What the keys do in a chooser, beside typing.
//
// Thread safety: window thread only, inside an ImGui frame.
#pragma once

#include <vector>

#include "app/shell/dialogs/chooser_places.h"

namespace switchyard::app {

// Arrows and their like: from row to row, from place to place, to the folder above and into one.
void walk_by_keys(Chooser& chooser, const std::vector<Place>& places);
// Ctrl with L, H, T: the path as text, hidden files, by age.
void arrange_by_keys(Chooser& chooser);

}  // namespace switchyard::app
