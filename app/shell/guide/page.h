// A page over the window: help, a term, what a panel shows. A click outside closes it.
//
// Thread safety: window thread only.
#pragma once

#include "app/ui/skin.h"

namespace switchyard::app {

// In the middle of the window, as high as what it holds; where that is more than the window has, the wheel, the
// arrow keys up and down, Page Up and Down, Home and End scroll it. True while it is to be filled; always call
// end_page().
bool begin_page(const Skin& skin, const char* id, float width);
// True while the page stays open.
bool end_page(const Skin& skin);

}  // namespace switchyard::app
