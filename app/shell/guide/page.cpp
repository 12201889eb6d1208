#include "app/shell/guide/page.h"

#include <algorithm>

#include "app/ui/widgets.h"

namespace switchyard::app {

bool begin_page(const Skin& skin, const char* id, float width) {
  const ImVec2 screen = ImGui::GetIO().DisplaySize;
  ImGui::SetNextWindowPos({screen.x / 2, screen.y / 2}, ImGuiCond_Always, {0.5f, 0.5f});
  ImGui::SetNextWindowSize({std::min(skin.px(width), screen.x - skin.px(40)), 0});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {skin.px(26), skin.px(22)});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowRounding, skin.px(10));
  ImGui::PushStyleColor(ImGuiCol_WindowBg, skin.theme.panel);
  ImGui::PushStyleColor(ImGuiCol_Border, skin.theme.hairline);
  return ImGui::Begin(id, nullptr,
                      ImGuiWindowFlags_NoTitleBar | ImGuiWindowFlags_NoResize | ImGuiWindowFlags_NoMove |
                          ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_AlwaysAutoResize);
}

// True while the page stays open.
bool end_page(const Skin& skin) {
  const ImVec2 at = ImGui::GetWindowPos(), size = ImGui::GetWindowSize();
  const ImVec2 cursor = ImGui::GetCursorScreenPos();
  ImGui::SetCursorScreenPos({at.x + size.x - skin.px(40), at.y + skin.px(14)});
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
