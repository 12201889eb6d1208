// Rows taken out of a line are those that a parser of JSON finds, or the line is left to it.
#include "core/recordings/forms/parts/number_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using testing::ElementsAre;

TEST(NumberRows, AreTakenOutOfALine) {
  NumberRows rows;
  const auto rest = take_rows_out(R"({"step":1, "top_indices" : [[1,50], [ 0 ,3 ],[999999999,2]],"rank":0})",
                                  "top_indices", rows);
  ASSERT_TRUE(rest);
  EXPECT_EQ(*rest, R"({"step":1, "top_indices" : null,"rank":0})");
  EXPECT_EQ(rows.rows, 3U);
  EXPECT_EQ(rows.columns, 2U);
  EXPECT_THAT(rows.numbers, ElementsAre(1, 50, 0, 3, 999'999'999, 2));
}

TEST(NumberRows, WhatIsNotPlainIsLeftToTheParser) {
  for (const char* line : {R"({"step":1})",                                      // no such key
                           R"({"a":"\"top_indices\":[[1]]"})",                   // in a text
                           R"(["top_indices", [[1]]])",                          // no key
                           R"({"top_indices":[]})",                              // no rows
                           R"({"top_indices":[[]]})",                            // of nothing
                           R"({"top_indices":[[1],[1,2]]})",                     // of several lengths
                           R"({"top_indices":[[1.0]]})",                         // no whole number as it stands
                           R"({"top_indices":[[1e1]]})",                         //
                           R"({"top_indices":[[-1]]})",                          //
                           R"({"top_indices":[[01]]})",                          // no JSON
                           R"({"top_indices":[[1,]]})",                          //
                           R"({"top_indices":[[1])",                             // ends before
                           R"({"top_indices":[[1 2]]})",                         //
                           R"({"top_indices":[[1234567890]]})",                  // more digits than are read here
                           R"({"top_indices":[["1"]]})",                         //
                           R"({"x":{"top_indices":[[1]]},"top_indices":null})",  // which of the two?
                           R"({"top_indices":5})"}) {
    NumberRows rows;
    EXPECT_FALSE(take_rows_out(line, "top_indices", rows)) << line;
  }
}

TEST(NumberBlock, IsReadWhereItIsPlainlyOne) {
  const std::string text = "[ [[1,-1], [0,3]] ,[[7,5],[2,2]]], 4";
  NumberBlock block;
  const char* end = scan_block(text.data(), text.data() + text.size(), block);
  ASSERT_NE(end, nullptr);
  EXPECT_EQ(std::string(end), ", 4");
  EXPECT_EQ(block.tokens, 2U);
  EXPECT_EQ(block.layers, 2U);
  EXPECT_EQ(block.columns, 2U);
  EXPECT_THAT(block.numbers, ElementsAre(1, -1, 0, 3, 7, 5, 2, 2));
  for (const std::string bad :
       {"[]", "[[]]", "[[[]]]", "[[1]]", "[[[1],[1,2]]]", "[[[1]],[[1],[2]]]", "[[[1.5]]]", "[[[- 1]]]",
        "[[[--1]]]", "[[[01]]]", "[[[-01]]]", "[[[1,]]]", "[[[1]]", "[[[1]", "[[[1234567890]]]"})
    EXPECT_EQ(scan_block(bad.data(), bad.data() + bad.size(), block), nullptr) << bad;
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
