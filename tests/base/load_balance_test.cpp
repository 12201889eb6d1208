#include "core/base/load_balance.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

TEST(LoadBalance, IsTheDefinitionsOwn) {
  const std::vector<double> even{5, 5, 5, 5}, uneven{6, 2, 0, 0}, one{3}, none{0, 0};
  EXPECT_DOUBLE_EQ(load_entropy(even), 1.0);
  EXPECT_DOUBLE_EQ(max_violation(even), 0.0);
  // H(3/4, 1/4) / ln 4
  EXPECT_DOUBLE_EQ(entropy_of(uneven), 0.5623351446188083);
  EXPECT_DOUBLE_EQ(load_entropy(uneven), 0.4056390622295664);
  EXPECT_DOUBLE_EQ(max_violation(uneven), 2.0);
  EXPECT_TRUE(std::isnan(load_entropy(one)));
  EXPECT_DOUBLE_EQ(max_violation(one), 0.0);
  EXPECT_TRUE(std::isnan(load_entropy(none)));
  EXPECT_TRUE(std::isnan(max_violation(none)));
  EXPECT_TRUE(std::isnan(max_violation({})));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
