#include "viz/base/theme.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <string_view>

#include "headless_imgui.h"
#include "viz/base/colour_map.h"

namespace viz {
namespace SWITCHYARD_TEST_FILE {

// CIE Lab of an sRGB colour under D65, and the plain distance in it: about 2 is just noticeable.
struct Lab {
  double l, a, b;
};
Lab lab_of(Colour c) {
  const auto light = [](int v) {
    const double s = v / 255.0;
    return s <= 0.04045 ? s / 12.92 : std::pow((s + 0.055) / 1.055, 2.4);
  };
  const double r = light(red(c)), g = light(green(c)), b = light(blue(c));
  const auto f = [](double t) { return t > 0.008856 ? std::cbrt(t) : 7.787 * t + 16.0 / 116; };
  const double x = f((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505), y = f(0.2126 * r + 0.7152 * g + 0.0722 * b),
               z = f((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089);
  return {116 * y - 16, 500 * (x - y), 200 * (y - z)};
}
double distance(Colour a, Colour b) {
  const Lab p = lab_of(a), q = lab_of(b);
  return std::hypot(p.l - q.l, p.a - q.a, p.b - q.b);
}

class Themes : public ::testing::TestWithParam<bool> {
 protected:
  Theme theme = GetParam() ? dark() : light();
};

TEST_P(Themes, FirstSixteenCategoriesStandOutFromThePanel) {
  for (std::size_t i = 0; i < 16; ++i) {
    EXPECT_GE(contrast(category_colour(theme, i), theme.panel), 3.0) << "category " << i;
  }
  for (std::size_t i = 16; i < category_colour_count; ++i) {
    EXPECT_GE(contrast(category_colour(theme, i), theme.panel), 1.95) << "category " << i;
  }
}

TEST_P(Themes, FirstSixteenCategoriesDiffer) {
  for (std::size_t i = 0; i < 16; ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      EXPECT_GT(distance(category_colour(theme, i), category_colour(theme, k)), i < 8 ? 18 : 7)
          << i << " and " << k;
    }
  }
}

TEST_P(Themes, AccentAndCurvesAreNoEarlyCategory) {
  for (std::size_t i = 0; i < 8; ++i) {
    EXPECT_GT(distance(theme.accent, category_colour(theme, i)), 20) << i;
    for (std::size_t k = 0; k < curve_colour_count; ++k) {
      EXPECT_GT(distance(curve_colour(theme, k), category_colour(theme, i)), 15)
          << "curve " << k << ", category " << i;
    }
  }
}

TEST_P(Themes, TextIsLegible) {
  EXPECT_GE(contrast(theme.text, theme.panel), 7);
  EXPECT_GE(contrast(theme.text, theme.raised), 7);
  EXPECT_GE(contrast(theme.text_dim, theme.panel), 4.5);
  EXPECT_GE(contrast(theme.text_dim, theme.ground), 4.5);
  EXPECT_GE(contrast(theme.accent_text, theme.accent), 4.5);
  EXPECT_GE(contrast(theme.accent_text, theme.accent_hover), 4.5);
  const struct {
    const char* name;
    Colour colour;
  } inks[] = {{"text", theme.text}, {"text_dim", theme.text_dim}, {"accent", theme.accent},
              {"good", theme.good}, {"warn", theme.warn},         {"bad", theme.bad}},
    grounds[] = {{"ground", theme.ground},
                 {"panel", theme.panel},
                 {"raised", theme.raised},
                 {"raised_hover", theme.raised_hover},
                 {"alert", mixed(theme.panel, theme.bad, theme.is_dark ? 0.16f : 0.10f)}};
  for (const auto& ink : inks)
    for (const auto& ground : grounds) {
      if (ink.colour == theme.bad && std::string_view(ground.name) == "alert") continue;  // an outline there
      EXPECT_GE(contrast(ink.colour, ground.colour), 4.5) << ink.name << " on " << ground.name;
    }
  for (std::size_t k = 0; k < curve_colour_count; ++k)
    EXPECT_GE(contrast(curve_colour(theme, k), theme.panel), 3.0);
  for (std::size_t i = 0; i < category_colour_count; ++i) {
    const Colour c = category_colour(theme, i);
    EXPECT_GE(contrast(text_on(c), c), 4.5) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(DarkAndLight, Themes, ::testing::Bool(),
                         [](const auto& which) { return which.param ? "dark" : "light"; });

TEST(Theme, CategoriesRepeatAfterTheLast) {
  EXPECT_EQ(category_colour(dark(), 3), category_colour(dark(), 3 + category_colour_count));
  EXPECT_EQ(category_colour(dark(), 1), rgb(0x56b4e9));
  std::set<Colour> different;
  for (std::size_t i = 0; i < category_colour_count; ++i) different.insert(category_colour(dark(), i));
  EXPECT_EQ(different.size(), category_colour_count);
}

TEST(Theme, ContrastOfBlackAndWhiteIs21) {
  EXPECT_NEAR(contrast(rgb(0x000000), rgb(0xffffff)), 21, 1e-9);
  EXPECT_DOUBLE_EQ(contrast(rgb(0x336699), rgb(0x336699)), 1);
  EXPECT_NEAR(relative_luminance(rgb(0xff0000)), 0.2126, 1e-9);
}

TEST(Colours, PackAndFade) {
  EXPECT_EQ(rgb(0x123456), IM_COL32(0x12, 0x34, 0x56, 0xff));
  EXPECT_EQ(alpha(faded(rgb(0xffffff), 0.5f)), 128);
  EXPECT_EQ(mixed(rgb(0x000000), rgb(0xffffff), 0.5f), rgb(0x808080));
}

TEST(ColourMap, ViridisEndsAndRises) {
  EXPECT_EQ(map_colour(ColourMap::viridis, 0), rgb(0x440154));
  EXPECT_EQ(map_colour(ColourMap::viridis, 1), rgb(0xfde725));
  EXPECT_EQ(map_colour(ColourMap::viridis, -5), rgb(0x440154));
  double last = -1;
  for (int i = 0; i <= 255; ++i) {
    const double now = lab_of(map_colour(ColourMap::viridis, static_cast<float>(i) / 255)).l;
    EXPECT_GE(now, last - 0.3) << i;  // rounding to 8 bits may take a hair back
    last = std::max(last, now);
  }
  last = -1;
  for (const Colour c : map_table(ColourMap::viridis)) {
    EXPECT_GT(relative_luminance(c), last);
    last = relative_luminance(c);
  }
}

TEST(ColourMap, DivergingHasThreeAnchors) {
  EXPECT_EQ(map_colour(ColourMap::diverging, 0), rgb(0xf59322));
  EXPECT_EQ(map_colour(ColourMap::diverging, 0.5f), rgb(0xe8eaeb));
  EXPECT_EQ(map_colour(ColourMap::diverging, 1), rgb(0x0877bd));
  EXPECT_EQ(alpha(map_colour(ColourMap::diverging, NAN)), 0);
}

class Style : public testing::HeadlessImGui {};

TEST_F(Style, AppliesTwiceWithoutCompounding) {
  apply_style(dark(), 2);
  const ImGuiStyle once = ImGui::GetStyle();
  apply_style(dark(), 2);
  EXPECT_FLOAT_EQ(ImGui::GetStyle().FramePadding.x, once.FramePadding.x);
  EXPECT_FLOAT_EQ(once.FramePadding.x, 16);
  apply_style(light(), 1);
  EXPECT_FLOAT_EQ(ImGui::GetStyle().FramePadding.x, 8);
}

TEST_F(Style, LeavesNoStockColour) {
  ImGuiStyle stock;
  ImGui::StyleColorsDark(&stock);
  apply_style(dark(), 1);
  for (int i = 0; i < ImGuiCol_COUNT; ++i) {
    const ImVec4 a = stock.Colors[i], b = ImGui::GetStyle().Colors[i];
    if (b.w == 0) continue;
    EXPECT_FALSE(a.x == b.x && a.y == b.y && a.z == b.z && a.w == b.w) << ImGui::GetStyleColorName(i);
  }
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace viz
