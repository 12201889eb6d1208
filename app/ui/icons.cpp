#include "app/ui/icons.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace switchyard::app {
namespace {

constexpr float kPi = std::numbers::pi_v<float>;

}  // namespace

void draw_icon(ImDrawList* list, Icon icon, ImVec2 c, float size, viz::Colour colour) {
  const float h = size / 2;
  switch (icon) {
    case Icon::none:
      return;
    case Icon::play:
      list->AddTriangleFilled({c.x - 0.8f * h, c.y - h}, {c.x - 0.8f * h, c.y + h}, {c.x + h, c.y}, colour);
      return;
    case Icon::pause:
      list->AddRectFilled({c.x - 0.85f * h, c.y - h}, {c.x - 0.2f * h, c.y + h}, colour, size * 0.08f);
      list->AddRectFilled({c.x + 0.2f * h, c.y - h}, {c.x + 0.85f * h, c.y + h}, colour, size * 0.08f);
      return;
    case Icon::step:
      list->AddTriangleFilled({c.x - 0.9f * h, c.y - h}, {c.x - 0.9f * h, c.y + h}, {c.x + 0.5f * h, c.y}, colour);
      list->AddRectFilled({c.x + 0.55f * h, c.y - h}, {c.x + 0.95f * h, c.y + h}, colour);
      return;
    case Icon::reset:
      list->PathArcTo(c, 0.85f * h, -0.35f * kPi, 1.25f * kPi, 20);
      list->PathStroke(colour, 0, std::max(1.2f, size * 0.13f));
      list->AddTriangleFilled({c.x + 0.05f * h, c.y - 0.95f * h}, {c.x + 0.85f * h, c.y - 0.95f * h},
                              {c.x + 0.6f * h, c.y - 0.15f * h}, colour);
      return;
    case Icon::close:
      list->AddLine({c.x - 0.6f * h, c.y - 0.6f * h}, {c.x + 0.6f * h, c.y + 0.6f * h}, colour, size * 0.14f);
      list->AddLine({c.x - 0.6f * h, c.y + 0.6f * h}, {c.x + 0.6f * h, c.y - 0.6f * h}, colour, size * 0.14f);
      return;
    case Icon::chevron_left: {
      const ImVec2 points[] = {
          {c.x + 0.35f * h, c.y - 0.7f * h}, {c.x - 0.4f * h, c.y}, {c.x + 0.35f * h, c.y + 0.7f * h}};
      list->AddPolyline(points, 3, colour, 0, std::max(1.2f, size * 0.14f));
      return;
    }
    case Icon::picture: {  // a frame with a curve in it
      const float stroke = std::max(1.0f, size * 0.1f);
      list->AddRect({c.x - h, c.y - 0.85f * h}, {c.x + h, c.y + 0.85f * h}, colour, size * 0.16f, 0, stroke);
      const ImVec2 points[] = {{c.x - 0.6f * h, c.y + 0.4f * h},
                               {c.x - 0.15f * h, c.y - 0.1f * h},
                               {c.x + 0.15f * h, c.y + 0.2f * h},
                               {c.x + 0.6f * h, c.y - 0.4f * h}};
      list->AddPolyline(points, 4, colour, 0, stroke);
      return;
    }
    case Icon::table: {  // a frame with a head and rows
      const float stroke = std::max(1.0f, size * 0.1f);
      list->AddRect({c.x - h, c.y - 0.85f * h}, {c.x + h, c.y + 0.85f * h}, colour, size * 0.16f, 0, stroke);
      list->AddLine({c.x - h, c.y - 0.3f * h}, {c.x + h, c.y - 0.3f * h}, colour, stroke);
      list->AddLine({c.x - h, c.y + 0.25f * h}, {c.x + h, c.y + 0.25f * h}, colour, stroke);
      list->AddLine({c.x - 0.2f * h, c.y - 0.3f * h}, {c.x - 0.2f * h, c.y + 0.85f * h}, colour, stroke);
      return;
    }
    case Icon::chevron_down:
    case Icon::chevron_right: {
      const bool down = icon == Icon::chevron_down;
      const ImVec2 a = down ? ImVec2(c.x - 0.7f * h, c.y - 0.35f * h) : ImVec2(c.x - 0.35f * h, c.y - 0.7f * h);
      const ImVec2 b = down ? ImVec2(c.x, c.y + 0.4f * h) : ImVec2(c.x + 0.4f * h, c.y);
      const ImVec2 d = down ? ImVec2(c.x + 0.7f * h, c.y - 0.35f * h) : ImVec2(c.x - 0.35f * h, c.y + 0.7f * h);
      const ImVec2 points[] = {a, b, d};
      list->AddPolyline(points, 3, colour, 0, std::max(1.2f, size * 0.14f));
      return;
    }
  }
}

}  // namespace switchyard::app
