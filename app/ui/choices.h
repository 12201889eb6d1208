// A choice among names: one below the other, or side by side.
//
// Thread safety: window thread only.
#pragma once

#include <span>
#include <string_view>

#include "app/ui/focus.h"
#include "app/ui/skin.h"

namespace switchyard::app {

// A choice among names; true when it changed. width 0: as the longest name needs.
bool combo(const Skin& skin, std::string_view label, int* current, std::span<const std::string_view> items,
           float width = 0);

// The next or the one before, by the arrow keys; true when it changed.
bool turned_choice(const FocusKeys& keys, int* current, std::size_t count);

// A choice among few names, side by side; true when it changed. Each is registered as "label/name".
float segmented_width(const Skin& skin, std::span<const std::string_view> items);
bool segmented(const Skin& skin, std::string_view label, int* current, std::span<const std::string_view> items);

}  // namespace switchyard::app
