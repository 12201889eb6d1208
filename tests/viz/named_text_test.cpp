// What is shown as it is and what is named: over all code points, by their classes.
#include "viz/base/named_text.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <string>

#include "headless_imgui.h"
#include "viz/canvas/canvas_imgui.h"

namespace viz {
namespace SWITCHYARD_TEST_FILE {

std::string utf8_of(char32_t c) {
  std::string out;
  const auto put = [&](char32_t byte) { out += static_cast<char>(byte); };
  if (c < 0x80) put(c);
  else if (c < 0x800) put(0xc0 | (c >> 6)), put(0x80 | (c & 0x3f));
  else if (c < 0x10000) put(0xe0 | (c >> 12)), put(0x80 | ((c >> 6) & 0x3f)), put(0x80 | (c & 0x3f));
  else put(0xf0 | (c >> 18)), put(0x80 | ((c >> 12) & 0x3f)), put(0x80 | ((c >> 6) & 0x3f)), put(0x80 | (c & 0x3f));
  return out;
}
std::string name_of(char32_t c) {
  char name[16];
  std::snprintf(name, sizeof(name), "U+%04X", static_cast<unsigned>(c));
  return name;
}

TEST(NamedText, EveryCodePointIsItselfOrItsName) {
  std::size_t shown = 0;
  for (char32_t c = 0; c <= 0x10ffff; ++c) {
    if (c >= 0xd800 && c <= 0xdfff) continue;
    const std::string text = utf8_of(c), out = named_text(text);
    shown += out == text;
    ASSERT_TRUE(out == text || out == name_of(c)) << name_of(c) << " as " << out;
    const bool control = (c < 0x20 && c != '\n' && c != '\t') || (c >= 0x7f && c < 0xa0);
    const bool directs = c == 0x061c || (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff;
    const bool no_character = (c & 0xfffe) == 0xfffe || (c >= 0xfdd0 && c <= 0xfdef), is_private = c >= 0xe000 && c <= 0xf8ff;
    const bool named = control || directs || no_character || is_private || c > 0xffff, plain = c >= 0x20 && c < 0x7f;
    ASSERT_FALSE(named && out == text) << name_of(c);
    ASSERT_FALSE(plain && out != text) << name_of(c);
  }
  EXPECT_GT(shown, 40000u);
}

TEST(NamedText, LettersOfTheWorldStayAndMarksKeepTheirLetter) {
  for (const char* text : {"naïve – 書 “×” ↵ ⏎ · … Σ λ", "é", "e\u0301", "Привет", "한국어", "नमस्ते", "two\nlines\t"})
    EXPECT_EQ(named_text(text), text);
  EXPECT_EQ(named_text("\u0301"), "U+0301") << "a mark without a letter would stand on its neighbour";
  EXPECT_EQ(named_text("a\u0085\U0001F600b"), "aU+0085U+1F600b");
  EXPECT_EQ(named_text("caf\xe9"), "caf\\xe9");
}

// A Tibetan letter, where no font here is said to have it.
TEST(NamedText, WhatNoFontHasIsNamedButNotInTables) {
  ASSERT_EQ(named_text("a\u0f40\u0f41b"), "a\u0f40\u0f41b");
  name_unshown({U'\u0f40', U'a', U'\u0301'});
  EXPECT_EQ(named_text("a\u0f40\u0f41b"), "aU+0F40\u0f41b") << "ASCII is shown whatever is said";
  EXPECT_EQ(named_text("e\u0301"), "eU+0301");
  std::string storage;
  EXPECT_EQ(named_text("\u0f40\u0085", storage, ByFonts::no), "\u0f40U+0085");
  name_unshown({U'\u0f41'});
  EXPECT_EQ(named_text("\u0f40\u0f41"), "\u0f40U+0F41") << "what was said before is replaced";
  name_unshown({});
  EXPECT_EQ(named_text("\u0f40\u0f41"), "\u0f40\u0f41");
}

class NamedOnScreen : public testing::HeadlessImGui {};

TEST_F(NamedOnScreen, AsWideAsItsName) {
  frame([] {
    const Fonts fonts;
    CanvasImGui screen(ImGui::GetWindowDrawList(), fonts);
    Canvas& canvas = screen;
    EXPECT_EQ(canvas.text_size("\u0085").x, canvas.text_size("U+0085").x);
    EXPECT_EQ(canvas.text_size("\U0001F600").x, canvas.text_size("U+1F600").x);
    EXPECT_GT(canvas.text_size("\u200b").x, 0);
  });
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace viz
