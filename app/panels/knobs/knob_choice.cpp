#include "app/panels/knobs/knob_choice.h"

#include <algorithm>

#include "app/ui/fuzzy.h"
#include "app/ui/widgets.h"
#include "core/config/gates.h"

namespace switchyard::app {
std::vector<const Knob*> essential_knobs(const KnobChoice& choice, const KnobEdits& edits, const Config& reference,
                                         const std::vector<ConfigProblem>& problems) {
  std::vector<const Knob*> out;
  for (const Knob& knob : knobs()) {
    const auto differs = [&](const Config& config) { return knob.get(config) != knob.get(reference); };
    const bool in_trouble =
        std::any_of(problems.begin(), problems.end(), [&](const ConfigProblem& p) { return p.key == knob.key; });
    // While it is dragged it may pass through the value it began with.
    const bool shown = differs(edits.draft) || (edits.dragging && differs(edits.before)) || in_trouble ||
                       knob.key == choice.called || knob.key == edits.typing_key;
    if (shown || (knob.level == KnobLevel::essential && why_idle(knob.key, edits.draft).empty()))
      out.push_back(&knob);
  }
  return out;
}

std::vector<const Knob*> knobs_found(std::string_view query) {
  std::vector<std::pair<int, const Knob*>> by_name;
  std::vector<const Knob*> by_description;
  for (const Knob& knob : knobs()) {
    const auto label = fuzzy_match(query, knob.label), key = fuzzy_match(query, knob.key);
    if (label || key) by_name.emplace_back(std::max(label ? label->score : 0, key ? key->score : 0), &knob);
    else if (has_each_word(query, knob.help)) by_description.push_back(&knob);
  }
  std::stable_sort(by_name.begin(), by_name.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<const Knob*> out;
  for (const auto& [score, knob] : by_name) out.push_back(knob);
  out.insert(out.end(), by_description.begin(), by_description.end());
  return out;
}

void draw_knob_choice(const PanelInput& in, UiState& ui) {
  constexpr std::string_view kLevels[] = {"Essentials", "All"};
  const Skin skin{in.theme, in.scale};
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float width = ImGui::GetContentRegionAvail().x, taken = segmented_width(skin, kLevels) + skin.px(8);
  int level = ui.knob_choice.all ? 1 : 0;
  if (segmented(skin, "knobs", &level, kLevels)) {
    ui.knob_choice.all = level == 1;
    ui.knob_choice.search.clear();
    ui.knob_choice.called.clear();
  }
  ImGui::SetCursorScreenPos({at.x + taken, at.y});
  text_input(skin, "##search knobs", &ui.knob_choice.search, width - taken, "search");
  register_item("search knobs", ui.knob_choice.search);
  const bool typing = ImGui::IsItemActive() || ImGui::IsItemDeactivated();
  if (typing && viz::key_pressed(viz::Key::escape)) ui.knob_choice.search.clear();
  ImGui::SetCursorScreenPos({at.x, at.y + skin.px(24)});
}

}  // namespace switchyard::app
