#include "core/base/random.h"

#include <gtest/gtest.h>

#include <cmath>

namespace switchyard {
namespace {

TEST(RandomStream, IsNamedBySeedAndPurpose) {
  RandomStream a(1, "batches"), same(1, "batches"), other_seed(2, "batches"), other_purpose(1, "noise");
  const auto first = a.next_u64();
  EXPECT_EQ(first, same.next_u64());
  EXPECT_NE(first, other_seed.next_u64());
  EXPECT_NE(first, other_purpose.next_u64());
}

TEST(RandomStream, GoesOnFromItsState) {
  RandomStream a(3, "x");
  for (int i = 0; i < 10; ++i) a.next_u64();
  RandomStream b(99, "y");
  b.set_state(a.state());
  for (int i = 0; i < 10; ++i) EXPECT_EQ(a.next_u64(), b.next_u64());
}

// 100,000 draws: the mean of a uniform is within 5 standard errors of 1/2, of 3 sides within 5 of 1/3.
TEST(RandomStream, IsUniform) {
  RandomStream stream(4, "uniform");
  constexpr int kDraws = 100'000;
  double sum = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double u = stream.uniform();
    ASSERT_GE(u, 0);
    ASSERT_LT(u, 1);
    sum += u;
  }
  EXPECT_NEAR(sum / kDraws, 0.5, 5 * std::sqrt(1.0 / 12 / kDraws));
  int sides[3] = {};
  for (int i = 0; i < kDraws; ++i) ++sides[stream.below(3)];
  for (const int side : sides)
    EXPECT_NEAR(side / static_cast<double>(kDraws), 1.0 / 3, 5 * std::sqrt(2.0 / 9 / kDraws));
  EXPECT_EQ(stream.below(1), 0u);
}

TEST(RandomStream, IsNormal) {
  RandomStream stream(5, "normal");
  constexpr int kDraws = 100'000;
  double sum = 0, squares = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double z = stream.normal();
    ASSERT_TRUE(std::isfinite(z));
    sum += z;
    squares += z * z;
  }
  EXPECT_NEAR(sum / kDraws, 0, 5 / std::sqrt(kDraws));
  EXPECT_NEAR(squares / kDraws, 1, 5 * std::sqrt(2.0 / kDraws));
}

}  // namespace
}  // namespace switchyard
