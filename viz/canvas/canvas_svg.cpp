#include "viz/canvas/canvas_svg.h"

#include <charconv>
#include <cmath>

#include "viz/base/named_text.h"

namespace viz {
namespace {

constexpr std::size_t kDotsTogether = 256;
constexpr std::string_view kClasses[] = {"body", "bold", "mono", "small", "mono-small"};

void put(std::string& out, std::string_view text) { out += text; }

// At most two decimals, no trailing zeros, no "-0".
void put(std::string& out, float value) {
  if (!std::isfinite(value)) value = 0;
  char digits[64];
  const auto end =
      std::to_chars(digits, digits + sizeof digits, static_cast<double>(value), std::chars_format::fixed, 2).ptr;
  std::string_view text(digits, static_cast<std::size_t>(end - digits));
  while (text.back() == '0') text.remove_suffix(1);
  if (text.back() == '.') text.remove_suffix(1);
  out += text == "-0" ? std::string_view("0") : text;
}

template <class... Parts>
void put_all(std::string& out, Parts... parts) {
  (put(out, parts), ...);
}

void put_hex(std::string& out, int byte) {
  constexpr char kDigits[] = "0123456789abcdef";
  out += kDigits[byte >> 4];
  out += kDigits[byte & 15];
}

// fill="#rrggbb", and fill-opacity where it is not 1.
void put_paint(std::string& out, std::string_view what, Colour colour) {
  put_all(out, " ", what, "=\"#");
  for (const int byte : {red(colour), green(colour), blue(colour)}) put_hex(out, byte);
  out += '"';
  if (alpha(colour) == 255) return;
  put_all(out, " ", what, "-opacity=\"", static_cast<float>(alpha(colour)) / 255, "\"");
}

std::string escaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    // U+FFFE, U+FFFF and controls are well-formed UTF-8, but nothing of XML.
    char32_t point = 0;
    std::size_t length = character_length(text, i, point);
    if (point == 0xfffe || point == 0xffff || (point < 0x20 && point != '\t' && point != '\n')) length = 0;
    const std::string_view character = text.substr(i, std::max<std::size_t>(length, 1));
    if (length == 0) out += "\uFFFD";
    else if (character == "&") out += "&amp;";
    else if (character == "<") out += "&lt;";
    else if (character == ">") out += "&gt;";
    else if (character == "\"") out += "&quot;";
    else out += character;
    i += character.size();
  }
  return out;
}

}  // namespace

CanvasSvg::CanvasSvg(const PictureFrame& frame, Typefaces typefaces, MeasureText measure)
    : frame_(frame), typefaces_(std::move(typefaces)), measure_(std::move(measure)) {}

std::string& CanvasSvg::element() {
  for (Clip& clip : clips_) {
    if (clip.open) continue;
    std::string shape = "<rect";
    put_box(shape, clip.rect, 0);
    shape += "/>";
    const auto [known, is_new] = clip_ids_.try_emplace(shape, clip_ids_.size() + 1);
    const std::string id = "clip" + std::to_string(known->second);
    if (is_new) put_all(body_, "<clipPath id=\"", id, "\">", shape, "</clipPath>\n");
    put_all(body_, "<g clip-path=\"url(#", id, ")\">\n");
    clip.open = true;
  }
  return body_;
}

void CanvasSvg::put_stroke(std::string& out, Colour colour, float thickness) const {
  out += " fill=\"none\"";
  put_paint(out, "stroke", colour);
  if (length(thickness) != 1) put_all(out, " stroke-width=\"", length(thickness), "\"");
}

void CanvasSvg::put_points(std::string& out, std::span<const Point> points) const {
  bool first = true;
  for (const Point& p : points) {
    if (!first) out += ' ';
    first = false;
    put_all(out, x(p.x), ",", y(p.y));
  }
}

void CanvasSvg::put_box(std::string& out, const Rect& rect, float rounding) const {
  put_all(out, " x=\"", x(rect.x0), "\" y=\"", y(rect.y0), "\" width=\"", std::max(0.0f, length(rect.width())),
          "\" height=\"", std::max(0.0f, length(rect.height())), "\"");
  if (rounding > 0) put_all(out, " rx=\"", length(rounding), "\"");
}

void CanvasSvg::line(Point a, Point b, Colour colour, float thickness) {
  const Point ends[] = {a, b};
  segments(ends, colour, thickness);
}

void CanvasSvg::segments(std::span<const Point> pairs, Colour colour, float thickness) {
  if (pairs.size() < 2 || is_clear(colour)) return;
  std::string& out = element();
  out += "<path d=\"";
  for (std::size_t i = 0; i + 1 < pairs.size(); i += 2)
    put_all(out, "M", x(pairs[i].x), " ", y(pairs[i].y), "L", x(pairs[i + 1].x), " ", y(pairs[i + 1].y));
  out += '"';
  put_stroke(out, colour, thickness);
  out += "/>\n";
}

void CanvasSvg::polyline(std::span<const Point> points, Colour colour, float thickness, Stroke stroke) {
  if (points.size() < 2 || is_clear(colour)) return;
  std::string& out = element();
  out += "<polyline points=\"";
  put_points(out, points);
  out += '"';
  put_stroke(out, colour, thickness);
  put_all(out, " stroke-linejoin=\"", stroke == Stroke::crisp ? "bevel" : "round", "\"/>\n");
}

void CanvasSvg::rect_fill(const Rect& rect, Colour colour, float rounding) {
  if (is_clear(colour) || rect.width() <= 0 || rect.height() <= 0) return;
  std::string& out = element();
  out += "<rect";
  put_box(out, rect, rounding);
  put_paint(out, "fill", colour);
  out += "/>\n";
}

void CanvasSvg::rect_outline(const Rect& rect, Colour colour, float thickness, float rounding) {
  if (is_clear(colour)) return;
  std::string& out = element();
  out += "<rect";
  // As on the screen the line lies inside the rectangle.
  put_box(out, rect.shrunk(thickness / 2), std::max(0.0f, rounding - thickness / 2));
  put_stroke(out, colour, thickness);
  out += "/>\n";
}

void CanvasSvg::circle_fill(Point centre, float radius, Colour colour) {
  if (is_clear(colour)) return;
  std::string& out = element();
  put_all(out, "<circle cx=\"", x(centre.x), "\" cy=\"", y(centre.y), "\" r=\"", length(radius), "\"");
  put_paint(out, "fill", colour);
  out += "/>\n";
}

void CanvasSvg::circle_outline(Point centre, float radius, Colour colour, float thickness) {
  if (is_clear(colour)) return;
  std::string& out = element();
  put_all(out, "<circle cx=\"", x(centre.x), "\" cy=\"", y(centre.y), "\" r=\"", length(radius), "\"");
  put_stroke(out, colour, thickness);
  out += "/>\n";
}

void CanvasSvg::polygon_fill(std::span<const Point> points, Colour colour) {
  if (points.size() < 3 || is_clear(colour)) return;
  std::string& out = element();
  out += "<polygon points=\"";
  put_points(out, points);
  out += '"';
  put_paint(out, "fill", colour);
  out += "/>\n";
}

void CanvasSvg::dots(std::span<const Point> centres, std::span<const Colour> colours, float radius) {
  const std::size_t count = std::min(centres.size(), colours.size());
  std::vector<std::pair<Colour, std::string>> paths;  // in order of first use
  for (std::size_t first = 0; first < count; first += kDotsTogether) {
    paths.clear();
    for (std::size_t i = first; i < std::min(first + kDotsTogether, count); ++i) {
      if (is_clear(colours[i])) continue;
      auto path = std::find_if(paths.begin(), paths.end(), [&](const auto& p) { return p.first == colours[i]; });
      if (path == paths.end()) path = paths.insert(path, {colours[i], {}});
      put_all(path->second, "M", x(centres[i].x), " ", y(centres[i].y), "h0");
    }
    for (const auto& [colour, path] : paths) {
      std::string& out = element();
      put_all(out, "<path d=\"", path, "\"");
      put_stroke(out, colour, 2 * radius);
      out += " stroke-linecap=\"round\"/>\n";
    }
  }
}

void CanvasSvg::area_fill(std::span<const Point> upper, std::span<const Point> lower, Colour colour) {
  const std::size_t count = std::min(upper.size(), lower.size());
  if (count < 2 || is_clear(colour)) return;
  std::vector<Point> outline(upper.begin(), upper.begin() + static_cast<std::ptrdiff_t>(count));
  for (std::size_t i = count; i-- > 0;) outline.push_back(lower[i]);
  polygon_fill(outline, colour);
}

void CanvasSvg::ribbon_fill(const Ribbon& r, Colour colour) {
  if (is_clear(colour)) return;
  std::string& out = element();
  const float middle = x((r.x0 + r.x1) / 2);
  const auto curve = [&](float from, float to, float end) {
    put_all(out, "C", middle, " ", y(from), " ", middle, " ", y(to), " ", x(end), " ", y(to));
  };
  put_all(out, "<path d=\"M", x(r.x0), " ", y(r.top0));
  curve(r.top0, r.top1, r.x1);
  put_all(out, "V", y(r.bottom1));
  curve(r.bottom1, r.bottom0, r.x0);
  out += "Z\"";
  put_paint(out, "fill", colour);
  out += "/>\n";
}

void CanvasSvg::cell_grid(const Rect& rect, std::size_t rows, std::size_t columns,
                          std::span<const Colour> colours) {
  if (rows == 0 || columns == 0 || colours.size() < rows * columns) return;
  std::map<Colour, std::string> paths;  // cells do not overlap: their order does not matter
  for (std::size_t r = 0; r < rows; ++r) {
    const float y0 = y(grid_edge(rect.y0, rect.height(), r, rows)),
                y1 = y(grid_edge(rect.y0, rect.height(), r + 1, rows));
    const Colour* row = colours.data() + r * columns;
    for (std::size_t c = 0; c < columns;) {
      std::size_t end = c + 1;
      while (end < columns && row[end] == row[c]) ++end;
      const float x0 = x(grid_edge(rect.x0, rect.width(), c, columns)),
                  x1 = x(grid_edge(rect.x0, rect.width(), end, columns));
      if (!is_clear(row[c]) && x1 > x0 && y1 > y0)
        put_all(paths[row[c]], "M", x0, " ", y0, "H", x1, "V", y1, "H", x0, "Z");
      c = end;
    }
  }
  for (const auto& [colour, path] : paths) {
    std::string& out = element();
    put_all(out, "<path shape-rendering=\"crispEdges\" d=\"", path, "\"");
    put_paint(out, "fill", colour);
    out += "/>\n";
  }
}

void CanvasSvg::text(Point at, std::string_view text, Colour colour, Font font, Align horizontal, Align vertical) {
  if (text.empty() || is_clear(colour)) return;
  const auto which = static_cast<std::size_t>(font);
  used_[which] = true;
  const Typeface& face = typefaces_[which];
  if (vertical != Align::start) at.y -= vertical == Align::middle ? face.line_px / 2 : face.line_px;
  std::string& out = element();
  put_all(out, "<text class=\"", kClasses[which], "\" x=\"", x(at.x), "\" y=\"", y(at.y + face.ascent_px), "\"");
  if (horizontal != Align::start)
    put_all(out, " text-anchor=\"", horizontal == Align::middle ? "middle" : "end", "\"");
  put_paint(out, "fill", colour);
  // Otherwise spaces at the ends, and more than one between words, are lost.
  if (text.front() == ' ' || text.back() == ' ' || text.find("  ") != std::string_view::npos)
    out += " xml:space=\"preserve\"";
  std::string named;
  put_all(out, ">", escaped(named_text(text, named)), "</text>\n");
}

void CanvasSvg::push_clip(const Rect& rect) { clips_.push_back({rect, false}); }

void CanvasSvg::pop_clip() {
  if (clips_.empty()) return;
  if (clips_.back().open) body_ += "</g>\n";
  clips_.pop_back();
}

std::string CanvasSvg::document(const PictureText& about) const {
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  const float width = length(frame_.area.width()), height = length(frame_.area.height());
  const float mm = frame_.pixel_mm;
  const std::string_view unit = mm > 0 ? "mm" : "";
  put_all(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"", mm > 0 ? width * mm : width, unit,
          "\" height=\"", mm > 0 ? height * mm : height, unit, "\" viewBox=\"0 0 ", width, " ", height, "\">\n");
  for (const auto& [name, text] : {std::pair("title", &about.title), std::pair("desc", &about.description),
                                   std::pair("metadata", &about.metadata)}) {
    if (!text->empty()) put_all(out, "<", name, ">", escaped(*text), "</", name, ">\n");
  }
  out += "<style>\n";
  for (std::size_t i = 0; i < typefaces_.size(); ++i) {
    if (!used_[i]) continue;
    const Typeface& face = typefaces_[i];
    put_all(out, ".", kClasses[i], "{font:", static_cast<float>(face.weight), " ", length(face.em_px), "px '",
            face.family, face.monospaced ? "','DejaVu Sans Mono',monospace}\n" : "','DejaVu Sans',sans-serif}\n");
  }
  put_all(out, "</style>\n", body_);
  for (auto clip = clips_.rbegin(); clip != clips_.rend(); ++clip)
    if (clip->open) out += "</g>\n";
  out += "</svg>\n";
  return out;
}

}  // namespace viz
