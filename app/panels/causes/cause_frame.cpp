#include "app/panels/causes/cause_frame.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "app/panels/parts/panel_frame.h"
#include "app/panels/parts/panel_parts.h"
#include "app/ui/registry.h"
#include "app/ui/widgets.h"

namespace switchyard::app {
namespace {

constexpr float kBarHeight = 6, kLineHeight = 24;  // as high as a choice

// The words stand in the middle of the line, the bar fills what they leave.
void draw_bar(const Skin& skin, const CauseState& state, const std::string& words, float width) {
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float height = skin.px(kLineHeight);
  ImDrawList* const list = ImGui::GetWindowDrawList();
  const float words_width = std::min(text_size(skin.theme.fonts.small, words).x, 0.62f * width);
  const float text_y =
      at.y + (height - viz::font_px(skin.theme.fonts.small ? skin.theme.fonts.small : ImGui::GetFont())) / 2;
  const float bar = width - words_width - skin.px(10);
  if (bar > skin.px(24)) {
    const float y = std::round(at.y + (height - skin.px(kBarHeight)) / 2), round = skin.px(kBarHeight / 2);
    const float share =
        state.planned > 0
            ? std::clamp(static_cast<float>(state.done) / static_cast<float>(state.planned), 0.0f, 1.0f)
            : 0;
    list->AddRectFilled({at.x, y}, {at.x + bar, y + skin.px(kBarHeight)}, skin.theme.raised, round);
    if (share > 0)
      list->AddRectFilled({at.x, y}, {at.x + std::max(skin.px(kBarHeight), share * bar), y + skin.px(kBarHeight)},
                          skin.theme.accent, round);
  }
  draw_clipped_text(list, skin.theme.fonts.small, {at.x + width - words_width, text_y}, words_width + 1,
                    skin.theme.text_dim, words);
  ImGui::Dummy({width, height});
  register_item("progress", words);
}

std::string busy_words(const PanelInput& in, const UiState& ui, const CauseState& state) {
  std::string words;
  if (state.doing == CauseState::Doing::waits) {
    words = "waits for its turn";
    for (const CauseState& other : ui.causes.of)
      if (other.doing == CauseState::Doing::tries) words = fmt::format("waits for {}", title_of(other.asked.what));
  } else {
    words = progress_text(state);
  }
  return is_of_shown(in, state) ? words : "another run: " + words;
}

void draw_busy(const PanelInput& in, UiState& ui, CauseState& state, const Skin& skin) {
  const ButtonSpec cancel{.label = "Cancel", .size = {0, skin.px(kLineHeight)}, .enabled = !state.ends};
  const float width = ImGui::GetContentRegionAvail().x - button_size(skin, cancel).x - skin.px(8);
  draw_bar(skin, state, busy_words(in, ui, state), std::max(width, skin.px(40)));
  ImGui::SameLine(0, skin.px(8));
  if (button(skin, cancel)) state.cancel_wanted = true;
}

void draw_asking(UiState& ui, CauseState& state, const CauseTexts& texts, bool answered,
                 const std::string& why_not, const Skin& skin, const CauseOptions& options) {
  CauseLine line(skin);
  if (options) options(line);
  const ButtonSpec ask{.label = answered ? std::string_view("Again") : texts.button,
                       .look = answered ? ButtonLook::plain : ButtonLook::primary,
                       .size = {0, skin.px(kLineHeight)},
                       .enabled = why_not.empty()};
  line.next(button_size(skin, ask).x);
  if (button(skin, ask)) ask_cause(ui, state.asked.what);
  if (mouse_rests(ask.label))
    tooltip(skin, texts.button,
            why_not.empty()
                ? std::string("With a copy of the model; what learns goes on. The answer is kept in the run's "
                              "folder too.")
                : why_not);
}

}  // namespace

void CauseLine::next(float width) {
  if (!first_) {
    ImGui::SameLine(0, skin_.px(6));
    if (ImGui::GetContentRegionAvail().x < width) ImGui::NewLine();
  }
  first_ = false;
}

const CauseReport* begin_cause(const PanelInput& in, UiState& ui, Cause cause, const CauseTexts& texts,
                               const MetricNote& note, const CauseOptions& options) {
  const CauseReport* const report = report_of(in, cause);
  open_panel(in, report ? of_step(in, *report) : std::string(), &note);
  CauseState& state = ui.causes[cause];
  const bool busy = state.doing != CauseState::Doing::nothing;
  if (const Readiness ready = readiness(in, false); !report && !busy && ready != Readiness::ready) {
    draw_not_ready(in, ready, texts.question);
    return nullptr;
  }
  const std::string why_not = why_no_cause(in, ui, cause);
  if (!report && !busy && !why_not.empty()) {
    draw_empty(in, why_not, texts.question);
    return nullptr;
  }
  if (!for_figure(in)) {
    const Skin skin{in.theme, in.scale};
    if (busy) draw_busy(in, ui, state, skin);
    else draw_asking(ui, state, texts, report != nullptr, why_not, skin, options);
    if (!busy && is_of_shown(in, state) && !state.why_not.empty()) {
      write_words(in, viz::Font::small, in.theme.bad, state.why_not);
      register_item("why not", state.why_not);
    }
    ImGui::Dummy({0, skin.px(4)});
  }
  if (!report) {
    draw_empty(in, texts.question, texts.hint);
    in.exports.says_why_not("nobody has asked it yet");
  }
  return report;
}

}  // namespace switchyard::app
