#include "app/shell/dialogs/prompt_frame.h"

#include <algorithm>

#include "app/ui/widgets.h"

namespace switchyard::app {

PromptFrame::PromptFrame(const Skin& skin, const char* id, float width, const std::string& title) {
  const ImVec2 screen = ImGui::GetIO().DisplaySize;
  ImGui::SetNextWindowPos({screen.x / 2, skin.px(60)}, ImGuiCond_Always, {0.5f, 0});
  ImGui::SetNextWindowSize({std::min(skin.px(width), screen.x - skin.px(24)), 0});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {skin.px(16), skin.px(14)});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowRounding, skin.px(10));
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {skin.px(8), skin.px(8)});
  ImGui::PushStyleColor(ImGuiCol_WindowBg, skin.theme.panel);
  ImGui::PushStyleColor(ImGuiCol_Border, skin.theme.hairline);
  ImGui::Begin(id, nullptr,
               ImGuiWindowFlags_NoTitleBar | ImGuiWindowFlags_NoResize | ImGuiWindowFlags_NoMove |
                   ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_AlwaysAutoResize |
                   ImGuiWindowFlags_NoNavInputs);
  const WithFont font(skin.theme.fonts.bold);
  ImGui::TextUnformatted(title.c_str());
}

PromptFrame::~PromptFrame() {
  ImGui::End();
  ImGui::PopStyleColor(2);
  ImGui::PopStyleVar(3);
}

}  // namespace switchyard::app
