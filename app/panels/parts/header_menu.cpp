#include "app/panels/parts/header_menu.h"

#include <imgui.h>

#include <algorithm>
#include <cfloat>
#include <string>

#include "app/panels/parts/panel_frame.h"
#include "app/ui/buttons.h"
#include "app/ui/focus.h"
#include "app/ui/registry.h"
#include "app/ui/skin.h"

namespace switchyard::app {
namespace {

// Logical pixels.
constexpr float kDotsWidth = 26, kMenuWidth = 190, kRoomWanted = 320;

}  // namespace

float header_menu_width(const PanelInput& in) { return kDotsWidth * in.scale; }

bool begin_header_menu(const PanelInput& in, const char* id, const char* tooltip) {
  const Skin skin{in.theme, in.scale};
  const float width = header_menu_width(in);
  const viz::Rect free = panel_header_free(in);
  if (free.width() < width) return false;
  panel_header_take_right(width + skin.px(4));
  const ImVec2 body = ImGui::GetCursorScreenPos();
  const ImVec2 min(free.x1 - width, free.y0), max(free.x1 - skin.px(4), free.y1);
  const std::string popup = std::string("##") + id;
  ImGui::SetCursorScreenPos(min);
  if (press_area(id, {max.x - min.x, max.y - min.y}).pressed) ImGui::OpenPopup(popup.c_str());
  register_item(id);
  const bool hovered = ImGui::IsItemHovered();
  if (hovered) ImGui::SetTooltip("%s", tooltip);
  ImGui::SetCursorScreenPos(body);
  ImDrawList* list = ImGui::GetWindowDrawList();
  if (hovered) list->AddRectFilled(min, max, in.theme.raised, skin.px(5));
  for (const float dx : {-4.5f, 0.0f, 4.5f})
    list->AddCircleFilled({(min.x + max.x) / 2 + skin.px(dx), (min.y + max.y) / 2}, skin.px(1.4f),
                          hovered ? in.theme.text : in.theme.text_dim, 8);
  // To the left, since the panel may stand at the window's edge; up where there is more room.
  const float edge = skin.px(20), below = ImGui::GetIO().DisplaySize.y - max.y - edge, above = min.y - edge;
  const bool goes_up = below < skin.px(kRoomWanted) && above > below;
  ImGui::SetNextWindowSizeConstraints({skin.px(kMenuWidth), 0},
                                      {FLT_MAX, std::max(skin.px(80), goes_up ? above : below)});
  ImGui::SetNextWindowPos({max.x, goes_up ? min.y - skin.px(3) : max.y + skin.px(3)}, ImGuiCond_Always,
                          {1, goes_up ? 1.0F : 0.0F});
  return begin_menu_popup(popup.c_str());
}

}  // namespace switchyard::app
