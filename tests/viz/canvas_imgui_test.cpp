#include "viz/canvas/canvas_imgui.h"

#include <gtest/gtest.h>

#include <cmath>
#include <span>
#include <vector>

#include "tests/viz/headless_imgui.h"

namespace viz {
namespace SWITCHYARD_TEST_FILE {

constexpr Colour kBlue = rgb(0x0000ff);

double opacity(const ImDrawVert& v) { return (v.col >> IM_COL32_A_SHIFT & 0xff) / 255.0; }

// What lies on one column of pixels, in pixels of full colour, read off the vertices of the first point: of four,
// a trapezoid of opacities; of two, the profile of a baked line of n pixels with one that fades on either side.
double amount_at_first_point(const ImDrawList& list) {
  const ImDrawVert* v = list.VtxBuffer.Data;
  if (v[0].uv.x == v[1].uv.x) {
    double sum = 0;
    for (int i = 0; i < 3; ++i)
      sum += static_cast<double>(v[i + 1].pos.y - v[i].pos.y) * (opacity(v[i]) + opacity(v[i + 1])) / 2;
    return sum;
  }
  const double texels = static_cast<double>(v[1].uv.x - v[0].uv.x) * ImGui::GetIO().Fonts->TexWidth;
  return static_cast<double>(v[1].pos.y - v[0].pos.y) * (texels - 2) / texels * opacity(v[0]);
}

class CanvasOnScreen : public testing::HeadlessImGui {
 protected:
  Theme theme_ = dark();
};

// Of all triangles, weighted by opacity.
double painted(const ImDrawList& list) {
  double sum = 0;
  for (int i = 0; i + 2 < list.IdxBuffer.Size; i += 3) {
    const ImDrawVert* v[3];
    for (int j = 0; j < 3; ++j) v[j] = &list.VtxBuffer[list.IdxBuffer[i + j]];
    const double twice = static_cast<double>(v[1]->pos.x - v[0]->pos.x) * (v[2]->pos.y - v[0]->pos.y) -
                         static_cast<double>(v[2]->pos.x - v[0]->pos.x) * (v[1]->pos.y - v[0]->pos.y);
    sum += std::abs(twice) / 2 * (opacity(*v[0]) + opacity(*v[1]) + opacity(*v[2])) / 3;
  }
  return sum;
}

// As much of it is seen as of its two sides drawn by themselves.
TEST_F(CanvasOnScreen, APeakKeepsItsWidthAndDoesNotGrowBeyondItself) {
  frame([&] {
    for (const float half : {0.01f, 0.2f, 1.0f, 5.0f, 12.0f}) {
      const auto drawn = [&](std::span<const Point> first, std::span<const Point> second) {
        ImDrawList list(ImGui::GetDrawListSharedData());
        list._ResetForNewFrame();
        list.PushTextureID(ImGui::GetIO().Fonts->TexID);
        list.PushClipRectFullScreen();
        CanvasImGui canvas(&list, theme_.fonts);
        canvas.polyline(first, kBlue, 2, Stroke::smooth);
        if (!second.empty()) canvas.polyline(second, kBlue, 2, Stroke::smooth);
        for (const ImDrawVert& v : list.VtxBuffer) EXPECT_GT(v.pos.y, 20 - 3) << half;
        return painted(list);
      };
      const Point peak[] = {{50 - half, 120}, {50, 20}, {50 + half, 120}};
      const double sides = drawn(std::span(peak).first(2), std::span(peak).last(2));
      EXPECT_NEAR(drawn(peak, {}), sides, 0.02 * sides) << half;
    }
  });
}

TEST_F(CanvasOnScreen, ABandOfAnyThicknessKeepsItsShareOfTheColour) {
  frame([&] {
    for (const float thick : {0.04f, 0.3f, 0.99f, 1.0f, 1.4f, 1.5f, 7.3f, 62.6f, 64.0f, 200.0f}) {
      ImDrawList list(ImGui::GetDrawListSharedData());
      list._ResetForNewFrame();
      list.PushTextureID(ImGui::GetIO().Fonts->TexID);
      list.PushClipRectFullScreen();
      CanvasImGui canvas(&list, theme_.fonts);
      const Point upper[] = {{10, 20}, {30, 20}}, lower[] = {{10, 20 + thick}, {30, 20 + thick}};
      canvas.area_fill(upper, lower, kBlue);
      ASSERT_FALSE(list.VtxBuffer.empty()) << thick;
      EXPECT_NEAR(amount_at_first_point(list), thick, 0.005 + 1e-3 * thick) << thick;
    }
  });
}

// Where a ribbon climbs, a line straight down through it is longer than the way across; what lies on it is the
// same.
TEST_F(CanvasOnScreen, ASteepRibbonIsAsWideAcrossAsALevelOne) {
  frame([&] {
    ImDrawList list(ImGui::GetDrawListSharedData());
    list._ResetForNewFrame();
    list.PushTextureID(ImGui::GetIO().Fonts->TexID);
    list.PushClipRectFullScreen();
    CanvasImGui canvas(&list, theme_.fonts);
    canvas.ribbon_fill({0, 0, 0.5f, 100, 400, 400.5f}, kBlue);
    const int points = list.VtxBuffer.Size / 2, middle = points / 2;
    ASSERT_GT(points, 6);
    const auto high = [&](int at) {
      return static_cast<double>(list.VtxBuffer[2 * at + 1].pos.y - list.VtxBuffer[2 * at].pos.y);
    };
    EXPECT_NEAR(high(0), 3, 1e-4);  // one pixel and its fringe
    ASSERT_EQ(points % 2, 1);       // one of them halfway, where it climbs 400 * 1.5 for 100 * 0.75
    EXPECT_NEAR(high(middle), 3 * std::hypot(1.0, 8.0), 0.01);
    for (int at = 0; at < points; ++at)
      EXPECT_NEAR(high(at) / 3 * opacity(list.VtxBuffer[2 * at]), 0.5, 0.001 * high(at)) << at;
  });
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace viz
