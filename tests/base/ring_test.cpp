#include "core/base/ring.h"

#include <gtest/gtest.h>

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

TEST(Ring, KeepsTheLastValuesInOrder) {
  Ring<int> ring(3);
  EXPECT_TRUE(ring.empty());
  for (int i = 1; i <= 5; ++i) {
    ring.push(i);
    EXPECT_EQ(ring.back(), i);
    EXPECT_EQ(ring.size(), static_cast<std::size_t>(std::min(i, 3)));
  }
  EXPECT_EQ(ring[0], 3);
  EXPECT_EQ(ring[1], 4);
  EXPECT_EQ(ring[2], 5);
  ring.clear();
  EXPECT_TRUE(ring.empty());
  ring.push(9);
  EXPECT_EQ(ring[0], 9);
}

TEST(Ring, ShowsItselfWithoutACopy) {
  Ring<double> ring(4);
  for (int i = 0; i < 6; ++i) ring.push(i);
  const Strided<double> view = ring.view();
  ASSERT_EQ(view.size(), 4u);
  EXPECT_EQ(view.first, 2u);
  EXPECT_EQ(view.capacity, 4u);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(view[i], static_cast<double>(i + 2));
  EXPECT_EQ(view.back(), 5);
  EXPECT_GE(view.data + 4, &ring[0]);
}

TEST(Ring, OfOneValue) {
  Ring<int> ring(1);
  ring.push(1);
  ring.push(2);
  EXPECT_EQ(ring.size(), 1u);
  EXPECT_EQ(ring[0], 2);
}

TEST(Strided, ReadsAColumnOfATable) {
  const int table[] = {1, 2, 3, 4, 5, 6};
  const Strided<int> column{table + 1, 2, 0, 2, 3};
  EXPECT_EQ(column[0], 2);
  EXPECT_EQ(column[1], 5);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
