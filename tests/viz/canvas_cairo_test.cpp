#include "viz/canvas/canvas_cairo.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/font_library.h"
#include "tests/viz/stub_typefaces.h"

namespace viz {
namespace SWITCHYARD_TEST_FILE {

const auto* const fonts_end = switchyard::test::end_fontconfig_after_tests();

constexpr Colour kGround = rgb(0x101318), kRed = rgb(0xff0000);

std::uint32_t pixel(const Pixels& picture, int x, int y) {
  const std::size_t at =
      3 * (static_cast<std::size_t>(y) * static_cast<std::size_t>(picture.width) + static_cast<std::size_t>(x));
  return (picture.rgb[at] << 16) | (picture.rgb[at + 1] << 8) | picture.rgb[at + 2];
}

// DejaVu, which the program's packages include.
std::string font_file(const char* family) {
  FcPattern* wanted = FcPatternCreate();
  FcPatternAddString(wanted, FC_FAMILY, reinterpret_cast<const FcChar8*>(family));
  FcConfigSubstitute(nullptr, wanted, FcMatchPattern);
  FcDefaultSubstitute(wanted);
  FcResult result = FcResultNoMatch;
  FcPattern* found = FcFontMatch(nullptr, wanted, &result);
  FcChar8* path = nullptr;
  std::string file;
  if (found && FcPatternGetString(found, FC_FILE, 0, &path) == FcResultMatch)
    file = reinterpret_cast<const char*>(path);
  if (found) FcPatternDestroy(found);
  FcPatternDestroy(wanted);
  return file;
}

Typefaces dejavu() {
  Typefaces all = testing::stub_typefaces();
  for (Typeface& face : all) {
    face.line_px = 20;
    face.files = {{font_file(face.monospaced ? "DejaVu Sans Mono" : "DejaVu Sans"), 0}};
    measure_typeface(face);
  }
  return all;
}

TEST(CanvasCairo, DrawsItsPartOfTheCanvasAtItsScale) {
  const FontFiles fonts(testing::stub_typefaces());
  for (const float scale : {1.0f, 2.0f}) {
    CanvasCairo canvas({{100, 200, 140, 220.25f}, scale}, kGround, fonts);
    canvas.rect_fill({110, 205, 120, 210}, kRed);
    const Pixels picture = canvas.pixels();
    const int s = static_cast<int>(scale);
    EXPECT_EQ(picture.width, 40 * s);
    EXPECT_EQ(picture.height, s == 1 ? 21 : 41);  // whole pixels, none cut off
    EXPECT_EQ(pixel(picture, 10 * s, 5 * s), 0xff0000u);
    EXPECT_EQ(pixel(picture, 20 * s - 1, 10 * s - 1), 0xff0000u);
    EXPECT_EQ(pixel(picture, 10 * s - 1, 5 * s), 0x101318u);
    EXPECT_EQ(pixel(picture, 20 * s, 5 * s), 0x101318u);
  }
}

TEST(CanvasCairo, ClipsNest) {
  const FontFiles fonts(testing::stub_typefaces());
  CanvasCairo canvas({{0, 0, 20, 20}, 1}, kGround, fonts);
  canvas.push_clip({0, 0, 10, 20});
  canvas.push_clip({5, 0, 20, 20});
  canvas.rect_fill({0, 0, 20, 20}, kRed);
  canvas.pop_clip();
  canvas.pop_clip();
  const Pixels picture = canvas.pixels();
  EXPECT_EQ(pixel(picture, 4, 4), 0x101318u);
  EXPECT_EQ(pixel(picture, 7, 4), 0xff0000u);
  EXPECT_EQ(pixel(picture, 12, 4), 0x101318u);
}

TEST(CanvasCairo, CellsMeetWithoutSeams) {
  const FontFiles fonts(testing::stub_typefaces());
  CanvasCairo canvas({{0, 0, 31, 17}, 1.5f}, kGround, fonts);
  // Two reds that differ, so that no two neighbours are joined.
  std::vector<Colour> cells;
  for (int i = 0; i < 7 * 13; ++i) cells.push_back(i % 2 ? kRed : rgb(0xfe0000));
  canvas.cell_grid({0, 0, 31, 17}, 7, 13, cells);
  const Pixels picture = canvas.pixels();
  for (int y = 0; y < 25; ++y)
    for (int x = 0; x < 46; ++x) EXPECT_GE(pixel(picture, x, y), 0xfe0000u) << x << ", " << y;
}

TEST(CanvasCairo, RibbonsAndAreasFillBetweenTheirEdges) {
  const FontFiles fonts(testing::stub_typefaces());
  CanvasCairo canvas({{0, 0, 40, 40}, 1}, kGround, fonts);
  canvas.ribbon_fill({0, 0, 8, 40, 32, 40}, kRed);
  const Point upper[] = {{0, 20}, {10, 30}}, lower[] = {{0, 40}, {10, 40}};
  canvas.area_fill(upper, lower, rgb(0x00ff00));
  const Pixels picture = canvas.pixels();
  EXPECT_EQ(pixel(picture, 1, 4), 0xff0000u);
  EXPECT_EQ(pixel(picture, 20, 20), 0xff0000u);  // halfway along, halfway down
  EXPECT_EQ(pixel(picture, 38, 36), 0xff0000u);
  EXPECT_EQ(pixel(picture, 1, 12), 0x101318u);
  EXPECT_EQ(pixel(picture, 1, 30), 0x00ff00u);
  EXPECT_EQ(pixel(picture, 8, 20), 0x101318u);
}

TEST(CanvasCairo, LettersStandWhereTheyAreAligned) {
  const FontFiles fonts(dejavu());
  CanvasCairo canvas({{0, 0, 200, 40}, 1}, kGround, fonts);
  canvas.text({200, 40}, "EEE", kRed, Font::body, Align::end, Align::end);
  const Pixels picture = canvas.pixels();
  int left = picture.width, right = 0, top = picture.height, bottom = 0;
  for (int y = 0; y < picture.height; ++y)
    for (int x = 0; x < picture.width; ++x)
      if (pixel(picture, x, y) != 0x101318u) {
        left = std::min(left, x), right = std::max(right, x);
        top = std::min(top, y), bottom = std::max(bottom, y);
      }
  const float width = fonts.text_size("EEE", Font::body).x;
  EXPECT_NEAR(static_cast<float>(left), 200 - width, 4);
  EXPECT_GT(right, 192);
  EXPECT_NEAR(static_cast<float>(bottom), 20 + fonts.typeface(Font::body).ascent_px - 1, 1.5);
  EXPECT_GE(top, 20);
}

TEST(FontFiles, SizesTypeAsTheWindowDoes) {
  Typeface face = dejavu()[0];
  // DejaVu Sans: 2048 units an em, ascender 1901, descender -483.
  EXPECT_NEAR(face.em_px, 20 * 2048.0 / 2384, 1e-3);
  EXPECT_EQ(face.ascent_px, std::floor(20 * 1901.0 / 2384 + 1));
}

TEST(FontFiles, WidthsAddUpAndMonospacedOnesAreEqual) {
  const FontFiles fonts(dejavu());
  EXPECT_NEAR(fonts.text_size("ab", Font::body).x,
              fonts.text_size("a", Font::body).x + fonts.text_size("b", Font::body).x, 1e-4);
  EXPECT_NEAR(fonts.text_size("i", Font::mono).x, fonts.text_size("W", Font::mono).x, 1e-4);
  EXPECT_EQ(fonts.text_size("", Font::mono).x, 0);
  EXPECT_EQ(fonts.glyphs("a\u20acb", Font::body).size(), 3u);
}

TEST(FontFiles, AMissingFileIsNoGlyphs) {
  Typefaces all = testing::stub_typefaces();
  all[0].files = {{"/nowhere.ttf", 0}};
  const FontFiles fonts(all);
  EXPECT_TRUE(fonts.glyphs("abc", Font::body).empty());
  EXPECT_EQ(fonts.text_size("abc", Font::body).x, 0);
}

TEST(FontFiles, WhatTheFirstFileLacksComesFromTheNext) {
  Typefaces all = dejavu();
  // An arrow that the sign font of the tests' first choice lacks is found in the second.
  all[0].files = {{font_file("Inter"), 0}, {font_file("DejaVu Sans"), 0}};
  const FontFiles fonts(all);
  const auto glyphs = fonts.glyphs("a\u2800", Font::body);  // a Braille pattern
  ASSERT_EQ(glyphs.size(), 2u);
  EXPECT_EQ(glyphs[0].file, 0u);
  EXPECT_EQ(glyphs[1].file, 1u);
  EXPECT_NE(glyphs[1].index, 0u);
}

// A page of its size in points, the same bytes each time; what a picture is drawn by draws no page.
TEST(CanvasCairo, APageOfPdfIsTheSameFileEachTime) {
  const FontFiles fonts(dejavu());
  const auto page = [&](const std::string& words) {
    CanvasCairo canvas({{0, 0, 400, 300}, 0.5f}, kGround, fonts, CairoTarget::pdf);
    canvas.rect_fill({10, 10, 50, 50}, kRed);
    canvas.text({100, 100}, words, kRed);
    return canvas.pdf({"Load (8 experts)", "stories", "{\"step\":3}"});
  };
  const std::string first = page("na\u00efve \u03b1");
  const auto has = [&](const char* text) { return first.find(text) != std::string::npos; };
  EXPECT_TRUE(first.starts_with("%PDF-1.4")) << "objects stand in it as text";
  EXPECT_TRUE(has("/MediaBox [ 0 0 200 150 ]"));
  EXPECT_TRUE(has("/Subject (stories)"));
  EXPECT_TRUE(has("/Keywords ({\"step\":3})"));
  EXPECT_TRUE(has("/ToUnicode")) << "text can be searched";
  EXPECT_FALSE(has("CreationDate"));
  EXPECT_TRUE(first == page("na\u00efve \u03b1"));
  EXPECT_FALSE(first == page("other"));
  CanvasCairo pixels({{0, 0, 40, 30}, 1}, kGround, fonts);
  EXPECT_EQ(pixels.pdf({}), "");
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace viz
