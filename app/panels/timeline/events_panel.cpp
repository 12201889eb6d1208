#include "app/panels/timeline/events_panel.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <optional>
#include <string_view>
#include <tuple>

#include "app/panels/parts/panel_frame.h"
#include "app/panels/parts/panel_parts.h"
#include "app/panels/timeline/run_events.h"
#include "app/run/derived/happenings.h"
#include "app/ui/widgets.h"
#include "viz/base/format.h"
#include "viz/canvas/canvas_imgui.h"

namespace switchyard::app {
namespace {

constexpr float kEventRow = 22;  // at scale 1
// Beyond what is in sight: where Tab goes on to.
constexpr std::size_t kRowsBeyond = 1;

struct Line {
  const Happening* one = nullptr;
  std::string_view what;
  const HappeningRow* row = nullptr;  // null: one of a row that is open
  std::size_t count() const { return row ? row->count() : 1; }
};

// The newest first; of a row that is open each by itself below it.
class Lines {
 public:
  Lines(const HappeningList& list, const EventList::Begin& open) : list_(list), open_(list.rows.size()) {
    if (open.alike.empty()) return;
    for (std::size_t i = 0; i < list.rows.size(); ++i)
      if (list.rows[i].count() > 1 && is_within(list.rows[i], open)) open_ = i;
  }
  std::size_t size() const { return list_.rows.size() + members(); }
  Line at(std::size_t line) const {
    const std::size_t rows = list_.rows.size(), head = open_ < rows ? rows - 1 - open_ : rows;
    if (line > head && line <= head + members()) {
      const Happening& one = list_.all[list_.rows[open_].last - (line - head - 1)];
      return {&one, one.what, nullptr};
    }
    const HappeningRow& row = list_.rows[rows - 1 - (line > head ? line - members() : line)];
    return {&list_.all[row.last], row.what, &row};
  }
  bool is_open(const HappeningRow& row) const { return open_ < list_.rows.size() && &row == &list_.rows[open_]; }

 private:
  // A row grows at both of its ends; it is the same while it holds what it once began with.
  bool is_within(const HappeningRow& row, const EventList::Begin& open) const {
    const Happening &first = list_.all[row.first], &last = list_.all[row.last];
    const auto place = std::tie(open.step, open.nth);
    return first.alike == open.alike && std::tie(first.step, first.nth) <= place &&
           place <= std::tie(last.step, last.nth);
  }
  std::size_t members() const { return open_ < list_.rows.size() ? list_.rows[open_].count() : 0; }

  const HappeningList& list_;
  std::size_t open_;  // its place among the rows; their number: none
};

// Whole pixels, as items lie on those.
float row_height(const Skin& skin) { return std::round(skin.px(kEventRow)); }

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
  const float width = std::max(1.0f, ImGui::GetContentRegionAvail().x), height = row_height(skin),
              middle = at.y + height / 2;
  const std::string id = fmt::format("event {}", index);
  const bool pressed = press_area(id, {width, height}).pressed;
  const std::string times = line.count() > 1 ? fmt::format("×{}", line.count()) : std::string();
  register_item(id, std::string(line.what) + (times.empty() ? "" : " " + times));
  const bool hovered = ImGui::IsItemHovered();
  if (!ImGui::IsItemVisible()) return pressed;
  viz::CanvasImGui screen(ImGui::GetWindowDrawList(), t);
  viz::Canvas& canvas = screen;
  if (hovered || (is_shown && !for_figure(in)))
    ImGui::GetWindowDrawList()->AddRectFilled(at, {at.x + width, at.y + height},
                                              hovered ? t.raised_hover : t.raised, skin.px(4));
  const float indent = line.row ? 0 : skin.px(14);
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
            line.count() > 1 ? "Click to go to the last of them, and to see each" : "Click to go there");
  return pressed;
}

// Of those at or before the moment that is shown the last; -1: the newest look is shown.
double shown_step(const Timeline& timeline, const std::vector<Happening>& all) {
  const double now = shown_x(timeline);
  if (std::isnan(now)) return -1;
  const auto after =
      std::upper_bound(all.begin(), all.end(), now, [](double x, const Happening& one) { return x < one.x; });
  return after == all.begin() ? -1 : std::prev(after)->x;
}

// Room for so many lines.
void leave_out(std::size_t lines, float height) {
  if (lines > 0) ImGui::Dummy({1, static_cast<float>(lines) * height});
}

// Those in sight. The one that was pressed: it lies in the list itself.
std::optional<Line> draw_lines(const PanelInput& in, const HappeningList& list, const Lines& lines,
                               double moment) {
  const float height = row_height({in.theme, in.scale}), top = ImGui::GetCursorPosY();
  // By step: that of the last is the longest.
  const float steps =
      text_size(in.theme.fonts.mono_small, viz::grouped(static_cast<double>(list.all.back().step))).x;
  const auto line_at = [&](float y) { return static_cast<std::size_t>(std::max(0.0f, (y - top) / height)); };
  const std::size_t first = line_at(ImGui::GetScrollY()), count = lines.size();
  const std::size_t begin = std::min(first - std::min(first, kRowsBeyond), count),
                    end =
                        std::min(count, line_at(ImGui::GetScrollY() + ImGui::GetWindowHeight()) + 1 + kRowsBeyond);
  std::optional<Line> pressed;
  leave_out(begin, height);
  for (std::size_t i = begin; i < end; ++i)
    if (const Line line = lines.at(i); draw_line(in, line, i, steps, line.one->x == moment)) pressed = line;
  leave_out(count - std::max(begin, end), height);
  return pressed;
}

void press(const PanelInput& in, UiState& ui, const HappeningList& list, const Lines& lines, const Line& line) {
  go_to(in, ui, *line.one);
  if (line.count() < 2) return;
  const Happening& first = list.all[line.row->first];
  ui.events.unfolded =
      lines.is_open(*line.row) ? EventList::Begin{} : EventList::Begin{first.step, first.alike, first.nth};
}

}  // namespace

void draw_events_panel(const PanelInput& in, UiState& ui, Commands&) {
  const HappeningList& list = in.run.happenings();
  const std::size_t count = list.all.size();
  open_panel(in, count == 0 ? std::string() : fmt::format("{} of this run, the newest first", count));
  if (Table* table = wanted_table(in)) fill_events_table(list.all, *table);
  if (count == 0) {
    const Readiness state = readiness_of_curves(in);
    if (state == Readiness::ready)
      draw_empty(in, "nothing has happened yet", "edits, alerts, new models and kept steps are listed here");
    else draw_not_ready(in, state, "edits, alerts, new models and kept steps");
    return panel_end(in);
  }
  panel_scroll_begin(in, "events");
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {0, 0});
  const Lines lines(list, ui.events.unfolded);
  const auto pressed = draw_lines(in, list, lines, shown_step(ui.timeline, list.all));
  if (pressed) press(in, ui, list, lines, *pressed);
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
