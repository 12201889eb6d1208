// What is on the screen, by name: tests find a control by its label, scroll it into view and click it.
// Off (and free) in the program; a test puts a Registry into ImGui's io.UserData.
//
// Thread safety: window thread only.
#pragma once

#include <imgui.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace switchyard::app {

class Registry {
 public:
  struct Item {
    ImVec2 min, max;
    bool in_view = false;  // its centre can be clicked where it is
    std::string text;      // what it shows, where it shows a value
    ImVec2 centre() const { return {(min.x + max.x) / 2, (min.y + max.y) / 2}; }
  };

  // Forgets the last frame's items.
  void begin_frame() { items_.clear(); }
  // The next frame scrolls this item's window until it is in view.
  void reveal(std::string name) { wanted_ = std::move(name); }
  // nullptr if it was not drawn. Names are "label", or "panel/label" inside a panel.
  const Item* find(const std::string& name) const;
  const std::map<std::string, Item>& items() const { return items_; }

  // The one in use, or nullptr.
  static Registry* current() { return static_cast<Registry*>(ImGui::GetIO().UserData); }

  void add(std::string_view label, ImVec2 min, ImVec2 max, std::string_view text);
  void open_scope(std::string_view name);
  void close_scope();

 private:
  std::map<std::string, Item> items_;
  std::vector<std::string> scopes_;
  std::string wanted_;
};

// Registers the item ImGui drew last, or the rectangle given.
void register_item(std::string_view label, std::string_view text = {});
void register_item(std::string_view label, ImVec2 min, ImVec2 max, std::string_view text = {});

// A label without what only tells it from others, by ImGui's "##" rule.
inline std::string_view visible_part(std::string_view label) { return label.substr(0, label.find("##")); }

}  // namespace switchyard::app
