// Trainers that share one thread, as in a lab: each computes on the number of threads it was asked to.
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "tests/train/small_trainer.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

TEST(Beside, EachComputesOnItsOwnNumberOfThreadsAndIsWhatItIsAlone) {
  Config two = small();
  two.threads = 2;
  const std::vector<double> alone = losses(*make(two), 4), alone_one = losses(*make(small()), 4);
  const auto a = make(two), b = make(small());
  std::vector<double> beside, beside_one;
  for (int i = 0; i < 4; ++i) {
    beside.push_back(step(*a).loss);
    EXPECT_EQ(at::get_num_threads(), 2);
    beside_one.push_back(step(*b).loss);
    EXPECT_EQ(at::get_num_threads(), 1);
    ASSERT_TRUE(a->probe());
    EXPECT_EQ(at::get_num_threads(), 2) << "looks too";
  }
  EXPECT_EQ(beside, alone);
  EXPECT_EQ(beside_one, alone_one);
  EXPECT_TRUE(same_bits(a->weights(), [&] {
    const auto again = make(two);
    losses(*again, 4);
    return again->weights();
  }()));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
