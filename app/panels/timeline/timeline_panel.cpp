#include "app/panels/timeline/timeline_panel.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/panels/parts/panel_frame.h"
#include "app/panels/parts/panel_parts.h"
#include "app/panels/parts/point_text.h"
#include "app/panels/timeline/events_panel.h"
#include "app/panels/timeline/timeline_strip.h"
#include "app/ui/panel_exports.h"
#include "app/ui/widgets.h"
#include "core/base/printable.h"
#include "viz/base/format.h"
#include "viz/canvas/canvas_imgui.h"
#include "viz/widgets/item.h"

namespace switchyard::app {
namespace {

constexpr float kLeft = 176;    // room beside the strip, at scale 1
constexpr float kLowLeft = 96;  // of a bar of one line
constexpr float kAxis = 34;   // left of the strip in a figure, for losses

std::string state_text(const PanelInput& in, const Timeline& timeline) {
  if (timeline.following()) return !in.snapshot ? "no snapshot yet" : in.status.state == RunState::opened ? "at its end" : "following";
  std::string text = fmt::format("{} step {}", timeline.playing ? "playing," : "at",
                                 viz::grouped(static_cast<double>(timeline.shown->step)));
  // The look nearest to the kept step one went to may be of another.
  for (const KeptStep& kept : in.run.kept_steps)
    if (kept.file == timeline.kept_file && kept.step != timeline.shown->step)
      text += fmt::format(" · kept {}", viz::grouped(static_cast<double>(kept.step)));
  return text;
}

// "steps 1 to 1,200".
std::string steps_text(const PanelInput& in, const Timeline& timeline) {
  const StepSpan range = shown_range(in, timeline);
  return fmt::format("steps {} to {}", viz::grouped(range.low), viz::grouped(range.high));
}

// Of a bar of one line: where one stands.
void draw_low_left(const Skin& skin, const PanelInput& in, const Timeline& timeline, viz::Rect area) {
  const viz::Theme& t = skin.theme;
  viz::CanvasImGui screen(ImGui::GetWindowDrawList(), t);
  viz::Canvas& canvas = screen;
  canvas.text({area.x0, (area.y0 + area.y1) / 2},
              viz::ellipsized(canvas, state_text(in, timeline), area.width(), viz::Font::small),
              timeline.following() ? t.text_dim : t.warn, viz::Font::small, viz::Align::start, viz::Align::middle);
}

// Title, state and the meter of memory.
void draw_left(const Skin& skin, const PanelInput& in, const Timeline& timeline, ImVec2 at) {
  const viz::Theme& t = skin.theme;
  ImDrawList* list = ImGui::GetWindowDrawList();
  viz::CanvasImGui screen(list, t);
  viz::Canvas& canvas = screen;
  canvas.text({at.x, at.y}, in.panel.title, t.text, viz::Font::bold);
  const ImVec2 title = text_size(t.fonts.bold, in.panel.title);
  const float room = skin.px(kLeft - 12);
  const std::string state = for_figure(in) ? steps_text(in, timeline) : state_text(in, timeline);
  canvas.text({at.x, at.y + title.y + skin.px(2)}, viz::ellipsized(canvas, state, room, viz::Font::small),
              timeline.following() || for_figure(in) ? t.text_dim : t.warn, viz::Font::small);
  if (for_figure(in)) return;

  const double used = static_cast<double>(in.run.kept.bytes()), budget = static_cast<double>(in.run.kept.budget());
  const std::string text = fmt::format("{} kept · {:.{}f} of {:.0f} MB", in.run.kept.size(), used / 1048576,
                                       used < 10 * 1048576 ? 1 : 0, budget / 1048576);
  const ImVec2 size = text_size(t.fonts.mono_small, text);
  const float y = at.y + skin.px(40);
  draw_clipped_text(list, t.fonts.mono_small, {at.x, y}, room, t.text_dim, text);
  const float bar = y + size.y + skin.px(1), height = std::max(2.0f, skin.px(2));
  list->AddRectFilled({at.x, bar}, {at.x + room - skin.px(6), bar + height}, t.raised_hover, height / 2);
  const float share = static_cast<float>(std::clamp(used / std::max(1.0, budget), 0.0, 1.0));
  list->AddRectFilled({at.x, bar}, {at.x + std::max(height, share * (room - skin.px(6))), bar + height}, t.accent,
                      height / 2);
  ImGui::SetCursorScreenPos({at.x, at.y + skin.px(20)});
  ImGui::InvisibleButton("meter", {room, skin.px(kTimelineHeight - 38)});
  register_item("meter", text);
  if (mouse_rests("meter"))
    tooltip(skin, "Time",
            "Looks at the model that are kept to go back to, and the memory they hold. Beyond the budget the "
            "oldest are "
            "thinned evenly; training never waits for it.",
            "A and D step through them, W and S zoom, Shift + Space plays, L returns to now.");
}

void hover_text(const PanelInput& in, double x) {
  const auto steps = in.run.history.x();
  std::size_t low = 0, high = steps.size();
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    if (steps[middle] < x) low = middle + 1;
    else high = middle;
  }
  if (steps.size() == 0) return;
  const std::size_t at = std::min(low, steps.size() - 1);
  std::string text = fmt::format("step {}", viz::grouped(static_cast<double>(std::llround(steps[at]))));
  const float loss = in.run.history.scalar(Scalar::loss_smooth)[at];
  if (std::isfinite(loss)) text += fmt::format("\nloss {}", viz::fixed_significant(loss, 4));
  ImGui::SetTooltip("%s", text.c_str());
}

void mark_text(const PanelInput& in, const EventMarks& marks, const MarkHit& hit) {
  marks.tooltip(in, hit.mark);
  if (hit.there < 2) return;
  ImGui::BeginTooltip();
  ImGui::TextDisabled("%s", fmt::format("and {} more here; Events lists them", hit.there - 1).c_str());
  ImGui::EndTooltip();
}

void kept_text(const Skin& skin, const KeptHit& hit) {
  const KeptStep& kept = *hit.step;
  std::string title = fmt::format("Kept whole at step {}", viz::grouped(static_cast<double>(kept.step)));
  if (!kept.name.empty()) title += ": " + printable(kept.name);
  std::string text = printable(kept.why);
  if (std::isfinite(kept.val_loss))
    text +=
        fmt::format("{}validation loss {}", text.empty() ? "" : "\n", viz::fixed_significant(kept.val_loss, 4));
  if (hit.there > 1) text += fmt::format("\n{} kept steps lie here: W and the wheel tell them apart.", hit.there);
  tooltip(skin, title, text, "Click to stand there; right click to go back to it, fork, name or delete it");
}

// What a press that has not moved by more than this is not: a drag.
constexpr float kClick = 4;
bool is_click(int button) { return ImGui::GetIO().MouseDragMaxDistanceSqr[button] < kClick * kClick; }

void move_view(Timeline& timeline, const StepSpan& all, StepSpan to) {
  const double width = std::clamp(to.high - to.low, 10.0, all.high - all.low);
  if (width >= all.high - all.low) {
    timeline.fit = true;
    return;
  }
  const double low = std::clamp(to.low, all.low, all.high - width);
  timeline.fit = false;
  timeline.x_min = low, timeline.x_max = low + width;
  timeline.to_newest = timeline.following() && timeline.x_max >= all.high;
}

// kept_y: the line on which the kept steps lie.
void react(const PanelInput& in, UiState& ui, const TimeStrip& strip, float kept_y, const viz::Item& item) {
  Timeline& timeline = ui.timeline;
  const ImGuiIO& io = ImGui::GetIO();
  if (item.hovered) {
    ui.hover.next_active = true;
    ui.hover.next_x = strip.x(item.mouse.x);
    if (io.MouseWheel != 0) zoom_timeline(in, timeline, strip.x(item.mouse.x), std::pow(0.8, io.MouseWheel));
    if (ImGui::IsMouseDoubleClicked(ImGuiMouseButton_Left)) timeline.fit = true;
    if (ImGui::IsMouseDragging(ImGuiMouseButton_Right)) {
      const double by =
          static_cast<double>(io.MouseDelta.x) / strip.rect.width() * (strip.range.high - strip.range.low);
      move_view(timeline, whole_run(in), {strip.range.low - by, strip.range.high - by});
    }
    if (ImGui::IsMouseReleased(ImGuiMouseButton_Right) && is_click(ImGuiMouseButton_Right))
      if (const KeptStep* const kept = kept_under(in, strip, kept_y, item.mouse).step)
        ui.context_menu = {.of = ContextMenu::Of::kept_step,
                           .opens = true,
                           .at = {NAN, NAN},
                           .run = in.run.id,
                           .file = kept->file};
  }
  if (ImGui::IsItemActive() && ImGui::IsMouseDown(ImGuiMouseButton_Left)) {
    // The run does not move under the hand.
    timeline.x_min = strip.range.low, timeline.x_max = strip.range.high;
    timeline.to_newest = false;
    const KeptStep* const kept =
        is_click(ImGuiMouseButton_Left) ? kept_under(in, strip, kept_y, io.MouseClickedPos[0]).step : nullptr;
    if (kept)
      show_kept(timeline, in.run.kept, static_cast<double>(kept->step), kept->file, learns_points(in.status));
    else
      show_at(timeline, in.run.kept, strip.x(std::clamp(item.mouse.x, strip.rect.x0, strip.rect.x1)),
              learns_points(in.status));
  }
}

// Above its diamond, or above the end of the strip behind which that lies.
void place_menu(const PanelInput& in, ContextMenu& menu, const TimeStrip& strip, float kept_y) {
  if (menu.of != ContextMenu::Of::kept_step || !std::isnan(menu.at.x)) return;
  for (const KeptStep& kept : in.run.kept_steps)
    if (kept.file == menu.file)
      menu.at = {std::clamp(strip.at(static_cast<double>(kept.step)), strip.rect.x0, strip.rect.x1), kept_y};
}

}  // namespace

void zoom_timeline(const PanelInput& in, Timeline& timeline, double x, double factor) {
  const StepSpan all = whole_run(in), now = shown_range(in, timeline);
  if (!std::isfinite(x)) x = timeline.following() ? now.high : shown_x(timeline);
  move_view(timeline, all, {x - (x - now.low) * factor, x + (now.high - x) * factor});
}

void draw_timeline_panel(const PanelInput& in, UiState& ui, Commands&) {
  const Skin skin{in.theme, in.scale};
  const viz::Theme& t = in.theme;
  const bool figure = for_figure(in);
  if (Registry* registry = Registry::current()) registry->open_scope(in.panel.title);
  const ImVec2 at = ImGui::GetWindowPos(), size = ImGui::GetWindowSize();
  const viz::Rect frame{at.x, at.y, at.x + size.x, at.y + size.y};
  in.exports.begin(in.panel.id, in.panel.title, frame);
  // A figure has room for its axes and its key.
  if (figure) panel_hides(in, skin.px(kTimelineFigureHeight) - size.y);
  ImDrawList* list = ImGui::GetWindowDrawList();
  viz::CanvasImGui screen(list, t);
  viz::Canvas& canvas = screen;
  list->PushClipRect(at, {frame.x1, frame.y1});
  canvas.rect_fill(frame, t.panel, skin.px(8));
  canvas.rect_outline(frame, t.hairline, std::max(1.0f, skin.px(1)), skin.px(8));

  const bool low = !figure && frame.height() < skin.px(kTimelineHeight - 1);
  const float beside = low ? kLowLeft : kLeft;
  if (low) draw_low_left(skin, in, ui.timeline, {at.x + skin.px(12), frame.y0, at.x + skin.px(beside), frame.y1});
  else draw_left(skin, in, ui.timeline, {at.x + skin.px(12), at.y + skin.px(8)});
  if (!figure && !low && !in.run.history.empty()) {
    ImGui::SetCursorScreenPos({at.x + skin.px(kLeft), at.y + skin.px(6)});
    events_button(in, ui);
  }
  if (figure)
    draw_key(canvas, in, ui,
             {at.x + skin.px(12), at.y + skin.px(50), at.x + skin.px(kLeft), frame.y1 - skin.px(6)});
  const float left = 12 + beside + (figure ? kAxis : 0), right = figure ? 18 : kTimelineControls + 12;
  const viz::Rect all{at.x + skin.px(left),
                      at.y + skin.px(figure ? 14
                                     : low  ? 4
                                            : 9),
                      frame.x1 - skin.px(right),
                      frame.y1 - skin.px(figure ? 28
                                         : low  ? 4
                                                : 10)};
  if (all.width() > skin.px(40)) {
    const TimeStrip strip{all, shown_range(in, ui.timeline)};
    if (Table* table = wanted_table(in); table && !in.run.history.empty())
      fill_timeline_table(in, strip.range, *table);
    ImGui::SetCursorScreenPos({all.x0, all.y0});
    const viz::Item item = viz::place_item("strip", {all.width(), all.height()}, true, false);
    // The arrow keys step through the looks.
    if (const int by = focus_stop(ImGui::GetID("strip"), FocusKind::turn).turned; by != 0)
      show_neighbour(ui.timeline, in.run.kept, by, learns_points(in.status));
    register_item("strip");
    const float band = figure ? std::round(all.height() * 0.3f)
                       : low  ? 0
                              : skin.px(15),
                ticks = skin.px(4), gap = skin.px(3);
    const viz::Rect tick_area{all.x0, all.y1 - ticks, all.x1, all.y1};
    const viz::Rect load_area{all.x0, tick_area.y0 - gap - band, all.x1, tick_area.y0 - gap};
    const viz::Rect loss_area{all.x0, all.y0 + skin.px(2), all.x1, load_area.y0 - gap};
    const float kept_y = load_area.y0 - gap / 2;
    if (!figure) {
      react(in, ui, strip, kept_y, item);
      place_menu(in, ui.context_menu, strip, kept_y);
    }
    list->PushClipRect({all.x0 - skin.px(5) - (figure ? skin.px(kAxis) : 0), all.y0 - skin.px(figure ? 8 : 0)},
                       {all.x1 + skin.px(5), frame.y1});
    canvas.line({all.x0, tick_area.y1}, {all.x1, tick_area.y1}, t.hairline, 1);
    if (in.run.history.empty()) {
      constexpr std::string_view kWhyNot = "the run appears here with its first steps";
      canvas.text({all.x0, (all.y0 + all.y1) / 2 - skin.px(8)}, kWhyNot, t.text_dim, viz::Font::small);
      in.exports.says_why_not(kWhyNot);
    } else {
      const auto most = static_cast<std::size_t>(std::clamp(all.width() / (1.5f * in.scale), 8.0f, 900.0f));
      const Bins bins = make_bins(as_view(in.run.history.x()), strip.range.low, strip.range.high, most);
      if (!low) draw_load(canvas, in, ui, strip, load_area);
      const LossRange losses = draw_losses(canvas, in, strip, loss_area, bins);
      if (figure) draw_axes(canvas, in, strip, loss_area, losses);
      draw_looks(canvas, in, strip, tick_area);
      const EventMarks marks(in.run.history, t, false, kMissing, true);
      const MarkHit mark = draw_marks(canvas, in, strip, marks, item.hovered ? item.mouse.x : NAN);
      const KeptHit kept = item.hovered ? kept_under(in, strip, kept_y, item.mouse) : KeptHit();
      const bool has_menu = ui.context_menu.of == ContextMenu::Of::kept_step;
      draw_kept_steps(canvas, in, strip, kept_y,
                      figure      ? std::string()
                      : has_menu  ? ui.context_menu.file
                      : kept.step ? kept.step->file
                                  : std::string());
      // Following is a state of the window, not of the run.
      if (!figure || !ui.timeline.following()) draw_playhead(canvas, in, ui.timeline, strip);
      if (ui.hover.active && strip.holds(ui.hover.x)) {
        const float x = std::round(strip.at(ui.hover.x));
        list->AddLine({x, all.y0}, {x, all.y1}, viz::faded(t.text, 0.45f));
      }
      if (kept.step) kept_text(skin, kept);
      else if (mark.mark >= 0) mark_text(in, marks, mark);
      else if (item.hovered) hover_text(in, strip.x(item.mouse.x));
    }
    list->PopClipRect();
  }
  draw_export_corner(in, frame.x1 - skin.px(6), at.y + skin.px(2));
  in.exports.end();
  list->PopClipRect();
  if (Registry* registry = Registry::current()) registry->close_scope();
}

}  // namespace switchyard::app
