// The runs that are compared: each with its line, where it stands and what it does, what can be asked of it; what
// begins another; and the settings in which they differ, and only those.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "app/panels/compare/panels.h"
#include "app/panels/parts/panel_frame.h"
#include "app/panels/parts/panel_parts.h"
#include "app/run/compared.h"
#include "app/run/transport.h"
#include "app/ui/widgets.h"
#include "core/base/printable.h"
#include "core/config/knobs.h"
#include "viz/base/format.h"
#include "viz/canvas/canvas_imgui.h"

namespace switchyard::app {
namespace {

constexpr float kRunRow = 50, kRunButton = 24, kLineMark = 30;  // pixels at scale 1

std::string word_of(RunState state) {
  switch (state) {
    case RunState::playing:
      return "learns";
    case RunState::paused:
      return "paused";
    case RunState::failed:
      return "stopped by an error";
    case RunState::loading:
      return "begins";
    case RunState::followed:
      return "learns in another process";
    case RunState::opened:
    case RunState::stopped:
      break;
  }
  return "a record";
}

// Of those that learn here whoever is ahead waits.
std::string says_what_it_does(const std::vector<Compared>& runs, const Compared& one) {
  const RunState state = doing(one);
  if (state != RunState::playing) return word_of(state);
  bool is_ahead = false, is_behind = false;
  for (const Compared& other : runs) {
    if (doing(other) != RunState::playing) continue;
    is_ahead = is_ahead || other.status->step + 1 < one.status->step;
    is_behind = is_behind || other.status->step > one.status->step + 1;
  }
  return is_ahead ? "waits for those behind it" : is_behind ? "catches up" : word_of(state);
}

std::string figures_of(const std::vector<Compared>& runs, const Compared& one) {
  const Compared& first = runs[0];
  std::string text = fmt::format("{} · step {}", says_what_it_does(runs, one),
                                 viz::grouped(static_cast<double>(one.status->step)));
  const double loss = one.run->history.last_validation();
  if (std::isfinite(loss)) text += fmt::format(" · {}", viz::fixed_significant(static_cast<float>(loss), 4));
  if (one.run == first.run) return text;
  const DifferenceCurve difference = difference_from(*first.run, *one.run);
  if (!difference.step.empty()) text += fmt::format(" ({:+.3f})", difference.difference.back());
  std::string unpaired;
  for (const Knob* knob : unpaired_knobs_of(first, one))
    unpaired += (unpaired.empty() ? "" : ", ") + std::string(knob->label);
  if (!unpaired.empty()) text += " · unpaired: " + unpaired;
  return text;
}

// Small buttons from the right; `right` moves before each.
bool offer(const Skin& skin, const Compared& one, const char* label, const char* says, float& right,
           float middle) {
  const std::string name = fmt::format("{} {}", label, one.label);
  ButtonSpec spec{.label = label, .look = ButtonLook::plain, .name = name};
  spec.size = {text_size(skin.theme.fonts.body, label).x + skin.px(18), skin.px(kRunButton)};
  const ImVec2 size = spec.size;
  right -= size.x;
  ImGui::SetCursorScreenPos({right, std::round(middle - size.y / 2)});
  ImGui::PushID(one.run->id.c_str());
  const bool pressed = button(skin, spec);
  ImGui::PopID();
  if (mouse_rests(name)) tooltip(skin, label, says);
  right -= skin.px(6);
  return pressed;
}

void draw_run(const PanelInput& in, UiState& ui, const Skin& skin, const std::vector<Compared>& runs,
              const Compared& one, ImVec2 at, float width) {
  const viz::Theme& t = skin.theme;
  const float middle = at.y + skin.px(kRunButton) / 2;
  float right = at.x + width;
  const std::string& id = one.run->id;
  if (!for_figure(in)) {
    if (one.run->beside) {
      if (offer(skin, one, "Drop", kSaysDrop, right, middle)) ui.comparing.asked.push_back({id, BesideAsk::drop});
      if (offer(skin, one, "Lead", kSaysLead, right, middle)) ui.comparing.asked.push_back({id, BesideAsk::lead});
      const bool plays = *one.run->beside == RunState::playing;
      if (offer(skin, one, plays ? "Pause" : "Play", kSaysAlone, right, middle))
        ui.comparing.asked.push_back({id, plays ? BesideAsk::pause : BesideAsk::play});
    } else if (!one.leads &&
               offer(skin, one, "Hide", "It is not compared any more; it stays in the window.", right, middle)) {
      ui.comparing.left_out.insert(id);
    }
    if (one.run != &in.run && offer(skin, one, "Show", "Every view shows this run.", right, middle))
      ui.wants_shown = id;
  }
  viz::CanvasImGui screen(ImGui::GetWindowDrawList(), t);
  viz::Canvas& canvas = screen;
  const float mark = skin.px(kLineMark);
  const viz::Point line[] = {{at.x, middle}, {at.x + mark, middle}};
  viz::styled_polyline(canvas, line, one.colour, skin.px(2), viz::Stroke::smooth, one.style, skin.scale);
  const float x = at.x + mark + skin.px(10), room = right - x - skin.px(6);
  std::string label = one.label;
  if (one.leads) label += " (the knobs are its)";
  canvas.text({x, middle}, viz::ellipsized(canvas, label, room, viz::Font::body), t.text, viz::Font::body,
              viz::Align::start, viz::Align::middle);
  const std::string figures = figures_of(runs, one);
  canvas.text({x, at.y + skin.px(kRunButton) + skin.px(2)},
              viz::ellipsized(canvas, figures, at.x + width - x, viz::Font::small), t.text_dim, viz::Font::small);
  register_item("run " + std::string(one.label), {at.x, at.y}, {right, at.y + skin.px(kRunRow)}, figures);
}

// What begins a run beside the one that learns, of its settings of now.
void draw_begin(const PanelInput& in, UiState& ui, const Skin& skin, const std::vector<Compared>& runs) {
  if (runs.size() > 1) {
    StudyWish wish = study_of(runs);
    const bool differs = wish.arms.size() > 1;
    if (button(skin, ButtonSpec{.label = "How sure?",
                                .look = ButtonLook::primary,
                                .enabled = differs && !ui.comparing.study.runs}))
      ui.comparing.study_wanted = std::move(wish);
    if (mouse_rests("How sure?"))
      tooltip(skin, "How sure?",
              differs
                  ? "Learns what is compared with five seeds, each as long as the longest here, in a process of "
                    "its own that yields to this one, and says what can be told apart (paired t, 95 %). "
                    "switchyard compare does the same."
                  : "What is compared differs by its seed alone, and several seeds are what this would learn: "
                    "begin one with another setting.");
    ImGui::SameLine(0, skin.px(8));
  }
  if (!can_begin_beside(in, ui)) return ImGui::NewLine();
  if (button(skin, ButtonSpec{.label = "Dense twin", .enabled = can_begin_dense_twin(in, ui)}))
    begin_dense_twin(in, ui);
  if (mouse_rests("Dense twin"))
    tooltip(
        skin, "Dense twin",
        "A model without experts whose tokens cost as many FLOPs, from the same seed and on the same batches.");
  ImGui::SameLine(0, skin.px(8));
  if (button(skin, ButtonSpec{.label = "Other weights"})) begin_other_weights(ui);
  if (mouse_rests("Other weights"))
    tooltip(skin, "Other weights",
            "The same settings on the same batches, with other first weights and noise: how much of a difference "
            "is luck.");
}

void draw_study(const PanelInput& in, UiState& ui, const Skin& skin) {
  const StudyShown& study = ui.comparing.study;
  if (study.folder.empty()) return;
  const viz::Theme& t = skin.theme;
  std::string head = study.planned == 0 ? std::string("Several seeds: beginning")
                                        : fmt::format("Several seeds: {} of {} runs", study.ended, study.planned);
  if (!study.runs && study.ended < study.planned) head += ", stopped";
  write_words(in, viz::Font::bold, t.text, head);
  if (!study.error.empty()) write_words(in, viz::Font::small, t.bad, study.error);
  if (!study.words.empty()) write_words(in, viz::Font::small, t.text, study.words);
  write_words(in, viz::Font::small, t.text_dim, printable(study.folder));
  if (study.runs && !for_figure(in) && button(skin, "Stop")) ui.comparing.study_cancelled = true;
  ImGui::Dummy({0, skin.px(4)});
}

void draw_knobs_that_differ(const PanelInput& in, const Skin& skin, const std::vector<Compared>& runs) {
  const std::vector<const Knob*> knobs = compared_knobs(runs);
  if (runs.size() < 2) return;
  const viz::Theme& t = skin.theme;
  ImGui::Dummy({0, skin.px(4)});
  if (knobs.empty()) return write_words(in, viz::Font::small, t.text_dim, "They have the same settings.");
  write_words(in, viz::Font::bold, t.text, "What differs");
  const float width = ImGui::GetContentRegionAvail().x, name = std::min(width * 0.32f, skin.px(150));
  const float column = (width - name) / static_cast<float>(runs.size()),
              height = text_size(t.fonts.small, "0").y + skin.px(5);
  viz::CanvasImGui screen(ImGui::GetWindowDrawList(), t);
  viz::Canvas& canvas = screen;
  const auto row = [&](std::string_view title, auto text_of) {
    const ImVec2 at = ImGui::GetCursorScreenPos();
    canvas.text({at.x, at.y}, viz::ellipsized(canvas, title, name - skin.px(8), viz::Font::small), t.text_dim,
                viz::Font::small);
    for (std::size_t i = 0; i < runs.size(); ++i)
      canvas.text({at.x + name + column * static_cast<float>(i), at.y},
                  viz::ellipsized(canvas, text_of(runs[i]), column - skin.px(8), viz::Font::small), t.text,
                  viz::Font::small);
    ImGui::Dummy({width, height});
  };
  row("", [](const Compared& one) { return one.label; });
  for (const Knob* knob : knobs)
    row(knob->label, [&](const Compared& one) {
      return one.status->config ? shared_text(*knob, *one.status->config) : std::string("…");
    });
}

void fill_table(Table& table, const std::vector<Compared>& runs) {
  std::vector<std::string> header{"run", "id", "state", "step", "validation loss [nats]", "difference [nats]"};
  const std::vector<const Knob*> knobs = compared_knobs(runs);
  for (const Knob* knob : knobs) header.emplace_back(knob->key);
  table.set_header(std::move(header));
  for (const Compared& one : runs) {
    const DifferenceCurve difference = difference_from(*runs[0].run, *one.run);
    std::vector<Cell> cells{
        one.label,
        one.run->id,
        word_of(doing(one)),
        one.status->step,
        one.run->history.last_validation(),
        difference.step.empty() ? kMissing : static_cast<double>(difference.difference.back())};
    for (const Knob* knob : knobs)
      cells.emplace_back(one.status->config ? shared_text(*knob, *one.status->config) : std::string());
    table.add_row(std::move(cells));
  }
}

}  // namespace

void draw_compared_panel(const PanelInput& in, UiState& ui, Commands&) {
  open_panel(in, "in step, each as it would be alone");
  const Skin skin{in.theme, in.scale};
  const std::vector<Compared> runs = compared_runs(in, ui);
  if (!for_figure(in)) draw_begin(in, ui, skin, runs);
  if (Table* table = wanted_table(in); table && !in.run.history.empty()) fill_table(*table, runs);
  panel_scroll_begin(in, "compared runs");
  draw_study(in, ui, skin);
  const float width = ImGui::GetContentRegionAvail().x;
  for (const Compared& one : runs) {
    const ImVec2 at = ImGui::GetCursorScreenPos();
    draw_run(in, ui, skin, runs, one, at, width);
    ImGui::SetCursorScreenPos({at.x, at.y + skin.px(kRunRow)});
    ImGui::Dummy({width, 0});
  }
  if (!for_figure(in) && !ui.comparing.left_out.empty() &&
      button(skin, fmt::format("Compare {} more again", ui.comparing.left_out.size())))
    ui.comparing.left_out.clear();
  draw_knobs_that_differ(in, skin, runs);
  panel_scroll_end(in);
  panel_end(in);
}

}  // namespace switchyard::app
