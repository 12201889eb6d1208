#include "core/insight/plane_of_rows.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

TEST(PlaneOfRows, FindsTheAxesOfACloudThatIsKnown) {
  // Along (0.6, 0.8, 0) by 3 and along (0, 0, 1) by 1; the mean is (1, 2, 3).
  std::vector<float> x;
  for (int i = -10; i <= 10; ++i)
    for (int j = -10; j <= 10; ++j) {
      const float a = 3.0F * static_cast<float>(i), b = static_cast<float>(j);
      x.insert(x.end(), {1 + 0.6F * a, 2 + 0.8F * a, 3 + b});
    }
  const ProbePlane plane = plane_of_rows(x, 3);
  ASSERT_EQ(plane.xy.size(), 2 * x.size() / 3);
  EXPECT_NEAR(plane.explained[0], 0.9, 1e-6);
  EXPECT_NEAR(plane.explained[1], 0.1, 1e-6);
  const std::vector<float> axes{0.6F, 0, 0.8F, 0, 0, 1};
  for (std::size_t i = 0; i < 6; ++i) EXPECT_NEAR(plane.axes[i], axes[i], 1e-5) << i;
  EXPECT_NEAR(plane.xy[0], -30, 1e-3);
  EXPECT_NEAR(plane.xy[1], -10, 1e-3);
}

// What the two axes leave is what is left of the variance: any plane explains at most as much.
TEST(PlaneOfRows, NoOtherPlaneExplainsMore) {
  std::mt19937 random(5);
  std::normal_distribution<float> normal;
  constexpr std::size_t kWidth = 6, kRows = 400;
  std::vector<float> x;
  for (std::size_t r = 0; r < kRows; ++r)
    for (std::size_t i = 0; i < kWidth; ++i) x.push_back(normal(random) * static_cast<float>(i + 1));
  const ProbePlane plane = plane_of_rows(x, kWidth);
  const double found = plane.explained[0] + plane.explained[1];
  std::vector<double> mean(kWidth, 0);
  for (std::size_t at = 0; at < x.size(); ++at) mean[at % kWidth] += x[at] / static_cast<double>(kRows);
  double total = 0;
  for (std::size_t at = 0; at < x.size(); ++at) total += std::pow(x[at] - mean[at % kWidth], 2);
  double shown = 0;
  for (const float one : plane.xy) shown += static_cast<double>(one) * static_cast<double>(one);
  EXPECT_NEAR(shown / total, found, 1e-5) << "what it says it explains is what is seen";
  for (std::size_t a = 0; a < kWidth; ++a)
    for (std::size_t b = a + 1; b < kWidth; ++b) {
      double of_two = 0;
      for (std::size_t r = 0; r < kRows; ++r)
        of_two += std::pow(x[r * kWidth + a] - mean[a], 2) + std::pow(x[r * kWidth + b] - mean[b], 2);
      EXPECT_GE(found, of_two / total);
    }
}

TEST(PlaneOfRows, ARowThatIsNotKnownHasNoPlace) {
  const float nan = std::nanf("");
  const ProbePlane plane = plane_of_rows(std::vector<float>{0, 0, 2, 0, nan, 1, 4, 1}, 2);
  ASSERT_EQ(plane.xy.size(), 8u);
  EXPECT_TRUE(std::isnan(plane.xy[4]) && std::isnan(plane.xy[5]));
  EXPECT_TRUE(std::isfinite(plane.xy[6]));
}

TEST(PlaneOfRows, WhatHasNoPlaneIsEmpty) {
  EXPECT_TRUE(plane_of_rows(std::vector<float>{1, 2, 3}, 1).empty());
  EXPECT_TRUE(plane_of_rows(std::vector<float>{1, 2, 1, 2}, 2).empty()) << "all the same";
  EXPECT_TRUE(plane_of_rows(std::vector<float>{1, 2}, 2).empty()) << "one row";
  const ProbePlane line = plane_of_rows(std::vector<float>{0, 0, 1, 1, 2, 2}, 2);
  ASSERT_FALSE(line.empty());
  EXPECT_NEAR(line.explained[0], 1, 1e-6);
  EXPECT_NEAR(line.explained[1], 0, 1e-6);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
