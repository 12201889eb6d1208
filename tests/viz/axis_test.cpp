#include "viz/plots/axis.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace viz {
namespace SWITCHYARD_TEST_FILE {

std::vector<double> values(const std::vector<Tick>& ticks) {
  std::vector<double> out;
  for (const Tick& tick : ticks) out.push_back(tick.value);
  return out;
}
std::vector<std::string> labels(const std::vector<Tick>& ticks) {
  std::vector<std::string> out;
  for (const Tick& tick : ticks) out.push_back(tick.label);
  return out;
}

TEST(Ticks, FallOnRoundValuesInsideTheRange) {
  EXPECT_EQ(labels(linear_ticks(0, 10, 5)), (std::vector<std::string>{"0", "2", "4", "6", "8", "10"}));
  EXPECT_EQ(labels(linear_ticks(0.95, 2.81, 4)), (std::vector<std::string>{"1", "1.5", "2", "2.5"}));
  EXPECT_EQ(labels(linear_ticks(-1, 1, 4)), (std::vector<std::string>{"-1", "-0.5", "0", "0.5", "1"}));
}

TEST(Ticks, CompactLabelsForSteps) {
  EXPECT_EQ(labels(linear_ticks(0, 4200, 5, TickLabels::compact)),
            (std::vector<std::string>{"0", "1k", "2k", "3k", "4k"}));
  // Steps have no fractions.
  EXPECT_EQ(labels(linear_ticks(0, 3, 10, TickLabels::compact)), (std::vector<std::string>{"0", "1", "2", "3"}));
}

TEST(Ticks, NeverTwoEqualLabels) {
  for (const double base : {0.0, 1.0, 1234567.0, -3.5e8, 1e-7}) {
    for (const double span : {1e-6, 0.013, 1.0, 77.0, 9.9e5}) {
      for (const TickLabels style : {TickLabels::plain, TickLabels::compact}) {
        std::set<std::string> seen;
        for (const Tick& tick : linear_ticks(base, base + span, 7, style)) {
          if (tick.label.empty()) continue;  // closer together than digits can tell
          EXPECT_TRUE(seen.insert(tick.label).second) << tick.label << " at " << base << " + " << span;
          EXPECT_GE(tick.value, base - span * 1e-6);
          EXPECT_LE(tick.value, base + span * (1 + 1e-6));
        }
        EXPECT_LE(seen.size(), 9u);
      }
    }
  }
}

TEST(Ticks, NoneForARangeThatIsNotOne) {
  EXPECT_TRUE(linear_ticks(1, 1, 5).empty());
  EXPECT_TRUE(linear_ticks(2, 1, 5).empty());
  EXPECT_TRUE(linear_ticks(0, INFINITY, 5).empty());
  EXPECT_TRUE(linear_ticks(NAN, 1, 5).empty());
  EXPECT_TRUE(log_ticks(0, 10, 5).empty());
}

TEST(Ticks, LogAxisMarksPowersOfTen) {
  const std::vector<Tick> ticks = log_ticks(0.001, 10, 6);
  std::vector<std::string> named;
  for (const Tick& tick : ticks) {
    if (!tick.label.empty()) named.push_back(tick.label);
  }
  EXPECT_EQ(named, (std::vector<std::string>{"0.001", "0.01", "0.1", "1", "10"}));
  EXPECT_EQ(ticks.size(), 5u + 4u * 8u);  // 2 to 9 between each pair
}

TEST(Ticks, LogAxisWithoutTwoPowersFallsBackToRoundValues) {
  EXPECT_EQ(values(log_ticks(2, 8, 4)), (std::vector<double>{2, 4, 6, 8}));
}

TEST(Axis, MapsThereAndBack) {
  const Axis axes[] = {
      {-3, 17, 40, 640, false}, {0, 1, 500, 20, false}, {1e-3, 1e2, 10, 300, true}, {1, 1e6, 300, 10, true}};
  for (const Axis& axis : axes) {
    EXPECT_FLOAT_EQ(axis.screen_from_data(axis.data_min), axis.screen_min);
    EXPECT_NEAR(axis.screen_from_data(axis.data_max), axis.screen_max, 1e-3);
    for (float pixel = std::min(axis.screen_min, axis.screen_max); pixel < 300; pixel += 13) {
      EXPECT_NEAR(axis.screen_from_data(axis.data_from_screen(pixel)), pixel, 1e-2);
    }
    for (const double v : {0.2, 0.5, 0.9}) {
      const double value = axis.log ? axis.data_min * std::pow(axis.data_max / axis.data_min, v)
                                    : axis.data_min + v * (axis.data_max - axis.data_min);
      const double place = axis.log ? std::log10(value) : value;
      EXPECT_NEAR(place * axis.slope() + axis.offset(), axis.screen_from_data(value), 1e-2);
    }
  }
}

TEST(Axis, PanMovesTheDataWithTheMouse) {
  Axis axis{0, 100, 0, 200, false};
  axis.pan(20);  // ten units to the right
  EXPECT_DOUBLE_EQ(axis.data_min, -10);
  EXPECT_DOUBLE_EQ(axis.data_max, 90);
  Axis y{0, 1, 100, 0, false};
  y.pan(10);  // down: what was above comes into sight
  EXPECT_DOUBLE_EQ(y.data_min, 0.1);
}

TEST(Axis, ZoomKeepsWhatIsUnderTheMouse) {
  for (const bool log : {false, true}) {
    Axis axis{1, 1000, 0, 300, log};
    const double under = axis.data_from_screen(120);
    axis.zoom(120, 0.5);
    EXPECT_NEAR(axis.data_from_screen(120) / under, 1, 1e-6);
    EXPECT_GT(axis.data_min, 1);
    EXPECT_LT(axis.data_max, 1000);
  }
}

TEST(Axis, ZoomStopsBeforeNumbersRunOut) {
  Axis axis{1, 2, 0, 300, false};
  for (int i = 0; i < 2000; ++i) axis.zoom(77, 0.5);
  EXPECT_LT(axis.data_min, axis.data_max);
  for (int i = 0; i < 4000; ++i) axis.zoom(77, 2);
  EXPECT_TRUE(std::isfinite(axis.data_max - axis.data_min));
  Axis log{1, 2, 0, 300, true};
  for (int i = 0; i < 4000; ++i) log.zoom(77, 2);
  EXPECT_GT(log.data_min, 0);
  EXPECT_TRUE(std::isfinite(log.data_max));
}

// Of ticks nearer than a line only those have words that can be read.
TEST(Ticks, LabelsThatWouldTouchTheOneBeforeAreLeftOut) {
  const Axis low{2.9, 4.6, 40, 20, false};
  std::vector<Tick> ticks = linear_ticks(2.9, 4.6, 4);
  ASSERT_EQ(labels(ticks), (std::vector<std::string>{"3", "3.5", "4", "4.5"}));
  keep_labels_apart(ticks, low, [](const Tick&) { return 13.0f; });
  EXPECT_EQ(labels(ticks), (std::vector<std::string>{"3", "", "", "4.5"})) << "the ticks stay";
  ticks = linear_ticks(2.9, 4.6, 4);
  keep_labels_apart(ticks, {2.9, 4.6, 200, 20, false}, [](const Tick&) { return 13.0f; });
  EXPECT_EQ(labels(ticks), (std::vector<std::string>{"3", "3.5", "4", "4.5"}));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace viz
