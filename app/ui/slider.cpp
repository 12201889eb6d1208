#include "app/ui/slider.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "app/ui/focus.h"
#include "app/ui/registry.h"

namespace switchyard::app {

SliderEvent slider(const Skin& skin, std::string_view label, float width, float shown, bool lit,
                   std::string_view text) {
  const viz::Theme& t = skin.theme;
  SliderEvent event;
  const float radius = skin.px(6), height = skin.px(14);
  const std::string id(label);
  const bool pressed = ImGui::InvisibleButton(id.c_str(), {width, height});
  const FocusKeys keys = focus_stop(ImGui::GetID(id.c_str()), FocusKind::turn);
  register_item(visible_part(label), text);
  const ImVec2 min = ImGui::GetItemRectMin(), max = ImGui::GetItemRectMax();
  const bool active = ImGui::IsItemActive();
  event.turned = keys.turned;
  event.hovered = ImGui::IsItemHovered();
  const ImGuiIO& io = ImGui::GetIO();
  const bool by_mouse = ImGui::IsMouseDown(ImGuiMouseButton_Left) || ImGui::IsMouseReleased(ImGuiMouseButton_Left);
  if (ImGui::IsItemActivated() && by_mouse) {
    if (io.KeyCtrl) event.wants_typing = true;
    else event.began = true;
  } else if ((pressed && !by_mouse) || keys.pressed) {
    event.wants_typing = true;
  }
  // The grab's centre travels between these, so that it never hangs over the ends.
  const float left = min.x + radius, right = max.x - radius;
  if (active && by_mouse && !io.KeyCtrl) {
    event.position = std::clamp((io.MousePos.x - left) / std::max(1.0f, right - left), 0.0f, 1.0f);
    event.changed = true;
    shown = event.position;
  }
  event.ended = ImGui::IsItemDeactivated();

  if (!ImGui::IsItemVisible()) return event;
  ImDrawList* list = ImGui::GetWindowDrawList();
  const float middle = std::round((min.y + max.y) / 2), half = std::max(1.5f, skin.scale * 2);
  const float x = left + std::clamp(shown, 0.0f, 1.0f) * (right - left);
  const viz::Colour fill = lit ? t.accent : viz::mixed(t.text_dim, t.panel, 0.4f);
  list->AddRectFilled({min.x, middle - half}, {max.x, middle + half}, t.raised_hover, half);
  if (x > left + 0.5f) list->AddRectFilled({min.x, middle - half}, {x, middle + half}, fill, half);
  const viz::Colour grab = t.is_dark ? t.text : viz::rgb(0xffffff);
  if (event.hovered || active || keys.has)
    list->AddCircleFilled({x, middle}, radius * 1.6f, viz::faded(t.accent, 0.22f), 20);
  list->AddCircleFilled({x, middle}, radius, grab, 20);
  if (!t.is_dark) list->AddCircle({x, middle}, radius, viz::mixed(t.text_dim, t.panel, 0.35f), 20, skin.scale);
  return event;
}

}  // namespace switchyard::app
