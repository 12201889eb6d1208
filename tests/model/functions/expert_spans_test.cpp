#include "core/model/functions/expert_spans.h"

#include <gtest/gtest.h>

#include "core/base/random.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

TEST(RowsOfBlock, WhatThreadsHoldIsAFifthOfWhatIsKeptAtMostOrFitsTheirCaches) {
  RandomStream random(7, "blocks");
  for (int round = 0; round < 500; ++round) {
    const auto below = [&](std::int64_t n) {
      return 1 + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(n)));
    };
    const std::int64_t width = below(2048), most = 32 * below(16) + 64;
    const BlockBytes bytes{below(std::int64_t{1} << below(34)), below(1 << 20), below(40000)};
    const std::int64_t rows = rows_of_block(bytes, width, most);
    ASSERT_EQ(rows % 32, 0);
    ASSERT_LE(rows, most);
    ASSERT_GE(rows, std::min<std::int64_t>(64, most));
    const auto held = [&](std::int64_t n) { return bytes.thread + n * (bytes.row + 12 * width); };
    const std::int64_t allowed = std::max<std::int64_t>(1 << 20, bytes.kept / 5 / at::get_num_threads());
    if (rows > 64) {
      ASSERT_LE(held(rows), allowed) << "of " << bytes.kept << " bytes kept";
    }
    // And no fewer than that asks for.
    if (rows < most) {
      ASSERT_GT(static_cast<double>(held(rows + 32)), 0.7 * static_cast<double>(allowed)) << "of " << bytes.kept << " bytes kept";
    }
  }
}

TEST(RowsOfBlock, ALargeLayerHasAsManyAsAreUseful) {
  EXPECT_EQ(rows_of_block({std::int64_t{1} << 36, 1 << 20, 10000}, 512, 512), 512);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
