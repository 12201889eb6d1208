// What is said of real runs whose truth is known, a small part of tests/bench/verdict_bench: by chance one
// comparison in twenty of a setup with itself is called different at 95 %, more than three of ten once in a
// hundred times.
#include "core/compare/verdict.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "tests/support/same_setup.h"
#include "tests/train/small_trainer.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

constexpr std::int64_t kComparisons = 10, kSeeds = 5, kSteps = 40;

TEST(VerdictOfRealRuns, OneSetupIsSeldomCalledDifferentFromItselfAndAPlantedDifferenceIsFound) {
  std::vector<std::vector<Arm>> made;
  double half_widths = 0;
  int false_alarms = 0;
  for (std::int64_t c = 0; c < kComparisons; ++c) {
    auto arms = test::same_setup_twice([](const Config& config) { return TrainerImpl::create(config); }, c, kSeeds,
                                       kSteps);
    ASSERT_TRUE(arms) << arms.error().message;
    const Verdict verdict = judge(*arms, kSeeds)[0];
    ASSERT_NE(verdict.finding, Finding::identical_bits) << "weights of their own";
    false_alarms += test::is_told_apart(verdict);
    half_widths += verdict.half_width / kComparisons;
    made.push_back(std::move(*arms));
  }
  EXPECT_LE(false_alarms, 3);
  int found = 0;
  for (std::vector<Arm>& arms : made) {
    for (double& loss : arms[1].by_seed) loss -= 2 * half_widths;
    found += judge(arms, kSeeds)[0].finding == Finding::better;
  }
  EXPECT_GE(found, 8);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
