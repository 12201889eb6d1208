#include "core/insight/straggler.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <string>
#include <vector>

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

// What is told over `steps` steps in which ranks compute so long, each waited for by the others.
class Stragglers : public ::testing::Test {
 protected:
  std::vector<std::string> told(const std::vector<float>& compute_ms, std::int64_t steps) {
    const float longest = *std::max_element(compute_ms.begin(), compute_ms.end());
    std::vector<std::string> out;
    for (std::int64_t i = 0; i < steps; ++i) {
      StepRecord record;
      record.step = ++step_;
      record.model_id = model_id_;
      for (const float ms : compute_ms) {
        RankRecord rank;
        rank.compute_ms = ms;
        rank.sum_ms = longest - ms + 1;
        record.ranks.push_back(rank);
      }
      if (std::string text = watch_.take(record); !text.empty()) out.push_back(std::move(text));
    }
    return out;
  }

  StragglerWatch watch_;
  std::int64_t step_ = 0;
  std::uint32_t model_id_ = 1;
};

TEST_F(Stragglers, OneIsToldOnceAndWhenItIsOver) {
  EXPECT_THAT(told({10, 11, 10}, 60), IsEmpty());
  const auto first = told({10, 10, 20}, 100);
  ASSERT_EQ(first.size(), 1u);
  EXPECT_EQ(
      first[0],
      "rank 2 is a straggler: in steps 61 to 80 it computed 2.0 times as long as the others, which waited 10 "
      "of 21 ms for it");
  // Between the two bounds it stays what it is.
  EXPECT_THAT(told({10, 10, 13}, 100), IsEmpty());
  const auto over = told({10, 10, 11}, 40);
  ASSERT_EQ(over.size(), 1u);
  EXPECT_EQ(over[0], "rank 2 keeps up with the others again, from step 261 on");
  EXPECT_THAT(told({10, 10, 10}, 40), IsEmpty());
}

TEST_F(Stragglers, AnotherTakesItsPlace) {
  ASSERT_EQ(told({20, 10}, 20).size(), 1u);
  const auto next = told({10, 30}, 20);
  ASSERT_EQ(next.size(), 1u);
  EXPECT_THAT(next[0], AllOf(HasSubstr("rank 1 is a straggler"), HasSubstr("3.0 times")));
}

TEST_F(Stragglers, OfTwoThatAreSlowOneIsToldOnce) {
  ASSERT_EQ(told({20.1F, 20, 10, 10, 10, 10, 10, 10}, 20).size(), 1u);
  for (int i = 0; i < 5; ++i) {
    EXPECT_THAT(told({20, 20.1F, 10, 10, 10, 10, 10, 10}, 20), IsEmpty());
    EXPECT_THAT(told({20.1F, 20, 10, 10, 10, 10, 10, 10}, 20), IsEmpty());
  }
}

TEST_F(Stragglers, AnotherModelBeginsAStretchOfItsOwn) {
  told({10, 30}, 5);
  step_ = 0;
  model_id_ = 2;
  const auto late = told({10, 30}, 20);
  ASSERT_EQ(late.size(), 1u);
  EXPECT_THAT(late[0], HasSubstr("in steps 1 to 20 "));
}

TEST_F(Stragglers, OneSlowStepIsNone) {
  EXPECT_THAT(told({10, 10}, 19), IsEmpty());
  EXPECT_THAT(told({10, 50}, 1), IsEmpty()) << "40 ms more of 200";
  EXPECT_THAT(told({10}, 50), IsEmpty()) << "one process waits for nobody";
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
