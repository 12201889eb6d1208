// Names of files are bytes: what is shown of them, and how they stand in a record.
#include <gtest/gtest.h>

#include <string>

#include "core/base/file_name.h"
#include "core/base/printable.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using namespace std::string_literals;

TEST(Printable, LeavesTextAsItIs) {
  for (const char* text : {"", "book.txt", "naïve – 書.txt", "C:\\temp", "e\u0301", "a b%20", "😀"})
    EXPECT_EQ(printable(text), text);
  EXPECT_TRUE(is_printable("naïve"));
}

TEST(Printable, EscapesWhatIsNoTextOrControlsTheTerminal) {
  const std::pair<std::string, std::string> cases[] = {
      {"caf\xe9.txt", "caf\\xe9.txt"},
      {"\xff\xfe", "\\xff\\xfe"},
      {"cut \xe2\x82", "cut \\xe2\\x82"},
      {"surrogate \xed\xa0\x80", "surrogate \\xed\\xa0\\x80"},
      {"\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"},
      {"two\nlines\r\t", "two\\nlines\\r\\t"},
      {"nul\0in"s, "nul\\x00in"},
      {"\x7f", "\\x7f"},
      {"\u009b31m", "\\x9b31m"},              // CSI as one character
      {"a\u202etxt.exe", "a\\u202etxt.exe"},  // right to left from here on
      {"\u2028\ufeff\u200b", "\\u2028\\ufeff\\u200b"},
  };
  for (const auto& [bytes, shown] : cases) {
    EXPECT_EQ(printable(bytes), shown);
    EXPECT_FALSE(is_printable(bytes)) << shown;
    EXPECT_TRUE(is_printable(printable(bytes))) << shown;
  }
}

TEST(FileName, AnyBytesReadBackFromText) {
  for (const std::string& path :
       {"/a/caf\xe9.txt"s, "n\n\x1b[31m %41.txt"s, "\xff%"s, "/plain 100%25/naïve.txt"s, "a%2"s}) {
    const std::string text = text_of_path(path);
    EXPECT_TRUE(is_printable(text)) << text;
    EXPECT_EQ(path_of_text(text).native(), path) << text;
    EXPECT_EQ(text_of_path(text), text);  // settled once, it stays
  }
  std::string all = "/";
  for (int c = 1; c < 256; ++c) all += static_cast<char>(c);
  EXPECT_EQ(path_of_text(text_of_path(all)).native(), all);
}

TEST(FileName, IsAUriWhereTheNameIsNoText) {
  EXPECT_EQ(text_of_path("/a b/caf\xe9.txt"), "file:/a%20b/caf%E9.txt");
  EXPECT_EQ(text_of_path("/a b/café.txt"), "/a b/café.txt");
  EXPECT_EQ(path_of_text("file:///a/caf%e9.txt").native(), "/a/caf\xe9.txt");
  EXPECT_EQ(path_of_text("file://localhost/a%2").native(), "/a%2");
  EXPECT_EQ(path_of_text("./file:x").native(), "./file:x");
}

TEST(FileName, ShowsTheLastPartAlone) {
  EXPECT_EQ(name_of_file("/home/somebody/book.txt"), "book.txt");
  EXPECT_EQ(name_of_file(text_of_path("/home/somebody/caf\xe9.txt")), "caf\\xe9.txt");
  EXPECT_EQ(name_of_file("stories"), "stories");
}

TEST(FileName, IsAbsoluteFromAnyFolder) {
  const std::string here = std::filesystem::current_path().native();
  EXPECT_EQ(absolute_text("./book.txt"), here + "/book.txt");
  EXPECT_EQ(absolute_text("link/../book.txt"), here + "/link/../book.txt");
  EXPECT_EQ(absolute_text("/x/book.txt"), "/x/book.txt");
  EXPECT_EQ(path_of_text(absolute_text(text_of_path("caf\xe9.txt"))).native(), here + "/caf\xe9.txt");
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
