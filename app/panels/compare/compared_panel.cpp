// The runs that are compared: each with its line, where it stands and what it does, what can be asked of it; what
// begins another; and the settings in which they differ, and only those.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "app/panels/compare/panels.h"
#include "app/panels/compare/studies.h"
#include "app/panels/parts/panel_frame.h"
#include "app/panels/parts/panel_parts.h"
#include "app/run/compared.h"
#include "app/run/transport.h"
#include "app/ui/widgets.h"
#include "core/config/knobs.h"
#include "viz/base/format.h"
#include "viz/canvas/canvas_imgui.h"

namespace switchyard::app {
namespace {

constexpr float kRunRow = 50, kRunButton = 24, kLineMark = 30, kLeastRoom = 110;  // pixels at scale 1
constexpr float kMostOfLine = 0.65f;                                              // that the buttons of a run take

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
  if (!learn_the_same(first, one))
    return text + fmt::format(" · learns {}: no difference", one.status->corpus_name);
  const DifferenceCurve difference = difference_from(*first.run, *one.run);
  if (!difference.step.empty()) text += fmt::format(" ({:+.3f})", difference.difference.back());
  std::string unpaired;
  for (const Knob* knob : unpaired_knobs_of(first, one))
    unpaired += (unpaired.empty() ? "" : ", ") + std::string(knob->label);
  if (!unpaired.empty()) text += " · unpaired: " + unpaired;
  return text;
}

ImVec2 run_button_size(const Skin& skin, const char* label) {
  return {text_size(skin.theme.fonts.body, label).x + skin.px(18), skin.px(kRunButton)};
}

// Small buttons of a run: from the right in its first line, or below it where they would leave no room for its
// name.
class RunButtons {
 public:
  RunButtons(const Skin& skin, const Compared& one, ImVec2 at, float width)
      : skin_(skin), one_(one), left_(at.x), end_(at.x + width), right_(end_), x_(at.x), y_(at.y) {
    float all = 0;
    for (const char* label : {"Show", "Pause", "Lead", "Drop"}) all += run_button_size(skin, label).x + skin.px(6);
    is_below_ = one.run->beside.has_value() && all > kMostOfLine * width;
    if (is_below_) y_ += skin.px(kRunRow - 8);
  }
  bool offer(const char* label, const char* says) {
    const std::string name = fmt::format("{} {}", label, one_.label);
    ButtonSpec spec{.label = label, .look = ButtonLook::plain, .name = name};
    const ImVec2 size = spec.size = run_button_size(skin_, label);
    if (is_below_ && x_ > left_ && x_ + size.x > end_) x_ = left_, y_ += size.y + skin_.px(6);
    if (!is_below_) right_ -= size.x;
    ImGui::SetCursorScreenPos({is_below_ ? x_ : right_, std::round(y_)});
    ImGui::PushID(one_.run->id.c_str());
    const bool pressed = button(skin_, spec);
    ImGui::PopID();
    if (mouse_rests(name)) tooltip(skin_, label, says);
    if (is_below_) x_ += size.x + skin_.px(6);
    else right_ -= skin_.px(6);
    return pressed;
  }
  // What they leave of the first line; where the run ends.
  float right() const { return right_; }
  float bottom() const { return is_below_ ? y_ + skin_.px(kRunButton + 10) : y_ + skin_.px(kRunRow); }

 private:
  const Skin& skin_;
  const Compared& one_;
  float left_, end_, right_, x_, y_;
  bool is_below_ = false;
};

// Returns where it ends.
float draw_run(const PanelInput& in, UiState& ui, const Skin& skin, const std::vector<Compared>& runs,
               const Compared& one, ImVec2 at, float width) {
  const viz::Theme& t = skin.theme;
  const float middle = at.y + skin.px(kRunButton) / 2;
  const std::string& id = one.run->id;
  float right = at.x + width, bottom = at.y + skin.px(kRunRow);
  if (!for_figure(in)) {
    RunButtons buttons(skin, one, at, width);
    if (one.run->beside) {
      if (buttons.offer("Drop", kSaysDrop)) ui.comparing.asked.push_back({id, BesideAsk::drop});
      if (buttons.offer("Lead", kSaysLead)) ui.comparing.asked.push_back({id, BesideAsk::lead});
      const bool plays = *one.run->beside == RunState::playing;
      if (buttons.offer(plays ? "Pause" : "Play", kSaysAlone))
        ui.comparing.asked.push_back({id, plays ? BesideAsk::pause : BesideAsk::play});
    } else if (!one.leads && buttons.offer("Hide", "It is not compared any more; it stays in the window.")) {
      ui.comparing.left_out.insert(id);
    }
    if (one.run != &in.run && buttons.offer("Show", "Every view shows this run.")) ui.wants_shown = id;
    right = buttons.right(), bottom = buttons.bottom();
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
  return bottom;
}

// Buttons side by side, and on the next line where there is no room.
class ButtonLines {
 public:
  explicit ButtonLines(const Skin& skin)
      : skin_(skin), right_(ImGui::GetCursorScreenPos().x + ImGui::GetContentRegionAvail().x) {}
  bool next(ButtonSpec spec, const char* says) {
    const float width = button_size(skin_, spec).x, gap = skin_.px(8);
    if (end_ > 0 && end_ + gap + width <= right_) ImGui::SameLine(0, gap);
    const bool pressed = button(skin_, spec);
    end_ = ImGui::GetItemRectMax().x;
    if (mouse_rests(spec.label)) tooltip(skin_, spec.label, says);
    return pressed;
  }

 private:
  const Skin& skin_;
  float right_, end_ = 0;
};

// What is done with all of them, and what brings another: of the settings of now, or of a record.
void draw_begin(const PanelInput& in, UiState& ui, const Skin& skin, const std::vector<Compared>& runs) {
  ButtonLines line(skin);
  if (runs.size() > 1) {
    StudyWish wish = study_of(runs);
    const bool differs = wish.arms.size() > 1;
    if (line.next({.label = "How sure?", .look = ButtonLook::primary, .enabled = can_begin_study(wish, ui)},
                  differs
                      ? "Learns the settings that are compared with five seeds, each from step 0 and as long as "
                        "the longest "
                        "here, also of one that was begun from a kept step, in a process of "
                        "its own that yields to this one, and says what can be told apart (paired t, 95 %). "
                        "switchyard compare does the same."
                      : "What is compared differs by its seed alone, and several seeds are what this would learn: "
                        "begin one with another setting."))
      ui.comparing.study_wanted = std::move(wish);
  }
  if (can_begin_beside(in, ui)) {
    if (line.next({.label = "Dense twin", .enabled = can_begin_dense_twin(in, ui)},
                  "A model without experts whose tokens cost as many FLOPs, from the same seed and on the same "
                  "batches."))
      begin_dense_twin(in, ui);
    if (line.next({.label = "Other weights"},
                  "The same settings on the same batches, with other first weights and noise: how much of a "
                  "difference is luck. Again: others still."))
      begin_other_weights(in, ui);
  }
  if (line.next({.label = "Add a run…"}, "A run from its folder, to be compared with these."))
    ui.wants_chooser = Chooses::run;
  if (line.next(
          {.label = "Studies…"},
          "What was asked of several seeds before, here or by switchyard compare and sweep: shown again, or gone "
          "on with."))
    ui.studies_prompt.is_open = true;
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

void fill_table(Table& table, const std::vector<Compared>& runs, const StudyShown& study) {
  std::vector<std::string> header{"run", "id", "state", "step", "validation loss [nats]", "difference [nats]"};
  const std::vector<const Knob*> knobs = compared_knobs(runs);
  for (const Knob* knob : knobs) header.emplace_back(knob->key);
  table.set_header(std::move(header));
  for (const Compared& one : runs) {
    const DifferenceCurve difference =
        learn_the_same(runs[0], one) ? difference_from(*runs[0].run, *one.run) : DifferenceCurve();
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
  std::vector<std::string> labels;
  for (const Compared& one : runs) labels.push_back(one.label);
  add_verdict_columns(table, labels, study);
}

}  // namespace

void draw_compared_panel(const PanelInput& in, UiState& ui, Commands&) {
  open_panel(in, "in step, each as it would be alone");
  const Skin skin{in.theme, in.scale};
  const std::vector<Compared> runs = compared_runs(in, ui);
  // Where they would leave no room for the runs they scroll with them.
  const bool is_low = ImGui::GetContentRegionAvail().y < skin.px(kLeastRoom);
  if (!for_figure(in) && !is_low) draw_begin(in, ui, skin, runs);
  if (Table* table = wanted_table(in); table && !in.run.history.empty())
    fill_table(*table, runs, ui.comparing.study);
  panel_scroll_begin(in, "compared runs");
  if (!for_figure(in) && is_low) draw_begin(in, ui, skin, runs);
  draw_studies(in, ui);
  const float width = ImGui::GetContentRegionAvail().x;
  for (const Compared& one : runs) {
    const ImVec2 at = ImGui::GetCursorScreenPos();
    ImGui::SetCursorScreenPos({at.x, draw_run(in, ui, skin, runs, one, at, width)});
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
