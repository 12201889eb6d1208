#include "app/shell/keep_prompt.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "app/ui/widgets.h"
#include "viz/base/compat.h"
#include "viz/base/format.h"

namespace switchyard::app {
namespace {

constexpr float kPromptWidth = 460;  // at scale 1

}  // namespace

void ask_to_keep(const PanelInput& in, UiState& ui) {
  ui.keeping = {true, true, fmt::format("step {}", in.status.step)};
}

void draw_keep_prompt(const PanelInput& in, UiState& ui, Commands& out) {
  Keeping& keeping = ui.keeping;
  if (!keeping.open) return;
  const Skin skin{in.theme, in.scale};
  const viz::Theme& t = skin.theme;
  const ImVec2 screen = ImGui::GetIO().DisplaySize;
  ImGui::SetNextWindowPos({screen.x / 2, skin.px(60)}, ImGuiCond_Always, {0.5f, 0});
  ImGui::SetNextWindowSize({std::min(skin.px(kPromptWidth), screen.x - skin.px(24)), 0});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {skin.px(16), skin.px(14)});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowRounding, skin.px(10));
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {skin.px(8), skin.px(8)});
  ImGui::PushStyleColor(ImGuiCol_WindowBg, t.panel);
  ImGui::PushStyleColor(ImGuiCol_Border, t.hairline);
  ImGui::Begin("##keep", nullptr,
               ImGuiWindowFlags_NoTitleBar | ImGuiWindowFlags_NoResize | ImGuiWindowFlags_NoMove |
                   ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_AlwaysAutoResize | ImGuiWindowFlags_NoNavInputs);
  {
    const WithFont font(t.fonts.bold);
    ImGui::TextUnformatted("Keep this model as");
  }
  const float button_width = button_size(skin, {.label = "Keep"}).x;
  const bool entered = text_input(skin, "##name to keep", &keeping.name,
                                  ImGui::GetContentRegionAvail().x - button_width - skin.px(8), "a name",
                                  std::exchange(keeping.just_opened, false));
  ImGui::SameLine();
  const bool pressed = button(skin, "Keep", ButtonLook::primary);
  {
    const WithFont font(t.fonts.small);
    ImGui::PushStyleColor(ImGuiCol_Text, t.text_dim);
    ImGui::PushTextWrapPos(0);
    ImGui::TextUnformatted("Weights, optimizer and place in the data, in the run's folder. It is never thinned away; "
                           "switchyard --resume FOLDER@NAME goes on from it.");
    ImGui::PopTextWrapPos();
    ImGui::PopStyleColor();
  }
  ImGui::End();
  ImGui::PopStyleColor(2);
  ImGui::PopStyleVar(3);
  const bool keep = (pressed || (entered && viz::key_pressed(viz::Key::enter))) && !keeping.name.empty();
  if (keep) out.emplace_back(Keep{keeping.name});
  if (keep || viz::key_pressed(viz::Key::escape)) {
    keeping = {};
    ImGui::SetWindowFocus(nullptr);
  }
}

}  // namespace switchyard::app
