#include "app/shell/dialogs/knob_menu.h"

#include <fmt/format.h>

#include <string>

#include "app/panels/knobs/knob_names.h"
#include "app/panels/knobs/knob_scale.h"
#include "app/panels/knobs/knob_trials.h"
#include "app/run/compared.h"
#include "app/run/reference.h"
#include "app/shell/dialogs/menu_parts.h"
#include "app/shell/dialogs/sweep_prompt.h"
#include "app/ui/widgets.h"

namespace switchyard::app {
namespace {

constexpr const char* kKnobPopup = "knob menu";

void offer_reference(const Skin& skin, const PanelInput& in, UiState& ui, Commands& out, const Knob& knob,
                     const Config& config) {
  const Reference reference = reference_of(in, ui);
  const KnobValue own = reference.value(knob), now = knob.get(config);
  const std::string text = value_text(knob, own);
  const std::string why_not = own == now             ? fmt::format("It has it: {}.", text)
                              : is_record(in.status) ? why_none_beside(in, ui)
                                                     : std::string();
  const std::string says = fmt::format("{} instead of {}{}.", text, value_text(knob, now),
                                       ui.knobs.beside ? ", in a run beside this one" : "");
  if (!menu_entry(skin, back_to(reference, knob), says, why_not)) return;
  commit_edit(ui.knobs, out, with_value(config, knob, own));
}

void offer_trials(const Skin& skin, const PanelInput& in, UiState& ui, const Knob& knob, const Config& config) {
  const std::string why_not = why_none_beside(in, ui);
  const ImVec2 at = ImGui::GetCursorScreenPos();
  draw_text(ImGui::GetWindowDrawList(), skin.theme.fonts.small, {at.x + skin.px(8), at.y + skin.px(5)},
            skin.theme.text_dim, "Try beside: a run of its own, this one goes on as it is");
  ImGui::Dummy({skin.px(kMenuWidth), skin.px(20)});
  if (!why_not.empty()) {
    menu_entry(skin, "Another value…", {}, why_not);
    return;
  }
  for (const KnobValue& value : values_to_try(knob, config)) {
    const Config next = with_value(config, knob, value);
    const std::string text = value_text(knob, value);
    const std::vector<ConfigProblem> problems = validate(next);
    if (menu_entry(skin, fmt::format("{} {}", knob.label, text), {},
                   problems.empty() ? "" : with_names(problems.front().message), "beside/" + text))
      try_beside(ui.knobs, next);
  }
  const bool is_switch = knob.type == KnobType::boolean || knob.type == KnobType::choice;
  if (is_switch) return;
  if (menu_entry(skin, "Another value…", "Typed into the field of the knob, this once.")) {
    ui.knobs.wanted_key = ui.knobs.beside_key = knob.key;
  }
}

std::string why_no_sweep(const UiState& ui, const Knob& knob) {
  if (knob.key == "seed") return "Every run of a sweep has the same seeds.";
  return ui.comparing.sweep.runs ? "One is at work: Compare shows it, and stops it." : "";
}

}  // namespace

bool draw_knob_menu(const Skin& skin, const PanelInput& in, UiState& ui, Commands& out, bool opens) {
  const Knob* const knob = find_knob(ui.context_menu.knob);
  const bool is_known = knob && (is_record(in.status) ? in.status.config != nullptr : ui.knobs.is_set);
  if (!begin_context_menu(skin, kKnobPopup, opens && is_known, ui.context_menu.at)) return false;
  if (!is_known || ui.context_menu.closes) {
    ImGui::CloseCurrentPopup();
    end_context_menu();
    return true;
  }
  // What runs: what is drafted and refused is nothing to begin with.
  const Config config = is_record(in.status) ? *in.status.config : ui.knobs.sent;
  const Config drafted = is_record(in.status) ? config : ui.knobs.draft;
  menu_title(skin, fmt::format("{} · {}", knob->label, value_text(*knob, knob->get(drafted))));
  ImGui::Separator();
  offer_reference(skin, in, ui, out, *knob, drafted);
  ImGui::Separator();
  offer_trials(skin, in, ui, *knob, config);
  ImGui::Separator();
  if (menu_entry(skin, "Sweep…",
                 "Several values with several seeds each, in a process of its own; Compare shows it.",
                 why_no_sweep(ui, *knob)))
    ask_to_sweep(in, ui, *knob);
  end_context_menu();
  return true;
}

}  // namespace switchyard::app
