#include "app/shell/guide/page.h"

#include <algorithm>

#include "app/ui/widgets.h"
#include "viz/base/compat.h"

namespace switchyard::app {

namespace {

constexpr float kBeside = 40;  // the window, left and right of a page together, and above and below

void scroll_by_keys() {
  using viz::Key;
  const float most = ImGui::GetScrollMaxY(), line = ImGui::GetTextLineHeightWithSpacing();
  if (most <= 0) return;
  const float page = ImGui::GetWindowHeight() - 2 * line;
  const auto way = [](Key back, Key on) {
    return static_cast<float>((viz::key_pressed(on, true) ? 1 : 0) - (viz::key_pressed(back, true) ? 1 : 0));
  };
  const float by = 3 * line * way(Key::up, Key::down) + page * way(Key::page_up, Key::page_down) +
                   most * way(Key::home, Key::end);
  if (by != 0) ImGui::SetScrollY(std::clamp(ImGui::GetScrollY() + by, 0.0f, most));
}

}  // namespace

bool begin_page(const Skin& skin, const char* id, float width) {
  const ImVec2 screen = ImGui::GetIO().DisplaySize;
  ImGui::SetNextWindowPos({screen.x / 2, screen.y / 2}, ImGuiCond_Always, {0.5f, 0.5f});
  const float wide = std::min(skin.px(width), screen.x - skin.px(kBeside));
  ImGui::SetNextWindowSizeConstraints({wide, 0}, {wide, screen.y - skin.px(kBeside)});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {skin.px(26), skin.px(22)});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowRounding, skin.px(10));
  ImGui::PushStyleColor(ImGuiCol_WindowBg, skin.theme.panel);
  ImGui::PushStyleColor(ImGuiCol_Border, skin.theme.hairline);
  const bool filled =
      ImGui::Begin(id, nullptr,
                   ImGuiWindowFlags_NoTitleBar | ImGuiWindowFlags_NoResize | ImGuiWindowFlags_NoMove |
                       ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_AlwaysAutoResize);
  scroll_by_keys();
  return filled;
}

// True while the page stays open.
bool end_page(const Skin& skin) {
  const ImVec2 at = ImGui::GetWindowPos(), size = ImGui::GetWindowSize();
  const ImVec2 cursor = ImGui::GetCursorScreenPos();
  const float bar = ImGui::GetScrollMaxY() > 0 ? ImGui::GetStyle().ScrollbarSize : 0;
  ImGui::SetCursorScreenPos({at.x + size.x - skin.px(40) - bar, at.y + skin.px(14)});
  const bool closed = button(skin, {.label = "",
                                    .look = ButtonLook::quiet,
                                    .icon = Icon::close,
                                    .size = {skin.px(26), skin.px(26)},
                                    .name = "close page"});
  ImGui::SetCursorScreenPos({cursor.x, std::min(cursor.y, at.y + size.y)});
  const ImVec2 mouse = ImGui::GetMousePos();
  const bool outside = mouse.x < at.x || mouse.y < at.y || mouse.x > at.x + size.x || mouse.y > at.y + size.y;
  const bool clicked_away = !ImGui::IsWindowAppearing() && ImGui::IsMouseClicked(ImGuiMouseButton_Left) && outside;
  ImGui::End();
  ImGui::PopStyleColor(2);
  ImGui::PopStyleVar(2);
  return !closed && !clicked_away;
}

}  // namespace switchyard::app
