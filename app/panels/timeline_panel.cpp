#include "app/panels/timeline_panel.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/insight_cache.h"
#include "app/panels/load_bins.h"
#include "app/panels/panel_parts.h"
#include "app/panels/point_text.h"
#include "app/panels/time_plots.h"
#include "app/timeline.h"
#include "app/ui/panel_frame.h"
#include "app/ui/widgets.h"
#include "viz/canvas_imgui.h"
#include "viz/colour_map.h"
#include "viz/format.h"
#include "viz/item.h"

namespace switchyard::app {
namespace {

constexpr std::size_t kMostColumns = 300, kMostBands = 12;
constexpr float kLeft = 176, kRight = 178;  // room beside the strip, at scale 1
constexpr float kReach = 5;                 // of a mark under the mouse

struct Range {
  double low = 0, high = 1;
};

// From the first step to the newest; a run just begun still has a width.
Range whole_run(const PanelInput& in) {
  const auto x = in.history.x();
  Range all{0, 1};
  if (x.size() > 0) all = {x[0], x[x.size() - 1]};
  if (in.kept && !in.kept->empty()) all.low = std::min(all.low, (*in.kept)[0].x);
  all.high = std::max(all.high, all.low + 10);
  return all;
}

Range shown_range(const PanelInput& in, const Timeline& timeline) {
  return timeline.fit ? whole_run(in) : Range{timeline.x_min, timeline.x_max};
}

// The strip's own map between steps and pixels.
struct Strip {
  viz::Rect rect;
  Range range;
  float at(double x) const {
    return rect.x0 + static_cast<float>((x - range.low) / (range.high - range.low)) * rect.width();
  }
  double x(float pixel) const {
    return range.low + static_cast<double>(pixel - rect.x0) / rect.width() * (range.high - range.low);
  }
  bool holds(double x) const { return x >= range.low && x <= range.high; }
};

std::string state_text(const PanelInput& in, const Timeline& timeline) {
  if (timeline.following()) return in.snapshot ? "following" : "no snapshot yet";
  return fmt::format("{} step {}", timeline.playing ? "playing," : "at",
                     viz::grouped(static_cast<double>(timeline.shown->step)));
}

// Title, state and the meter of memory.
void draw_left(const Skin& skin, const PanelInput& in, const Timeline& timeline, ImVec2 at) {
  const viz::Theme& t = skin.theme;
  ImDrawList* list = ImGui::GetWindowDrawList();
  draw_text(list, t.fonts.bold, at, t.text, "Timeline");
  const ImVec2 title = text_size(t.fonts.bold, "Timeline");
  const float room = skin.px(kLeft - 12);
  const std::string state = state_text(in, timeline);
  draw_clipped_text(list, t.fonts.small, {at.x, at.y + title.y + skin.px(2)}, room,
                    timeline.following() ? t.text_dim : t.warn, state);
  if (!in.kept) return;

  const double used = static_cast<double>(in.kept->bytes()), budget = static_cast<double>(in.kept->budget());
  const std::string text = fmt::format("{} kept · {:.{}f} of {:.0f} MB", in.kept->size(), used / 1048576,
                                       used < 10 * 1048576 ? 1 : 0, budget / 1048576);
  const ImVec2 size = text_size(t.fonts.mono_small, text);
  const float y = at.y + skin.px(40);
  draw_clipped_text(list, t.fonts.mono_small, {at.x, y}, room, t.text_dim, text);
  const float bar = y + size.y + skin.px(1), height = std::max(2.0f, skin.px(2));
  list->AddRectFilled({at.x, bar}, {at.x + room - skin.px(6), bar + height}, t.raised_hover, height / 2);
  const float share = static_cast<float>(std::clamp(used / std::max(1.0, budget), 0.0, 1.0));
  list->AddRectFilled({at.x, bar}, {at.x + std::max(height, share * (room - skin.px(6))), bar + height}, t.accent, height / 2);
  ImGui::SetCursorScreenPos({at.x, at.y});
  ImGui::InvisibleButton("meter", {room, skin.px(kTimelineHeight - 18)});
  register_item("meter", text);
  if (mouse_rests("meter"))
    tooltip(skin, "Time",
            "Looks at the model that are kept to go back to, and the memory they hold. Beyond the budget the oldest are "
            "thinned evenly; training never waits for it.",
            "A and D step through them, W and S zoom, Shift + Space plays, L returns to now.");
}

void draw_losses(const PanelInput& in, const Strip& strip, const viz::Rect& area, const Bins& bins) {
  const History& history = in.history;
  std::vector<float> means;
  bin_means(bins, as_view(history.scalar(Scalar::loss_smooth)), means);
  const History::Curve validation = history.validation();
  double low = INFINITY, high = -INFINITY;
  const auto take = [&](double value) {
    if (!std::isfinite(value)) return;
    low = std::min(low, value), high = std::max(high, value);
  };
  for (const float value : means) take(value);
  for (std::size_t i = 0; i < validation.x.size(); ++i)
    if (strip.holds(validation.x[i])) take(validation.y[i]);
  if (!(low < high)) low -= 0.5, high += 0.5;
  const auto y = [&](double value) {
    return area.y1 - static_cast<float>((value - low) / (high - low)) * area.height();
  };
  viz::CanvasImGui canvas(ImGui::GetWindowDrawList(), in.theme.fonts);
  std::vector<viz::Point> line;
  std::size_t cut = 0;
  const auto stroke = [&](viz::Colour colour, float thickness) {
    if (line.size() > 1) canvas.polyline(line, colour, thickness * in.scale, viz::Stroke::smooth);
    line.clear();
  };
  // A new model begins a new line.
  const std::vector<double>& breaks = history.breaks();
  const auto pass = [&](double x, viz::Colour colour, float thickness) {
    while (cut < breaks.size() && x >= breaks[cut]) stroke(colour, thickness), ++cut;
  };
  const viz::Colour train = viz::faded(viz::curve_colour(in.theme, 0), 0.8f), held_out = viz::curve_colour(in.theme, 1);
  for (std::size_t i = 0; i < bins.x.size() && i < means.size(); ++i) {
    pass(bins.x[i], train, 1);
    if (std::isfinite(means[i])) line.push_back({strip.at(bins.x[i]), y(means[i])});
  }
  stroke(train, 1);
  cut = 0;
  // Of many validations as many as there are pixels to tell them apart.
  const std::size_t stride = std::max<std::size_t>(1, validation.x.size() / 1500);
  for (std::size_t i = 0; i < validation.x.size(); i += stride) {
    pass(validation.x[i], held_out, 1.5f);
    if (strip.holds(validation.x[i]) && std::isfinite(validation.y[i]))
      line.push_back({strip.at(validation.x[i]), y(validation.y[i])});
  }
  stroke(held_out, 1.5f);
}

// Utilisation of each expert as a slim band; many experts share bands, each as far from fair as the worst in it.
void draw_load(const PanelInput& in, const UiState& ui, const Strip& strip, const viz::Rect& area) {
  const History& history = in.history;
  if (history.layers() == 0) return;
  const auto layer = static_cast<std::size_t>(shown_layer(ui, history.layers()));
  const std::size_t width = history.experts_ever(layer), experts = std::max<std::size_t>(1, history.experts(layer));
  if (width < experts) return;
  InsightCache own;
  LoadBins& kept = (in.insight ? *in.insight : own).load_bins();
  const BinnedLoads& loads =
      kept.of(history, layer, LoadBins::Picture::timeline, {strip.range.low, strip.range.high, kMostColumns}, std::min(experts, kMostBands));
  const Bins& bins = loads.bins;
  if (bins.x.empty()) return;
  const std::size_t columns = bins.x.size(), bands = loads.bands;
  const auto colours = viz::map_table(viz::ColourMap::viridis);
  std::vector<viz::Colour> cells(bands * columns, 0);
  for (std::size_t c = 0; c < columns; ++c)
    for (std::size_t band = 0; band < bands; ++band)
      if (const float value = loads.worst[c * bands + band]; std::isfinite(value))
        cells[band * columns + c] =
            colours[static_cast<std::size_t>(std::clamp(value / 2, 0.0f, 1.0f) * static_cast<float>(viz::map_steps - 1) + 0.5f)];
  // The cells stand for what lies between the middles of their neighbours.
  viz::CanvasImGui canvas(ImGui::GetWindowDrawList(), in.theme.fonts);
  const float from = std::max(area.x0, strip.at(bins.x.front() - bins.width / 2));
  const float to = std::min(area.x1, std::max(from + 1, strip.at(bins.x.back() + bins.width / 2)));
  canvas.cell_grid({from, area.y0, to, area.y1}, bands, columns, cells);
  if (ui.hovered_expert < 0 || ui.hovered_expert >= static_cast<int>(experts)) return;
  std::size_t lit = 0;
  while ((lit + 1) * experts / bands <= static_cast<std::size_t>(ui.hovered_expert)) ++lit;
  const float height = area.height() / static_cast<float>(bands), top = area.y0 + height * static_cast<float>(lit);
  canvas.rect_outline({from - in.scale, top - in.scale, to + in.scale, top + height + in.scale}, in.theme.text, std::max(1.0f, in.scale), 0);
}

// Marks of events; returns the one within the mouse's reach, -1: none.
int draw_marks(const PanelInput& in, const Strip& strip, const EventMarks& marks, const viz::Item& item) {
  ImDrawList* list = ImGui::GetWindowDrawList();
  int found = -1;
  float best = kReach * in.scale;
  const auto all = marks.marks();
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!strip.holds(all[i].x)) continue;
    const float x = std::round(strip.at(all[i].x));
    const viz::Colour colour = all[i].colour ? all[i].colour : in.theme.accent;
    list->AddLine({x, strip.rect.y0}, {x, strip.rect.y1}, viz::faded(colour, 0.75f), std::max(1.0f, in.scale));
    const float half = 3 * in.scale;
    list->AddTriangleFilled({x - half, strip.rect.y0}, {x + half, strip.rect.y0}, {x, strip.rect.y0 + 1.6f * half}, colour);
    if (item.hovered && std::abs(item.mouse.x - x) < best) best = std::abs(item.mouse.x - x), found = static_cast<int>(i);
  }
  return found;
}

void draw_ticks(const PanelInput& in, const Strip& strip, const viz::Rect& area) {
  if (!in.kept) return;
  ImDrawList* list = ImGui::GetWindowDrawList();
  float last = -1e9f;
  for (std::size_t i = 0; i < in.kept->size(); ++i) {
    const double x = (*in.kept)[i].x;
    if (!strip.holds(x)) continue;
    const float at = std::round(strip.at(x));
    if (at - last < 2) continue;  // one to a pixel is enough to see where they are
    last = at;
    list->AddRectFilled({at, area.y0}, {at + std::max(1.0f, in.scale), area.y1}, viz::faded(in.theme.text_dim, 0.7f));
  }
}

void draw_playhead(const PanelInput& in, const Timeline& timeline, const Strip& strip) {
  const auto steps = in.history.x();
  const double x = timeline.following() ? steps[steps.size() - 1] : shown_x(timeline, in.history);
  if (!std::isfinite(x) || !strip.holds(x)) return;
  const viz::Colour colour = timeline.following() ? in.theme.bad : in.theme.text;
  const float at = std::round(strip.at(x)), half = 4 * in.scale;
  ImDrawList* list = ImGui::GetWindowDrawList();
  list->AddRectFilled({at - in.scale, strip.rect.y0}, {at + in.scale, strip.rect.y1}, colour);
  list->AddCircleFilled({at, strip.rect.y1}, half, colour, 16);
}

void hover_text(const PanelInput& in, double x) {
  const auto steps = in.history.x();
  std::size_t low = 0, high = steps.size();
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    if (steps[middle] < x) low = middle + 1;
    else high = middle;
  }
  if (steps.size() == 0) return;
  const std::size_t at = std::min(low, steps.size() - 1);
  std::string text = fmt::format("step {}", viz::grouped(static_cast<double>(in.history.model_step(steps[at]))));
  const float loss = in.history.scalar(Scalar::loss_smooth)[at];
  if (std::isfinite(loss)) text += fmt::format("\nloss {}", viz::fixed_significant(loss, 4));
  ImGui::SetTooltip("%s", text.c_str());
}

void move_view(Timeline& timeline, const Range& all, Range to) {
  const double width = std::clamp(to.high - to.low, 10.0, all.high - all.low);
  if (width >= all.high - all.low) {
    timeline.fit = true;
    return;
  }
  const double low = std::clamp(to.low, all.low, all.high - width);
  timeline.fit = false;
  timeline.x_min = low, timeline.x_max = low + width;
}

void react(const ActionContext& context, const Strip& strip, const viz::Item& item) {
  const PanelInput& in = context.in;
  Timeline& timeline = context.ui.timeline;
  const ImGuiIO& io = ImGui::GetIO();
  if (item.hovered) {
    context.ui.hover.next_active = true;
    context.ui.hover.next_x = strip.x(item.mouse.x);
    if (io.MouseWheel != 0) zoom_timeline(in, timeline, strip.x(item.mouse.x), std::pow(0.8, io.MouseWheel));
    if (ImGui::IsMouseDoubleClicked(ImGuiMouseButton_Left)) timeline.fit = true;
    if (ImGui::IsMouseDragging(ImGuiMouseButton_Right)) {
      const double by = static_cast<double>(io.MouseDelta.x) / strip.rect.width() * (strip.range.high - strip.range.low);
      move_view(timeline, whole_run(in), {strip.range.low - by, strip.range.high - by});
    }
  }
  if (ImGui::IsItemActive() && ImGui::IsMouseDown(ImGuiMouseButton_Left) && in.kept)
    show_at(timeline, *in.kept, strip.x(std::clamp(item.mouse.x, strip.rect.x0, strip.rect.x1)), learns_points(in.status));
}

void draw_right(const Skin& skin, const ActionContext& context, ImVec2 at, float height) {
  const viz::Theme& t = skin.theme;
  Timeline& timeline = context.ui.timeline;
  const float small = skin.px(26);
  const float y = at.y + (height - small) / 2;
  float x = at.x;
  const auto step_button = [&](const char* id, const char* name, Icon icon) {
    ImGui::SetCursorScreenPos({x, y});
    const Action* action = find_action(id);
    if (button(skin, {.look = ButtonLook::quiet, .icon = icon, .size = {small, small}, .name = name}))
      run_action(*action, context);
    if (mouse_rests(id)) tooltip(skin, action->title, action->detail, chord_text(*action->chord));
    x += small + skin.px(2);
  };
  step_button("timeline.previous", "previous snapshot", Icon::chevron_left);
  step_button("timeline.play", "play snapshots", timeline.playing ? Icon::pause : Icon::play);
  step_button("timeline.next", "next snapshot", Icon::chevron_right);
  x += skin.px(8);

  const ImVec2 label = text_size(t.fonts.bold, "LIVE");
  const ImVec2 pill(label.x + skin.px(34), skin.px(26));
  ImGui::SetCursorScreenPos({x, y});
  const bool pressed = ImGui::InvisibleButton("LIVE", pill);
  const bool live = timeline.following();
  register_item("LIVE", live ? "following" : "behind");
  const ImVec2 min = ImGui::GetItemRectMin(), max = ImGui::GetItemRectMax();
  ImDrawList* list = ImGui::GetWindowDrawList();
  const viz::Colour red = viz::rgb(0xc4372b), white = viz::rgb(0xffffff);
  const bool filled = live || ImGui::IsItemHovered();
  if (filled) list->AddRectFilled(min, max, red, pill.y / 2);
  else list->AddRect(min, max, red, pill.y / 2, 0, std::max(1.0f, 1.5f * skin.scale));
  const viz::Colour ink = filled ? white : t.text;
  list->AddCircleFilled({min.x + skin.px(14), (min.y + max.y) / 2}, skin.px(4), filled ? white : red, 16);
  draw_text(list, t.fonts.bold, {min.x + skin.px(23), (min.y + max.y - label.y) / 2}, ink, "LIVE");
  if (mouse_rests("live")) tooltip(skin, live ? "Following" : "Back to now", "Views show the newest look at the model. Training goes on either way.", "L");
  if (pressed) run_action("timeline.live", context);
}

}  // namespace

void zoom_timeline(const PanelInput& in, Timeline& timeline, double x, double factor) {
  const Range all = whole_run(in), now = shown_range(in, timeline);
  if (!std::isfinite(x)) x = timeline.following() ? now.high : shown_x(timeline, in.history);
  move_view(timeline, all, {x - (x - now.low) * factor, x + (now.high - x) * factor});
}

void draw_timeline_panel(const ActionContext& context) {
  const PanelInput& in = context.in;
  UiState& ui = context.ui;
  const Skin skin{in.theme, in.scale};
  const viz::Theme& t = in.theme;
  if (Registry* registry = Registry::current()) registry->open_scope("Timeline");
  const ImVec2 at = ImGui::GetWindowPos(), size = ImGui::GetWindowSize();
  ImDrawList* list = ImGui::GetWindowDrawList();
  list->PushClipRect(at, {at.x + size.x, at.y + size.y});
  list->AddRectFilled(at, {at.x + size.x, at.y + size.y}, t.panel, skin.px(8));
  list->AddRect(at, {at.x + size.x, at.y + size.y}, t.hairline, skin.px(8), 0, std::max(1.0f, skin.px(1)));

  draw_left(skin, in, ui.timeline, {at.x + skin.px(12), at.y + skin.px(8)});
  const viz::Rect all{at.x + skin.px(12 + kLeft), at.y + skin.px(9), at.x + size.x - skin.px(kRight + 12), at.y + size.y - skin.px(10)};
  if (all.width() > skin.px(40)) {
    const Strip strip{all, shown_range(in, ui.timeline)};
    ImGui::SetCursorScreenPos({all.x0, all.y0});
    const viz::Item item = viz::place_item("strip", {all.width(), all.height()}, true);
    register_item("strip");
    react(context, strip, item);

    const float band = skin.px(15), ticks = skin.px(4), gap = skin.px(3);
    const viz::Rect tick_area{all.x0, all.y1 - ticks, all.x1, all.y1};
    const viz::Rect load_area{all.x0, tick_area.y0 - gap - band, all.x1, tick_area.y0 - gap};
    const viz::Rect loss_area{all.x0, all.y0 + skin.px(2), all.x1, load_area.y0 - gap};
    list->PushClipRect({all.x0 - skin.px(5), all.y0}, {all.x1 + skin.px(5), at.y + size.y});
    list->AddLine({all.x0, tick_area.y1}, {all.x1, tick_area.y1}, t.hairline);
    if (in.history.empty()) {
      draw_text(list, t.fonts.small, {all.x0, (all.y0 + all.y1) / 2 - skin.px(8)}, t.text_dim, "the run appears here with its first steps");
    } else {
      const auto most = static_cast<std::size_t>(std::clamp(all.width() / (1.5f * in.scale), 8.0f, 900.0f));
      const Bins bins = make_bins(as_view(in.history.x()), strip.range.low, strip.range.high, most, in.history.breaks());
      draw_load(in, ui, strip, load_area);
      draw_losses(in, strip, loss_area, bins);
      draw_ticks(in, strip, tick_area);
      const EventMarks marks(in.history, t, false);
      const int mark = draw_marks(in, strip, marks, item);
      draw_playhead(in, ui.timeline, strip);
      if (ui.hover.active && strip.holds(ui.hover.x)) {
        const float x = std::round(strip.at(ui.hover.x));
        list->AddLine({x, all.y0}, {x, all.y1}, viz::faded(t.text, 0.45f));
      }
      if (mark >= 0) marks.tooltip(in, mark);
      else if (item.hovered) hover_text(in, strip.x(item.mouse.x));
    }
    list->PopClipRect();
  }
  draw_right(skin, context, {at.x + size.x - skin.px(kRight), at.y}, size.y);
  list->PopClipRect();
  if (Registry* registry = Registry::current()) registry->close_scope();
}

}  // namespace switchyard::app
