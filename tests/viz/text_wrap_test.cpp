#include "viz/base/text_wrap.h"

#include <gtest/gtest.h>

#include <string_view>

namespace viz {
namespace SWITCHYARD_TEST_FILE {

// One token a character, ten pixels each.
std::vector<std::size_t> lines_of(std::string_view text, float width) {
  std::vector<WrapToken> tokens;
  for (const char c : text) tokens.push_back({10, c == ' ', c == '\n'});
  std::vector<std::size_t> out;
  for (const PlacedToken& place : wrap_tokens(tokens, width)) out.push_back(place.line);
  return out;
}

TEST(TextWrap, BreaksAtSpaces) {
  EXPECT_EQ(lines_of("ab cd ef", 55), (std::vector<std::size_t>{0, 0, 0, 0, 0, 0, 1, 1}));
  EXPECT_EQ(lines_of("ab cde", 50), (std::vector<std::size_t>{0, 0, 0, 1, 1, 1}));
}

TEST(TextWrap, BreaksAtNewlines) { EXPECT_EQ(lines_of("a\n\nb", 100), (std::vector<std::size_t>{0, 0, 1, 2})); }

TEST(TextWrap, BreaksAWordThatIsTooLong) {
  EXPECT_EQ(lines_of("abcdefg", 30), (std::vector<std::size_t>{0, 0, 0, 1, 1, 1, 2}));
  EXPECT_EQ(lines_of("a bcdefg", 30), (std::vector<std::size_t>{0, 0, 1, 1, 1, 2, 2, 2}));
}

TEST(TextWrap, NeverPassesTheEdge) {
  std::vector<WrapToken> tokens;
  for (int i = 0; i < 500; ++i)
    tokens.push_back({static_cast<float>(3 + (i * 37) % 29), i % 7 == 0, i % 91 == 90});
  const std::vector<PlacedToken> places = wrap_tokens(tokens, 120);
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const bool may_hang = tokens[i].is_space || tokens[i].ends_line;
    EXPECT_TRUE(may_hang || places[i].x + tokens[i].width <= 120.001f) << i;
    if (i > 0) {
      EXPECT_GE(places[i].line, places[i - 1].line);
      EXPECT_TRUE(places[i].line > places[i - 1].line || places[i].x > places[i - 1].x);
    }
  }
}

TEST(TextWrap, ATokenWiderThanTheLineStandsAlone) {
  const std::vector<WrapToken> tokens = {{10, false, false}, {500, false, false}, {10, false, false}};
  const std::vector<PlacedToken> places = wrap_tokens(tokens, 100);
  EXPECT_EQ(places[1].x, 0);
  EXPECT_EQ(places[2].line, places[1].line + 1);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace viz
