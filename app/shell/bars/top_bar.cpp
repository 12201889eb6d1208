#include "app/shell/bars/top_bar.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "app/cli/setups/own_presets.h"
#include "app/cli/setups/presets.h"
#include "app/panels/health/alerts.h"
#include "app/panels/parts/point_text.h"
#include "app/run/compared.h"
#include "app/run/moment.h"
#include "app/run/reference.h"
#include "app/run/transport.h"
#include "app/run/words/recording_words.h"
#include "app/shell/actions/menus.h"
#include "app/shell/bars/run_strip.h"
#include "app/ui/widgets.h"
#include "core/base/printable.h"
#include "viz/base/format.h"

namespace switchyard::app {
namespace {

// The title of the preset that the run which is shown began from, while its settings are as that one has them.
std::string preset_in_force(const PanelInput& in, const UiState& ui) {
  const Preset* const preset = find_preset_titled(began_from(in, ui), ui.own_presets);
  if (!preset) return {};
  const bool is_so = is_record(in.status)
                         ? in.status.config && started_from(*preset, *in.status.config) == *in.status.config
                         : is_in_force(*preset, ui);
  return is_so ? preset->title : std::string();
}

std::string subtitle(const PanelInput& in, const UiState& ui) {
  if (in.status.recorded)
    return in.status.recorded->model.empty() ? in.status.recorded->producer : printable(in.status.recorded->model);
  const std::string preset = preset_in_force(in, ui);
  if (in.status.corpus_name.empty()) return preset;
  std::string text = in.status.corpus_name;
  if (in.status.text.unknown.kinds > 0)
    text += fmt::format(" · {:.3g} % <unk>", 100 * in.status.text.unknown.validation_share);
  return preset.empty() ? text : text + " · " + preset;
}

// Figures in the order in which they are given up where the bar is narrow: the last first.
std::vector<std::string> figures_line(const PanelInput& in, const WindowFigures& figures) {
  std::vector<std::string> parts;
  const StepRecord* last = in.run.history.last();
  if (last) {
    if (std::isfinite(last->tokens_per_s))
      parts.push_back(viz::compact(last->tokens_per_s) + (learns_points(in.status) ? " points/s" : " tok/s"));
    if (std::isfinite(last->step_ms))
      parts.push_back(fmt::format("{} ms/step", viz::significant(last->step_ms, 3)));
  }
  const EngineInfo& engine = in.status.engine;
  if (!engine.device.empty()) parts.push_back(fmt::format("{} ×{}", engine.device, engine.threads));
  if (in.status.config) {
    const std::string precision = to_text(find_knob("precision")->get(*in.status.config));
    parts.push_back(precision == "auto" ? fmt::format("auto ({})", engine.auto_precision) : precision);
  }
  if (figures.memory_bytes > 0) parts.push_back(fmt::format("{:.0f} MB", figures.memory_bytes / 1e6));
  if (figures.frames_per_s > 0) parts.push_back(fmt::format("{:.0f} fps", figures.frames_per_s));
  if (!engine.blas.empty()) parts.push_back(engine.blas);
  return parts;
}

const char* word_beside(RunState state) {
  switch (state) {
    case RunState::playing:
      return "learns beside";
    case RunState::failed:
      return "beside, stopped by an error";
    case RunState::loading:
      return "begins beside";
    default:
      return "paused, beside";
  }
}

std::string state_word(const PanelInput& in) {
  if (in.run.beside) return word_beside(*in.run.beside);
  if (in.status.recorded && in.status.state == RunState::failed) return "cannot be read";
  if (const std::string sample = sample_so_far(in.status); !sample.empty()) return sample;
  if (in.status.recorded && in.status.state == RunState::loading) return "reading";
  if (in.status.recorded)
    return in.status.recorded->producer.empty()    ? "waiting"
           : in.status.state == RunState::followed ? "a recording, watched"
                                                   : "a recording";
  switch (in.status.state) {
    case RunState::loading:
      return "loading the engine";
    case RunState::paused:
      return "paused";
    case RunState::failed:
      return "stopped by an error";
    case RunState::stopped:
      return "stopped";
    case RunState::opened:
      return "a record, no model";
    case RunState::followed:
      return "learns in another process";
    case RunState::playing:
      break;
  }
  return {};
}

// It does not learn, nor will it by itself: its step tells nothing.
bool has_no_step(RunState state) {
  return state == RunState::loading || state == RunState::failed || state == RunState::stopped;
}

// Where the bar has no room for more; of a state whose step says nothing.
const char* short_word(RunState state) {
  switch (state) {
    case RunState::loading:
      return "loading";
    case RunState::failed:
      return "error";
    default:
      return "stopped";
  }
}

// Two lines, right-aligned, in what is left of the bar.
void status_lines(const Skin& skin, const PanelInput& in, const WindowFigures& figures, float left) {
  const viz::Theme& t = skin.theme;
  const ImVec2 at = ImGui::GetWindowPos(), size = ImGui::GetWindowSize();
  const float right = at.x + size.x - skin.px(14), room = right - left;
  ImDrawList* list = ImGui::GetWindowDrawList();

  const StepRecord* last = in.run.history.last();
  std::string first = fmt::format("step {}", viz::grouped(static_cast<double>(in.status.step)));
  // A recording need not tell how many there were.
  if (last && last->step == in.status.step && last->tokens > 0)
    first += "  " + viz::compact(static_cast<double>(last->tokens)) + (learns_points(in.status) ? " points" : " tokens");
  const std::string word = state_word(in), step = first.substr(0, first.find("  "));
  if (!word.empty()) first = in.status.state == RunState::loading ? word : word + "  " + first;

  // In a narrow window the step, whose light tells the state; what has no step to tell, or is not what one takes
  // it for, says its state.
  const bool running = in.status.state == RunState::playing || in.status.state == RunState::paused;
  const std::string bare = viz::grouped(static_cast<double>(in.status.step));
  std::array<std::string, 4> shorter{word, step, bare};
  if (running) shorter = {step, bare};
  else if (has_no_step(doing(in))) shorter = {word, short_word(doing(in))};
  else if (in.run.beside) shorter = {word + "  " + step, word, step, bare};
  for (const std::string& one : shorter)
    if (!one.empty() && text_size(t.fonts.mono, first).x + skin.px(18) > room) first = one;

  std::string second;
  for (const std::string& part : figures_line(in, figures)) {
    const std::string longer = second.empty() ? part : second + " · " + part;
    if (text_size(t.fonts.mono_small, longer).x > room) break;
    second = longer;
  }
  const ImVec2 first_size = text_size(t.fonts.mono, first), second_size = text_size(t.fonts.mono_small, second);
  const float gap = skin.px(2);
  const float top = at.y + (size.y - first_size.y - (second.empty() ? 0 : gap + second_size.y)) / 2;
  const float x = right - first_size.x;
  draw_text(list, t.fonts.mono, {x, top}, t.text, first);
  list->AddCircleFilled({x - skin.px(11), top + first_size.y / 2}, skin.px(3.5f), state_colour(t, doing(in)), 16);
  draw_text(list, t.fonts.mono_small, {right - second_size.x, top + first_size.y + gap}, t.text_dim, second);

  const ImVec2 corner(std::max(left, right - std::max(first_size.x, second_size.x)), at.y);
  register_item("state", corner, {right, at.y + size.y}, first);
  if (ImGui::IsWindowHovered() && ImGui::IsMouseHoveringRect(corner, {right, at.y + size.y})) {
    const EngineInfo& engine = in.status.engine;
    tooltip(skin, "How fast it goes",
            fmt::format("Tokens (or points) trained a second and the time of one optimizer step, as of the last step.\n"
                        "Device {} with {} threads, LibTorch {}, {}.",
                        engine.device.empty() ? "…" : engine.device, engine.threads, engine.libtorch, engine.blas),
            figures.draws_in_software
                ? "Drawn by the processor: the window redraws rarely so that training keeps the cores."
                : "Drawn by the graphics card.");
  }
}

// What the bar gives up where it is narrow, in this order.
struct Shape {
  bool subtitle = true, words = true, name = true, roomy = true, figures = true, tabs = true;
};

constexpr const char* kStepsBeside =
    "This run learns beside the one that has the knobs. Lead, above the timeline, gives them to it.";

constexpr float kLeastStatus = 270, kShortStatus = 170;  // at scale 1; the second of a state in a word

constexpr float kCountRoom = 18;  // of alerts, kept free so that nothing moves when there are some

// Left and right of a tab's name, together.
float tab_rim(const Shape& shape) { return shape.roomy ? 18 : 8; }

float tab_width(const Skin& skin, const Shape& shape, std::string_view title) {
  const float count = title == spec_of(Workspace::health).title ? kCountRoom : 0;
  return text_size(skin.theme.fonts.body, title).x + skin.px(tab_rim(shape) + count);
}

void draw_alert_count(const Skin& skin, ImDrawList* list, ImVec2 centre, std::size_t count) {
  const std::string text = count > 9 ? "9+" : fmt::format("{}", count);
  const ImVec2 size = text_size(skin.theme.fonts.mono_small, text);
  list->AddCircleFilled(centre, skin.px(8), skin.theme.bad, 20);
  draw_text(list, skin.theme.fonts.mono_small, {std::round(centre.x - size.x / 2), std::round(centre.y - size.y / 2)},
            skin.theme.panel, text);
}

float subtitle_width(const Skin& skin, float bar) { return skin.px(bar / skin.scale < 1600 ? 150 : 230); }

// Of a record its model is woken; a run beside has one.
const char* play_word(const PanelInput& in) {
  if (doing(in) == RunState::playing) return "Pause";
  return is_record(in.status) && !in.run.beside && !in.status.recorded ? "Go on" : "Play";
}

ButtonSpec play_button(const Skin& skin, const PanelInput& in) {
  ButtonSpec spec{.label = play_word(in),
                  .look = ButtonLook::primary,
                  .icon = doing(in) == RunState::playing ? Icon::pause : Icon::play,
                  .enabled = can_run(in.status) || (in.status.state == RunState::opened && !in.status.recorded) ||
                             in.run.beside,
                  .name = "Play"};
  // It keeps its width whichever word it says.
  spec.size = {button_size(skin, {.label = "Pause", .look = ButtonLook::primary, .icon = Icon::pause}).x, skin.px(30)};
  return spec;
}

ButtonSpec small_button(const Skin& skin, const PanelInput& in, const char* name, Icon icon, bool words) {
  ButtonSpec spec{.label = words ? name : "", .icon = icon, .enabled = can_run(in.status), .name = name};
  spec.size = {words ? 0 : skin.px(32), skin.px(30)};
  return spec;
}

// That of a checkpoint is there while one is open, or while one stands in it.
bool has_tab(const UiState& ui, Workspace workspace) {
  return workspace != Workspace::checkpoint || ui.checkpoint || ui.arranging.workspace == workspace;
}

float width_of(const Skin& skin, const PanelInput& in, const UiState& ui, const Shape& shape, float bar) {
  float width = skin.px(14) + menus_width(skin) + skin.px(12);
  if (shape.name) width += text_size(skin.theme.fonts.bold, "Switchyard").x + skin.px(10);
  if (shape.subtitle) width += subtitle_width(skin, bar) + skin.px(10);
  width += play_button(skin, in).size.x + skin.px(12);
  width += button_size(skin, small_button(skin, in, "Step", Icon::step, shape.words)).x;
  width += button_size(skin, small_button(skin, in, "Reset", Icon::reset, shape.words)).x + skin.px(16);
  if (!shape.tabs) return width + skin.px(130);
  for (const WorkspaceSpec& spec : workspaces())
    if (has_tab(ui, spec.id)) width += tab_width(skin, shape, spec.title) + skin.px(2);
  return width;
}

Shape shape_of(const Skin& skin, const PanelInput& in, const UiState& ui, float bar) {
  Shape shape;
  for (bool* part : {&shape.subtitle, &shape.words, &shape.name, &shape.roomy, &shape.figures, &shape.tabs}) {
    if (width_of(skin, in, ui, shape, bar) + skin.px(shape.figures ? kLeastStatus : kShortStatus) <= bar) break;
    *part = false;
  }
  return shape;
}

void draw_tab(const Skin& skin, const ActionContext& context, const Shape& shape, const Action& action) {
  const viz::Theme& t = skin.theme;
  const bool chosen = action.chosen(context);
  const bool pressed = press_area(action.id, {tab_width(skin, shape, action.title), skin.px(30)}).pressed;
  register_item("tab " + action.title, chosen ? "chosen" : "");
  const bool health = action.title == spec_of(Workspace::health).title;
  const std::vector<AlertGroup> groups = health ? alerts_now(context.in) : std::vector<AlertGroup>();
  const std::size_t alerts = groups.size();
  const ImVec2 min = ImGui::GetItemRectMin(), max = ImGui::GetItemRectMax();
  const bool hovered = ImGui::IsItemHovered();
  ImDrawList* list = ImGui::GetWindowDrawList();
  // Without alerts the room of their count is not the tab's.
  const float end = health && alerts == 0 ? max.x - skin.px(kCountRoom) : max.x;
  if (chosen || hovered)
    list->AddRectFilled(min, {end, max.y}, chosen ? t.raised : viz::faded(t.raised, 0.6f), skin.px(6));
  const ImVec2 size = text_size(t.fonts.body, action.title);
  draw_text(list, t.fonts.body, {min.x + skin.px(tab_rim(shape) / 2), (min.y + max.y - size.y) / 2},
            chosen || hovered ? t.text : t.text_dim, action.title);
  if (alerts > 0) {
    draw_alert_count(skin, list, {max.x - skin.px(13), (min.y + max.y) / 2}, alerts);
    register_item("alert count", min, max, fmt::format("{}", alerts));
  }
  if (mouse_rests(action.id)) {
    std::string detail = action.detail;
    if (!groups.empty() && !moment_of(context.in, context.ui).is_now)
      detail += fmt::format("\nAs of step {}:", viz::grouped(static_cast<double>(context.in.status.step)));
    for (const AlertGroup& group : groups) detail += "\n" + title_of(context.in, group);
    tooltip(skin, action.title, detail, action.chord ? chord_text(*action.chord) : std::string());
  }
  if (pressed) run_action(action, context);
}

// The workspaces, side by side or behind the name of the present one.
void draw_tabs(const Skin& skin, const ActionContext& context, const Shape& shape, float middle) {
  if (shape.tabs) {
    for (const Action& action : actions()) {
      if (action.group != "Workspace") continue;
      const bool is_of_checkpoint = action.title == spec_of(Workspace::checkpoint).title;
      if (is_of_checkpoint && !has_tab(context.ui, Workspace::checkpoint)) continue;
      draw_tab(skin, context, shape, action);
      ImGui::SameLine(0, skin.px(2));
    }
    return;
  }
  const std::size_t alerts = alerts_now(context.in).size();
  std::string health(spec_of(Workspace::health).title);
  if (alerts > 0) health += fmt::format(" · {}", alerts);
  std::vector<std::string_view> titles;
  for (const WorkspaceSpec& spec : workspaces())
    if (has_tab(context.ui, spec.id)) titles.push_back(spec.id == Workspace::health ? health : spec.title);
  int now = static_cast<int>(context.ui.arranging.workspace);
  ImGui::SetCursorScreenPos({ImGui::GetCursorScreenPos().x, std::round(middle - skin.px(12))});
  if (combo(skin, "workspace", &now, titles, skin.px(124)))
    run_action(fmt::format("workspace.{}", workspaces()[static_cast<std::size_t>(now)].name), context);
  ImGui::SameLine(0, 0);
}

}  // namespace

void draw_top_bar(const PanelInput& in, const WindowFigures& figures, UiState& ui, Commands& out) {
  const Skin skin{in.theme, in.scale};
  const viz::Theme& t = in.theme;
  const ActionContext context{in, ui, out};
  const ImVec2 at = ImGui::GetWindowPos(), size = ImGui::GetWindowSize();
  ImDrawList* list = ImGui::GetWindowDrawList();
  list->AddLine({at.x, at.y + size.y - 1}, {at.x + size.x, at.y + size.y - 1}, t.hairline);
  const float middle = at.y + size.y / 2;
  const Shape shape = shape_of(skin, in, ui, size.x);

  float x = at.x + skin.px(14);
  if (shape.name) {
    const ImVec2 name = text_size(t.fonts.bold, "Switchyard");
    draw_text(list, t.fonts.bold, {x, middle - name.y / 2}, t.text, "Switchyard");
    x += name.x + skin.px(10);
  }
  if (shape.subtitle) {
    const std::string about = subtitle(in, ui);
    const float width = subtitle_width(skin, size.x);
    const ImVec2 about_size = text_size(t.fonts.small, about);
    draw_clipped_text(list, t.fonts.small, {x, middle - about_size.y / 2}, width, t.text_dim, about);
    register_item("about the run", {x, middle - about_size.y / 2}, {x + width, middle + about_size.y / 2}, about);
    x += width + skin.px(10);
  }
  ImGui::SetCursorScreenPos({x, std::round(middle - skin.px(13))});
  draw_menus(context);
  x += menus_width(skin) + skin.px(12);

  ImGui::SetCursorScreenPos({x, std::round(middle - skin.px(15))});
  if (button(skin, play_button(skin, in))) run_action("run.play", context);
  const std::string why = why_no_training(in.status);
  if (mouse_rests("play"))
    tooltip(skin, play_word(in),
            in.run.beside          ? std::string_view(kSaysAlone)
            : in.status.recorded   ? std::string_view(why)
            : is_record(in.status) ? "Wakes this run's model: it learns on from its newest checkpoint, in its own "
                                     "folder."
                                   : "Training stops and goes on between two steps.",
            "Space");
  ImGui::SameLine(0, skin.px(6));
  if (button(skin, small_button(skin, in, "Step", Icon::step, shape.words)))
    run_action(ImGui::GetIO().KeyShift ? "run.ten-steps" : "run.step", context);
  if (mouse_rests("step"))
    tooltip(skin, "Step",
            in.run.beside        ? std::string_view(kStepsBeside)
            : in.status.recorded ? std::string_view(why)
                                 : "One optimizer step, then pause. With Shift ten.",
            ".  and  Shift + .");
  ImGui::SameLine(0, skin.px(6));
  if (button(skin, small_button(skin, in, "Reset", Icon::reset, shape.words))) run_action("run.reset", context);
  if (mouse_rests("reset"))
    tooltip(skin, "Reset",
            in.run.beside        ? std::string_view(kStepsBeside)
            : in.status.recorded ? std::string_view(why)
                                 : "A new model from the seed. The curves so far stay to compare with.",
            "R");
  ImGui::SameLine(0, skin.px(16));
  draw_tabs(skin, context, shape, middle);
  status_lines(skin, in, figures, ImGui::GetCursorScreenPos().x + skin.px(20));
}

}  // namespace switchyard::app
