#include "core/base/random.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <vector>

#include "core/base/philox.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

TEST(RandomStream, IsNamedBySeedAndPurpose) {
  RandomStream a(1, "batches"), same(1, "batches"), other_seed(2, "batches"), other_purpose(1, "noise");
  const auto first = a.next_u64();
  EXPECT_EQ(first, same.next_u64());
  EXPECT_NE(first, other_seed.next_u64());
  EXPECT_NE(first, other_purpose.next_u64());
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

// The known answers of Random123 1.14 (kat_vectors, philox4x32 10).
TEST(Philox, GivesTheKnownAnswers) {
  EXPECT_EQ(philox({0, 0, 0, 0}, {0, 0}), (PhiloxWords{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  constexpr std::uint32_t ones = 0xffffffff;
  EXPECT_EQ(philox({ones, ones, ones, ones}, {ones, ones}),
            (PhiloxWords{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (PhiloxWords{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

// One bit of a counter or key turns half of what comes out: 64 of 128 bits, over 2,000 trials within five standard
// errors.
TEST(Philox, EveryBitOfCounterAndKeyCounts) {
  for (int bit = 0; bit < 192; ++bit) {
    double turned = 0;
    constexpr int trials = 200;
    for (std::uint32_t trial = 0; trial < trials; ++trial) {
      PhiloxWords counter{trial, 3, 5, 7};
      PhiloxKey key{11, 13};
      const PhiloxWords before = philox(counter, key);
      (bit < 128 ? counter[static_cast<std::size_t>(bit / 32)] : key[static_cast<std::size_t>(bit / 32 - 4)]) ^=
          1U << bit % 32;
      const PhiloxWords after = philox(counter, key);
      for (std::size_t w = 0; w < 4; ++w) turned += std::popcount(before[w] ^ after[w]);
    }
    EXPECT_NEAR(turned / trials, 64, 5 * std::sqrt(32.0 / trials)) << bit;
  }
}

TEST(Philox, IntegersBelowABoundAreUniformAndOfTheirPlace) {
  const PhiloxKey key = philox_key(4, "places"), other = philox_key(4, "else"), seed = philox_key(5, "places");
  EXPECT_NE(key, other);
  EXPECT_NE(key, seed);
  std::vector<int> counts(7);
  for (std::uint64_t i = 0; i < 70'000; ++i) ++counts[philox_below(key, 2, i, 7)];
  for (const int count : counts) EXPECT_NEAR(count, 10'000, 5 * std::sqrt(70'000.0 / 7 * 6 / 7));
  EXPECT_NE(philox_below(key, 0, std::uint64_t{1} << 32, 1'000'000), philox_below(key, 0, 0, 1'000'000));
  EXPECT_NE(philox_below(key, 1, 0, 1'000'000), philox_below(key, 0, 0, 1'000'000));
  EXPECT_EQ(philox_below(key, 0, 5, 1), 0U);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
