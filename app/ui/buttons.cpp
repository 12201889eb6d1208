#include "app/ui/buttons.h"

#include <algorithm>
#include <string>

#include "app/ui/focus.h"
#include "app/ui/registry.h"

namespace switchyard::app {
namespace {

// In a menu, where ImGui goes through the entries, it draws nothing around what draws itself.
void menu_ring(const Skin& skin) {
  if (!ImGui::GetIO().NavVisible || !ImGui::IsItemFocused()) return;
  const ImVec2 min = ImGui::GetItemRectMin(), max = ImGui::GetItemRectMax();
  const float out = skin.px(2);
  ImDrawList* list = ImGui::GetWindowDrawList();
  // Beside the item, so also where a child window ends at its edge.
  list->PushClipRect({min.x - 2 * out, min.y - 2 * out}, {max.x + 2 * out, max.y + 2 * out});
  list->AddRect({min.x - out, min.y - out}, {max.x + out, max.y + out}, skin.theme.accent, skin.px(6), 0,
                std::max(1.0f, skin.px(1.5f)));
  list->PopClipRect();
}

}  // namespace

ButtonColours button_colours(const viz::Theme& t, ButtonLook look, bool enabled, bool hovered, bool held) {
  ButtonColours out;
  switch (look) {
    case ButtonLook::plain:
      out = {hovered ? t.raised_hover : t.raised, t.text};
      break;
    case ButtonLook::primary:
      out = {hovered ? t.accent_hover : t.accent, t.accent_text};
      break;
    case ButtonLook::quiet:
      out = {hovered ? t.raised : 0, hovered ? t.text : t.text_dim};
      break;
  }
  if (held) out.ground = viz::mixed(out.ground ? out.ground : t.raised, t.ground, 0.2f);
  if (enabled) return out;
  // Between the ground and the panel, and no weight in its words.
  return {look == ButtonLook::quiet ? 0 : viz::mixed(t.raised, t.panel, 0.5f), t.text_dim};
}

ImVec2 button_size(const Skin& skin, const ButtonSpec& spec) {
  ImFont* font = spec.look == ButtonLook::quiet ? skin.theme.fonts.body : skin.theme.fonts.bold;
  ImVec2 size = text_size(font, visible_part(spec.label));
  if (spec.icon != Icon::none) size.x += skin.px(size.x > 0 ? 19 : 12);
  size.x += skin.px(spec.look == ButtonLook::quiet ? 16 : 24);
  size.y = skin.px(spec.look == ButtonLook::quiet ? 26 : 28);
  if (spec.size.x > 0) size.x = spec.size.x;
  if (spec.size.y > 0) size.y = spec.size.y;
  return size;
}

bool button(const Skin& skin, const ButtonSpec& spec) {
  const viz::Theme& t = skin.theme;
  const std::string_view text = visible_part(spec.label);
  const std::string_view name = spec.name.empty() ? text : spec.name;
  const ImVec2 size = button_size(skin, spec);
  ImGui::BeginDisabled(!spec.enabled);
  const std::string id(name);
  bool pressed = ImGui::InvisibleButton(id.c_str(), size);
  ImGui::EndDisabled();
  if (spec.enabled) pressed = focus_stop(ImGui::GetID(id.c_str())).pressed || pressed;
  register_item(name, text);
  const bool hovered = spec.enabled && ImGui::IsItemHovered(), held = spec.enabled && ImGui::IsItemActive();

  auto [ground, ink] = button_colours(t, spec.look, spec.enabled, hovered, held);
  // A shape alone has no words to be read.
  if (!spec.enabled && text.empty()) ink = viz::faded(ink, 0.5f);
  const ImVec2 min = ImGui::GetItemRectMin(), max = ImGui::GetItemRectMax();
  ImDrawList* list = ImGui::GetWindowDrawList();
  if (ground) list->AddRectFilled(min, max, ground, skin.px(6));
  ImFont* font = spec.look == ButtonLook::quiet ? t.fonts.body : t.fonts.bold;
  const ImVec2 ink_size = text_size(font, text);
  const float icon_width = spec.icon == Icon::none ? 0 : skin.px(text.empty() ? 11 : 19);
  float x = (min.x + max.x - ink_size.x - icon_width) / 2;
  const float middle = (min.y + max.y) / 2;
  if (spec.icon != Icon::none) {
    draw_icon(list, spec.icon, {x + skin.px(5.5f), middle}, skin.px(11), ink);
    x += icon_width;
  }
  draw_text(list, font, {x, middle - ink_size.y / 2}, ink, text);
  menu_ring(skin);
  return pressed && spec.enabled;
}

Pressed press_area(std::string_view id, ImVec2 size) {
  const std::string name(id);
  const bool clicked = ImGui::InvisibleButton(name.c_str(), size);
  const FocusKeys keys = focus_stop(ImGui::GetID(name.c_str()));
  return {clicked || keys.pressed, keys.has};
}

ImVec2 badge_size(const Skin& skin, std::string_view text) {
  const ImVec2 size = text_size(skin.theme.fonts.small, text);
  return {size.x + skin.px(14), size.y + skin.px(1)};
}

void draw_badge(const Skin& skin, ImVec2 at, std::string_view text, viz::Colour ground, viz::Colour colour) {
  const ImVec2 size = badge_size(skin, text);
  ImDrawList* list = ImGui::GetWindowDrawList();
  list->AddRectFilled(at, {at.x + size.x, at.y + size.y}, ground, size.y / 2);
  draw_text(list, skin.theme.fonts.small, {at.x + skin.px(7), at.y + skin.px(0.5f)}, colour, text);
}

bool toggle(const Skin& skin, std::string_view label, bool* value) {
  const viz::Theme& t = skin.theme;
  const ImVec2 size(skin.px(34), skin.px(18));
  const bool pressed = press_area(label, size).pressed;
  register_item(visible_part(label), *value ? "true" : "false");
  if (pressed) *value = !*value;
  const ImVec2 min = ImGui::GetItemRectMin(), max = ImGui::GetItemRectMax();
  const float radius = (max.y - min.y) / 2;
  ImDrawList* list = ImGui::GetWindowDrawList();
  const bool hovered = ImGui::IsItemHovered();
  const viz::Colour ground =
      *value ? (hovered ? t.accent_hover : t.accent) : (hovered ? t.raised_hover : t.raised);
  list->AddRectFilled(min, max, ground, radius);
  if (!*value) list->AddRect(min, max, t.hairline, radius);
  const float x = *value ? max.x - radius : min.x + radius;
  list->AddCircleFilled({x, min.y + radius}, radius - skin.px(3), *value ? t.accent_text : t.text_dim, 20);
  return pressed;
}

}  // namespace switchyard::app
