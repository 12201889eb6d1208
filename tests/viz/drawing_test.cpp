#include "viz/canvas/drawing.h"

#include <gtest/gtest.h>

#include "tests/viz/headless_imgui.h"
#include "tests/viz/stub_typefaces.h"
#include "viz/canvas/canvas_imgui.h"
#include "viz/canvas/canvas_svg.h"

namespace viz {
namespace SWITCHYARD_TEST_FILE {

constexpr Colour kRed = rgb(0xff0000), kBlue = rgb(0x0000ff);
const Point kPoints[] = {{0, 0}, {4, 8}, {9, 1}, {12, 3}};
const Point kBelow[] = {{0, 9}, {4, 9}, {9, 9}, {12, 9}};
const Colour kColours[] = {kRed, kBlue, kRed, kBlue};

// Every call there is.
void draw_everything(Canvas& canvas) {
  canvas.push_clip({0, 0, 90, 40});
  canvas.line({1, 2}, {3, 4}, kRed, 2);
  canvas.segments(kPoints, kBlue, 1);
  canvas.polyline(kPoints, kRed, 1.5f, Stroke::crisp);
  canvas.rect_fill({1, 1, 9, 9}, kBlue, 2);
  canvas.rect_outline({1, 1, 9, 9}, kRed, 1, 2);
  canvas.circle_fill({5, 5}, 3, kRed);
  canvas.circle_outline({5, 5}, 3, kBlue, 1);
  canvas.polygon_fill(kPoints, kRed);
  canvas.dots(kPoints, kColours, 2);
  canvas.area_fill(kPoints, kBelow, kBlue);
  canvas.ribbon_fill({0, 1, 2, 20, 11, 12}, kRed);
  canvas.cell_grid({0, 0, 20, 20}, 2, 2, kColours);
  canvas.text({50, 20}, "label", kRed, Font::mono, Align::middle, Align::end);
  canvas.pop_clip();
}

CanvasSvg svg() { return CanvasSvg({{0, 0, 100, 50}, 1}, testing::stub_typefaces(), testing::stub_text_size); }

class DrawingTest : public testing::HeadlessImGui {};

TEST_F(DrawingTest, IsWhatTheScreenDrew) {
  Drawing drawing;
  const Tap tap{&drawing};
  Theme theme = dark();
  theme.tap = &tap;
  Rect window;
  frame([&] {
    ImDrawList* const list = ImGui::GetWindowDrawList();
    window = {list->GetClipRectMin().x, list->GetClipRectMin().y, list->GetClipRectMax().x, list->GetClipRectMax().y};
    CanvasImGui screen(list, theme);
    draw_everything(screen);
  });
  CanvasSvg direct = svg(), again = svg();
  direct.push_clip(window);
  draw_everything(direct);
  direct.pop_clip();
  drawing.draw_on(again);
  EXPECT_EQ(again.document({}), direct.document({}));
}

// What a child window has scrolled out of sight, and what is drawn after it on the window around it.
TEST_F(DrawingTest, IsClippedAsTheWindowsWere) {
  Drawing drawing;
  const Tap tap{&drawing};
  Theme theme = dark();
  theme.tap = &tap;
  frame([&] {
    CanvasImGui outer(ImGui::GetWindowDrawList(), theme);
    begin_child("child", {50, 20});
    CanvasImGui inner(ImGui::GetWindowDrawList(), theme);
    inner.rect_fill({0, 0, 90, 90}, kRed, 0);
    ImGui::EndChild();
    outer.rect_fill({0, 0, 90, 90}, kBlue, 0);
  });
  CanvasSvg picture = svg();
  drawing.draw_on(picture);
  const std::string text = picture.document({});
  const std::size_t child = text.find("width=\"50\" height=\"20\"/></clipPath>"), red = text.find("#ff0000"),
                    end = text.find("</g>", red), blue = text.find("#0000ff");
  ASSERT_NE(child, std::string::npos);
  EXPECT_LT(child, red);
  EXPECT_LT(red, end);
  EXPECT_LT(end, blue);
}

TEST_F(DrawingTest, ControlsAndClosedTapsLeaveNothing) {
  Drawing drawing;
  Tap tap{&drawing};
  Theme theme = dark();
  theme.tap = &tap;
  frame([&] {
    CanvasImGui control(ImGui::GetWindowDrawList(), theme.fonts);
    draw_everything(control);
    tap.into = nullptr;
    CanvasImGui screen(ImGui::GetWindowDrawList(), theme);
    draw_everything(screen);
  });
  EXPECT_TRUE(drawing.empty());
}

TEST_F(DrawingTest, TheScreenShowsTheSameWithAndWithoutATap) {
  Drawing drawing;
  const Tap tap{&drawing};
  Theme tapped = dark();
  tapped.tap = &tap;
  const Theme plain = dark();
  int vertices[2] = {};
  for (const Theme* theme : {&plain, static_cast<const Theme*>(&tapped)}) {
    frame([&] {
      CanvasImGui screen(ImGui::GetWindowDrawList(), *theme);
      draw_everything(screen);
    });
    vertices[theme == &tapped] = vertex_count();
  }
  EXPECT_EQ(vertices[0], vertices[1]);
  EXPECT_GT(vertices[0], 100);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace viz
