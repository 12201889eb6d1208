#include "viz/plots/matrix.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "headless_imgui.h"
#include "recording_canvas.h"

namespace viz {
namespace SWITCHYARD_TEST_FILE {

class MatrixTest : public testing::HeadlessImGui {
 protected:
  MatrixTest() {
    spec.size = {300, 200};
    spec.rows = spec.columns = 2;
    spec.values = values;
    spec.shares = shares;
    spec.row_labels = spec.column_labels = names;
  }
  std::vector<float> values = {7, 0, 1, 1234}, shares = {1, 0, 0.25f, 0.75f};
  std::vector<std::string_view> names = {"cat", "dog"};
  MatrixSpec spec;
  Theme theme = dark();
};

TEST_F(MatrixTest, WritesEveryNumberButZero) {
  testing::RecordingCanvas canvas;
  draw_matrix(canvas, {0, 0, 300, 200}, spec, -1, -1, theme, 1);
  for (const char* text : {"7", "1", "1,234", "cat", "dog"}) EXPECT_TRUE(canvas.wrote(text)) << text;
  EXPECT_FALSE(canvas.wrote("0"));
  EXPECT_EQ(canvas.rects_of(map_colour(spec.map, 1)), 1);
  EXPECT_EQ(canvas.rects_of(map_colour(spec.map, 0.25f)), 1);
  EXPECT_EQ(canvas.rects_of(theme.panel), 1) << "the empty cell";
  EXPECT_EQ(canvas.clip_depth, 0);
}

TEST_F(MatrixTest, FramesTheCellsThatAreOutlined) {
  const std::size_t framed[] = {3, 99};
  spec.outlined = framed;
  testing::RecordingCanvas canvas;
  draw_matrix(canvas, {0, 0, 300, 200}, spec, -1, -1, theme, 1);
  ASSERT_EQ(canvas.outlines.size(), 2u) << "a line of the text and one of the ground";
  EXPECT_EQ(canvas.outlines[0].colour, theme.text);
  EXPECT_GT(canvas.outlines[0].rect.x0, 150);
  EXPECT_GT(canvas.outlines[0].rect.y0, 100);
}

// A cell of two digits left blank among cells of one would read as empty.
TEST_F(MatrixTest, EveryCellSaysItsNumberOrNoneDoes) {
  testing::RecordingCanvas canvas;
  draw_matrix(canvas, {0, 0, 90, 90}, spec, -1, -1, theme, 1);
  EXPECT_FALSE(canvas.wrote("7"));
  EXPECT_FALSE(canvas.wrote("1,234"));
  canvas.clear();
  values[3] = 8;
  draw_matrix(canvas, {0, 0, 90, 90}, spec, -1, -1, theme, 1);
  for (const char* text : {"7", "1", "8"}) EXPECT_TRUE(canvas.wrote(text)) << text;
  canvas.clear();
  draw_matrix(canvas, {0, 0, 12, 12}, spec, -1, -1, theme, 1);
  EXPECT_FALSE(canvas.wrote("7"));
  EXPECT_EQ(canvas.clip_depth, 0);
}

TEST_F(MatrixTest, SaysWhichCellIsUnderTheMouse) {
  MatrixResult result;
  Rect area;
  const auto show = [&] {
    const ImVec2 at = ImGui::GetCursorScreenPos();
    result = matrix(spec, theme, 1);
    area = {at.x, at.y, at.x + 300, at.y + 200};
  };
  frame(show);
  const auto at = [&](float x, float y) {
    move(x, y);
    frame(show);
    frame(show);
    return std::pair(result.row, result.column);
  };
  EXPECT_EQ(at(area.x1 - 4, area.y1 - 4), std::pair(1, 1));
  EXPECT_EQ(at(area.x1 - 4, area.y1 - 110), std::pair(0, 1));
  EXPECT_EQ(at(area.x0 + 70, area.y1 - 4), std::pair(1, 0));
  EXPECT_EQ(at(area.x0 + 4, area.y1 - 4), std::pair(1, -1)) << "a label is its row, and no cell";
}

TEST_F(MatrixTest, WithoutDataSaysSo) {
  testing::RecordingCanvas canvas;
  spec.values = {};
  draw_matrix(canvas, {0, 0, 300, 200}, spec, -1, -1, theme, 1);
  EXPECT_TRUE(canvas.wrote("no data yet"));
  EXPECT_EQ(canvas.clip_depth, 0);
}

class MatrixMouse : public testing::HeadlessImGui {};

TEST_F(MatrixMouse, NamesAreTheirRowAndTheirColumn) {
  MatrixResult result;
  const float values[] = {1, 2, 3, 4};
  const std::string_view names[] = {"first", "second"};
  const auto content = [&] {
    result = matrix({.rows = 2, .columns = 2, .values = values, .shares = values, .row_labels = names, .column_labels = names},
                    dark(), 1);
  };
  const ImVec2 room = ImGui::GetIO().DisplaySize;
  const auto at = [&](float x, float y) {
    move(x, y);
    frame(content);
    frame(content);
    return result;
  };
  EXPECT_EQ(at(3, room.y - 10).row, 1);
  EXPECT_EQ(result.column, -1);
  EXPECT_EQ(at(room.x - 10, 2).column, 1);
  EXPECT_EQ(result.row, -1);
  EXPECT_EQ(at(2, 2).row, -1);  // the corner is neither
  EXPECT_EQ(result.column, -1);
  EXPECT_EQ(at(room.x - 10, room.y - 10).row, 1);
  EXPECT_EQ(result.column, 1);
  bool clicked = false;
  click(room.x - 10, room.y - 10, [&] {
    content();
    clicked = clicked || result.clicked;
  });
  EXPECT_TRUE(clicked);
}

TEST(MatrixSigned, ColoursAreByTheEndsAndMissingCellsStayEmpty) {
  const float values[] = {-2, 0, 2, NAN};
  MatrixSpec spec{.rows = 1, .columns = 4, .values = values, .shares = values, .share_min = -1, .share_max = 1, .zero_is_empty = false,
                  .map = ColourMap::diverging};
  testing::RecordingCanvas canvas;
  draw_matrix(canvas, {0, 0, 400, 50}, spec, -1, -1, dark(), 1);
  EXPECT_EQ(canvas.rects_of(map_colour(ColourMap::diverging, 0)), 1);    // clamped
  EXPECT_EQ(canvas.rects_of(map_colour(ColourMap::diverging, 0.5f)), 1);
  EXPECT_EQ(canvas.rects_of(map_colour(ColourMap::diverging, 1)), 1);
  EXPECT_EQ(canvas.rects_of(dark().panel), 1);
  spec.zero_is_empty = true;
  canvas.clear();
  draw_matrix(canvas, {0, 0, 400, 50}, spec, -1, -1, dark(), 1);
  EXPECT_EQ(canvas.rects_of(dark().panel), 2);
}

TEST(MatrixSigned, AHighlightedColumnIsOutlinedWhole) {
  const float values[] = {1, 2, 3, 4, 5, 6};
  const MatrixSpec spec{.rows = 2, .columns = 3, .values = values, .shares = values, .highlighted_column = 1};
  testing::RecordingCanvas canvas;
  draw_matrix(canvas, {0, 0, 300, 100}, spec, -1, -1, dark(), 1);
  ASSERT_EQ(canvas.outlines.size(), 1u);
  EXPECT_EQ(canvas.outlines[0].rect.height(), 100);
  EXPECT_EQ(canvas.outlines[0].rect.width(), 100);
}

// 64 experts on 500 pixels: names of columns and rows are thinned evenly, none on another, and the lit one is there.
// The last of 65 columns is pushed back from the edge.
TEST(MatrixNames, DoNotRunIntoEachOther) {
  std::vector<std::string> names{"all"};
  for (int i = 0; i < 64; ++i) names.push_back("E" + std::to_string(100 + i).substr(1));
  const std::vector<std::string_view> columns(names.begin(), names.end());
  const std::vector<float> values(columns.size(), NAN);  // names alone
  MatrixSpec spec;
  spec.rows = 1;
  spec.columns = columns.size();
  spec.values = spec.shares = values;
  spec.column_labels = columns;
  for (float width = 150; width < 1400; width += 7) {
    testing::RecordingCanvas canvas;
    draw_matrix(canvas, {0, 0, width, 90}, spec, -1, -1, dark(), 1);
    for (std::size_t i = 1; i < canvas.texts.size(); ++i)
      EXPECT_LE(canvas.texts[i - 1].box.x1, canvas.texts[i].box.x0) << canvas.texts[i].text << " at width " << width;
  }
}

TEST(MatrixNames, AreThinnedWhereThereAreMany) {
  std::vector<std::string> names;
  for (int i = 0; i < 64; ++i) names.push_back((i < 10 ? "E0" : "E") + std::to_string(i));
  const std::vector<std::string_view> labels(names.begin(), names.end());
  const std::vector<float> values(64 * 64, 1);
  MatrixSpec spec{.rows = 64, .columns = 64, .values = values, .shares = values, .row_labels = labels, .column_labels = labels};
  for (const int lit : {-1, 13}) {
    spec.highlighted_column = lit;
    testing::RecordingCanvas canvas;
    draw_matrix(canvas, {0, 0, 500, 400}, spec, -1, -1, dark(), 1);
    std::vector<Rect> above, beside;
    for (const auto& text : canvas.texts) (text.box.y1 < 40 && text.box.x0 > 20 ? above : beside).push_back(text.box);
    EXPECT_GE(above.size(), 6u);
    EXPECT_LT(above.size(), 40u);
    EXPECT_GE(beside.size(), 12u);
    for (std::size_t i = 1; i < above.size(); ++i) EXPECT_GE(above[i].x0, above[i - 1].x1) << "lit " << lit;
    for (std::size_t i = 1; i < beside.size(); ++i) EXPECT_GE(beside[i].y0 + 3, beside[i - 1].y1) << "lit " << lit;
    EXPECT_TRUE(canvas.wrote("E00"));
    EXPECT_EQ(canvas.wrote("E13"), lit == 13);
  }
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace viz
