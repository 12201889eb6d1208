#include "viz/widgets/item.h"

#include "viz/base/compat.h"

namespace viz {

Item place_item(const char* id, ImVec2 size, bool keeps_wheel) {
  const ImVec2 room = ImGui::GetContentRegionAvail(), origin = ImGui::GetCursorScreenPos();
  size = {std::max(size.x > 0 ? size.x : room.x, 1.0f), std::max(size.y > 0 ? size.y : room.y, 1.0f)};
  ImGui::InvisibleButton(id, size, ImGuiButtonFlags_MouseButtonLeft | ImGuiButtonFlags_MouseButtonRight);
  Item item;
  item.rect = {origin.x, origin.y, origin.x + size.x, origin.y + size.y};
  item.visible = ImGui::IsItemVisible();
  item.hovered = ImGui::IsItemHovered();
  item.mouse = ImGui::GetIO().MousePos;
  if (item.hovered && keeps_wheel) own_mouse_wheel();
  return item;
}

}  // namespace viz
