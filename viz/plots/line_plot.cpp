#include "viz/plots/line_plot.h"

#include <cmath>
#include <string>

#include "viz/canvas/canvas_imgui.h"
#include "viz/plots/line_plot_draw.h"
#include "viz/plots/line_plot_labels.h"
#include "viz/widgets/item.h"

namespace viz {
namespace {

bool over(const Rect& rect, Point p) { return rect.width() > 0 && rect.contains(p); }

// Applies the mouse to the view. The layout is that of this frame before the change.
void react(const Item& item, LinePlotLayout& at, PlotState& state, const Theme& theme, float scale,
           LinePlotResult& result) {
  const ImGuiIO& io = ImGui::GetIO();
  const Point mouse = item.mouse;
  const bool item_hovered = item.hovered;
  const bool on_data = item_hovered && over(at.data, mouse);
  const bool on_x = item_hovered && over(at.x_labels, mouse), on_y = item_hovered && over(at.y_labels, mouse);
  const auto keep_view = [&] {
    state.x_min = at.x.data_min;
    state.x_max = at.x.data_max;
    state.y_min = at.y.data_min;
    state.y_max = at.y.data_max;
  };
  const auto changed = [&](bool x, bool y) {
    keep_view();
    if (x) state.fit_x = false;
    if (y) state.fit_y = false;
    result.view_changed = true;
  };

  // Legend: a click on an entry.
  const int entry = item_hovered ? legend_item_at(at.legend, mouse) : -1;
  if (entry >= 0 && ImGui::IsMouseClicked(ImGuiMouseButton_Left)) {
    const std::string label(at.items[static_cast<std::size_t>(entry)].label);
    if (state.hidden.erase(label) == 0) state.hidden.insert(label);
    for (std::size_t i = 0; i < at.item_of_curve.size() && result.toggled < 0; ++i) {
      if (at.item_of_curve[i] == entry) result.toggled = static_cast<int>(i);
    }
  }

  // Fit again: everything, or the axis double-clicked.
  if ((on_data || on_x || on_y) && ImGui::IsMouseDoubleClicked(ImGuiMouseButton_Left)) {
    if (!on_y) state.fit_x = true;
    if (!on_x) state.fit_y = true;
    state.dragging = false;
    result.view_changed = true;
    return;
  }

  // Pan.
  if (on_data && ImGui::IsMouseClicked(ImGuiMouseButton_Left)) state.dragging = true;
  if (!ImGui::IsMouseDown(ImGuiMouseButton_Left)) state.dragging = false;
  if (state.dragging && ImGui::IsMouseDragging(ImGuiMouseButton_Left, 3 * scale) &&
      (io.MouseDelta.x != 0 || io.MouseDelta.y != 0)) {
    at.x.pan(io.MouseDelta.x);
    at.y.pan(io.MouseDelta.y);
    changed(true, true);
  }

  // Zoom around the mouse: along x, where the curves are fitted to what is seen of them, unless y was asked for.
  if ((on_data || on_x || on_y) && io.MouseWheel != 0) {
    const double factor = std::pow(0.85, static_cast<double>(io.MouseWheel));
    if (!on_y) at.x.zoom(mouse.x, factor);
    if (on_y) at.y.zoom(mouse.y, factor);
    changed(!on_y, on_y);
  }

  // Box.
  if (on_data && ImGui::IsMouseClicked(ImGuiMouseButton_Right)) {
    state.boxing = true;
    state.box_x = at.x.data_from_screen(mouse.x);
    state.box_y = at.y.data_from_screen(mouse.y);
  }
  if (!state.boxing) return;
  const Point from{at.x.screen_from_data(state.box_x), at.y.screen_from_data(state.box_y)};
  const Point to{std::clamp(mouse.x, at.data.x0, at.data.x1), std::clamp(mouse.y, at.data.y0, at.data.y1)};
  const bool wide = std::fabs(to.x - from.x) > 6 * scale, tall = std::fabs(to.y - from.y) > 6 * scale;
  if (ImGui::IsMouseDown(ImGuiMouseButton_Right)) {
    if (wide || tall) {
      CanvasImGui screen(ImGui::GetWindowDrawList(), theme.fonts);
      Canvas& canvas = screen;
      // A flat or narrow box means one axis: show what will be cut.
      const Rect box{wide ? std::min(from.x, to.x) : at.data.x0, tall ? std::min(from.y, to.y) : at.data.y0,
                     wide ? std::max(from.x, to.x) : at.data.x1, tall ? std::max(from.y, to.y) : at.data.y1};
      canvas.rect_fill(box, faded(theme.accent, 0.15f));
      canvas.rect_outline(box, theme.accent, std::max(1.0f, std::floor(scale)));
    }
    return;
  }
  state.boxing = false;
  if (!wide && !tall) return;
  const Axis x = at.x, y = at.y;
  if (wide) {
    at.x.data_min = x.data_from_screen(std::min(from.x, to.x));
    at.x.data_max = x.data_from_screen(std::max(from.x, to.x));
  }
  if (tall) {
    at.y.data_min = y.data_from_screen(std::max(from.y, to.y));
    at.y.data_max = y.data_from_screen(std::min(from.y, to.y));
  }
  changed(wide, tall);
}

int nearest_curve(const LinePlotLayout& at, const LinePlotSpec& spec, const PlotState& state, double x,
                  Point mouse, float reach) {
  int best = -1;
  for (std::size_t i = 0; i < spec.curves.size(); ++i) {
    if (spec.curves[i].faint || !is_shown(spec.curves[i], state)) continue;
    const double value = value_at(spec.curves[i], x);
    if (!std::isfinite(value) || (at.y.log && value <= 0)) continue;
    const float distance = std::fabs(at.y.screen_from_data(value) - mouse.y);
    if (distance < reach) {
      reach = distance;
      best = static_cast<int>(i);
    }
  }
  return best;
}

}  // namespace

LinePlotResult line_plot(const LinePlotSpec& spec, PlotState& state, SharedHover* hover, const Theme& theme,
                         float scale) {
  LinePlotResult result;
  const Item item = place_item(spec.id, spec.size, true);
  if (!item.visible && !state.dragging && !state.boxing) return result;

  CanvasImGui canvas(ImGui::GetWindowDrawList(), theme);
  const Point mouse = item.mouse;
  double hover_x = hover && hover->active ? hover->x : NAN;
  LinePlotLayout at = layout_line_plot(canvas, item.rect, spec, state, hover_x, theme, scale);
  result.data_area = at.data;
  tell_cells(spec.id, at.data);
  result.hovered = item.hovered && over(at.data, mouse);
  if (result.hovered) {
    result.hover_x = at.x.data_from_screen(mouse.x);
    result.hover_y = at.y.data_from_screen(mouse.y);
    hover_x = result.hover_x;
    if (hover) {
      hover->next_active = true;
      hover->next_x = hover_x;
    }
    result.hovered_curve = nearest_curve(at, spec, state, hover_x, mouse, 12 * scale);
    for (std::size_t i = 0; i < spec.events.size(); ++i) {
      if (std::fabs(at.x.screen_from_data(spec.events[i].x) - mouse.x) < 4 * scale) {
        result.hovered_event = static_cast<int>(i);
      }
    }
  }
  const int hovered_item = item.hovered ? legend_item_at(at.legend, mouse) : -1;
  const std::vector<std::size_t> unnamed = draw_laid_out(canvas, at, spec, state, hover_x, hovered_item, theme, scale);
  // What found no place for its name says it here.
  for (const std::size_t i : unnamed) {
    const ReferenceLine& line = spec.references[i];
    if (!result.hovered || std::fabs(reference_y(at, line) - mouse.y) >= 4 * scale) continue;
    result.told_reference = static_cast<int>(i);
    ImGui::SetTooltip("%.*s", static_cast<int>(line.label.size()), line.label.data());
    break;
  }
  if (result.hovered && !state.dragging && !state.boxing && at.has_data) {
    draw_readout(canvas, at, spec, state, hover_x, mouse, theme, scale);
  }
  // After drawing, so that what was clicked is what was seen; the new view shows in the next frame.
  react(item, at, state, theme, scale, result);
  if (!result.view_changed) {
    state.x_min = at.x.data_min;
    state.x_max = at.x.data_max;
    state.y_min = at.y.data_min;
    state.y_max = at.y.data_max;
  }
  return result;
}

}  // namespace viz
