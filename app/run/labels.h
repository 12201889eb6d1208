// What runs are called where several stand beside one another: as RunView::label() says, and of those called alike
// each with what tells it apart too, the letters of its folder's name.
//
// Thread safety: window thread only.
#pragma once

#include <map>
#include <string>

#include "app/run/panel.h"

namespace switchyard::app {

// Of every run of the window; no two are the same.
using RunLabels = std::map<const RunView*, std::string>;
RunLabels labels_in(const PanelInput& in);
std::string label_in(const PanelInput& in, const RunView& run);

}  // namespace switchyard::app
