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

constexpr float kDotsWidth = 26;  // logical pixels

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
  ImGui::SetNextWindowSizeConstraints(
      {0, 0}, {FLT_MAX, std::max(skin.px(160), ImGui::GetIO().DisplaySize.y - max.y - skin.px(20))});
  // To the left: the panel may stand at the window's edge.
  ImGui::SetNextWindowPos({max.x, max.y + skin.px(3)}, ImGuiCond_Always, {1, 0});
  return begin_menu_popup(popup.c_str());
}

}  // namespace switchyard::app
