// Labelled points as text: what is a point, what is told of a row that is none.
#include "core/data/points_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "core/base/printable.h"
#include "core/base/random.h"
#include "core/base/utf8.h"
#include "core/config/knobs.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

PointsTable read(std::string_view text) {
  auto table = parse_points(text);
  EXPECT_TRUE(table) << text << ": " << (table ? "" : table.error().message);
  return table ? std::move(*table) : PointsTable();
}
std::string refusal(std::string_view text) {
  const auto table = parse_points(text);
  if (table) return "read: " + table->form;
  EXPECT_EQ(table.error().kind, ErrorKind::usage);
  return table.error().message;
}
// What every one of the tables below holds.
void expect_four_points(std::string_view text) {
  const PointsTable table = read(text);
  EXPECT_THAT(table.x, ElementsAre(1.5, -2, 0.25, 3, -4e-3, 5, 6, 7.125)) << text;
  EXPECT_THAT(table.label, ElementsAre(0, 1, 1, 0)) << text;
  EXPECT_THAT(table.classes, ElementsAre("a", "b")) << text;
}

TEST(PointsTable, ReadsEveryDelimiterAndEveryEndOfARow) {
  expect_four_points("1.5,-2,a\n0.25,3,b\n-4e-3,5,b\n6,7.125,a\n");
  expect_four_points("1.5;-2;a\n0.25;3;b\n-4e-3;5;b\n6;7.125;a");
  expect_four_points("1.5\t-2\ta\r\n0.25\t3\tb\r\n-4e-3\t5\tb\r\n6\t7.125\ta\r\n");
  expect_four_points("1.5|-2|a\r0.25|3|b\r-4e-3|5|b\r6|7.125|a\r");
  expect_four_points("  1.5 -2   a\n0.25  3 b \n-4e-3 \t 5 b\n6 7.125 a\n");
  expect_four_points(
      "\xEF\xBB\xBF"
      "1.5, -2, a\n\n0.25, +3, b\n   \n-4e-3, 5, b\n6, 7.125, a\n\n");
  expect_four_points("\"1.5\",\"-2\",\"a\"\n0.25,3,b\n-4e-3,5 , b \n6,7.125,\"a\" \n");
  expect_four_points("1.5,-2,a,\n0.25,3,b,\n-4e-3,5,b,\n6,7.125,a,\n");
}

TEST(PointsTable, ReadsADecimalCommaWhereItIsNoDelimiter) {
  expect_four_points("1,5;-2;a\n0,25;3;b\n-4e-3;5;b\n6;7,125;a");
  expect_four_points("1,5\t-2\ta\n0,25\t3\tb\n-4e-3\t5\tb\n6\t7,125\ta");
  expect_four_points("1,5 -2 a\n0,25 3 b\n-4e-3 5 b\n6 7,125 a");
  EXPECT_THAT(read("1,5;2;a\n1,5;2;a\n1;2;b\n1;2;b").form, HasSubstr("decimal comma"));
  EXPECT_EQ(refusal("1,5;2;a\n1;2;b\n1;2.5;b\n1;2;a"),
            "has a decimal comma (row 1, column 1: '1,5') and a decimal point (row 3, column 2: '2.5'): one file "
            "has one of them");
  EXPECT_THAT(refusal("1.234,5;2;a\n1;2;b\n1;2;b\n1;2;a"), HasSubstr("row 1, column 1: '1.234,5' is no number"));
  EXPECT_THAT(refusal("\"1,5\",2,a\n1,2,b\n1,2,b\n1,2,a"), HasSubstr("row 1, column 1: '1,5' is no number"));
}

TEST(PointsTable, TellsAHeaderAndChoosesItsColumns) {
  PointsTable table = read("x,y,class\n1,2,a\n3,4,b\n1,2,a\n3,4,b\n");
  EXPECT_THAT(table.axes, ElementsAre("x", "y"));
  EXPECT_EQ(table.form, "4 points; coordinates x, y; class class; between commas");
  table = read("Label;id;Y;x\na;7;1;2\na;8;3;4\nb;9;5;6\nb;9;7;8\n");
  EXPECT_THAT(table.axes, ElementsAre("x", "Y"));
  EXPECT_THAT(table.x, ElementsAre(2, 1, 4, 3, 6, 5, 8, 7));
  EXPECT_THAT(table.classes, ElementsAre("a", "b"));
  EXPECT_EQ(table.form, "4 points; coordinates x, Y; class Label; between semicolons; not read: id");
  table = read("x y z w\n1 2 3 a\n1 2 3 a\n1 2 3 b\n1 2 3 b");
  EXPECT_THAT(table.axes, ElementsAre("x", "y", "z"));
  table = read("# sepal,petal,width,species\n1,2,3,0\n1,2,3,0\n1,2,3,1\n1,2,3,1");
  EXPECT_THAT(table.axes, ElementsAre("sepal", "petal", "width"));
  table = read("class,label,y,x\n1,a,2,3\n1,b,2,3\n2,a,2,3\n2,b,2,3");
  EXPECT_THAT(table.classes, ElementsAre("1", "2")) << "class before label";
  // No header: names are made.
  EXPECT_THAT(read("1,2,a\n1,2,a\n1,2,b\n1,2,b").axes, ElementsAre("x", "y"));
  EXPECT_THAT(read("1,2,3,a\n1,2,3,a\n1,2,3,b\n1,2,3,b").axes, ElementsAre("x1", "x2", "x3"));
  EXPECT_THAT(read("1,2,a\n1,2,a\n1,2,b\n1,2,b").form, HasSubstr("no header"));
}

TEST(PointsTable, LeavesOutTheNamesOfRows) {
  const PointsTable pandas = read(",u,v,kind\n0,1,2,a\n1,3,4,a\n2,5,6,b\n3,7,8,b\n");
  EXPECT_THAT(pandas.x, ElementsAre(1, 2, 3, 4, 5, 6, 7, 8));
  EXPECT_THAT(pandas.form, HasSubstr("not read: column 1"));
  const PointsTable r =
      read("\"u\" \"v\" \"kind\"\n\"1\" 1 2 \"a\"\n\"2\" 3 4 \"a\"\n\"3\" 5 6 \"b\"\n\"4\" 7 8 \"b\"\n");
  EXPECT_THAT(r.x, ElementsAre(1, 2, 3, 4, 5, 6, 7, 8));
  EXPECT_THAT(r.axes, ElementsAre("u", "v"));
}

TEST(PointsTable, KeepsTheNamesOfClassesAndSortsNumbersBySize) {
  PointsTable table = read("1,2,10\n1,2,9\n1,2,10\n1,2,9\n1,2,-1\n1,2,-1\n");
  EXPECT_THAT(table.classes, ElementsAre("-1", "9", "10"));
  EXPECT_THAT(table.label, ElementsAre(2, 1, 2, 1, 0, 0));
  table = read("1,2,\"b, \"\"so called\"\"\"\n1,2,ä\n1,2,ä\n1,2,\"b, \"\"so called\"\"\"");
  EXPECT_THAT(table.classes, ElementsAre("b, \"so called\"", "ä"));
  table = read("1,2,a\x1b[31m\n1,2,a\x1b[31m\n1,2,b\n1,2,b");
  EXPECT_THAT(table.classes, ElementsAre("a\\x1b[31m", "b")) << "it controls nothing";
}

TEST(PointsTable, NamesTheFirstBadRowsAndCountsAll) {
  EXPECT_EQ(refusal("x,y,class\n1,2,a\n1,abc,a\n1,2\nnan,2,b\n1,2,b\n1,inf,b\n,1,b\n"),
            "5 of 7 rows are bad: row 3, column 2 (y): 'abc' is no number; row 4 has 2 columns, wanted are 3; row "
            "5, column 1 (x): "
            "'nan' is not finite; and 2 more");
  EXPECT_EQ(refusal("1,2,a\n1,2,a\n1,2,\n1,2,b\n1,2,b"), "1 of 5 rows is bad: row 3, column 3: is empty");
  EXPECT_THAT(refusal("1,2,a\n1,1e400,a\n1,2,b\n1,2,b"), HasSubstr("row 2, column 2: '1e400' is beyond"));
  EXPECT_THAT(refusal("1,2,a\n1,1e101,a\n1,2,b\n1,2,b"), HasSubstr("row 2, column 2: '1e101' is beyond"));
  EXPECT_THAT(refusal("1,2,a\n1,0x10,a\n1,2,b\n1,2,b"), HasSubstr("'0x10' is no number"));
  EXPECT_THAT(refusal("1,2,a\n1,\"2,a\n1,2,b\n1,2,b"),
              HasSubstr("row 2, column 2: has a quote that is not closed in its row"));
  EXPECT_THAT(refusal("1,2,a\n1,\"2\"3,a\n1,2,b\n1,2,b"),
              HasSubstr("row 2, column 2: goes on behind its closing quote"));
  EXPECT_THAT(refusal("1,2,a\n1,2,a,4\n1,2,b\n1,2,b"), HasSubstr("row 2 has 4 columns, wanted are 3"));
  // The first row is one of them: a missing number is no name of a column.
  EXPECT_THAT(refusal("NA,nan,a\n1,2,a\n1,2,b\n1,2,b"),
              HasSubstr("1 of 4 rows is bad: row 1, column 1: 'NA' is no number"));
  EXPECT_THAT(refusal("1,2,a\n1,2," + std::string(101, 'q') + "\n1,2,b\n1,2,b"),
              HasSubstr("is longer than 100 bytes"));
  const std::string wild = refusal("1,2,a\n\x1b[2J,2,a\n1,2,b\n1,2,b");
  EXPECT_THAT(wild, HasSubstr("'\\x1b[2J' is no number"));
}

TEST(PointsTable, RefusesWhatIsNoTableOfPoints) {
  EXPECT_EQ(refusal("\n\n"), "holds no rows");
  EXPECT_EQ(refusal("x,y,class\n"), "holds a header and no rows");
  EXPECT_THAT(refusal("a text\nof some words\nand more\n"), HasSubstr("has 1 column for coordinates"));
  EXPECT_THAT(refusal("1,a\n2,b\n"), StartsWith("has no row of three columns"));
  EXPECT_THAT(refusal("id,class,x\n1,a,2\n2,a,3\n3,b,4\n4,b,5\n"),
              StartsWith("read: 4 points; coordinates id, x; class class"));
  EXPECT_THAT(refusal(",u,v\n1,2,a\n1,2,a\n1,2,b\n1,2,b"), StartsWith("has 1 column for coordinates"));
  EXPECT_EQ(refusal("1,2,a\n1,2,a\n"), "has one class in column 3, 'a': at least two are needed");
  EXPECT_EQ(refusal("1,2,a\n1,2,a\n1,2,b\n"),
            "has one row of class 'b', row 3: one is needed to learn from, one to test on");
  EXPECT_THAT(refusal("1,2,class\n1,2,a\n1,2,a\n1,2,b\n1,2,b\n"), HasSubstr("has one row of class 'class', row 1"))
      << "a header of numbers is a row, and that is told";
  std::string many, wide = "0";
  for (int i = 0; i < 40; ++i) many += "1,2," + std::to_string(i) + "\n";
  EXPECT_EQ(refusal(many), "has more than 32 classes in column 3 (0, 1, 2, ...): so many are shown at most");
  for (int i = 0; i < 64; ++i) wide += ",1";
  EXPECT_THAT(refusal(wide + ",a\n" + wide + ",a\n"), StartsWith("has 65 columns for coordinates: at most 64"));
  // Columns are counted no further than anybody has them: five million on one row are refused as fast as read.
  std::string row = "0";
  for (int i = 0; i < 5'000'000; ++i) row += ",1";
  EXPECT_THAT(refusal(row + "\n"), StartsWith("has more than 1024 columns"));
  EXPECT_THAT(refusal("1,2,a\n3,4,b\n" + row + "\n"), HasSubstr("row 3 has more than 1024 columns, wanted are 3"));
  EXPECT_THAT(refusal("\xff\xfe"
                      "1"),
              StartsWith("is UTF-16"));
  EXPECT_THAT(refusal(std::string_view("1,2,a\0", 6)), HasSubstr("byte 5 is zero"));
  EXPECT_THAT(refusal("1,2,caf\xe9\n"), HasSubstr("bad byte 0xE9 at offset 7"));
  EXPECT_EQ(kMaxPointClasses, find_knob("cluster_classes")->maximum);
  EXPECT_EQ(kMaxPointDims, find_knob("cluster_dims")->maximum);
}

TEST(PointsTable, ReadsAMillionRowsAndNotOneMore) {
  std::string text;
  for (int i = 0; i < kMaxPointRows; ++i) text += i % 2 == 0 ? "1,2,a\n" : "3,4,b\n";
  EXPECT_EQ(read(text).label.size(), static_cast<std::size_t>(kMaxPointRows));
  EXPECT_EQ(refusal(text + "1,2,a\n"), "has more than 1000000 rows: so many are read at most");
}

// However a file is damaged: all of it is read, or what is wrong is told.
TEST(PointsTable, DamagedTablesAreReadOrRefusedWithAReason) {
  const std::string tables[] = {"x,y,class\n1.5,2,a\n3,4,\"b, c\"\n-5e3,6,a\n7,8,\"b, c\"\n",
                                "1,5;2;a\r\n3;4,25;b\r\n5;6;a\r\n7;8;b\r\n",
                                "u v k\n1 2 1\n3 4 2\n5 6 1\n7 8 2\n"};
  const std::string_view pieces[] = {",", ";", "\t",           "\"", "\n",   "\r", "nan", "1e999",
                                     "-", "#", "\xEF\xBB\xBF", "é",  "\xff", " ",  "NA",  "0"};
  RandomStream random(7, "damage");
  int read_whole = 0, refused = 0;
  for (int round = 0; round < 6000; ++round) {
    std::string text = tables[random.below(3)];
    for (std::uint64_t i = 0; i <= random.below(4); ++i) {
      const std::size_t at = random.below(text.size() + 1);
      const std::string_view piece = pieces[random.below(std::size(pieces))];
      if (random.below(2) == 0) text.insert(at, piece);
      else text.erase(at, random.below(4));
      if (text.empty()) text = "1";
    }
    const auto table = parse_points(text);
    if (!table) {
      ++refused;
      EXPECT_FALSE(table.error().message.empty());
      EXPECT_TRUE(is_printable(table.error().message)) << printable(text) << "\n"
                                                       << printable(table.error().message);
      continue;
    }
    ++read_whole;
    // Every row that is not empty is a point, but for a header.
    std::size_t rows = 0;
    bool in_row = false;
    for (const char c : text + "\n") {
      if (c != '\n' && c != '\r') in_row |= c != ' ' && c != '\t' && c != '\xEF' && c != '\xBB' && c != '\xBF';
      else rows += in_row ? 1 : 0, in_row = false;
    }
    const bool has_header = table->form.find("no header") == std::string::npos;
    EXPECT_EQ(table->label.size() + (has_header ? 1 : 0), rows) << printable(text) << "\n" << table->form;
    EXPECT_EQ(table->x.size(), table->label.size() * table->axes.size());
    for (const double x : table->x) EXPECT_TRUE(std::isfinite(x));
    for (const std::int32_t label : table->label)
      EXPECT_LT(static_cast<std::size_t>(label), table->classes.size());
    EXPECT_EQ(std::set<std::string>(table->classes.begin(), table->classes.end()).size(), table->classes.size());
  }
  EXPECT_GT(read_whole, 500);
  EXPECT_GT(refused, 500);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
