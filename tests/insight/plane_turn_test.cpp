#include "core/insight/plane_turn.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

std::vector<float> cloud(unsigned seed, std::size_t points) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> xy(2 * points);
  for (float& value : xy) value = normal(random);
  return xy;
}

double distance(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sum;
}

TEST(PlaneTurn, ATurnAndAMirrorAreTakenBack) {
  for (int i = 0; i < 24; ++i) {
    SCOPED_TRACE(i);
    const double angle = 0.3 * i, c = std::cos(angle), s = std::sin(angle);
    const PlaneTurn was = i % 2 == 0 ? PlaneTurn{c, -s, s, c} : PlaneTurn{c, s, s, -c};
    const std::vector<float> onto = cloud(static_cast<unsigned>(i), 50), from = turned(onto, was);
    EXPECT_LT(distance(turned(from, turn_onto(from, onto)), onto), 1e-8);
  }
}

// Of clouds that have nothing to do with each other no turn of 3,600 brings them nearer, and lengths stay.
TEST(PlaneTurn, ItIsTheNearestAndKeepsDistances) {
  const std::vector<float> from = cloud(1, 40), onto = cloud(2, 40);
  const std::vector<float> best = turned(from, turn_onto(from, onto));
  const double least = distance(best, onto);
  for (int i = 0; i < 3600; ++i) {
    const double angle = i * std::acos(-1.0) / 1800, c = std::cos(angle), s = std::sin(angle);
    EXPECT_GE(distance(turned(from, {c, -s, s, c}), onto), least - 1e-4);
    EXPECT_GE(distance(turned(from, {c, s, s, -c}), onto), least - 1e-4);
  }
  for (std::size_t i = 0; i < from.size(); i += 2)
    EXPECT_NEAR(std::hypot(best[i], best[i + 1]), std::hypot(from[i], from[i + 1]), 1e-5);
}

TEST(PlaneTurn, WhatSaysNothingTurnsNothing) {
  const std::vector<float> zero(6, 0.0f), some = cloud(3, 3);
  std::vector<float> lost = some;
  lost[0] = NAN;
  for (const PlaneTurn& turn : {turn_onto(zero, some), turn_onto({}, some), turn_onto({}, {})}) {
    EXPECT_EQ(turn.xx, 1);
    EXPECT_EQ(turn.xy, 0);
    EXPECT_EQ(turn.yy, 1);
  }
  EXPECT_NEAR(turn_onto(lost, some).xx, 1, 1e-6) << "a point that is lost counts for nothing";
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
