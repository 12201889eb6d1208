#include "viz/widgets/item.h"

#include "viz/base/compat.h"

namespace viz {

KeyPointer*& key_pointer() {
  static KeyPointer* at_work = nullptr;
  return at_work;
}

Item place_item(const char* id, ImVec2 size, bool keeps_wheel, bool by_keys) {
  const ImVec2 room = ImGui::GetContentRegionAvail(), origin = ImGui::GetCursorScreenPos();
  size = {std::max(size.x > 0 ? size.x : room.x, 1.0f), std::max(size.y > 0 ? size.y : room.y, 1.0f)};
  ImGui::InvisibleButton(id, size, ImGuiButtonFlags_MouseButtonLeft | ImGuiButtonFlags_MouseButtonRight);
  Item item;
  item.rect = {origin.x, origin.y, origin.x + size.x, origin.y + size.y};
  item.visible = ImGui::IsItemVisible();
  item.hovered = ImGui::IsItemHovered();
  if (by_keys && key_pointer() && key_pointer()->point(id, ImGui::GetID(id), item.rect)) item.hovered = true;
  item.mouse = ImGui::GetIO().MousePos;
  if (item.hovered && keeps_wheel) own_mouse_wheel();
  return item;
}

void tell_cells(const char* id, const Rect& area, std::size_t columns, std::size_t rows) {
  if (key_pointer()) key_pointer()->cells(ImGui::GetID(id), area, columns, rows);
}

}  // namespace viz
