#include "app/shell/layout/dividers.h"

#include <fmt/format.h>
#include <imgui.h>

#include <algorithm>
#include <string>

#include "app/ui/registry.h"
#include "app/ui/skin.h"
#include "viz/base/compat.h"

namespace switchyard::app {
namespace {

constexpr float kKeyStep = 16;  // at scale 1

// The keys while a divider is lit. Returns how far to move it.
float key_move(const Skin& skin, const std::vector<Divider>& dividers, Arranging& state) {
  using viz::Key;
  const int count = static_cast<int>(dividers.size());
  state.by_keys = std::min(state.by_keys, count - 1);
  if (state.by_keys < 0) return 0;
  if (viz::key_pressed(Key::escape) || viz::key_pressed(Key::enter)) {
    state.by_keys = -1;
    return 0;
  }
  if (viz::key_pressed(Key::tab, true))
    state.by_keys = (state.by_keys + (ImGui::GetIO().KeyShift ? count - 1 : 1)) % count;
  const bool vertical = dividers[static_cast<std::size_t>(state.by_keys)].vertical;
  const float step = skin.px(kKeyStep);
  float by = 0;
  if (viz::key_pressed(vertical ? Key::left : Key::up, true)) by -= step;
  if (viz::key_pressed(vertical ? Key::right : Key::down, true)) by += step;
  return by;
}

}  // namespace

bool handle_dividers(const PanelInput& in, Split& split, const Ground& ground, Arranging& state) {
  const Skin skin{in.theme, in.scale};
  const std::vector<Divider> dividers = arrange(split, ground).dividers;
  ImDrawList* list = ImGui::GetWindowDrawList();
  int moved = -1;
  float by = 0;
  bool still_dragged = false;
  for (std::size_t i = 0; i < dividers.size(); ++i) {
    const auto& [rect, vertical] = dividers[i];
    if (rect.width() < 1 || rect.height() < 1) continue;
    const std::string name = fmt::format("divider {}", i);
    const int index = static_cast<int>(i);
    ImGui::SetCursorScreenPos({rect.x0, rect.y0});
    ImGui::InvisibleButton(name.c_str(), {rect.width(), rect.height()});
    register_item(name);
    const bool held = ImGui::IsItemActive(), hovered = ImGui::IsItemHovered();
    const ImVec2 mouse = ImGui::GetMousePos();
    const float at = vertical ? mouse.x : mouse.y;
    const float middle = vertical ? (rect.x0 + rect.x1) / 2 : (rect.y0 + rect.y1) / 2;
    if (ImGui::IsItemActivated()) {
      state.dragged = index, state.grip = at - middle;
    }
    if (held && state.dragged == index) {
      still_dragged = true;
      moved = index;
      by = at - state.grip - middle;
    }
    if (hovered || held) ImGui::SetMouseCursor(vertical ? ImGuiMouseCursor_ResizeEW : ImGuiMouseCursor_ResizeNS);
    const bool lit = state.by_keys == index;
    if (!hovered && !held && !lit) continue;
    const float half = std::max(1.0f, skin.px(lit || held ? 1.5f : 1));
    const viz::Colour colour = lit || held ? in.theme.accent : viz::mixed(in.theme.accent, in.theme.ground, 0.4f);
    if (vertical) list->AddRectFilled({middle - half, rect.y0}, {middle + half, rect.y1}, colour, half);
    else list->AddRectFilled({rect.x0, middle - half}, {rect.x1, middle + half}, colour, half);
  }
  if (!still_dragged) state.dragged = -1;
  if (state.by_keys >= 0 && moved < 0) {
    by = key_move(skin, dividers, state);
    moved = state.by_keys;
  }
  if (moved < 0 || by == 0) return false;
  move_divider(split, ground, static_cast<std::size_t>(moved), by);
  return true;
}

void toggle_divider_keys(Arranging& state) { state.by_keys = state.by_keys < 0 ? 0 : -1; }

}  // namespace switchyard::app
