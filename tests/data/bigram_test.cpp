#include "core/data/bigram.h"

#include <gtest/gtest.h>

#include <cmath>

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

TEST(Bigram, IsLnVWithoutTraining) { EXPECT_NEAR(bigram_loss({}, {0, 3, 1, 2}, 4), std::log(4.0), 1e-12); }

TEST(Bigram, CountsTransitionsWithAddOneSmoothing) {
  // 0 -> 1 three times, 1 -> 0 twice; V = 3.
  // p(1|0) = 4/6, p(0|1) = 3/5, p(2|1) = 1/5, p(0|2) = 1/3.
  const double expected =
      -(std::log(4.0 / 6) + std::log(3.0 / 5) + std::log(4.0 / 6) + std::log(1.0 / 5) + std::log(1.0 / 3)) / 5;
  EXPECT_NEAR(bigram_loss({0, 1, 0, 1, 0, 1}, {0, 1, 0, 1, 2, 0}, 3), expected, 1e-12);
}

TEST(Bigram, DoesNotExistWithoutATransition) {
  EXPECT_TRUE(std::isnan(bigram_loss({0, 1}, {0}, 2)));
  EXPECT_TRUE(std::isnan(bigram_loss({0, 1}, {}, 2)));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
