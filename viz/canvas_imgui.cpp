#include "viz/canvas_imgui.h"

#include <cmath>
#include <vector>

#include "viz/compat.h"

namespace viz {
namespace {

// Past these counts the nicer shape is not worth its vertices.
constexpr std::size_t kSmoothPolyline = 96, kRoundDots = 1500, kPolygonDots = 6000;

// ImGui draws lines of whole thickness from a texture: two vertices a point instead of four.
float cheap_thickness(float thickness) { return std::max(1.0f, std::round(thickness)); }

bool is_clear(Colour c) { return alpha(c) == 0; }

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
  // AddLine shifts by half a pixel; positions on a canvas are exact.
  list_->AddLine({a.x - 0.5f, a.y - 0.5f}, {b.x - 0.5f, b.y - 0.5f}, colour, thickness);
}

void CanvasImGui::segments(std::span<const Point> pairs, Colour colour, float thickness) {
  if (is_clear(colour)) return;
  const Plain plain(list_, pairs.size() > 2 * kSmoothPolyline ? ImDrawListFlags_AntiAliasedLines : 0);
  for (std::size_t i = 0; i + 1 < pairs.size(); i += 2) line(pairs[i], pairs[i + 1], colour, thickness);
}

void CanvasImGui::polyline(std::span<const Point> points, Colour colour, float thickness, Stroke stroke) {
  if (points.size() < 2 || is_clear(colour)) return;
  const Plain plain(list_, stroke == Stroke::crisp ? ImDrawListFlags_AntiAliasedLines : 0);
  if (points.size() > kSmoothPolyline) thickness = cheap_thickness(thickness);
  // In pieces, so that 16-bit indices suffice however many points there are; each piece starts on the last
  // point of the one before.
  constexpr std::size_t kPiece = 8192;
  for (std::size_t first = 0; first + 1 < points.size(); first += kPiece - 1) {
    const std::size_t count = std::min(kPiece, points.size() - first);
    list_->AddPolyline(points.data() + first, static_cast<int>(count), colour, 0, thickness);
  }
}

void CanvasImGui::rect_fill(const Rect& rect, Colour colour, float rounding) {
  list_->AddRectFilled({rect.x0, rect.y0}, {rect.x1, rect.y1}, colour, rounding);
}

void CanvasImGui::rect_outline(const Rect& rect, Colour colour, float thickness, float rounding) {
  list_->AddRect({rect.x0, rect.y0}, {rect.x1, rect.y1}, colour, rounding, 0, thickness);
}

void CanvasImGui::circle_fill(Point centre, float radius, Colour colour) {
  list_->AddCircleFilled(centre, radius, colour);
}

void CanvasImGui::circle_outline(Point centre, float radius, Colour colour, float thickness) {
  list_->AddCircle(centre, radius, colour, 0, thickness);
}

void CanvasImGui::polygon_fill(std::span<const Point> points, Colour colour) {
  if (points.size() < 3 || is_clear(colour)) return;
  list_->AddConvexPolyFilled(points.data(), static_cast<int>(points.size()), colour);
}

void CanvasImGui::dots(std::span<const Point> centres, std::span<const Colour> colours, float radius) {
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

void CanvasImGui::cell_grid(const Rect& rect, std::size_t rows, std::size_t columns,
                            std::span<const Colour> colours) {
  if (rows == 0 || columns == 0 || colours.size() < rows * columns) return;
  // Edges on whole pixels: without anti-aliasing fractional edges would leave seams.
  std::vector<float> x(columns + 1);
  for (std::size_t c = 0; c <= columns; ++c) {
    x[c] = std::round(rect.x0 + rect.width() * static_cast<float>(c) / static_cast<float>(columns));
  }
  for (std::size_t r = 0; r < rows; ++r) {
    const float y0 = std::round(rect.y0 + rect.height() * static_cast<float>(r) / static_cast<float>(rows));
    const float y1 = std::round(rect.y0 + rect.height() * static_cast<float>(r + 1) / static_cast<float>(rows));
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
  if (text.empty() || is_clear(colour)) return;
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
  ImFont* const f = font_for(font);
  const float px = font_px(f);
  return {text_width(f, px, text.data(), text.data() + text.size()), px};
}

void CanvasImGui::push_clip(const Rect& rect) {
  list_->PushClipRect({rect.x0, rect.y0}, {rect.x1, rect.y1}, true);
}
void CanvasImGui::pop_clip() { list_->PopClipRect(); }

}  // namespace viz
