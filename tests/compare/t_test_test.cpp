#include "core/compare/t_test.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "core/base/random.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

TEST(TTest, QuantilesAreThoseOfStudentsTables) {
  // One-sided 0.025, as every table has it.
  const std::pair<double, double> table[] = {
      {1, 12.7062047}, {2, 4.30265273}, {4, 2.77644511}, {9, 2.26215716}, {30, 2.04227246}};
  for (const auto& [degrees, t] : table) {
    const TTest test{.difference = 0, .standard_error = 1, .degrees = degrees};
    EXPECT_NEAR(half_width(test, 0.05), t, 1e-7 * t) << degrees;
  }
}

// With one degree of freedom t is Cauchy's: p = 1 - 2 atan(t) / pi. With two: p = 1 - t / sqrt(2 + t^2).
TEST(TTest, PairsHaveTheClosedFormsOfOneAndTwoDegrees) {
  const double a2[] = {1, 2}, b2[] = {2, 5};  // differences 1, 3: mean 2, sd sqrt 2, error 1
  const TTest one = paired_t_test(a2, b2);
  EXPECT_DOUBLE_EQ(one.difference, 2);
  EXPECT_NEAR(one.standard_error, 1, 1e-15);
  EXPECT_DOUBLE_EQ(one.degrees, 1);
  EXPECT_NEAR(one.p, 1 - 2 * std::atan(2.0) / M_PI, 1e-12);
  const double a3[] = {0, 0, 0}, b3[] = {1, 2, 3};  // mean 2, error 1 / sqrt 3
  const TTest two = paired_t_test(a3, b3);
  const double t = 2 * std::sqrt(3.0);
  EXPECT_NEAR(two.p, 1 - t / std::sqrt(2 + t * t), 1e-12);
}

TEST(TTest, WelchHasItsDegreesOfFreedom) {
  // Variances 1 of 3 and 4 of 3: shares 1/3 and 4/3, error sqrt(5/3), degrees (5/3)^2 / ((1/9 + 16/9) / 2).
  const double a[] = {1, 2, 3}, b[] = {4, 6, 8};
  const TTest test = welch_t_test(a, b);
  EXPECT_DOUBLE_EQ(test.difference, 4);
  EXPECT_NEAR(test.standard_error, std::sqrt(5.0 / 3), 1e-14);
  EXPECT_NEAR(test.degrees, 25.0 / 9 / (17.0 / 18), 1e-12);
  // Equal sizes and variances: Student's own, 2 n - 2.
  const double c[] = {11, 12, 13};
  EXPECT_NEAR(welch_t_test(a, c).degrees, 4, 1e-12);
}

TEST(TTest, WithoutSpreadTheDifferenceIsCertain) {
  const double a[] = {0.1, 0.2, 0.3}, b[] = {0.1, 0.2, 0.3};
  const TTest same = paired_t_test(a, b);
  EXPECT_EQ(same.p, 1);
  EXPECT_EQ(half_width(same, 0.05), 0);
  const double c[] = {3, 3, 3}, d[] = {2, 2, 2};
  EXPECT_EQ(paired_t_test(c, d).p, 0);
  EXPECT_EQ(welch_t_test(c, d).difference, -1);
  EXPECT_EQ(welch_t_test(c, d).p, 0);
}

TEST(TTest, OneMeasurementIsNoTest) {
  const double a[] = {1}, b[] = {2};
  EXPECT_FALSE(paired_t_test(a, b).can_tell());
  EXPECT_FALSE(welch_t_test(a, b).can_tell());
  EXPECT_EQ(paired_t_test(a, b).p, 1);
  EXPECT_TRUE(std::isinf(half_width(paired_t_test(a, b), 0.05)));
  EXPECT_FALSE(paired_t_test({}, {}).can_tell());
}

// Swapped arms, shifted and scaled measurements.
TEST(TTest, IsSymmetricAndKnowsNoUnit) {
  RandomStream random(7, "t test");
  for (int round = 0; round < 50; ++round) {
    std::vector<double> a, b, far_a, far_b;
    for (int i = 0; i < 3 + round % 5; ++i) {
      a.push_back(random.uniform());
      b.push_back(random.uniform());
      far_a.push_back(100 + 8 * a.back());
      far_b.push_back(100 + 8 * b.back());
    }
    for (const auto test : {paired_t_test, welch_t_test}) {
      const TTest there = test(a, b), back = test(b, a), far = test(far_a, far_b);
      EXPECT_NEAR(there.p, back.p, 1e-12);
      EXPECT_NEAR(there.difference, -back.difference, 1e-15);
      EXPECT_NEAR(there.p, far.p, 1e-9);
      EXPECT_NEAR(8 * half_width(there, 0.05), half_width(far, 0.05), 1e-9);
    }
  }
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
