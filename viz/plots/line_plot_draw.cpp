#include "viz/plots/line_plot_draw.h"

#include <cmath>
#include <string>

#include "viz/base/format.h"
#include "viz/plots/decimate.h"
#include "viz/plots/line_plot_bands.h"
#include "viz/plots/line_plot_labels.h"

namespace viz {
namespace {

void draw_axes(Canvas& canvas, const LinePlotLayout& at, const LinePlotSpec& spec, const Theme& theme,
               float scale) {
  const float px = std::max(1.0f, std::floor(scale));
  float free_from = -INFINITY;
  for (const Tick& tick : at.y_ticks) {
    const float y = std::round(at.y.screen_from_data(tick.value));
    if (y < at.data.y0 - 1 || y > at.data.y1 + 1) continue;
    canvas.rect_fill({at.data.x0, y, at.data.x1, y + px},
                     tick.label.empty() ? faded(theme.grid, 0.5f) : theme.grid);
    if (tick.label.empty()) continue;
    canvas.text({at.data.x0 - 6 * scale, y}, tick.label, theme.text_dim, Font::mono_small, Align::end,
                Align::middle);
  }
  if (!spec.show_x_labels) return;
  // What the ticks count, in the corner of the axes where it fits.
  const float name = canvas.text_size(spec.x_name, Font::mono_small).x;
  if (!at.x_ticks.empty() && at.data.x0 - 6 * scale - name >= at.all.x0) {
    canvas.text({at.data.x0 - 6 * scale, at.data.y1 + 4 * scale}, spec.x_name, theme.text_dim, Font::mono_small, Align::end);
    free_from = at.data.x0 - 4 * scale;  // a "0" may follow it
  }
  for (const Tick& tick : at.x_ticks) {
    if (tick.label.empty()) continue;
    const float width = canvas.text_size(tick.label, Font::mono_small).x;
    float x = at.x.screen_from_data(tick.value) - width / 2;
    x = std::min(x, at.all.x1 - width);
    if (x < free_from || x < at.all.x0) continue;
    canvas.text({x, at.data.y1 + 4 * scale}, tick.label, theme.text_dim, Font::mono_small);
    free_from = x + width + 8 * scale;
  }
}

// A raw curve under its smoothed one, or one that zigzags across the plot: joins would only spike.
bool is_dense(const std::vector<Point>& points, float width) {
  float travel = 0;
  for (std::size_t i = 1; i < points.size(); ++i) travel += std::fabs(points[i].y - points[i - 1].y);
  return travel > 6 * width;
}

// drawn: takes the curves that names keep clear of, where there are names to place.
void draw_curves(Canvas& canvas, const LinePlotLayout& at, const LinePlotSpec& spec, const PlotState& state,
                 DrawnCurves* drawn, const Theme& theme, float scale) {
  const std::vector<double> breaks(spec.breaks.begin(), spec.breaks.end());
  DecimateOptions options;
  options.breaks = &breaks;
  Decimated thin;
  std::vector<Point> points;
  for (const bool faint : {true, false}) {  // raw curves lie below all others
    for (std::size_t i = 0; i < spec.curves.size(); ++i) {
      const Curve& curve = spec.curves[i];
      if (curve.faint != faint || !is_shown(curve, state)) continue;
      options.skip_nan = curve.sparse;
      // Columns as wide as the lines; wider for what is only a backdrop.
      options.column_px = std::max(1.0f, scale) * (faint ? 2 : 1);
      decimate(curve.x, curve.y, at.x, at.y, options, thin);
      for (const Gap& gap : thin.gaps) {
        const float middle = (gap.x0 + gap.x1) / 2, half = std::max((gap.x1 - gap.x0) / 2, scale);
        canvas.rect_fill({middle - half, at.data.y0, middle + half, at.data.y1}, faded(theme.bad, 0.22f));
      }
      const Colour colour = faint ? faded(at.colours[i], 0.38f) : at.colours[i];
      const float thickness = (faint ? 1.0f : curve.thickness) * scale;
      for (const Run& run : thin.runs) {
        points.clear();
        for (std::size_t k = run.begin; k < run.end; ++k) points.push_back({thin.x[k], thin.y[k]});
        if (points.size() == 1) {
          if (!faint) canvas.circle_fill(points[0], std::max(2.0f * scale, thickness), colour);
        } else if (curve.style != LineStyle::solid) {
          styled_polyline(canvas, points, colour, thickness, Stroke::smooth, curve.style, scale);
        } else {
          const bool dense = thin.thinned && is_dense(points, at.data.width());
          canvas.polyline(points, colour, dense ? std::min(thickness, scale) : thickness,
                          dense ? Stroke::crisp : Stroke::smooth);
        }
        constexpr float kRoom = 9;
        if (curve.marked && points.size() > 1 &&
            points.back().x - points.front().x > kRoom * scale * static_cast<float>(points.size() - 1))
          for (const Point& p : points) canvas.circle_fill(p, thickness * 1.4f, colour);
        if (drawn && !faint && points.size() > 1) drawn->push_back(points);
      }
    }
  }
}

void draw_reference_lines(Canvas& canvas, const LinePlotLayout& at, const LinePlotSpec& spec, const Theme& theme, float scale) {
  for (const ReferenceLine& line : spec.references) {
    const float y = reference_y(at, line);
    if (std::isnan(y)) continue;
    const Colour colour = line.colour != 0 ? line.colour : theme.text_dim;
    dashed_line(canvas, {at.data.x0, y}, {at.data.x1, y}, faded(colour, 0.8f), std::max(1.0f, std::floor(scale)),
                5 * scale, 4 * scale);
  }
}

void draw_event_lines(Canvas& canvas, const LinePlotLayout& at, const LinePlotSpec& spec, const Theme& theme, float scale) {
  float last_x = -INFINITY;
  for (const EventMark& event : spec.events) {
    const float x = std::round(at.x.screen_from_data(event.x)) + 0.5f;
    if (!(x >= at.data.x0 && x <= at.data.x1)) continue;
    if (x - last_x < 3 * scale && x >= last_x) continue;  // a drag of edits: one mark
    last_x = x;
    const Colour colour = event.colour != 0 ? event.colour : theme.accent;
    dashed_line(canvas, {x, at.data.y0}, {x, at.data.y1}, faded(colour, 0.7f), std::max(1.0f, std::floor(scale)),
                2 * scale, 3 * scale);
  }
}

void draw_hover(Canvas& canvas, const LinePlotLayout& at, const LinePlotSpec& spec, const PlotState& state,
                double hover_x, const Theme& theme, float scale) {
  const float x = std::round(at.x.screen_from_data(hover_x)) + 0.5f;
  if (!(x >= at.data.x0 && x <= at.data.x1)) return;
  canvas.line({x, at.data.y0}, {x, at.data.y1}, faded(theme.text, 0.45f), std::max(1.0f, std::floor(scale)));
  for (std::size_t i = 0; i < spec.curves.size(); ++i) {
    const Curve& curve = spec.curves[i];
    if (curve.faint || !is_shown(curve, state)) continue;
    const double value = value_at(curve, hover_x);
    if (!std::isfinite(value) || (at.y.log && value <= 0)) continue;
    const float y = at.y.screen_from_data(value);
    if (y >= at.data.y0 && y <= at.data.y1) canvas.circle_fill({x, y}, 2.5f * scale, at.colours[i]);
  }
}

}  // namespace

void draw_readout(Canvas& canvas, const LinePlotLayout& at, const LinePlotSpec& spec, const PlotState& state,
                  double hover_x, Point mouse, const Theme& theme, float scale) {
  struct Line {
    std::string_view label;
    std::string value;
    Colour colour;
  };
  constexpr std::size_t kMost = 10;
  std::vector<Line> lines;
  double shown_x = NAN, nearest = INFINITY;
  for (std::size_t i = 0; i < spec.curves.size(); ++i) {
    const Curve& curve = spec.curves[i];
    if (!is_shown(curve, state) || curve.x.empty()) continue;
    const double sample_x = curve.x[nearest_index(curve.x, hover_x)];
    if (std::fabs(sample_x - hover_x) < nearest) {
      nearest = std::fabs(sample_x - hover_x);
      shown_x = sample_x;
    }
    if (curve.faint) continue;
    const double value = value_at(curve, hover_x);
    if (std::isnan(value) && curve.sparse) continue;
    if (lines.size() < kMost) lines.push_back({curve.label, read_out(spec, value), at.colours[i]});
  }
  if (std::isnan(shown_x)) return;
  const std::string title = std::string(spec.x_name) + " " +
                            (std::round(shown_x) == shown_x ? grouped(shown_x) : significant(shown_x, 6));

  const float pad = 7 * scale, swatch = 12 * scale, between = 10 * scale;
  const Point title_size = canvas.text_size(title, Font::small);
  const float row = std::max(title_size.y, canvas.text_size("0", Font::mono_small).y) + 3 * scale;
  float labels = 0, values = 0;
  for (const Line& line : lines) {
    labels = std::max(labels, canvas.text_size(line.label, Font::small).x);
    values = std::max(values, canvas.text_size(line.value, Font::mono_small).x);
  }
  labels = std::min(labels, at.data.width() * 0.4f);
  const float width = 2 * pad + std::max(title_size.x, lines.empty() ? 0 : swatch + labels + between + values);
  const float height = 2 * pad - 3 * scale + row * static_cast<float>(lines.size() + 1);
  if (width > at.data.width() * 0.8f || height > at.data.height()) return;  // no room: the legend has the values

  // Beside the line, on the side with room; away from the mouse vertically only if it must be.
  const float line_x = at.x.screen_from_data(hover_x);
  float x = line_x + 10 * scale;
  if (x + width > at.data.x1) x = line_x - 10 * scale - width;
  x = std::clamp(x, at.data.x0, std::max(at.data.x0, at.data.x1 - width));
  const float y = std::clamp(mouse.y - height / 2, at.data.y0, std::max(at.data.y0, at.data.y1 - height));
  const Rect box{std::round(x), std::round(y), std::round(x + width), std::round(y + height)};
  canvas.rect_fill(box, faded(theme.raised, 0.94f), 4 * scale);
  canvas.rect_outline(box, theme.hairline, 1, 4 * scale);
  canvas.text({box.x0 + pad, box.y0 + pad}, title, theme.text, Font::small);
  float line_y = box.y0 + pad + row;
  for (const Line& line : lines) {
    const float middle = line_y + title_size.y / 2;
    canvas.rect_fill({box.x0 + pad, middle - scale, box.x0 + pad + swatch - 5 * scale, middle + scale},
                     line.colour);
    canvas.text({box.x0 + pad + swatch, line_y}, ellipsized(canvas, line.label, labels, Font::small),
                theme.text_dim, Font::small);
    canvas.text({box.x1 - pad, line_y}, line.value, theme.text, Font::mono_small, Align::end);
    line_y += row;
  }
}

std::vector<std::size_t> draw_laid_out(Canvas& canvas, const LinePlotLayout& at, const LinePlotSpec& spec, const PlotState& state,
                                       double hover_x, int hovered_item, const Theme& theme, float scale) {
  if (at.data.width() < 8 || at.data.height() < 8) return {};
  canvas.push_clip(at.all);
  // Of nothing there is no scale: 0 to 1 would be made up, and strike through the words.
  const bool is_scaled = at.has_data || !spec.references.empty() || !state.fit_x || !state.fit_y;
  if (is_scaled) draw_axes(canvas, at, spec, theme, scale);
  canvas.push_clip(at.data);
  for (const double x : spec.breaks) {
    const float px = std::round(at.x.screen_from_data(x));
    canvas.rect_fill({px, at.data.y0, px + std::max(1.0f, std::floor(scale)), at.data.y1}, theme.hairline);
  }
  draw_reference_lines(canvas, at, spec, theme, scale);
  DrawnCurves drawn;
  draw_bands(canvas, at, spec, state, scale);
  draw_curves(canvas, at, spec, state, spec.references.empty() ? nullptr : &drawn, theme, scale);
  draw_event_lines(canvas, at, spec, theme, scale);
  const PlotLabels labels = place_labels(canvas, at, spec, drawn, theme, scale);
  draw_labels(canvas, labels, theme, scale);
  if (std::isfinite(hover_x)) draw_hover(canvas, at, spec, state, hover_x, theme, scale);
  if (!at.has_data) {
    canvas.text({(at.data.x0 + at.data.x1) / 2, (at.data.y0 + at.data.y1) / 2},
                ellipsized(canvas, spec.empty_text, at.data.width(), Font::small), theme.text_dim, Font::small,
                Align::middle, Align::middle);
  }
  canvas.pop_clip();
  draw_legend(canvas, at.legend, at.items, hovered_item, theme, scale);
  if (at.summary.width() > 0) {
    canvas.text({at.summary.x1, (at.summary.y0 + at.summary.y1) / 2},
                ellipsized(canvas, spec.summary, at.summary.width() + 1, Font::mono_small), theme.text,
                Font::mono_small, Align::end, Align::middle);
  }
  canvas.pop_clip();
  return labels.unnamed;
}

void draw_line_plot(Canvas& canvas, const Rect& rect, const LinePlotSpec& spec, const PlotState& state,
                    double hover_x, const Theme& theme, float scale) {
  const LinePlotLayout at = layout_line_plot(canvas, rect, spec, state, hover_x, theme, scale);
  draw_laid_out(canvas, at, spec, state, hover_x, -1, theme, scale);
}

}  // namespace viz
