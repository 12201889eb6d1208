#include "app/ui/choices.h"

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <string>
#include <utility>

#include "app/ui/icons.h"
#include "app/ui/registry.h"

namespace switchyard::app {

bool turned_choice(const FocusKeys& keys, int* current, std::size_t count) {
  if (keys.turned == 0 || count == 0) return false;
  const int before = std::exchange(*current, std::clamp(*current + keys.turned, 0, static_cast<int>(count) - 1));
  return *current != before;
}

bool combo(const Skin& skin, std::string_view label, int* current, std::span<const std::string_view> items,
           float width) {
  const viz::Theme& t = skin.theme;
  const WithFont font(t.fonts.body);
  if (width <= 0) {
    for (const std::string_view item : items) width = std::max(width, text_size(t.fonts.body, item).x);
    width += skin.px(36);
  }
  const std::string id(label), preview(*current >= 0 && static_cast<std::size_t>(*current) < items.size()
                                           ? items[static_cast<std::size_t>(*current)]
                                           : std::string_view());
  const float height = skin.px(24);
  ImGui::PushID(id.c_str());
  const bool clicked = ImGui::InvisibleButton("##open", {width, height});
  const FocusKeys keys = focus_stop(ImGui::GetID("##open"), FocusKind::turn);
  register_item(visible_part(label), preview);
  const ImVec2 min = ImGui::GetItemRectMin(), max = ImGui::GetItemRectMax();
  const bool hovered = ImGui::IsItemHovered();
  ImDrawList* list = ImGui::GetWindowDrawList();
  list->AddRectFilled(min, max, hovered ? t.raised_hover : t.raised, skin.px(5));
  draw_clipped_text(list, t.fonts.body, {min.x + skin.px(9), (min.y + max.y - text_size(t.fonts.body, {}).y) / 2},
                    width - skin.px(32), t.text, preview);
  draw_icon(list, Icon::chevron_down, {max.x - skin.px(12), (min.y + max.y) / 2}, skin.px(8), t.text_dim);
  if (clicked || keys.pressed) ImGui::OpenPopup("##choices");

  bool changed = turned_choice(keys, current, items.size());
  ImGui::SetNextWindowPos({min.x, max.y + skin.px(3)});
  ImGui::SetNextWindowSizeConstraints({width, 0}, {FLT_MAX, skin.px(420)});
  if (begin_menu_popup("##choices")) {
    for (std::size_t i = 0; i < items.size(); ++i) {
      const bool chosen = static_cast<int>(i) == *current;
      if (ImGui::Selectable(std::string(items[i]).c_str(), chosen)) {
        changed = !chosen;
        *current = static_cast<int>(i);
      }
      if (chosen) ImGui::SetItemDefaultFocus();
      register_item(std::string(visible_part(label)) + "/" + std::string(items[i]));
    }
    end_menu_popup();
  }
  ImGui::PopID();
  return changed;
}

namespace {

float segment_width(const Skin& skin, std::string_view item) {
  return std::ceil(text_size(skin.theme.fonts.body, item).x + skin.px(18));
}

}  // namespace

float segmented_width(const Skin& skin, std::span<const std::string_view> items) {
  float width = 0;
  for (const std::string_view item : items) width += segment_width(skin, item);
  return width;
}

bool segmented(const Skin& skin, std::string_view label, int* current, std::span<const std::string_view> items) {
  const viz::Theme& t = skin.theme;
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float height = skin.px(24), round = skin.px(5);
  ImDrawList* list = ImGui::GetWindowDrawList();
  list->AddRectFilled(at, {at.x + segmented_width(skin, items), at.y + height}, t.raised, round);
  bool changed = false;
  float x = at.x;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const std::string name = std::string(visible_part(label)) + "/" + std::string(items[i]);
    const float width = segment_width(skin, items[i]);
    const bool chosen = static_cast<int>(i) == *current;
    ImGui::SetCursorScreenPos({x, at.y});
    if (ImGui::InvisibleButton(name.c_str(), {width, height}) && !chosen) {
      *current = static_cast<int>(i);
      changed = true;
    }
    register_item(name, chosen ? "chosen" : "");
    const bool hovered = ImGui::IsItemHovered();
    if (chosen || hovered)
      list->AddRectFilled({x + skin.px(2), at.y + skin.px(2)},
                          {x + width - skin.px(2), at.y + height - skin.px(2)}, chosen ? t.accent : t.raised_hover,
                          skin.px(4));
    const ImVec2 ink = text_size(t.fonts.body, items[i]);
    draw_text(list, t.fonts.body, {x + (width - ink.x) / 2, at.y + (height - ink.y) / 2},
              chosen    ? t.accent_text
              : hovered ? t.text
                        : t.text_dim,
              items[i]);
    x += width;
  }
  const std::string id(label);
  const ImVec2 end(at.x + segmented_width(skin, items), at.y + height);
  const FocusKeys keys = focus_stop(ImGui::GetID(id.c_str()), at, end, FocusKind::turn);
  register_item(visible_part(label), at, end);
  if (keys.pressed) *current = items.empty() ? 0 : (*current + 1) % static_cast<int>(items.size());
  return turned_choice(keys, current, items.size()) || keys.pressed || changed;
}

}  // namespace switchyard::app
