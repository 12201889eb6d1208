#include "viz/base/view.h"

#include <gtest/gtest.h>

namespace viz {
namespace SWITCHYARD_TEST_FILE {

std::vector<int> walked(const View<int>& view, std::size_t from, std::size_t to, int* stretches = nullptr) {
  std::vector<int> out;
  view.for_stretches(from, to, [&](const int* p, std::size_t n, std::size_t stride) {
    if (stretches) ++*stretches;
    for (std::size_t i = 0; i < n; ++i) out.push_back(p[i * stride]);
  });
  return out;
}

TEST(View, ReadsThroughTheWrap) {
  const std::vector<int> ring = {4, 5, 6, 0, 1, 2, 3};
  const View<int> view(ring.data(), 7, 3, 7);
  for (std::size_t i = 0; i < view.size(); ++i) EXPECT_EQ(view[i], static_cast<int>(i));
}

TEST(View, StepsOverColumns) {
  const std::vector<int> table = {0, 10, 20, 1, 11, 21, 2, 12, 22};  // three rows of three
  const View<int> column(table.data() + 1, 3, 0, 3, 3);
  EXPECT_EQ(column[0], 10);
  EXPECT_EQ(column[2], 12);
  const View<int> wrapped(table.data() + 1, 3, 2, 3, 3);
  EXPECT_EQ(wrapped[0], 12);
  EXPECT_EQ(wrapped[1], 10);
}

TEST(View, StretchesAgreeWithIndexing) {
  const std::vector<int> ring = {40, 50, 60, 70, 10, 20, 30};
  for (std::size_t first = 0; first < ring.size(); ++first) {
    const View<int> view(ring.data(), 7, first, 7);
    for (std::size_t from = 0; from <= 7; ++from) {
      for (std::size_t to = from; to <= 7; ++to) {
        std::vector<int> expected;
        for (std::size_t i = from; i < to; ++i) expected.push_back(view[i]);
        int stretches = 0;
        EXPECT_EQ(walked(view, from, to, &stretches), expected);
        EXPECT_LE(stretches, 2);
      }
    }
  }
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace viz
