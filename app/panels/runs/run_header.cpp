#include "app/panels/runs/run_header.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "app/panels/parts/panel_frame.h"
#include "app/ui/widgets.h"
#include "viz/canvas/canvas_imgui.h"

namespace switchyard::app {
namespace {

constexpr float kLeastWidth = 36, kMostWidth = 600, kGrip = 5;  // at scale 1
constexpr float kArrowRoom = 12;

enum class Sorted { no, rising, falling };

Sorted sorted_by(const LibraryView& view, const std::string& key) {
  return view.query.sort == key ? Sorted::rising : view.query.sort == "-" + key ? Sorted::falling : Sorted::no;
}

// Rising, falling, as they came.
void sort_on(LibraryView& view, const std::string& key, Sorted now) {
  view.query.sort = now == Sorted::rising ? "-" + key : now == Sorted::falling ? std::string() : key;
  ImGui::SetScrollY(0);
}

// Whether the mouse is on it.
bool press_header(const Skin& skin, LibraryView& view, const GridColumn& column, float x, float left, float end,
                  float y, float height) {
  const std::string& key = column.shown.key;
  const Sorted sorted = sorted_by(view, key);
  ImGui::PushID(key.c_str());
  const float grip = skin.px(kGrip);
  const bool has_grip = end == x + column.width && end - left > 3 * grip;
  if (has_grip) {
    ImGui::SetCursorScreenPos({end - grip, y});
    ImGui::InvisibleButton("width", {grip, height});
    if (ImGui::IsItemHovered() || ImGui::IsItemActive()) ImGui::SetMouseCursor(ImGuiMouseCursor_ResizeEW);
    if (ImGui::IsItemActive())
      view.widths[key] = std::clamp((ImGui::GetMousePos().x + grip / 2 - x) / skin.scale, kLeastWidth, kMostWidth);
    if (ImGui::IsItemHovered() && ImGui::IsMouseDoubleClicked(0)) view.widths.erase(key);
    register_item("width " + key);
  }
  ImGui::SetCursorScreenPos({left, y});
  const bool pressed = press_area("sort", {end - left - (has_grip ? grip : 0), height}).pressed;
  register_item("column " + key, sorted == Sorted::rising ? "rising" : sorted == Sorted::falling ? "falling" : "");
  const bool hovered = ImGui::IsItemHovered();
  if (pressed) sort_on(view, key, sorted);
  if (mouse_rests("sort"))
    tooltip(skin, key, about_column(column.shown),
            sorted == Sorted::falling  ? "Click: in the order of their last steps"
            : sorted == Sorted::rising ? "Click: falling"
                                       : "Click sorts by it");
  ImGui::PopID();
  return hovered;
}

void draw_title(viz::Canvas& canvas, const Skin& skin, const GridColumn& column, std::string_view title, float x,
                float indent, float middle, Sorted sorted, bool lit) {
  const viz::Theme& t = skin.theme;
  const bool numeric = is_numeric(column.shown), is_sorted = sorted != Sorted::no;
  const float room = column.width - 2 * skin.px(kCellPad) - indent - (is_sorted ? skin.px(kArrowRoom) : 0);
  const std::string text = viz::ellipsized(canvas, title, room, viz::Font::small);
  const float width = canvas.text_size(text, viz::Font::small).x;
  const float at = numeric ? x + column.width - skin.px(kCellPad) - width : x + skin.px(kCellPad) + indent;
  canvas.text({at, middle}, text, is_sorted || lit ? t.text : t.text_dim, viz::Font::small, viz::Align::start,
              viz::Align::middle);
  if (!is_sorted) return;
  const float tip_x = numeric ? at - skin.px(8) : at + width + skin.px(8);
  const float half = skin.px(3.5f), tip = sorted == Sorted::rising ? -half : half;
  const viz::Point triangle[] = {
      {tip_x - half, middle - tip * 0.6f}, {tip_x + half, middle - tip * 0.6f}, {tip_x, middle + tip * 0.9f}};
  canvas.polygon_fill(triangle, t.accent);
}

}  // namespace

GridColumns lay_out_columns(const PanelInput& in, const RunListing& listing, const LibraryView& view) {
  GridColumns columns;
  float x = 0;
  for (ShownRunColumn& shown : shown_run_columns(listing, view)) {
    const auto chosen = view.widths.find(shown.key);
    float width = chosen != view.widths.end() ? chosen->second : standard_width(shown);
    if (chosen == view.widths.end()) {
      const auto fits = [&](std::string_view text, float beside) {
        width = std::max(width, text_size(in.theme.fonts.small, text).x / in.scale + 2 * kCellPad + beside);
      };
      fits(shown.key, kArrowRoom);
      if (shown.type == KnobType::choice && shown.knob)
        for (const std::string_view choice : shown.knob->choices) fits(choice, 2);
    }
    columns.push_back({std::move(shown), x, std::round(width * in.scale)});
    x += columns.back().width;
  }
  return columns;
}

void draw_run_header(const PanelInput& in, UiState& ui, const RunListing& listing, const GridColumns& columns,
                     const viz::Rect& table, float height) {
  if (columns.empty()) return;
  const Skin skin{in.theme, in.scale};
  viz::CanvasImGui screen(ImGui::GetWindowDrawList(), in.theme);
  viz::Canvas& canvas = screen;
  const float line = std::max(1.0f, in.scale), scrolled = ImGui::GetScrollX(),
              fixed = table.x0 + std::min(columns[0].width, table.width());
  const auto draw_one = [&](const GridColumn& column, bool first) {
    const float x = table.x0 + (first ? 0 : column.x - scrolled);
    const float left = first ? x : std::max(x, fixed), end = std::min(x + column.width, table.x1);
    if (end - left < 1) return;
    const std::string& key = column.shown.key;
    const bool lit = !for_figure(in) && press_header(skin, ui.library, column, x, left, end, table.y0, height);
    const bool grouped = listing.query.grouped;
    canvas.push_clip({left, table.y0, end, table.y0 + height});
    draw_title(canvas, skin, column, first && grouped ? std::string_view("setup") : std::string_view(key), x,
               first ? skin.px(kMarkRoom - 4 + (grouped ? kFoldRoom : 0)) : 0, std::round(table.y0 + height / 2),
               sorted_by(ui.library, key), lit);
    canvas.pop_clip();
  };
  for (std::size_t c = 1; c < columns.size(); ++c) draw_one(columns[c], false);
  draw_one(columns[0], true);
  canvas.line({table.x0, table.y0 + height - line}, {table.x1, table.y0 + height - line}, in.theme.hairline, line);
  // What is scrolled away lies behind the first column.
  if (scrolled > 0) canvas.line({fixed, table.y0}, {fixed, table.y1}, in.theme.hairline, line);
}

}  // namespace switchyard::app
