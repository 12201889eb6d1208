#include "viz/canvas/canvas_imgui.h"

#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "viz/base/compat.h"
#include "viz/base/named_text.h"

namespace viz {
namespace {

// Past these counts the nicer shape is not worth its vertices.
constexpr std::size_t kSmoothPolyline = 96, kRoundDots = 1500, kPolygonDots = 6000;
constexpr int kMostRibbonSteps = 32;
constexpr float kRibbonPiece = 22;  // pixels across and down, about

// ImGui draws lines of whole thickness from a texture: two vertices a point instead of four.
float cheap_thickness(float thickness) { return std::max(1.0f, std::round(thickness)); }

// From a over b to c by more than 120 degrees: there the screen library's joint, along the mean of both normals,
// becomes a spike, and where the line comes straight back nothing, so that the line thins out towards it.
bool turns_back(Point a, Point b, Point c) {
  const float ux = b.x - a.x, uy = b.y - a.y, vx = c.x - b.x, vy = c.y - b.y, along = ux * vx + uy * vy;
  return along < 0 && along * along > 0.25f * (ux * ux + uy * uy) * (vx * vx + vy * vy);
}

// Draws without the anti-aliased fringe while alive.
class Plain {
 public:
  Plain(ImDrawList* list, ImDrawListFlags off) : list_(list), flags_(list->Flags) { list->Flags &= ~off; }
  ~Plain() { list_->Flags = flags_; }
  Plain(const Plain&) = delete;
  Plain& operator=(const Plain&) = delete;

 private:
  ImDrawList* list_;
  ImDrawListFlags flags_;
};

}  // namespace

Drawing* CanvasImGui::copy() {
  if (copy_) {
    const ImVec2 low = list_->GetClipRectMin(), high = list_->GetClipRectMax();
    copy_->set_window({low.x, low.y, high.x, high.y});
  }
  return copy_;
}

ImFont* CanvasImGui::font_for(Font font) const {
  ImFont* chosen = nullptr;
  switch (font) {
    case Font::body:
      chosen = fonts_.body;
      break;
    case Font::bold:
      chosen = fonts_.bold;
      break;
    case Font::mono:
      chosen = fonts_.mono;
      break;
    case Font::small:
      chosen = fonts_.small;
      break;
    case Font::mono_small:
      chosen = fonts_.mono_small;
      break;
  }
  return chosen ? chosen : ImGui::GetFont();
}

void CanvasImGui::line(Point a, Point b, Colour colour, float thickness) {
  if (Drawing* const kept = copy()) kept->line(a, b, colour, thickness);
  draw_line(a, b, colour, thickness);
}

void CanvasImGui::draw_line(Point a, Point b, Colour colour, float thickness) {
  // AddLine shifts by half a pixel; positions on a canvas are exact.
  list_->AddLine({a.x - 0.5f, a.y - 0.5f}, {b.x - 0.5f, b.y - 0.5f}, colour, thickness);
}

void CanvasImGui::segments(std::span<const Point> pairs, Colour colour, float thickness) {
  if (Drawing* const kept = copy()) kept->segments(pairs, colour, thickness);
  if (is_clear(colour)) return;
  const Plain plain(list_, pairs.size() > 2 * kSmoothPolyline ? ImDrawListFlags_AntiAliasedLines : 0);
  for (std::size_t i = 0; i + 1 < pairs.size(); i += 2) draw_line(pairs[i], pairs[i + 1], colour, thickness);
}

void CanvasImGui::polyline(std::span<const Point> points, Colour colour, float thickness, Stroke stroke) {
  if (Drawing* const kept = copy()) kept->polyline(points, colour, thickness, stroke);
  if (points.size() < 2 || is_clear(colour)) return;
  const Plain plain(list_, stroke == Stroke::crisp ? ImDrawListFlags_AntiAliasedLines : 0);
  if (points.size() > kSmoothPolyline) thickness = cheap_thickness(thickness);
  // In pieces, so that 16-bit indices suffice however many points there are, and that a peak keeps its width; each
  // piece starts on the last point of the one before.
  constexpr std::size_t kPiece = 8192;
  for (std::size_t first = 0, at = 1; at < points.size(); ++at) {
    const bool goes_on = at + 1 < points.size() && at + 1 - first < kPiece &&
                         !turns_back(points[at - 1], points[at], points[at + 1]);
    if (goes_on) continue;
    list_->AddPolyline(points.data() + first, static_cast<int>(at + 1 - first), colour, 0, thickness);
    first = at;
  }
}

void CanvasImGui::rect_fill(const Rect& rect, Colour colour, float rounding) {
  if (Drawing* const kept = copy()) kept->rect_fill(rect, colour, rounding);
  list_->AddRectFilled({rect.x0, rect.y0}, {rect.x1, rect.y1}, colour, rounding);
}

void CanvasImGui::rect_outline(const Rect& rect, Colour colour, float thickness, float rounding) {
  if (Drawing* const kept = copy()) kept->rect_outline(rect, colour, thickness, rounding);
  list_->AddRect({rect.x0, rect.y0}, {rect.x1, rect.y1}, colour, rounding, 0, thickness);
}

void CanvasImGui::circle_fill(Point centre, float radius, Colour colour) {
  if (Drawing* const kept = copy()) kept->circle_fill(centre, radius, colour);
  list_->AddCircleFilled(centre, radius, colour);
}

void CanvasImGui::circle_outline(Point centre, float radius, Colour colour, float thickness) {
  if (Drawing* const kept = copy()) kept->circle_outline(centre, radius, colour, thickness);
  list_->AddCircle(centre, radius, colour, 0, thickness);
}

void CanvasImGui::polygon_fill(std::span<const Point> points, Colour colour) {
  if (Drawing* const kept = copy()) kept->polygon_fill(points, colour);
  if (points.size() < 3 || is_clear(colour)) return;
  list_->AddConvexPolyFilled(points.data(), static_cast<int>(points.size()), colour);
}

void CanvasImGui::dots(std::span<const Point> centres, std::span<const Colour> colours, float radius) {
  if (Drawing* const kept = copy()) kept->dots(centres, colours, radius);
  const std::size_t count = std::min(centres.size(), colours.size());
  if (count <= kPolygonDots) {
    const Plain plain(list_, count > kRoundDots ? ImDrawListFlags_AntiAliasedFill : 0);
    const int sides = count <= 300 ? 12 : 8;
    for (std::size_t i = 0; i < count; ++i) {
      if (!is_clear(colours[i])) list_->AddCircleFilled(centres[i], radius, colours[i], sides);
    }
    return;
  }
  const float half = radius * 0.886f;  // a square of the same area
  constexpr std::size_t kBatch = 4096;
  for (std::size_t first = 0; first < count; first += kBatch) {
    const std::size_t last = std::min(first + kBatch, count);
    int squares = 0;
    for (std::size_t i = first; i < last; ++i) squares += !is_clear(colours[i]);
    list_->PrimReserve(6 * squares, 4 * squares);
    for (std::size_t i = first; i < last; ++i) {
      if (is_clear(colours[i])) continue;
      const Point c = centres[i];
      list_->PrimRect({c.x - half, c.y - half}, {c.x + half, c.y + half}, colours[i]);
    }
  }
}

// Smooth edges at four vertices a point: a strip of quadrangles between the curves, and along both one that fades
// out over a pixel.
void CanvasImGui::draw_thick(std::span<const Point> upper, std::span<const Point> lower, Colour colour) {
  const std::size_t points = upper.size();
  list_->PrimReserve(static_cast<int>(18 * (points - 1)), static_cast<int>(4 * points));
  const unsigned base = list_->_VtxCurrentIdx;
  const ImVec2 white = ImGui::GetFontTexUvWhitePixel();
  const Colour clear = faded(colour, 0);
  for (std::size_t i = 0; i < points; ++i) {
    const Point up = upper[i], low = lower[i];
    // A band thinner than a pixel keeps its share of the colour: the profile's area is its thickness.
    const Colour full = faded(colour, std::clamp(low.y - up.y, 0.0f, 1.0f));
    list_->PrimWriteVtx({up.x, up.y - 0.5f}, white, clear);
    list_->PrimWriteVtx({up.x, std::min(up.y + 0.5f, low.y - 0.5f)}, white, full);
    list_->PrimWriteVtx({low.x, std::max(up.y + 0.5f, low.y - 0.5f)}, white, full);
    list_->PrimWriteVtx({low.x, low.y + 0.5f}, white, clear);
  }
  for (std::size_t i = 0; i + 1 < points; ++i)
    for (unsigned strip = 0; strip < 3; ++strip) {
      const unsigned a = base + static_cast<unsigned>(4 * i) + strip, b = a + 4;
      for (const unsigned index : {a, b, b + 1, a, b + 1, a + 1})
        list_->PrimWriteIdx(static_cast<ImDrawIdx>(index));
    }
}

// The same where the band is nowhere thicker than ImGui's widest baked line: that line's texture, stretched across
// the band, has the smooth edges. Two vertices a point, a third of the triangles. False: it is thicker, nothing is
// drawn. `lean`: how much longer than across the band a line straight down through it is, at each point; empty: it
// lies level.
bool CanvasImGui::draw_slim(std::span<const Point> upper, std::span<const Point> lower,
                            std::span<const float> lean, Colour colour) {
  const ImFontAtlas* const atlas = ImGui::GetIO().Fonts;
  if ((atlas->Flags & ImFontAtlasFlags_NoBakedLines) != 0) return false;
  const std::size_t points = upper.size();
  for (std::size_t i = 0; i < points; ++i)
    if (lower[i].y - upper[i].y > IM_DRAWLIST_TEX_LINES_WIDTH_MAX) return false;
  list_->PrimReserve(static_cast<int>(6 * (points - 1)), static_cast<int>(2 * points));
  const unsigned base = list_->_VtxCurrentIdx;
  for (std::size_t i = 0; i < points; ++i) {
    const float down = lean.empty() ? 1 : lean[i], middle = (upper[i].y + lower[i].y) / 2;
    const float thick = std::max(0.0f, lower[i].y - upper[i].y) / down;
    // A baked line of n pixels has one more on either side to fade in: its profile's area is n. Its height makes
    // that the band's thickness; below one pixel its colour does.
    const float baked = std::max(1.0f, std::round(thick));
    const float half = down * (baked + 2) / 2 * std::max(1.0f, thick) / baked;
    const Colour full = faded(colour, std::min(1.0f, thick));
    const ImVec4 uv = atlas->TexUvLines[static_cast<int>(baked)];
    list_->PrimWriteVtx({upper[i].x, middle - half}, {uv.x, uv.y}, full);
    list_->PrimWriteVtx({lower[i].x, middle + half}, {uv.z, uv.w}, full);
  }
  for (std::size_t i = 0; i + 1 < points; ++i) {
    const unsigned a = base + static_cast<unsigned>(2 * i);
    for (const unsigned index : {a, a + 2, a + 3, a, a + 3, a + 1})
      list_->PrimWriteIdx(static_cast<ImDrawIdx>(index));
  }
  return true;
}

// In pieces, so that 16-bit indices suffice however many points there are; each starts on the last point of the
// one before.
void CanvasImGui::draw_area(std::span<const Point> upper, std::span<const Point> lower, Colour colour) {
  const std::size_t count = std::min(upper.size(), lower.size());
  if (count < 2 || is_clear(colour)) return;
  constexpr std::size_t kPiece = 4096;
  for (std::size_t first = 0; first + 1 < count; first += kPiece - 1) {
    const std::size_t points = std::min(kPiece, count - first);
    const auto above = upper.subspan(first, points), below = lower.subspan(first, points);
    if (!draw_slim(above, below, {}, colour)) draw_thick(above, below, colour);
  }
}

void CanvasImGui::area_fill(std::span<const Point> upper, std::span<const Point> lower, Colour colour) {
  if (Drawing* const kept = copy()) kept->area_fill(upper, lower, colour);
  draw_area(upper, lower, colour);
}

void CanvasImGui::ribbon_fill(const Ribbon& ribbon, Colour colour) {
  if (Drawing* const kept = copy()) kept->ribbon_fill(ribbon, colour);
  if (is_clear(colour)) return;
  // Steep bands need more points than level ones. Fewer, longer pieces where the curve is nearly straight cost
  // software GL more, not less: small triangles have a quicker way through it.
  const float rise = (ribbon.top1 + ribbon.bottom1 - ribbon.top0 - ribbon.bottom0) / 2,
              run = ribbon.x1 - ribbon.x0;
  const float climb = std::max(std::fabs(ribbon.top1 - ribbon.top0), std::fabs(ribbon.bottom1 - ribbon.bottom0));
  const int steps =
      climb < 1 ? 1 : std::clamp(static_cast<int>((climb + run) / kRibbonPiece), 6, kMostRibbonSteps);
  std::array<Point, kMostRibbonSteps + 1> upper{}, lower{};
  std::array<float, kMostRibbonSteps + 1> lean{};
  for (int i = 0; i <= steps; ++i) {
    const float s = static_cast<float>(i) / static_cast<float>(steps);
    const FlowPoint p = flow_point(s), slope = flow_slope(s);
    const float x = ribbon.x0 + run * p.along;
    const auto at = static_cast<std::size_t>(i);
    upper[at] = {x, ribbon.top0 + (ribbon.top1 - ribbon.top0) * p.across};
    lower[at] = {x, ribbon.bottom0 + (ribbon.bottom1 - ribbon.bottom0) * p.across};
    const float dx = run * slope.along;
    lean[at] = dx > 0 ? std::sqrt(1 + std::pow(rise * slope.across / dx, 2.0f)) : 1;
  }
  const auto count = static_cast<std::size_t>(steps + 1);
  const auto above = std::span(upper).first(count), below = std::span(lower).first(count);
  if (!draw_slim(above, below, std::span(lean).first(count), colour)) draw_thick(above, below, colour);
}

void CanvasImGui::cell_grid(const Rect& rect, std::size_t rows, std::size_t columns,
                            std::span<const Colour> colours) {
  if (Drawing* const kept = copy()) kept->cell_grid(rect, rows, columns, colours);
  if (rows == 0 || columns == 0 || colours.size() < rows * columns) return;
  // Edges on whole pixels: without anti-aliasing fractional edges would leave seams.
  std::vector<float> x(columns + 1);
  for (std::size_t c = 0; c <= columns; ++c) x[c] = grid_edge(rect.x0, rect.width(), c, columns);
  for (std::size_t r = 0; r < rows; ++r) {
    const float y0 = grid_edge(rect.y0, rect.height(), r, rows), y1 = grid_edge(rect.y0, rect.height(), r + 1, rows);
    const Colour* row = colours.data() + r * columns;
    int cells = 0;
    for (std::size_t c = 0; c < columns; ++c) {
      if (!is_clear(row[c]) && (c == 0 || row[c] != row[c - 1])) ++cells;
    }
    list_->PrimReserve(6 * cells, 4 * cells);
    for (std::size_t c = 0; c < columns;) {
      std::size_t end = c + 1;
      while (end < columns && row[end] == row[c]) ++end;
      if (!is_clear(row[c])) list_->PrimRect({x[c], y0}, {x[end], y1}, row[c]);
      c = end;
    }
  }
}

void CanvasImGui::text(Point at, std::string_view text, Colour colour, Font font, Align horizontal,
                       Align vertical) {
  if (Drawing* const kept = copy()) kept->text(at, text, colour, font, horizontal, vertical);
  if (text.empty() || is_clear(colour)) return;
  std::string named;
  text = named_text(text, named);
  ImFont* const f = font_for(font);
  const float px = font_px(f);
  if (horizontal != Align::start) {
    const float width = text_width(f, px, text.data(), text.data() + text.size());
    at.x -= horizontal == Align::middle ? width / 2 : width;
  }
  if (vertical != Align::start) at.y -= vertical == Align::middle ? px / 2 : px;
  list_->AddText(f, px, {std::floor(at.x), std::floor(at.y)}, colour, text.data(), text.data() + text.size());
}

Point CanvasImGui::text_size(std::string_view text, Font font) {
  std::string named;
  text = named_text(text, named);
  ImFont* const f = font_for(font);
  const float px = font_px(f);
  return {text_width(f, px, text.data(), text.data() + text.size()), px};
}

void CanvasImGui::push_clip(const Rect& rect) {
  if (Drawing* const kept = copy()) kept->push_clip(rect);
  list_->PushClipRect({rect.x0, rect.y0}, {rect.x1, rect.y1}, true);
}
void CanvasImGui::pop_clip() {
  if (copy_) copy_->pop_clip();
  list_->PopClipRect();
}

}  // namespace viz
