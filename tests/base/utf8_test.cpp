#include "core/base/utf8.h"

#include <gtest/gtest.h>

#include <iterator>

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

TEST(Utf8, RoundTripsEveryLength) {
  const std::u32string points = U"aé€😀\x7F\x80\x7FF\x800\xFFFF\x10000\x10FFFF";
  std::string bytes;
  for (char32_t c : points) bytes += encode_utf8(c);
  const DecodedText decoded = decode_utf8(bytes);
  EXPECT_FALSE(decoded.bad_byte);
  EXPECT_EQ(decoded.text, points);
}

TEST(Utf8, NamesTheFirstBadByte) {
  struct Case {
    const char* what;
    std::string bytes;
    std::size_t bad;
  };
  const Case cases[] = {
      {"continuation first", "ab\x80", 2},      {"overlong slash", "a\xC0\xAF", 1},
      {"overlong of three", "\xE0\x80\xAF", 0}, {"surrogate", "abc\xED\xA0\x80", 3},
      {"past the last", "\xF4\x90\x80\x80", 0}, {"cut off", "ok\xE2\x82", 2},
      {"second byte wrong", "\xC3(", 0},        {"never a byte", "x\xFF", 1},
  };
  for (const Case& c : cases) {
    const DecodedText decoded = decode_utf8(c.bytes);
    ASSERT_TRUE(decoded.bad_byte) << c.what;
    EXPECT_EQ(*decoded.bad_byte, c.bad) << c.what;
    EXPECT_EQ(decoded.text.size(), c.bad) << c.what;
  }
}

TEST(Utf8, IsCutBetweenCharacters) {
  const std::string text = "aä€😀b";  // 1, 2, 3, 4 and 1 bytes
  const std::size_t cuts[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11, 11};
  for (std::size_t most = 0; most < std::size(cuts); ++most) {
    EXPECT_EQ(utf8_cut(text, most), cuts[most]) << most;
    EXPECT_FALSE(bad_utf8(text.substr(0, utf8_cut(text, most)))) << most;
  }
  EXPECT_EQ(utf8_cut("", 5), 0u);
  EXPECT_EQ(utf8_cut("\x80\x80\x80", 2), 0u) << "no UTF-8";
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
