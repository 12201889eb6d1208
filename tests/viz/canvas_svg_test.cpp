#include "viz/canvas/canvas_svg.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <clocale>

#include "tests/viz/stub_typefaces.h"

namespace viz {
namespace SWITCHYARD_TEST_FILE {

using ::testing::HasSubstr;
using ::testing::Not;

CanvasSvg canvas_of(PictureFrame frame = {{0, 0, 100, 50}, 1}) {
  return CanvasSvg(frame, testing::stub_typefaces(), testing::stub_text_size);
}
std::string body(const CanvasSvg& canvas) { return canvas.document({}); }
std::size_t count(const std::string& text, std::string_view part) {
  std::size_t n = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}
constexpr Colour kRed = rgb(0xff0000), kBlue = rgb(0x0000ff);

TEST(CanvasSvg, SaysWhatItShows) {
  CanvasSvg canvas = canvas_of();
  canvas.rect_fill({1, 2, 4, 8}, rgb(0x123456));
  EXPECT_EQ(canvas.document({"A <title>", "what & why", "{\"a\": 1}"}),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"100\" height=\"50\" viewBox=\"0 0 100 50\">\n"
            "<title>A &lt;title&gt;</title>\n"
            "<desc>what &amp; why</desc>\n"
            "<metadata>{&quot;a&quot;: 1}</metadata>\n"
            "<style>\n</style>\n"
            "<rect x=\"1\" y=\"2\" width=\"3\" height=\"6\" fill=\"#123456\"/>\n"
            "</svg>\n");
}

TEST(CanvasSvg, NumbersAreShortAndKnowNoLocale) {
  const char* const before = std::setlocale(LC_NUMERIC, nullptr);
  const std::string old = before ? before : "C";
  std::setlocale(LC_NUMERIC, "de_DE.UTF-8");  // where it is installed
  CanvasSvg canvas = canvas_of();
  canvas.circle_fill({1.0f / 3, -0.001f}, 2.5f, faded(kRed, 0.5f));
  std::setlocale(LC_NUMERIC, old.c_str());
  EXPECT_THAT(body(canvas),
              HasSubstr("<circle cx=\"0.33\" cy=\"0\" r=\"2.5\" fill=\"#ff0000\" fill-opacity=\"0.5\"/>"));
}

TEST(CanvasSvg, ShowsItsPartOfTheCanvasAtItsScale) {
  CanvasSvg canvas = canvas_of({{100, 200, 300, 300}, 0.5f});
  canvas.line({110, 220}, {120, 240}, kBlue, 4);
  EXPECT_THAT(body(canvas), HasSubstr("width=\"100\" height=\"50\""));
  EXPECT_THAT(body(canvas),
              HasSubstr("<path d=\"M5 10L10 20\" fill=\"none\" stroke=\"#0000ff\" stroke-width=\"2\"/>"));
}

TEST(CanvasSvg, TextStaysTextAtItsBaseLine) {
  CanvasSvg canvas = canvas_of();
  canvas.text({90, 30}, "a<b & \"c\"", kRed, Font::small, Align::end, Align::middle);
  canvas.text({1, 1}, "  two ", kRed, Font::bold);
  const std::string text = body(canvas);
  // The line of 11 px is centred on 30, its letters stand 9 px below its top.
  EXPECT_THAT(text, HasSubstr("<text class=\"small\" x=\"90\" y=\"33.5\" text-anchor=\"end\" fill=\"#ff0000\">"
                              "a&lt;b &amp; &quot;c&quot;</text>"));
  EXPECT_THAT(text, HasSubstr("xml:space=\"preserve\">  two </text>"));
  EXPECT_THAT(text, HasSubstr(".bold{font:600 12px 'Stub','DejaVu Sans',sans-serif}"));
  EXPECT_THAT(text, HasSubstr(".small{font:400 10px"));
  EXPECT_THAT(text, Not(HasSubstr(".mono")));  // only what is used
}

TEST(CanvasSvg, WhatIsNoTextIsNamedAsOnTheScreen) {
  CanvasSvg canvas = canvas_of();
  canvas.text({0, 0},
              "a\x01"
              "b\xff"
              "c\xed\xa0\x80"
              "d\xc0\xaf"
              "e\u20ac\ufffe\U0001F600",
              kRed);
  EXPECT_THAT(body(canvas), HasSubstr(">aU+0001b\\xffc\\xed\\xa0\\x80d\\xc0\\xafe\u20acU+FFFEU+1F600</text>"));
}

TEST(CanvasSvg, ClipsNestAndEmptyOnesLeaveNoTrace) {
  CanvasSvg canvas = canvas_of();
  canvas.push_clip({0, 0, 10, 10});
  canvas.push_clip({1, 1, 5, 5});
  canvas.pop_clip();
  canvas.push_clip({2, 2, 6, 6});
  canvas.rect_fill({0, 0, 9, 9}, kRed);
  canvas.pop_clip();
  canvas.pop_clip();
  canvas.push_clip({0, 0, 10, 10});
  canvas.rect_fill({0, 0, 9, 9}, kBlue);  // the same clip again: its path is written once
  canvas.pop_clip();
  const std::string text = body(canvas);
  EXPECT_EQ(count(text, "<clipPath"), 2u);
  EXPECT_EQ(count(text, "<g "), 3u);
  EXPECT_EQ(count(text, "</g>"), 3u);
  EXPECT_EQ(count(text, "url(#clip1)"), 2u);
  EXPECT_THAT(text, Not(HasSubstr("x=\"1\" y=\"1\"")));
}

TEST(CanvasSvg, AnUnfinishedClipIsClosed) {
  CanvasSvg canvas = canvas_of();
  canvas.push_clip({0, 0, 10, 10});
  canvas.rect_fill({0, 0, 9, 9}, kRed);
  EXPECT_EQ(count(body(canvas), "<g "), count(body(canvas), "</g>"));
}

TEST(CanvasSvg, AGridIsOnePathAColourOfJoinedCells) {
  CanvasSvg canvas = canvas_of();
  const Colour cells[] = {kRed,  kRed, kBlue, 0,  //
                          kBlue, kRed, kRed,  kRed};
  canvas.cell_grid({0, 0, 40, 20}, 2, 4, cells);
  const std::string text = body(canvas);
  EXPECT_EQ(count(text, "<path"), 2u);
  EXPECT_THAT(text, HasSubstr("d=\"M0 0H20V10H0ZM10 10H40V20H10Z\" fill=\"#ff0000\""));
  EXPECT_THAT(text, HasSubstr("d=\"M20 0H30V10H20ZM0 10H10V20H0Z\" fill=\"#0000ff\""));
}

TEST(CanvasSvg, ManyDotsAreFewElements) {
  CanvasSvg canvas = canvas_of();
  std::vector<Point> centres;
  std::vector<Colour> colours;
  for (int i = 0; i < 100'000; ++i) {
    centres.push_back({static_cast<float>(i % 97), static_cast<float>(i % 43)});
    colours.push_back(i % 5 == 0 ? 0 : i % 2 ? kRed : kBlue);
  }
  canvas.dots(centres, colours, 1.5f);
  const std::string text = body(canvas);
  EXPECT_LE(count(text, "<path"), 2u * (100'000 / 256 + 1));
  EXPECT_EQ(count(text, "h0"), 80'000u);
  EXPECT_THAT(text, HasSubstr("stroke-width=\"3\" stroke-linecap=\"round\""));
  EXPECT_LT(text.size(), 1'100'000u);
}

TEST(CanvasSvg, RibbonsAreTwoCurves) {
  CanvasSvg canvas = canvas_of();
  canvas.ribbon_fill({10, 0, 4, 30, 20, 26}, kRed);
  EXPECT_THAT(body(canvas), HasSubstr("d=\"M10 0C20 0 20 20 30 20V26C20 26 20 4 10 4Z\" fill=\"#ff0000\""));
}

TEST(CanvasSvg, AreasAreOutlined) {
  CanvasSvg canvas = canvas_of();
  const Point upper[] = {{0, 1}, {5, 2}}, lower[] = {{0, 9}, {5, 8}};
  canvas.area_fill(upper, lower, kRed);
  EXPECT_THAT(body(canvas), HasSubstr("<polygon points=\"0,1 5,2 5,8 0,9\" fill=\"#ff0000\"/>"));
}

TEST(CanvasSvg, WhatIsClearIsNotWritten) {
  CanvasSvg canvas = canvas_of();
  const std::string empty = body(canvas);
  const Point points[] = {{0, 0}, {1, 1}, {2, 0}};
  canvas.line({0, 0}, {1, 1}, 0, 1);
  canvas.polyline(points, 0, 1, Stroke::smooth);
  canvas.polygon_fill(points, 0);
  canvas.rect_fill({0, 0, 1, 1}, 0);
  canvas.rect_outline({0, 0, 1, 1}, 0, 1);
  canvas.circle_fill({0, 0}, 1, 0);
  canvas.circle_outline({0, 0}, 1, 0, 1);
  canvas.text({0, 0}, "x", 0);
  canvas.text({0, 0}, "", kRed);
  EXPECT_EQ(body(canvas), empty);
}

// On paper it has a size; what is drawn stays in pixels of the layout.
TEST(CanvasSvg, HasASizeOnPaper) {
  const CanvasSvg canvas = canvas_of({{0, 0, 400, 200}, 1, 0.2125f});
  EXPECT_THAT(canvas.document({}), HasSubstr("width=\"85mm\" height=\"42.5mm\" viewBox=\"0 0 400 200\""));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace viz
