#include "app/shell/layout/dividers.h"

#include <fmt/format.h>
#include <imgui.h>

#include <algorithm>
#include <string>
#include <utility>

#include "app/ui/focus.h"
#include "app/ui/registry.h"
#include "app/ui/skin.h"

namespace switchyard::app {
namespace {

constexpr float kKeyStep = 16, kRingInside = 3;  // at scale 1

// How far the keys move it.
float key_move(const Skin& skin, bool vertical, const FocusKeys& keys) {
  if (keys.end != 0)
    return static_cast<float>(keys.end) * ImGui::GetIO().DisplaySize.x * ImGui::GetIO().DisplaySize.y;
  return static_cast<float>(vertical ? keys.right : keys.down) * skin.px(kKeyStep);
}

}  // namespace

bool handle_dividers(const PanelInput& in, Split& split, const Split& standard, const Ground& ground,
                     Arranging& state) {
  const Skin skin{in.theme, in.scale};
  const std::vector<Divider> dividers = arrange(split, ground).dividers;
  ImDrawList* list = ImGui::GetWindowDrawList();
  int moved = -1, put_back = -1;
  float by = 0;
  bool still_dragged = false;
  for (std::size_t i = 0; i < dividers.size(); ++i) {
    const auto& [rect, vertical] = dividers[i];
    if (rect.width() < 1 || rect.height() < 1) continue;
    const std::string name = fmt::format("divider {}", i);
    const int index = static_cast<int>(i);
    ImGui::SetCursorScreenPos({rect.x0, rect.y0});
    ImGui::InvisibleButton(name.c_str(), {rect.width(), rect.height()});
    // Its ring stays clear of the panels beside it, which are drawn over it.
    const viz::Rect ring = rect.shrunk(skin.px(kRingInside));
    const ImVec2 ring_min(ring.x0, ring.y0), ring_max(ring.x1, ring.y1);
    register_item(name, ring_min, ring_max);
    const ImGuiID id = ImGui::GetID(name.c_str());
    if (std::exchange(state.to_dividers, false) && Focus::current()) Focus::current()->stand_on(id);
    const FocusKeys keys = focus_stop(id, ring_min, ring_max, FocusKind::move);
    if (const float way = key_move(skin, vertical, keys); way != 0) moved = index, by = way;
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
    if (keys.pressed || (hovered && ImGui::IsMouseDoubleClicked(ImGuiMouseButton_Left))) put_back = index;
    if (hovered || held) ImGui::SetMouseCursor(vertical ? ImGuiMouseCursor_ResizeEW : ImGuiMouseCursor_ResizeNS);
    if (!hovered && !held && !keys.has) continue;
    const float half = std::max(1.0f, skin.px(keys.has || held ? 1.5f : 1));
    const viz::Colour colour =
        keys.has || held ? in.theme.accent : viz::mixed(in.theme.accent, in.theme.ground, 0.4f);
    if (vertical) list->AddRectFilled({middle - half, rect.y0}, {middle + half, rect.y1}, colour, half);
    else list->AddRectFilled({rect.x0, middle - half}, {rect.x1, middle + half}, colour, half);
  }
  if (!still_dragged) state.dragged = -1;
  if (put_back >= 0) {
    state.dragged = -1;
    reset_divider(split, standard, ground, static_cast<std::size_t>(put_back));
    return true;
  }
  if (moved < 0 || by == 0) return false;
  move_divider(split, ground, static_cast<std::size_t>(moved), by);
  return true;
}

}  // namespace switchyard::app
