#include "viz/canvas/scaled_list.h"

#include <algorithm>

namespace viz {

void draw_scaled(ImDrawList* list, const Rect& from, Point to, float scale, const std::function<void()>& draw) {
  const ImVec2 clip_min = list->GetClipRectMin(), clip_max = list->GetClipRectMax();
  // Commands of its own: their clips are moved too.
  list->PushClipRect({from.x0, from.y0}, {from.x1, from.y1});
  list->AddDrawCmd();
  const int first_command = list->CmdBuffer.Size - 1, first_vertex = list->VtxBuffer.Size;
  draw();
  const auto x = [&](float at) { return to.x + (at - from.x0) * scale; };
  const auto y = [&](float at) { return to.y + (at - from.y0) * scale; };
  for (int i = first_vertex; i < list->VtxBuffer.Size; ++i) {
    ImVec2& at = list->VtxBuffer[i].pos;
    at = {x(at.x), y(at.y)};
  }
  for (int i = first_command; i < list->CmdBuffer.Size; ++i) {
    ImVec4& clip = list->CmdBuffer[i].ClipRect;
    clip = {std::max(x(clip.x), clip_min.x), std::max(y(clip.y), clip_min.y), std::min(x(clip.z), clip_max.x),
            std::min(y(clip.w), clip_max.y)};
    // Nothing of it is in sight.
    clip.z = std::max(clip.x, clip.z), clip.w = std::max(clip.y, clip.w);
  }
  list->AddDrawCmd();
  list->PopClipRect();
}

}  // namespace viz
