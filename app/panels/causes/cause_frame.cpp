#include "app/panels/causes/cause_frame.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "app/panels/parts/panel_frame.h"
#include "app/panels/parts/panel_parts.h"
#include "app/panels/parts/progress_line.h"
#include "app/ui/registry.h"
#include "app/ui/widgets.h"
#include "viz/base/format.h"

namespace switchyard::app {
namespace {

constexpr float kLineHeight = kProgressLine, kAnswerWidth = 112;

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
  const double share =
      state.planned > 0 ? static_cast<double>(state.done) / static_cast<double>(state.planned) : 0;
  progress_line(skin, share, busy_words(in, ui, state), std::max(width, skin.px(40)));
  ImGui::SameLine(0, skin.px(8));
  if (button(skin, cancel)) state.cancel_wanted = true;
}

// Which of the answers in the run's folder is shown, where there are several.
void draw_answers(const PanelInput& in, CauseState& state, const CauseReport* report, CauseLine& line) {
  const std::vector<KeptAnswer>& kept = in.run.kept_answers[static_cast<std::size_t>(state.asked.what)];
  if (kept.size() < 2 || !report) return;
  const Skin& skin = line.skin();
  std::vector<std::string> names;
  int shown = -1;
  // The newest first.
  for (auto one = kept.rbegin(); one != kept.rend(); ++one) {
    if (one->step == report->step) shown = static_cast<int>(names.size());
    names.push_back(fmt::format("of step {}", viz::grouped(static_cast<double>(one->step))));
  }
  const std::vector<std::string_view> items(names.begin(), names.end());
  const float width = skin.px(kAnswerWidth);
  line.next(width);
  if (combo(skin, "answer", &shown, items, width) && shown >= 0)
    state.file_wanted = kept[kept.size() - 1 - static_cast<std::size_t>(shown)].file;
  if (mouse_rests("answer"))
    tooltip(skin, "Which answer is shown", "Those that lie in this run's folder, by the step they are of.");
}

void draw_asking(const PanelInput& in, UiState& ui, CauseState& state, const CauseTexts& texts,
                 const CauseReport* report, const std::string& why_not, const Skin& skin,
                 const CauseOptions& options) {
  const bool answered = report != nullptr;
  CauseLine line(skin);
  if (options) options(line);
  draw_answers(in, state, report, line);
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
    else draw_asking(in, ui, state, texts, report, why_not, skin, options);
    if (!busy && is_of_shown(in, state) && !state.why_not.empty()) {
      write_words(in, viz::Font::small, in.theme.bad, state.why_not);
      register_item("why not", state.why_not);
    }
  }
  if (!report) {
    draw_empty(in, texts.question, texts.hint);
    in.exports.says_why_not("nobody has asked it yet");
  }
  return report;
}

}  // namespace switchyard::app
