#include "viz/canvas/canvas_cairo.h"

#include <cairo-ft.h>
#include <cairo-pdf.h>
#include <cairo.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numbers>
#include <utility>

namespace viz {
namespace {

struct SurfaceDelete {
  void operator()(cairo_surface_t* surface) const { cairo_surface_destroy(surface); }
};
struct ContextDelete {
  void operator()(cairo_t* context) const { cairo_destroy(context); }
};
struct FontFaceDelete {
  void operator()(cairo_font_face_t* face) const { cairo_font_face_destroy(face); }
};

using Lease = std::shared_ptr<const void>;
using FontFace = std::unique_ptr<cairo_font_face_t, FontFaceDelete>;

// Cairo keeps faces in caches of its own, where a later face at the same address would be taken for this one: each
// holds a lease on its file until Cairo lets go of it.
FontFace make_font_face(FT_Face face, Lease lease) {
  static const cairo_user_data_key_t key{};
  FontFace made(cairo_ft_font_face_create_for_ft_face(face, 0));
  auto held = std::make_unique<Lease>(std::move(lease));
  const auto release = [](void* data) { delete static_cast<Lease*>(data); };
  if (cairo_font_face_set_user_data(made.get(), &key, held.get(), release) == CAIRO_STATUS_SUCCESS) held.release();
  return made;
}

// Of each character of a UTF-8 text: how many bytes it has.
std::vector<int> character_bytes(std::string_view text) {
  std::vector<int> bytes;
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) & 0xc0) != 0x80 || bytes.empty()) bytes.push_back(1);
    else ++bytes.back();
  }
  return bytes;
}

}  // namespace

struct CanvasCairo::Surface {
  std::string file;  // of a page: written by `image` until it is finished
  std::unique_ptr<cairo_surface_t, SurfaceDelete> image;
  std::unique_ptr<cairo_t, ContextDelete> context;
  std::map<FT_Face, FontFace> faces;

  cairo_t* cr() const { return context.get(); }
  void paint(Colour c) const {
    cairo_set_source_rgba(cr(), red(c) / 255.0, green(c) / 255.0, blue(c) / 255.0, alpha(c) / 255.0);
  }
  void fill(Colour c) const {
    paint(c);
    cairo_fill(cr());
  }
  void stroke(Colour c, float thickness, cairo_line_join_t join = CAIRO_LINE_JOIN_ROUND) const {
    paint(c);
    cairo_set_line_width(cr(), thickness);
    cairo_set_line_join(cr(), join);
    cairo_stroke(cr());
  }
  void box(const Rect& rect, float rounding) const {
    constexpr double kQuarter = std::numbers::pi / 2;
    const double r = std::min({rounding, rect.width() / 2, rect.height() / 2});
    if (r <= 0) return cairo_rectangle(cr(), rect.x0, rect.y0, rect.width(), rect.height());
    cairo_new_sub_path(cr());
    cairo_arc(cr(), rect.x1 - r, rect.y0 + r, r, -kQuarter, 0);
    cairo_arc(cr(), rect.x1 - r, rect.y1 - r, r, 0, kQuarter);
    cairo_arc(cr(), rect.x0 + r, rect.y1 - r, r, kQuarter, 2 * kQuarter);
    cairo_arc(cr(), rect.x0 + r, rect.y0 + r, r, 2 * kQuarter, 3 * kQuarter);
    cairo_close_path(cr());
  }
  void circle(Point centre, float radius) const {
    cairo_new_sub_path(cr());
    cairo_arc(cr(), centre.x, centre.y, radius, 0, 2 * std::numbers::pi);
  }
  void path(std::span<const Point> points) const {
    for (const Point& p : points) cairo_line_to(cr(), p.x, p.y);
  }
};

CanvasCairo::CanvasCairo(const PictureFrame& frame, Colour ground, const FontFiles& fonts, CairoTarget target)
    : fonts_(fonts), surface_(std::make_unique<Surface>()) {
  if (target == CairoTarget::pdf) {
    const auto append = [](void* file, const unsigned char* bytes, unsigned count) {
      static_cast<std::string*>(file)->append(reinterpret_cast<const char*>(bytes), count);
      return CAIRO_STATUS_SUCCESS;
    };
    surface_->image.reset(cairo_pdf_surface_create_for_stream(
        append, &surface_->file, static_cast<double>(frame.area.width()) * frame.scale,
        static_cast<double>(frame.area.height()) * frame.scale));
    // Later versions pack objects into streams, which tools that look for a page's fonts and texts do not read.
    cairo_pdf_surface_restrict_to_version(surface_->image.get(), CAIRO_PDF_VERSION_1_4);
  } else {
    const auto side = [&](float length) {
      return std::max(1, static_cast<int>(std::ceil(length * frame.scale - 0.01f)));
    };
    surface_->image.reset(
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, side(frame.area.width()), side(frame.area.height())));
  }
  surface_->context.reset(cairo_create(surface_->image.get()));
  cairo_t* const cr = surface_->cr();
  surface_->paint(ground | 0xff000000u);
  cairo_paint(cr);
  cairo_scale(cr, frame.scale, frame.scale);
  cairo_translate(cr, -frame.area.x0, -frame.area.y0);
}

CanvasCairo::~CanvasCairo() = default;

void CanvasCairo::line(Point a, Point b, Colour colour, float thickness) {
  const Point ends[] = {a, b};
  segments(ends, colour, thickness);
}

void CanvasCairo::segments(std::span<const Point> pairs, Colour colour, float thickness) {
  if (is_clear(colour)) return;
  for (std::size_t i = 0; i + 1 < pairs.size(); i += 2) {
    cairo_move_to(surface_->cr(), pairs[i].x, pairs[i].y);
    cairo_line_to(surface_->cr(), pairs[i + 1].x, pairs[i + 1].y);
  }
  surface_->stroke(colour, thickness);
}

void CanvasCairo::polyline(std::span<const Point> points, Colour colour, float thickness, Stroke stroke) {
  if (points.size() < 2 || is_clear(colour)) return;
  surface_->path(points);
  surface_->stroke(colour, thickness, stroke == Stroke::crisp ? CAIRO_LINE_JOIN_BEVEL : CAIRO_LINE_JOIN_ROUND);
}

void CanvasCairo::rect_fill(const Rect& rect, Colour colour, float rounding) {
  if (is_clear(colour) || rect.width() <= 0 || rect.height() <= 0) return;
  surface_->box(rect, rounding);
  surface_->fill(colour);
}

void CanvasCairo::rect_outline(const Rect& rect, Colour colour, float thickness, float rounding) {
  if (is_clear(colour)) return;
  // As on the screen the line lies inside the rectangle.
  surface_->box(rect.shrunk(thickness / 2), rounding - thickness / 2);
  surface_->stroke(colour, thickness, CAIRO_LINE_JOIN_MITER);
}

void CanvasCairo::circle_fill(Point centre, float radius, Colour colour) {
  if (is_clear(colour)) return;
  surface_->circle(centre, radius);
  surface_->fill(colour);
}

void CanvasCairo::circle_outline(Point centre, float radius, Colour colour, float thickness) {
  if (is_clear(colour)) return;
  surface_->circle(centre, radius);
  surface_->stroke(colour, thickness);
}

void CanvasCairo::polygon_fill(std::span<const Point> points, Colour colour) {
  if (points.size() < 3 || is_clear(colour)) return;
  surface_->path(points);
  surface_->fill(colour);
}

void CanvasCairo::dots(std::span<const Point> centres, std::span<const Colour> colours, float radius) {
  for (std::size_t i = 0; i < std::min(centres.size(), colours.size()); ++i)
    circle_fill(centres[i], radius, colours[i]);
}

void CanvasCairo::area_fill(std::span<const Point> upper, std::span<const Point> lower, Colour colour) {
  const std::size_t count = std::min(upper.size(), lower.size());
  if (count < 2 || is_clear(colour)) return;
  surface_->path(upper.first(count));
  for (std::size_t i = count; i-- > 0;) cairo_line_to(surface_->cr(), lower[i].x, lower[i].y);
  surface_->fill(colour);
}

void CanvasCairo::ribbon_fill(const Ribbon& r, Colour colour) {
  if (is_clear(colour)) return;
  cairo_t* const cr = surface_->cr();
  const double middle = (r.x0 + r.x1) / 2;
  cairo_move_to(cr, r.x0, r.top0);
  cairo_curve_to(cr, middle, r.top0, middle, r.top1, r.x1, r.top1);
  cairo_line_to(cr, r.x1, r.bottom1);
  cairo_curve_to(cr, middle, r.bottom1, middle, r.bottom0, r.x0, r.bottom0);
  surface_->fill(colour);
}

void CanvasCairo::cell_grid(const Rect& rect, std::size_t rows, std::size_t columns,
                            std::span<const Colour> colours) {
  if (rows == 0 || columns == 0 || colours.size() < rows * columns) return;
  cairo_t* const cr = surface_->cr();
  // Neighbours that share an edge between pixels would show the ground through it.
  cairo_set_antialias(cr, CAIRO_ANTIALIAS_NONE);
  for (std::size_t r = 0; r < rows; ++r) {
    const float y0 = grid_edge(rect.y0, rect.height(), r, rows),
                y1 = grid_edge(rect.y0, rect.height(), r + 1, rows);
    const Colour* row = colours.data() + r * columns;
    for (std::size_t c = 0; c < columns;) {
      std::size_t end = c + 1;
      while (end < columns && row[end] == row[c]) ++end;
      rect_fill(
          {grid_edge(rect.x0, rect.width(), c, columns), y0, grid_edge(rect.x0, rect.width(), end, columns), y1},
          row[c], 0);
      c = end;
    }
  }
  cairo_set_antialias(cr, CAIRO_ANTIALIAS_DEFAULT);
}

void CanvasCairo::text(Point at, std::string_view text, Colour colour, Font font, Align horizontal,
                       Align vertical) {
  if (text.empty() || is_clear(colour)) return;
  const Typeface& typeface = fonts_.typeface(font);
  const std::vector<FontFiles::Glyph> glyphs = fonts_.glyphs(text, font);
  float width = 0;
  for (const FontFiles::Glyph& glyph : glyphs) width += glyph.advance;
  if (horizontal != Align::start) at.x -= horizontal == Align::middle ? width / 2 : width;
  if (vertical != Align::start) at.y -= vertical == Align::middle ? typeface.line_px / 2 : typeface.line_px;

  cairo_t* const cr = surface_->cr();
  surface_->paint(colour);
  cairo_font_options_t* const options = cairo_font_options_create();
  cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
  cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
  cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
  cairo_set_font_options(cr, options);
  cairo_font_options_destroy(options);
  double x = at.x;
  const double y = at.y + typeface.ascent_px;
  std::vector<cairo_glyph_t> run;
  std::vector<cairo_text_cluster_t> clusters;
  const std::vector<int> lengths =
      cairo_surface_has_show_text_glyphs(surface_->image.get()) ? character_bytes(text) : std::vector<int>();
  std::size_t from = 0;
  for (std::size_t i = 0; i < glyphs.size();) {
    const FT_Face face = glyphs[i].face;
    run.clear();
    for (; i < glyphs.size() && glyphs[i].face == face; ++i) {
      run.push_back({glyphs[i].index, x, y});
      x += glyphs[i].advance;
    }
    auto& cairo_face = surface_->faces[face];
    if (!cairo_face) cairo_face = make_font_face(face, fonts_.lease());
    cairo_set_font_face(cr, cairo_face.get());
    cairo_set_font_size(cr, typeface.em_px);
    if (lengths.size() == glyphs.size()) {
      // A page can be searched: it holds which characters the glyphs are.
      std::size_t bytes = 0;
      clusters.clear();
      for (std::size_t k = i - run.size(); k < i; ++k) {
        clusters.push_back({lengths[k], 1});
        bytes += static_cast<std::size_t>(lengths[k]);
      }
      cairo_show_text_glyphs(cr, text.data() + from, static_cast<int>(bytes), run.data(),
                             static_cast<int>(run.size()), clusters.data(), static_cast<int>(clusters.size()),
                             cairo_text_cluster_flags_t{});
      from += bytes;
    } else {
      cairo_show_glyphs(cr, run.data(), static_cast<int>(run.size()));
    }
  }
}

void CanvasCairo::push_clip(const Rect& rect) {
  cairo_save(surface_->cr());
  cairo_rectangle(surface_->cr(), rect.x0, rect.y0, std::max(0.0f, rect.width()), std::max(0.0f, rect.height()));
  cairo_clip(surface_->cr());
}

void CanvasCairo::pop_clip() { cairo_restore(surface_->cr()); }

Pixels CanvasCairo::pixels() const {
  Pixels out;
  cairo_surface_t* const image = surface_->image.get();
  cairo_surface_flush(image);
  const unsigned char* data = cairo_image_surface_get_data(image);
  if (cairo_status(surface_->cr()) != CAIRO_STATUS_SUCCESS || !data) return out;
  out.width = cairo_image_surface_get_width(image);
  out.height = cairo_image_surface_get_height(image);
  const int stride = cairo_image_surface_get_stride(image);
  out.rgb.reserve(static_cast<std::size_t>(out.width) * static_cast<std::size_t>(out.height) * 3);
  for (int row = 0; row < out.height; ++row) {
    const auto* pixels =
        reinterpret_cast<const std::uint32_t*>(data + row * stride);  // 0xXXRRGGBB in the machine's order
    for (int column = 0; column < out.width; ++column)
      for (const int shift : {16, 8, 0}) out.rgb.push_back(static_cast<std::uint8_t>(pixels[column] >> shift));
  }
  return out;
}

std::string CanvasCairo::pdf(const PictureText& about) {
  cairo_surface_t* const page = surface_->image.get();
  if (cairo_surface_get_type(page) != CAIRO_SURFACE_TYPE_PDF) return {};
  for (const auto& [what, text] : {std::pair(CAIRO_PDF_METADATA_TITLE, &about.title),
                                   std::pair(CAIRO_PDF_METADATA_SUBJECT, &about.description),
                                   std::pair(CAIRO_PDF_METADATA_KEYWORDS, &about.metadata)})
    if (!text->empty()) cairo_pdf_surface_set_metadata(page, what, text->c_str());
  // Not the hour it was drawn at: the same figure is the same file.
  cairo_pdf_surface_set_metadata(page, CAIRO_PDF_METADATA_CREATE_DATE, "");
  cairo_show_page(surface_->cr());
  const bool is_whole = cairo_status(surface_->cr()) == CAIRO_STATUS_SUCCESS;
  cairo_surface_finish(page);
  return is_whole && cairo_surface_status(page) == CAIRO_STATUS_SUCCESS ? std::move(surface_->file)
                                                                        : std::string();
}

}  // namespace viz
