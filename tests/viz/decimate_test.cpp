#include "viz/plots/decimate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace viz {
namespace SWITCHYARD_TEST_FILE {

struct Series {
  std::vector<double> x;
  std::vector<float> y;
};

Series ramp(std::size_t n) {
  Series s{std::vector<double>(n), std::vector<float>(n)};
  std::iota(s.x.begin(), s.x.end(), 0.0);
  return s;
}

Decimated decimated(const Series& s, const DecimateOptions& options = {}, float width = 500, double y_low = -1,
                    double y_high = 1) {
  const Axis x{s.x.front(), s.x.back(), 0, width, false}, y{y_low, y_high, 100, 0, false};
  Decimated out;
  decimate(s.x, s.y, x, y, options, out);
  return out;
}

TEST(Decimate, KeepsEveryExtremeOfAMillionSamples) {
  Series s = ramp(1000000);
  for (std::size_t i = 0; i < s.y.size(); ++i) s.y[i] = 0.3f * std::sin(static_cast<float>(i) * 0.001f);
  s.y[123457] = 1.0f;
  s.y[777777] = -1.0f;
  const Decimated out = decimated(s);
  EXPECT_LE(out.x.size(), 4u * 502u);
  EXPECT_TRUE(out.thinned);
  ASSERT_EQ(out.runs.size(), 1u);
  const auto top = std::min_element(out.y.begin(), out.y.end()),
             bottom = std::max_element(out.y.begin(), out.y.end());
  EXPECT_NEAR(*top, 0, 1e-4);  // y = 1 is the upper edge of the screen
  EXPECT_NEAR(*bottom, 100, 1e-4);
  EXPECT_NEAR(out.x[static_cast<std::size_t>(top - out.y.begin())], 123457 * 500.0 / 999999, 1e-2);
  EXPECT_NEAR(out.x[static_cast<std::size_t>(bottom - out.y.begin())], 777777 * 500.0 / 999999, 1e-2);
  EXPECT_TRUE(std::is_sorted(out.x.begin(), out.x.end()));
}

TEST(Decimate, ShowsEverySampleWhereThereIsRoom) {
  Series s = ramp(100);
  for (std::size_t i = 0; i < 100; ++i) s.y[i] = static_cast<float>(i % 7) / 7;
  const Decimated out = decimated(s);
  ASSERT_EQ(out.x.size(), 100u);
  EXPECT_FALSE(out.thinned);
  for (std::size_t i = 0; i < 100; ++i) EXPECT_NEAR(out.y[i], 50 - 50 * s.y[i], 1e-3);
}

TEST(Decimate, MissingValuesAreGaps) {
  Series s = ramp(101);
  for (std::size_t i = 40; i < 50; ++i) s.y[i] = NAN;
  s.y[70] = INFINITY;
  const Decimated out = decimated(s, {}, 100);
  ASSERT_EQ(out.gaps.size(), 2u);
  EXPECT_FLOAT_EQ(out.gaps[0].x0, 39);
  EXPECT_FLOAT_EQ(out.gaps[0].x1, 50);
  EXPECT_FLOAT_EQ(out.gaps[1].x0, 69);
  EXPECT_FLOAT_EQ(out.gaps[1].x1, 71);
  EXPECT_EQ(out.runs.size(), 3u);
}

TEST(Decimate, AGapAtTheEndReachesTheLastSample) {
  Series s = ramp(101);
  for (std::size_t i = 90; i < 101; ++i) s.y[i] = NAN;
  const Decimated out = decimated(s, {}, 100);
  ASSERT_EQ(out.gaps.size(), 1u);
  EXPECT_FLOAT_EQ(out.gaps[0].x1, 100);
}

TEST(Decimate, AGapAmongManySamplesIsSeen) {
  Series s = ramp(100000);
  s.y[50000] = NAN;
  const Decimated out = decimated(s, {}, 100);
  EXPECT_EQ(out.gaps.size(), 1u);
  EXPECT_EQ(out.runs.size(), 2u);
}

TEST(Decimate, SparseSeriesBridgeMissingValues) {
  Series s = ramp(1001);
  for (std::size_t i = 0; i < s.y.size(); ++i) s.y[i] = i % 100 == 0 ? 0.5f : NAN;
  DecimateOptions options;
  options.skip_nan = true;
  for (const float width : {2000.0f, 100.0f}) {
    const Decimated out = decimated(s, options, width);
    EXPECT_EQ(out.x.size(), 11u);
    EXPECT_EQ(out.runs.size(), 1u);
    EXPECT_TRUE(out.gaps.empty());
  }
}

TEST(Decimate, CutsAtBreaks) {
  for (const std::size_t n : {100u, 100000u}) {
    const Series s = ramp(n);
    const std::vector<double> breaks = {0, static_cast<double>(n) / 4, static_cast<double>(n) / 2 + 0.5};
    DecimateOptions options;
    options.breaks = &breaks;
    const Decimated out = decimated(s, options);
    ASSERT_EQ(out.runs.size(), 3u) << n;
    EXPECT_TRUE(out.gaps.empty());
    for (std::size_t r = 0; r + 1 < 3; ++r) {
      const double edge = breaks[r + 1] * 500 / (static_cast<double>(n) - 1);
      EXPECT_LT(out.x[out.runs[r].end - 1], edge + 1e-3);
      EXPECT_GE(out.x[out.runs[r + 1].begin], edge - 1e-3);
    }
  }
}

TEST(Decimate, LogAxisTreatsNonPositiveAsMissing) {
  Series s = ramp(11);
  std::fill(s.y.begin(), s.y.end(), 1.0f);
  s.y[5] = 0;
  const Axis x{0, 10, 0, 100, false}, y{0.1, 10, 100, 0, true};
  Decimated out;
  decimate(s.x, s.y, x, y, {}, out);
  EXPECT_EQ(out.gaps.size(), 1u);
  for (const float v : out.y) EXPECT_NEAR(v, 50, 1e-3);
}

TEST(Decimate, ReadsARingAcrossItsWrap) {
  constexpr std::size_t n = 10000;
  std::vector<double> x(n);
  std::vector<float> y(n, 0.0f);
  constexpr std::size_t first = 3333;
  for (std::size_t i = 0; i < n; ++i) x[(first + i) % n] = static_cast<double>(i);
  y[(first + 9000) % n] = 1;
  Decimated out;
  const Axis ax{0, n - 1, 0, 100, false}, ay{-1, 1, 100, 0, false};
  decimate(View<double>(x.data(), n, first, n), View<float>(y.data(), n, first, n), ax, ay, {}, out);
  const auto top = std::min_element(out.y.begin(), out.y.end());
  EXPECT_NEAR(*top, 0, 1e-3);
  EXPECT_NEAR(out.x[static_cast<std::size_t>(top - out.y.begin())], 9000 * 100.0 / (n - 1), 1e-2);
}

TEST(Decimate, NothingFromNothing) {
  Decimated out;
  decimate(View<double>(), View<float>(), Axis{}, Axis{}, {}, out);
  EXPECT_TRUE(out.x.empty());
  EXPECT_TRUE(out.runs.empty());
}

TEST(Decimate, VisibleRangeHasANeighbourOnEachSide) {
  const std::vector<double> x = {0, 10, 20, 30, 40, 50};
  const IndexRange in = visible_range(x, 15, 35);
  EXPECT_EQ(in.first, 1u);
  EXPECT_EQ(in.last, 5u);
  const IndexRange all = visible_range(x, -5, 500);
  EXPECT_EQ(all.first, 0u);
  EXPECT_EQ(all.last, 6u);
}

TEST(Decimate, NearestIndex) {
  const std::vector<double> x = {0, 10, 20, 40};
  EXPECT_EQ(nearest_index(x, -3), 0u);
  EXPECT_EQ(nearest_index(x, 14.9), 1u);
  EXPECT_EQ(nearest_index(x, 15.1), 2u);
  EXPECT_EQ(nearest_index(x, 99), 3u);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace viz
