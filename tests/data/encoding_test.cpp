// Texts in other encodings than UTF-8, byte by byte.
#include "core/data/encoding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/utf8.h"
#include "core/data/text.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using namespace std::string_literals;
using testing::HasSubstr;

const Encoding& encoding(std::string_view name) {
  const Encoding* const found = find_encoding(name);
  EXPECT_NE(found, nullptr) << name;
  return *found;
}
std::string converted(std::string_view bytes, std::string_view name) {
  const auto text = to_utf8(bytes, encoding(name));
  return text ? *text : "refused: " + text.error().message;
}
std::string utf16(std::u16string_view text, bool big, bool marked) {
  std::string bytes;
  const auto put = [&](char16_t unit) {
    const char high = static_cast<char>(unit >> 8), low = static_cast<char>(unit & 0xFF);
    bytes += big ? std::string{high, low} : std::string{low, high};
  };
  if (marked) put(0xFEFF);
  for (const char16_t unit : text) put(unit);
  return bytes;
}

TEST(Encodings, OfLatin1EveryByteIsTheCodePointOfItsNumber) {
  for (int byte = 1; byte < 256; ++byte)
    EXPECT_EQ(converted(std::string(1, static_cast<char>(byte)), "ISO-8859-1"),
              encode_utf8(static_cast<char32_t>(byte)))
        << byte;
  EXPECT_EQ(converted("a\0b"s, "ISO-8859-1"),
            "refused: is no text in Latin-1 (ISO 8859-1): the character at byte 1 is zero");
}

TEST(Encodings, OfWindows1252EveryByteIsItsCharacterAndHolesAreRefused) {
  // 0x80 to 0x9F, after the table of the WHATWG's index-windows-1252; 0: a hole.
  const char32_t own[32] = {0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
                            0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
                            0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};
  for (int byte = 1; byte < 256; ++byte) {
    const char32_t wanted = byte >= 0x80 && byte < 0xA0 ? own[byte - 0x80] : static_cast<char32_t>(byte);
    const std::string bytes = "ab" + std::string(1, static_cast<char>(byte));
    if (wanted != 0) EXPECT_EQ(converted(bytes, "WINDOWS-1252"), "ab" + encode_utf8(wanted)) << byte;
    else EXPECT_THAT(converted(bytes, "WINDOWS-1252"), HasSubstr("at offset 2 stands for nothing there")) << byte;
  }
}

TEST(Encodings, OfUtf16EveryCharacterComesThroughWithAndWithoutItsMark) {
  const std::u16string text = u"Naïve — €5,\r\n日本 \U0001F98A \uFFFD";
  const std::string wanted = "Naïve — €5,\r\n日本 \U0001F98A \uFFFD";
  for (const bool big : {false, true})
    for (const bool marked : {false, true}) {
      const std::string bytes = utf16(text, big, marked);
      EXPECT_EQ(converted(bytes, big ? "UTF-16BE" : "UTF-16LE"), wanted);
    }
  // A mark within the text is a character of it.
  EXPECT_EQ(converted(utf16(u"a\uFEFFb", false, true), "UTF-16LE"), "a\uFEFFb");
}

TEST(Encodings, OfUtf16WhatIsWrongIsNamedWithItsOffset) {
  EXPECT_EQ(converted("a\0b\0c"s, "UTF-16LE"),
            "refused: is not UTF-16, little endian: its last character is cut off, at byte 4");
  for (const bool big : {false, true})
    for (const bool marked : {false, true}) {
      const auto refused = [&](std::u16string_view text, int at) {
        const std::string title = big ? "UTF-16, big endian" : "UTF-16, little endian",
                          name = big ? "UTF-16BE" : "UTF-16LE";
        EXPECT_EQ(converted(utf16(text, big, marked), name),
                  "refused: is not " + title + ": the surrogate at byte " + std::to_string(at + (marked ? 2 : 0)) +
                      " stands alone");
      };
      refused(std::u16string{u'a', 0xDC00, u'b'}, 2);
      refused(std::u16string{u'a', u'b', 0xD83E, u'c'}, 4);
      refused(std::u16string{u'a', 0xD83E, 0xD83E, 0xDD8A}, 2);
    }
  // Half a pair at the end is cut off, not wrong.
  EXPECT_THAT(converted(utf16(std::u16string{u'a', 0xD83E}, false, false), "UTF-16LE"), HasSubstr("at byte 2"));
  EXPECT_EQ(converted(utf16(u"a\0b"s, false, true), "UTF-16LE"),
            "refused: is no text in UTF-16, little endian: the character at byte 4 is zero");
  EXPECT_EQ(converted("\xFF\xFE", "UTF-16LE"), "");
}

TEST(Guess, TellsEncodingsApart) {
  const auto guessed = [](std::string_view bytes) {
    const TextGuess guess = guess_encoding(bytes);
    EXPECT_EQ(guess.is_utf8, bytes.empty() || static_cast<bool>(text_from_bytes(bytes))) << bytes;
    return guess.is_utf8 ? "UTF-8" : guess.encoding ? std::string(guess.encoding->name) : "none";
  };
  EXPECT_EQ(guessed(""), "UTF-8");
  EXPECT_EQ(guessed("caf\xc3\xa9 \xe2\x82\xac"), "UTF-8");
  EXPECT_EQ(guessed("\xEF\xBB\xBFmarked"), "UTF-8");
  EXPECT_EQ(guessed("caf\xe9"), "ISO-8859-1");
  EXPECT_EQ(guessed("\x93quoted\x94"), "WINDOWS-1252");
  EXPECT_EQ(guessed("\x93quoted\x94 \x81"), "ISO-8859-1") << "Windows-1252 has no 0x81";
  const std::u16string words = u"Long ago, a shy hedgehog lived under a café.\n";
  for (const bool big : {false, true})
    for (const bool marked : {false, true})
      EXPECT_EQ(guessed(utf16(words, big, marked)), big ? "UTF-16BE" : "UTF-16LE");
  EXPECT_EQ(guessed(utf16(u"日本語", false, true)), "UTF-16LE");
  EXPECT_EQ(guessed("\x7f"
                    "ELF\0\0\0\0\0\0\1\0\2\0\0\0"s),
            "none");
  EXPECT_EQ(guess_encoding("ab\0cd"s).found, "binary, not text: byte 2 is zero");
  EXPECT_EQ(guess_encoding(utf16(words, false, true)).found, "UTF-16, little endian, with a byte order mark");
  EXPECT_EQ(guess_encoding(utf16(words, true, false)).found, "UTF-16, big endian, without a byte order mark");
  EXPECT_EQ(guess_encoding("caf\xe9").found, "not UTF-8 from byte 3 on, 0xE9");
  EXPECT_EQ(guess_encoding("caf\xe9").at, 3u);
}

TEST(Guess, ShowsThePartThatTells) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += "a line of plain words\n";
  text += "the caf\xe9 is here\n";
  const TextGuess guess = guess_encoding(text);
  EXPECT_EQ(glance_as_utf8(telling_part(text, guess), *guess.encoding), "the café is here\n");
  const std::string wide = utf16(u"first\nsecond", false, true);
  EXPECT_EQ(glance_as_utf8(telling_part(wide, guess_encoding(wide)), encoding("UTF-16LE")), "first\nsecond");
  EXPECT_EQ(glance_as_utf8("ab\x81"
                           "cd",
                           encoding("WINDOWS-1252")),
            "ab")
      << "up to what is wrong";
}

TEST(Guess, NamesTheWayOfATerminal) {
  EXPECT_EQ(iconv_line(guess_encoding("\x93quoted\x94")), "iconv -f WINDOWS-1252 -t UTF-8 FILE > COPY");
  EXPECT_EQ(iconv_line(guess_encoding(utf16(u"words", true, true))), "iconv -f UTF-16 -t UTF-8 FILE > COPY");
  EXPECT_EQ(iconv_line(guess_encoding(utf16(u"words", true, false))), "iconv -f UTF-16BE -t UTF-8 FILE > COPY");
  EXPECT_EQ(iconv_line(guess_encoding("a\0"s + "\0"s + "b"s)), "");
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
