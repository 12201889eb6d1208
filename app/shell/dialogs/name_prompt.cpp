#include "app/shell/dialogs/name_prompt.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "app/run/route_wishes.h"
#include "app/run/transport.h"
#include "app/shell/dialogs/prompt_frame.h"
#include "app/ui/widgets.h"
#include "viz/base/compat.h"
#include "viz/base/format.h"

namespace switchyard::app {
namespace {

constexpr float kPromptWidth = 460, kWidePrompt = 640;  // at scale 1

struct Question {
  std::string title;
  const char *verb, *hint;
};

Question question_of(const NamePrompt& prompt) {
  if (prompt.asks == NamePrompt::Asks::kept_step)
    return {fmt::format("Name step {}", viz::grouped(static_cast<double>(prompt.step))), "Name",
            "A kept step with a name is never thinned away; switchyard --resume FOLDER@NAME goes on from it. "
            "Without one it "
            "thins out with the others."};
  if (prompt.asks == NamePrompt::Asks::run)
    return {"Name this run", "Name",
            "It is called so in cards, lists and figures, and its folder keeps the name; the folder's own stays. "
            "Without one it is called as its folder is."};
  if (prompt.asks == NamePrompt::Asks::setup)
    return {
        "Save this setup as", "Save",
        "The settings that run now, as a preset of your own: in the File menu, and as switchyard --preset NAME."};
  if (prompt.asks == NamePrompt::Asks::routes)
    return {
        "Record routes into", "Record",
        "A new folder: which experts every token of every step from the next one on goes to. Open a run… shows "
        "it, Replay routes… has another model learn with it. The sign above the timeline ends it."};
  return {"Keep this model as", "Keep",
          "Weights, optimizer and place in the data, in the run's folder. It is never thinned away; "
          "switchyard --resume FOLDER@NAME goes on from it."};
}

// False where the name is refused: it may be bettered.
bool take_name(const PanelInput& in, UiState& ui, Commands& out) {
  if (ui.name_prompt.asks == NamePrompt::Asks::routes) return record_routes(in, ui, out, ui.name_prompt.name);
  if (ui.name_prompt.asks == NamePrompt::Asks::setup) return save_setup(in, ui, ui.name_prompt.name);
  if (ui.name_prompt.asks == NamePrompt::Asks::run) {
    ui.wants_named[ui.name_prompt.file] = ui.name_prompt.name;
    return true;
  }
  if (ui.name_prompt.asks == NamePrompt::Asks::kept_step)
    out.emplace_back(ChangeKept{{KeptChange::Kind::name, ui.name_prompt.file, ui.name_prompt.name}});
  else out.emplace_back(Keep{ui.name_prompt.name});
  return true;
}

}  // namespace

void ask_to_keep(const PanelInput& in, UiState& ui) {
  ui.name_prompt = {NamePrompt::Asks::kept_model, true, fmt::format("step {}", in.status.step)};
}

void ask_to_name(UiState& ui, const KeptStep& kept) {
  ui.name_prompt = {NamePrompt::Asks::kept_step, true, kept.name, kept.file, kept.step};
}

void ask_to_name_run(UiState& ui, const RunView& run) {
  ui.name_prompt = {NamePrompt::Asks::run, true, run.called, run.id};
}

void ask_to_save_setup(UiState& ui) { ui.name_prompt = {NamePrompt::Asks::setup, true, {}}; }

void ask_where_routes_go(const PanelInput& in, UiState& ui) {
  ui.name_prompt = {NamePrompt::Asks::routes, true, place_for_routes(in)};
}

void draw_name_prompt(const PanelInput& in, UiState& ui, Commands& out) {
  NamePrompt& prompt = ui.name_prompt;
  if (prompt.asks == NamePrompt::Asks::nothing) return;
  const Question question = question_of(prompt);
  const Skin skin{in.theme, in.scale};
  const viz::Theme& t = skin.theme;
  std::optional<PromptFrame> frame(std::in_place, skin, "##name prompt",
                                   prompt.asks == NamePrompt::Asks::routes ? kWidePrompt : kPromptWidth,
                                   question.title);
  const float button_width = button_size(skin, {.label = question.verb}).x;
  const bool entered = text_input(
      skin, "##name", &prompt.name, ImGui::GetContentRegionAvail().x - button_width - skin.px(8),
      prompt.asks == NamePrompt::Asks::routes ? "a folder" : "a name", std::exchange(prompt.just_opened, false));
  ImGui::SameLine();
  const bool pressed = button(skin, question.verb, ButtonLook::primary);
  {
    const WithFont font(t.fonts.small);
    ImGui::PushStyleColor(ImGuiCol_Text, t.text_dim);
    ImGui::PushTextWrapPos(0);
    ImGui::TextUnformatted(question.hint);
    if (prompt.asks == NamePrompt::Asks::kept_model && in.status.kept_bytes > 0 && in.status.config)
      ImGui::TextUnformatted(fmt::format("This run's checkpoints take {:.0f} of {} MB.", static_cast<double>(in.status.kept_bytes) / 1048576,
                                         viz::grouped(static_cast<double>(in.status.config->checkpoint_budget_mb)))
                                 .c_str());
    ImGui::PopTextWrapPos();
    ImGui::PopStyleColor();
  }
  frame.reset();
  const bool given =
      (pressed || (entered && viz::key_pressed(viz::Key::enter))) &&
      (!prompt.name.empty() || prompt.asks == NamePrompt::Asks::kept_step || prompt.asks == NamePrompt::Asks::run);
  const bool taken = given && take_name(in, ui, out);
  if (taken || viz::key_pressed(viz::Key::escape)) {
    prompt = {};
    ImGui::SetWindowFocus(nullptr);
  } else if (given) {
    prompt.just_opened = true;  // the field has the keyboard again
  }
}

}  // namespace switchyard::app
