#include "app/panels/experts/operations_menu.h"

#include <imgui.h>

#include <string>

#include "app/panels/parts/header_menu.h"
#include "app/panels/parts/panel_parts.h"
#include "app/run/cause_asking.h"
#include "app/run/expert_operations.h"
#include "app/run/in_front.h"
#include "app/run/words/names.h"
#include "app/ui/focus.h"
#include "app/ui/registry.h"
#include "app/ui/skin.h"
#include "app/ui/tooltip.h"

namespace switchyard::app {
namespace {

// True where it was chosen. why_not: greyed, with that as its tooltip.
bool row(const PanelInput& in, const OfferedOperation& offer, const std::string& why_not) {
  const bool pressed = ImGui::MenuItem(offer.title.c_str(), nullptr, false, why_not.empty());
  register_item("operate/" + (offer.among.empty() ? "" : offer.among + "/") + offer.title, why_not);
  if (ImGui::IsItemHovered(ImGuiHoveredFlags_AllowWhenDisabled))
    tooltip(Skin{in.theme, in.scale}, offer.among.empty() ? offer.title : offer.among + " " + offer.title,
            why_not.empty() ? offer.detail : why_not);
  return pressed;
}

void shadow_row(const PanelInput& in, KnobEdits& edits, const std::string& why_not) {
  ImGui::Separator();
  ImGui::BeginDisabled(!why_not.empty());
  ImGui::Checkbox(kAgainstShadow, &edits.against_shadow);
  ImGui::EndDisabled();
  register_item(std::string("operate/") + kAgainstShadow, why_not);
  if (ImGui::IsItemHovered(ImGuiHoveredFlags_AllowWhenDisabled))
    tooltip(Skin{in.theme, in.scale}, kAgainstShadow, why_not.empty() ? kAgainstShadowDetail : why_not);
}

// Asks what this expert is for, and shows where the answer comes.
void what_for_row(const PanelInput& in, UiState& ui, int expert) {
  const std::string why_not = why_no_cause(in, ui, Cause::ablate);
  const bool pressed = ImGui::MenuItem("What is it for?", nullptr, false, why_not.empty());
  register_item("operate/What is it for?", why_not);
  if (ImGui::IsItemHovered(ImGuiHoveredFlags_AllowWhenDisabled))
    tooltip(Skin{in.theme, in.scale}, "What is it for?",
            why_not.empty() ? "Ablation: a copy of the model is tried without it, in Causes." : why_not);
  ImGui::Separator();
  if (!pressed) return;
  ui.causes[Cause::ablate].asked.ablation.experts = {expert};
  pin_expert(ui, expert);
  ask_cause(ui, Cause::ablate);
  bring_to_front(ui, Workspace::causes, "ablation");
  ui.wants_workspace = Workspace::causes;
}

}  // namespace

void operations_menu(const PanelInput& in, UiState& ui, std::size_t layer, int expert, Commands& out) {
  if (in.several && !in.several->has_controls()) return;
  const Skin skin{in.theme, in.scale};
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {skin.px(10), skin.px(10)});
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {skin.px(8), skin.px(6)});
  if (begin_header_menu(in, "operate", "Clone, remove, merge or renew this expert while the model learns")) {
    what_for_row(in, ui, expert);
    const std::string why_not = why_not_operate(in, ui.knobs);
    const auto offers = operations_on(in, layer, expert);
    // Which of several alike is shown one by one, in place of the rest: the first of them, from 1; 0: none.
    int* const unfolded = ImGui::GetStateStorage()->GetIntRef(ImGui::GetID("unfolded"));
    if (ImGui::IsWindowAppearing()) *unfolded = 0;
    const OfferedOperation* chosen = nullptr;
    const std::string shown = *unfolded > 0 && *unfolded <= static_cast<int>(offers.size())
                                  ? offers[static_cast<std::size_t>(*unfolded) - 1].among
                                  : std::string();
    for (std::size_t i = 0; i < offers.size(); ++i) {
      const std::string& among = offers[i].among;
      if (among == shown) {
        if (row(in, offers[i], why_not)) chosen = &offers[i];
      } else if (shown.empty() && (i == 0 || offers[i - 1].among != among)) {
        ImGui::BeginDisabled(!why_not.empty());
        if (ImGui::Selectable((among + "…").c_str(), false, ImGuiSelectableFlags_DontClosePopups))
          *unfolded = static_cast<int>(i) + 1;
        ImGui::EndDisabled();
        register_item("operate/" + among, why_not);
      }
    }
    if (shown.empty()) shadow_row(in, ui.knobs, why_not);
    if (chosen) send_operation(ui.knobs, out, chosen->operation);
    end_menu_popup();
  }
  ImGui::PopStyleVar(2);
}

}  // namespace switchyard::app
