#include "app/panels/timeline/events_panel.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/panels/parts/panel_frame.h"
#include "app/panels/parts/panel_parts.h"
#include "app/panels/timeline/run_events.h"
#include "app/run/happenings.h"
#include "app/ui/widgets.h"
#include "viz/base/format.h"
#include "viz/canvas/canvas_imgui.h"

namespace switchyard::app {
namespace {

constexpr float kEventRow = 22;  // at scale 1
constexpr std::size_t kMostRows = 500;

struct Line {
  const Happening* one = nullptr;
  std::string what;
  std::size_t count = 1;
  std::size_t row = 0;  // of the folded ones, by the place of its first
  bool within = false;  // of a row that is open
};

// The newest first; of a row that is open each by itself below it.
std::vector<Line> lines_of(const HappeningList& list, std::size_t open) {
  std::vector<Line> lines;
  const auto& [all, rows] = list;
  for (auto row = rows.rbegin(); row != rows.rend() && lines.size() < kMostRows; ++row) {
    lines.push_back({&all[row->last], row->what, row->count(), row->first, false});
    if (row->first != open || row->count() == 1) continue;
    for (std::size_t i = row->last + 1; i-- > row->first;)
      lines.push_back({&all[i], all[i].what, 1, row->first, true});
  }
  return lines;
}

void draw_sign(viz::Canvas& canvas, const viz::Theme& t, HappeningKind kind, viz::Point at, float scale) {
  const viz::Colour colour = colour_of(t, kind);
  if (kind != HappeningKind::kept) return canvas.circle_fill(at, 3.5f * scale, colour);
  const float half = 4 * scale;
  const viz::Point diamond[] = {
      {at.x, at.y - half}, {at.x + half, at.y}, {at.x, at.y + half}, {at.x - half, at.y}};
  canvas.polygon_fill(diamond, colour);
}

// Whether it was pressed.
bool draw_line(const PanelInput& in, const Line& line, std::size_t index, float steps, bool is_shown) {
  const Skin skin{in.theme, in.scale};
  const viz::Theme& t = in.theme;
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float width = std::max(1.0f, ImGui::GetContentRegionAvail().x), height = skin.px(kEventRow),
              middle = at.y + height / 2;
  const std::string id = fmt::format("event {}", index);
  const bool pressed = press_area(id, {width, height}).pressed;
  const std::string times = line.count > 1 ? fmt::format("×{}", line.count) : std::string();
  register_item(id, line.what + (times.empty() ? "" : " " + times));
  const bool hovered = ImGui::IsItemHovered();
  if (!ImGui::IsItemVisible()) return pressed;
  viz::CanvasImGui screen(ImGui::GetWindowDrawList(), t);
  viz::Canvas& canvas = screen;
  if (hovered || (is_shown && !for_figure(in)))
    ImGui::GetWindowDrawList()->AddRectFilled(at, {at.x + width, at.y + height},
                                              hovered ? t.raised_hover : t.raised, skin.px(4));
  const float indent = line.within ? skin.px(14) : 0;
  canvas.text({at.x + skin.px(6) + steps, middle}, viz::grouped(static_cast<double>(line.one->step)), t.text_dim,
              viz::Font::mono_small, viz::Align::end, viz::Align::middle);
  const float sign = at.x + steps + skin.px(19) + indent, words = sign + skin.px(11);
  draw_sign(canvas, t, line.one->kind, {sign, middle}, in.scale);
  float right = at.x + width - skin.px(8);
  if (!times.empty()) {
    canvas.text({right, middle}, times, t.text_dim, viz::Font::mono_small, viz::Align::end, viz::Align::middle);
    right -= canvas.text_size(times, viz::Font::mono_small).x + skin.px(8);
  }
  const std::string shown = viz::ellipsized(canvas, line.what, right - words, viz::Font::small);
  canvas.text({words, middle}, shown, t.text, viz::Font::small, viz::Align::start, viz::Align::middle);
  if (mouse_rests(id) && (shown != line.what || !line.one->detail.empty()))
    tooltip(skin, line.what, line.one->detail,
            line.count > 1 ? "Click to go to the last of them, and to see each" : "Click to go there");
  return pressed;
}

// Of those at or before the moment that is shown the last; -1: the newest look is shown.
double shown_step(const Timeline& timeline, const std::vector<Happening>& all) {
  const double now = shown_x(timeline);
  double best = -1;
  for (const Happening& one : all)
    if (one.x <= now && one.x > best) best = one.x;
  return best;
}

}  // namespace

void draw_events_panel(const PanelInput& in, UiState& ui, Commands&) {
  const HappeningList& list = in.run.happenings();
  const std::vector<Happening>& all = list.all;
  open_panel(in, all.empty() ? std::string() : fmt::format("{} of this run, the newest first", all.size()));
  if (Table* table = wanted_table(in)) fill_events_table(all, *table);
  if (all.empty()) {
    const Readiness state = readiness_of_curves(in);
    if (state == Readiness::ready)
      draw_empty(in, "nothing has happened yet", "edits, alerts, new models and kept steps are listed here");
    else draw_not_ready(in, state, "edits, alerts, new models and kept steps");
    return panel_end(in);
  }
  float steps = 0;
  for (const Happening& one : all)
    steps = std::max(steps, text_size(in.theme.fonts.mono_small, viz::grouped(static_cast<double>(one.step))).x);
  panel_scroll_begin(in, "events");
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {0, 0});
  const std::vector<Line> lines = lines_of(list, ui.events.unfolded);
  const double moment = shown_step(ui.timeline, all);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const Line& line = lines[i];
    if (!draw_line(in, line, i, steps, line.one->x == moment)) continue;
    go_to(in, ui, *line.one);
    if (line.count > 1) ui.events.unfolded = ui.events.unfolded == line.row ? EventList::none : line.row;
  }
  ImGui::PopStyleVar();
  panel_scroll_end(in);
  panel_end(in);
}

void events_button(const PanelInput& in, UiState& ui) {
  const Skin skin{in.theme, in.scale};
  const viz::Theme& t = in.theme;
  const std::size_t count = in.run.happenings().all.size();
  const std::string label = count == 1 ? "1 event" : fmt::format("{} events", count);
  const ImVec2 words = text_size(t.fonts.small, label), at = ImGui::GetCursorScreenPos();
  const ImVec2 size(words.x + skin.px(28), skin.px(20));
  ImGui::SetCursorScreenPos({at.x - size.x, at.y});
  if (press_area("events", size).pressed) ui.events.open = !ui.events.open;
  register_item("events", label);
  const ImVec2 min = ImGui::GetItemRectMin(), max = ImGui::GetItemRectMax();
  const bool lit = ImGui::IsItemHovered() || ui.events.open;
  ImDrawList* list = ImGui::GetWindowDrawList();
  if (lit) list->AddRectFilled(min, max, t.raised, skin.px(5));
  const float middle = (min.y + max.y) / 2;
  draw_text(list, t.fonts.small, {min.x + skin.px(7), middle - words.y / 2}, lit ? t.text : t.text_dim, label);
  draw_icon(list, ui.events.open ? Icon::chevron_down : Icon::chevron_right, {max.x - skin.px(10), middle},
            skin.px(7), lit ? t.text : t.text_dim);
  if (mouse_rests("events"))
    tooltip(skin, "Events",
            "Edits, new models, alerts and kept steps of this run, as a list. A click on one goes there.");
}

}  // namespace switchyard::app
