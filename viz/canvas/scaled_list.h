// What is drawn into an ImDrawList, moved and scaled as a whole: a picture of a picture, such as a preview. Text
// is scaled as it lies in the atlas, for looking at.
//
// Thread safety: window thread only.
#pragma once

#include <imgui.h>

#include <functional>

#include "viz/base/geometry.h"

namespace viz {

// `draw` draws into the list as if it were at `from`, nothing outside; it comes out with that rectangle's corner
// at `to`, scale times as large, within what was clipped to before.
void draw_scaled(ImDrawList* list, const Rect& from, Point to, float scale, const std::function<void()>& draw);

}  // namespace viz
