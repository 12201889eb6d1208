#include "app/shell/dialogs/studies_prompt.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "app/library/recent_runs.h"
#include "app/panels/parts/panel_frame.h"
#include "app/run/words/study_words.h"
#include "app/shell/dialogs/prompt_frame.h"
#include "app/ui/widgets.h"
#include "core/base/printable.h"
#include "viz/base/compat.h"
#include "viz/base/format.h"

namespace switchyard::app {
namespace {

constexpr float kStudiesWidth = 660, kRow = 48, kButton = 24, kBelow = 150;  // at scale 1

const StudyShown& shown_of_its_kind(const UiState& ui, const ListedStudy& study) {
  return study.is_sweep ? ui.comparing.sweep : ui.comparing.study;
}

void take_up(UiState& ui, const ListedStudy& study, bool goes_on) {
  (study.is_sweep ? ui.comparing.sweep_asked : ui.comparing.study_asked) =
      StudyAsked{study.folder, goes_on, 0, false};
  ui.wants_workspace = Workspace::compare;
  ui.studies_prompt = {};
}

struct Offer {
  const char *label, *says;
  bool enabled;
};

// What can be asked of it, the last to the right; one of a kind learns here at a time.
std::vector<Offer> offers_of(const UiState& ui, const ListedStudy& study) {
  const StudyShown& shown = shown_of_its_kind(ui, study);
  const bool is_here = shown.folder == study.folder.native(), is_free = is_here || !shown.runs;
  const char* const says_busy = "Another is learned here: stop that one first; it keeps what it has.";
  std::vector<Offer> offers;
  if (can_go_on(state_of(study.far, is_here && shown.runs, study.far.is_at_work)))
    offers.push_back({kGoOnLabel, is_free ? kGoOnSays : says_busy, is_free});
  offers.push_back({"Show", is_free ? "In Compare, as far as it is." : says_busy, is_free});
  return offers;
}

void draw_row(const Skin& skin, UiState& ui, const ListedStudy& study, std::size_t index) {
  const viz::Theme& t = skin.theme;
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float width = ImGui::GetContentRegionAvail().x;
  float right = at.x + width;
  const std::string folder = printable(study.folder.filename().native());
  if (study.error.empty()) {
    for (const Offer& offer : offers_of(ui, study)) {
      const std::string name = fmt::format("{} {}", offer.label, folder);
      ButtonSpec spec{.label = offer.label, .enabled = offer.enabled, .name = name};
      spec.size = {text_size(t.fonts.body, offer.label).x + skin.px(18), skin.px(kButton)};
      right -= spec.size.x;
      ImGui::SetCursorScreenPos({right, at.y + skin.px(8)});
      ImGui::PushID(static_cast<int>(index));
      const bool pressed = button(skin, spec);
      ImGui::PopID();
      if (mouse_rests(name)) tooltip(skin, offer.label, offer.says, printable(study.folder.native()));
      if (pressed) return take_up(ui, study, offer.label == std::string_view(kGoOnLabel));
      right -= skin.px(6);
    }
  }
  const StudyShown& shown = shown_of_its_kind(ui, study);
  const bool runs_here = shown.runs && shown.folder == study.folder.native();
  const std::string title =
      study.error.empty() ? fmt::format("{}{}", study.is_sweep ? "Sweep " : "", study.title) : folder;
  const std::string says = study.error.empty() ? says_how_far(study, runs_here) : printable(study.error);
  const float room = right - at.x - skin.px(8);
  draw_clipped_text(ImGui::GetWindowDrawList(), t.fonts.body, {at.x, at.y + skin.px(3)}, room, t.text, title);
  draw_clipped_text(ImGui::GetWindowDrawList(), t.fonts.small, {at.x, at.y + skin.px(24)}, room,
                    study.error.empty() ? t.text_dim : t.bad, says);
  register_item("study " + folder, at, {right, at.y + skin.px(kRow)}, title + " · " + says);
  ImGui::SetCursorScreenPos({at.x, at.y + skin.px(kRow)});
  ImGui::Dummy({width, 0});
}

}  // namespace

std::string says_how_far(const ListedStudy& study, bool runs_here) {
  const auto age = std::chrono::duration_cast<std::chrono::seconds>(std::filesystem::file_time_type::clock::now() -
                                                                    study.last_worked_on);
  return fmt::format("{} seed{} of {} steps · {}{} · {}", study.seeds, study.seeds == 1 ? "" : "s",
                     viz::grouped(static_cast<double>(study.steps)), in_words(study.far),
                     words_of(state_of(study.far, runs_here, study.far.is_at_work)),
                     age_text(std::max<std::int64_t>(0, age.count())));
}

void draw_studies_prompt(const PanelInput& in, UiState& ui) {
  if (!ui.studies_prompt.is_open) return;
  const Skin skin{in.theme, in.scale};
  const viz::Theme& t = skin.theme;
  std::optional<PromptFrame> frame(std::in_place, skin, "##studies prompt", kStudiesWidth, "Studies and sweeps");
  const auto listed = ui.studies_prompt.listed;
  if (!listed) {
    wrapped_text(t.fonts.small, t.text_dim, "Reading…");
  } else if (listed->empty()) {
    wrapped_text(
        t.fonts.small, t.text_dim,
        "There is none yet. How sure? in Compare begins a study of the runs that stand there, Sweep… in a "
        "knob's menu one over its values.");
  } else {
    const float most = std::max(skin.px(2 * kRow), ImGui::GetIO().DisplaySize.y - skin.px(60 + kBelow));
    const float height = std::min(most, skin.px(kRow) * static_cast<float>(listed->size()));
    viz::begin_child("studies", {0, height}, false, ImGuiWindowFlags_NoBackground);
    for (std::size_t i = 0; i < listed->size() && ui.studies_prompt.is_open; ++i)
      draw_row(skin, ui, (*listed)[i], i);
    ImGui::EndChild();
    if (listed->size() == kMostListed)
      wrapped_text(t.fonts.small, t.text_dim, fmt::format("The {} that were worked on last.", kMostListed));
  }
  const bool left = button(skin, "Close");
  frame.reset();
  if (left || viz::key_pressed(viz::Key::escape)) ui.studies_prompt = {};
  if (!ui.studies_prompt.is_open) ImGui::SetWindowFocus(nullptr);
}

}  // namespace switchyard::app
