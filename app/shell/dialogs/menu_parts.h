// What small menus are put together of: where they open, and their lines.
//
// Thread safety: window thread only.
#pragma once

#include <string>

#include "app/ui/skin.h"
#include "viz/base/geometry.h"

namespace switchyard::app {

inline constexpr float kMenuWidth = 330;  // at scale 1

// A line of the menu, and a small one below it: what comes of it, or why it cannot be; with neither the line
// alone. True when it was taken. Registered as its label, or as `name`.
bool menu_entry(const Skin& skin, const std::string& label, const std::string& says = {},
                const std::string& why_not = {}, const std::string& name = {});
// Bold, at its head. It has the keyboard first: a hasty Enter takes nothing, and the first arrow the first entry.
// width: at scale 1.
void menu_title(const Skin& skin, const std::string& title, float width = kMenuWidth);

// Above or below the place of what it is about, within the window; NaN: at the lower edge. True: it is open, and
// end_context_menu() is to follow.
bool begin_context_menu(const Skin& skin, const char* popup, bool opens, viz::Point at);
void end_context_menu();

}  // namespace switchyard::app
