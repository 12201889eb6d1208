#include "viz/base/format.h"

#include <gtest/gtest.h>

#include <cmath>

namespace viz {
namespace SWITCHYARD_TEST_FILE {

TEST(Format, ANegativeZeroIsNone) {
  EXPECT_EQ(decimals(-0.0, 2), "0.00");
  EXPECT_EQ(decimals(-0.004, 2), "0.00");
  EXPECT_EQ(decimals(-0.006, 2), "-0.01");
  EXPECT_EQ(decimals(-1e-9, 0), "0");
  EXPECT_EQ(times(-0.001), "0.00×");
  EXPECT_EQ(percent(-1e-7), "0.0 %");
  EXPECT_EQ(in_percent(-0.001), "0");
  EXPECT_EQ(fixed_significant(-0.0), "0.000");
}

TEST(Format, Significant) {
  EXPECT_EQ(significant(1.0434), "1.043");
  EXPECT_EQ(significant(0.3), "0.3");
  EXPECT_EQ(significant(-0.0), "0");
  EXPECT_EQ(significant(1234.56), "1235");
  EXPECT_EQ(significant(3e-5), "3e-5");
  EXPECT_EQ(significant(2.5e7), "2.5e7");
  EXPECT_EQ(significant(NAN), "NaN");
  EXPECT_EQ(significant(-INFINITY), "-inf");
}

TEST(Format, FixedSignificantKeepsItsWidth) {
  EXPECT_EQ(fixed_significant(1.04), "1.040");
  EXPECT_EQ(fixed_significant(0.5), "0.5000");
  EXPECT_EQ(fixed_significant(9.9996), "10.00");
  EXPECT_EQ(fixed_significant(12.345), "12.35");
  EXPECT_EQ(fixed_significant(0), "0.000");
  EXPECT_EQ(fixed_significant(NAN), "NaN");
}

TEST(Format, Compact) {
  EXPECT_EQ(compact(950), "950");
  EXPECT_EQ(compact(1000), "1k");
  EXPECT_EQ(compact(1500), "1.5k");
  EXPECT_EQ(compact(20000), "20k");
  EXPECT_EQ(compact(8600000), "8.6M");
  EXPECT_EQ(compact(999999), "1M");
  EXPECT_EQ(compact(-2500), "-2.5k");
  EXPECT_EQ(compact(0), "0");
}

TEST(Format, GroupedTimesPercent) {
  EXPECT_EQ(grouped(12345678), "12,345,678");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(-1000), "-1,000");
  EXPECT_EQ(grouped(-0.3), "0");
  EXPECT_EQ(times(1.368), "1.37×");
  EXPECT_EQ(percent(0.25), "25.0 %");
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace viz
