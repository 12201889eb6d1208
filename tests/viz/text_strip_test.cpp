#include "viz/widgets/text_strip.h"

#include <gtest/gtest.h>

#include <string>

#include "headless_imgui.h"

namespace viz {
namespace SWITCHYARD_TEST_FILE {

class TextStrip : public testing::HeadlessImGui {
 protected:
  void set(std::string_view text) {
    letters.clear();
    tokens.clear();
    for (const char c : text) letters.emplace_back(1, c);
    for (std::size_t i = 0; i < letters.size(); ++i) {
      tokens.push_back({.text = letters[i], .background = category_colour(theme, i % 8)});
    }
    spec.tokens = tokens;
  }
  Theme theme = dark();
  std::vector<std::string> letters;
  std::vector<StripToken> tokens;
  TextStripSpec spec;
  TextStripResult result;
  int clicked = -1;
  float scroll = 0, scroll_max = 0;
  std::function<void()> show = [this] {
    result = text_strip(spec, theme, 1);
    if (result.clicked >= 0) clicked = result.clicked;
  };
};

TEST_F(TextStrip, HoverNamesTheToken) {
  spec.size = {700, 100};
  set("The fox ran.\nIt was late.");
  // ImGui's own font is 7 × 13; a line is 1.5 times as high.
  move(7 * 4.5f, 8);
  frame(show);
  frame(show);
  EXPECT_EQ(result.hovered, 4);
  EXPECT_TRUE(result.token_area.contains({7 * 4.5f, 8}));
  move(7 * 0.5f, 28);
  frame(show);
  EXPECT_EQ(result.hovered, 13);  // first of the second line
  move(600, 8);
  frame(show);
  EXPECT_EQ(result.hovered, -1);
  click(7 * 2.5f, 8, show);
  EXPECT_EQ(clicked, 2);
}

TEST_F(TextStrip, WrapsWordsAtTheWidth) {
  spec.size = {100, 200};  // fourteen characters at most
  set("once upon a time there was");
  move(3, 28);
  frame(show);
  frame(show);
  frame(show);
  EXPECT_EQ(result.hovered, 12);  // "time" opens the second line
}

TEST_F(TextStrip, DrawsOnlyTheLinesInSight) {
  spec.size = {700, 100};
  std::string text;
  for (int i = 0; i < 2000; ++i) text += "line number\n";
  set(text);
  frame(show);
  frame(show);
  EXPECT_LT(vertex_count(), 2000);
}

TEST_F(TextStrip, ScrollsWithTheWheel) {
  spec.size = {700, 100};
  std::string text;
  for (int i = 0; i < 100; ++i) text += "abc\n";
  set(text);
  move(10, 30);
  frame(show);
  frame(show);
  const int before = result.hovered;
  wheel(-2);
  frame(show);
  frame(show);
  EXPECT_GT(result.hovered, before + 4);
}

TEST_F(TextStrip, FollowsTheEndUntilScrolledUp) {
  spec.size = {700, 100};
  spec.follow_end = true;
  std::string text;
  for (int i = 0; i < 50; ++i) {
    text += "abc\n";
    set(text);
    frame(show);
    frame(show);
  }
  move(10, 85);
  for (int i = 0; i < 3; ++i) frame(show);
  EXPECT_GT(result.hovered, 180);  // the last of 200 tokens are in sight
  wheel(5);
  frame(show);
  frame(show);
  const int above = result.hovered;
  EXPECT_LT(above, 180);
  for (int i = 0; i < 5; ++i) {
    text += "abc\n";
    set(text);
    frame(show);
  }
  EXPECT_EQ(result.hovered, above);
}

TEST_F(TextStrip, NeighboursOfOneColourShareABackground) {
  spec.size = {700, 100};
  set("aaaaaaaaaaaaaaaa");
  frame(show);
  frame(show);
  const int different = vertex_count();
  for (StripToken& token : tokens) token.background = rgb(0x336699);
  frame(show);
  EXPECT_EQ(different - vertex_count(), 15 * 4);
}

TEST_F(TextStrip, OddTokens) {
  const std::vector<std::string> odd = {
      "", "\n", "\n\n", "\t", " ", "a\nb", "\xff", "héllo", std::string(500, 'x'), "\r\n"};
  for (const std::string& text : odd) tokens.push_back({.text = text});
  spec.tokens = tokens;
  for (const ImVec2 size : {ImVec2(300, 200), ImVec2(2, 2)}) {
    spec.size = size;
    frame(show);
    frame(show);
  }
  spec.tokens = {};
  spec.size = {300, 200};
  frame(show);
  EXPECT_EQ(result.hovered, -1);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace viz
