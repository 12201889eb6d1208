#include "core/base/load_spread.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

// What numpy says of the same counts: min, max, std and percentile with their defaults.
TEST(LoadSpread, IsNumpys) {
  struct Case {
    std::vector<float> counts;
    double figures[7];
  };
  const Case cases[] = {
      {{3, 1, 4, 1, 5, 9, 2, 6}, {1.0, 9.0, 2.5708704751503917, 3.5, 5.25, 6.8999999999999995, 7.949999999999998}},
      {{7}, {7, 7, 0, 7, 7, 7, 7}},
      {{2, 10}, {2, 10, 4, 6, 8, 9.2, 9.6}},
      {{0, 0, 0, 64}, {0, 64, 27.712812921102035, 0, 16, 44.80000000000001, 54.39999999999998}},
      {{12.5F, 7.25F, 100, 3}, {3, 100, 40.15881557952127, 9.875, 34.375, 73.75000000000001, 86.87499999999997}},
  };
  for (const Case& one : cases) {
    const LoadSpread got = load_spread(one.counts);
    const double figures[] = {got.min, got.max, got.std, got.p50, got.p75, got.p90, got.p95};
    for (std::size_t i = 0; i < 7; ++i)
      EXPECT_DOUBLE_EQ(figures[i], one.figures[i]) << one.counts.size() << " counts, figure " << i;
  }
}

TEST(LoadSpread, OfNothingDoesNotExist) {
  const LoadSpread none = load_spread({});
  EXPECT_TRUE(std::isnan(none.min) && std::isnan(none.std) && std::isnan(none.p95));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
