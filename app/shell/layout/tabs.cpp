#include "app/shell/layout/tabs.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "app/panels/panel_table.h"
#include "app/run/in_front.h"
#include "app/ui/widgets.h"

namespace switchyard::app {
namespace {

constexpr float kTabHeight = 21, kTabRim = 16, kTabGap = 2, kMoreRim = 30;  // at scale 1
constexpr const char* kMoreMenu = "##panels behind";

std::string_view title_of(std::string_view id) {
  const PanelSpec* const panel = find_panel(id);
  return panel ? panel->title : id;
}

class TabLine {
 public:
  TabLine(const PanelInput& in, const Tabs& tabs, UiState& ui)
      : skin_{in.theme, in.scale}, tabs_(tabs), ui_(ui), x_(tabs.rect.x0) {}

  void draw() {
    const std::vector<std::size_t> shown = fitting();
    const bool has_more = shown.size() < tabs_.panels.size();
    const float end = tabs_.rect.x1 - (has_more ? more_width() : 0);
    for (const std::size_t i : shown) draw_tab(i, end);
    if (has_more) draw_more(shown);
  }

 private:
  float width_of(std::size_t i) const {
    return text_size(skin_.theme.fonts.body, title_of(tabs_.panels[i])).x + skin_.px(kTabRim + kTabGap);
  }
  float more_width() const { return text_size(skin_.theme.fonts.body, "+9").x + skin_.px(kMoreRim); }

  // As many as the line holds, the front one among them.
  std::vector<std::size_t> fitting() const {
    float all = 0;
    for (std::size_t i = 0; i < tabs_.panels.size(); ++i) all += width_of(i);
    const float room = tabs_.rect.width() - (all > tabs_.rect.width() ? more_width() : 0);
    std::vector<std::size_t> shown;
    float taken = width_of(tabs_.front);
    bool has_front = false;
    for (std::size_t i = 0; i < tabs_.panels.size(); ++i) {
      const float own = i == tabs_.front ? 0 : width_of(i);
      if (taken + own > room) continue;
      taken += own;
      shown.push_back(i);
      has_front = has_front || i == tabs_.front;
    }
    if (!has_front) shown.push_back(tabs_.front);  // too long for the line: clipped, but there
    return shown;
  }

  bool press(const std::string& name, float width, bool is_front, std::string_view text) {
    const viz::Theme& t = skin_.theme;
    ImGui::SetCursorScreenPos({x_, tabs_.rect.y0});
    const bool pressed = press_area(name, {width, skin_.px(kTabHeight)}).pressed;
    register_item(name, is_front ? "front" : "");
    const bool hovered = ImGui::IsItemHovered();
    const ImVec2 min = ImGui::GetItemRectMin(), max = ImGui::GetItemRectMax();
    ImDrawList* const list = ImGui::GetWindowDrawList();
    if (is_front || hovered)
      list->AddRectFilled(min, max, is_front ? t.raised : viz::faded(t.raised, 0.6f), skin_.px(5));
    const ImVec2 size = text_size(t.fonts.body, text);
    draw_clipped_text(list, t.fonts.body, {min.x + skin_.px(kTabRim / 2), (min.y + max.y - size.y) / 2},
                      max.x - min.x - skin_.px(kTabRim) + 1, is_front || hovered ? t.text : t.text_dim, text);
    x_ += width + skin_.px(kTabGap);
    return pressed;
  }

  void draw_tab(std::size_t i, float end) {
    const std::string_view title = title_of(tabs_.panels[i]);
    const float width = std::max(1.0f, std::min(width_of(i) - skin_.px(kTabGap), end - x_));
    if (press(fmt::format("panel tab {}", title), width, i == tabs_.front, title)) show(i);
  }

  void draw_more(const std::vector<std::size_t>& shown) {
    const std::string text = fmt::format("+{}", tabs_.panels.size() - shown.size());
    ImGui::PushID(tabs_.panels.front().data(), tabs_.panels.front().data() + tabs_.panels.front().size());
    const std::string name = fmt::format("more panels {}", tabs_.panels.front());
    const float width = std::max(1.0f, std::min(more_width(), tabs_.rect.x1 - x_));
    if (press(name, width, false, text)) ImGui::OpenPopup(kMoreMenu);
    const ImVec2 min = ImGui::GetItemRectMin(), max = ImGui::GetItemRectMax();
    draw_icon(ImGui::GetWindowDrawList(), Icon::chevron_down, {max.x - skin_.px(10), (min.y + max.y) / 2},
              skin_.px(7), skin_.theme.text_dim);
    if (mouse_rests(name)) tooltip(skin_, "More panels", "This window has no room for all of them side by side.");
    // To where there is more room.
    const bool to_left = min.x > ImGui::GetIO().DisplaySize.x / 2;
    ImGui::SetNextWindowPos({to_left ? max.x : min.x, max.y + skin_.px(3)}, ImGuiCond_Always,
                            {to_left ? 1.0f : 0.0f, 0});
    if (begin_menu_popup(kMoreMenu)) {
      for (std::size_t i = 0; i < tabs_.panels.size(); ++i) {
        if (std::find(shown.begin(), shown.end(), i) != shown.end()) continue;
        const std::string title(title_of(tabs_.panels[i]));
        if (ImGui::Selectable(title.c_str())) show(i);
        register_item(fmt::format("panel tab {}", title));
      }
      end_menu_popup();
    }
    ImGui::PopID();
  }

  // What the panel in front had lit goes out with it.
  void show(std::size_t i) {
    bring_to_front(ui_, tabs_.panels[i]);
    ui_.hovered_expert = ui_.pinned_expert;
    ui_.hover_source = HoverSource::none;
  }

  const Skin skin_;
  const Tabs& tabs_;
  UiState& ui_;
  float x_;
};

}  // namespace

void draw_tabs(const PanelInput& in, const Tabs& tabs, UiState& ui) {
  if (tabs.rect.width() < 8 || tabs.panels.empty()) return;
  TabLine(in, tabs, ui).draw();
}

}  // namespace switchyard::app
