#include "app/ui/registry.h"

namespace switchyard::app {

const Registry::Item* Registry::find(const std::string& name) const {
  const auto at = items_.find(name);
  return at == items_.end() ? nullptr : &at->second;
}

void Registry::add(std::string_view label, ImVec2 min, ImVec2 max, std::string_view text) {
  std::string name;
  for (const std::string& scope : scopes_) name += scope + "/";
  name += label;
  if (name == wanted_) {
    ImGui::SetScrollFromPosY((min.y + max.y) / 2 - ImGui::GetWindowPos().y, 0.5f);
    wanted_.clear();
  }
  const ImVec2 clip_min = ImGui::GetWindowDrawList()->GetClipRectMin();
  const ImVec2 clip_max = ImGui::GetWindowDrawList()->GetClipRectMax();
  Item item{min, max, false, std::string(text)};
  const ImVec2 centre = item.centre();
  item.in_view = centre.x > clip_min.x && centre.x < clip_max.x && centre.y > clip_min.y && centre.y < clip_max.y;
  items_[name] = std::move(item);
}

void Registry::open_scope(std::string_view name) { scopes_.emplace_back(name); }
void Registry::close_scope() { scopes_.pop_back(); }

void register_item(std::string_view label, std::string_view text) {
  register_item(label, ImGui::GetItemRectMin(), ImGui::GetItemRectMax(), text);
}

void register_item(std::string_view label, ImVec2 min, ImVec2 max, std::string_view text) {
  if (Registry* registry = Registry::current()) registry->add(label, min, max, text);
}

}  // namespace switchyard::app
