#include "core/study/axes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "tests/support/temporary_folder.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> values(std::string_view text) {
  const auto axis = axis_from_text(text);
  EXPECT_TRUE(axis) << axis.error().message;
  return axis ? axis->values : std::vector<std::string>{};
}

std::string refusal(std::string_view text) {
  const auto axis = axis_from_text(text);
  EXPECT_FALSE(axis) << text;
  if (axis) return {};
  EXPECT_EQ(axis.error().kind, ErrorKind::usage);
  return axis.error().message;
}

std::vector<std::string> names(const std::vector<Combination>& found) {
  std::vector<std::string> out;
  for (const Combination& one : found) out.push_back(one.name);
  return out;
}

TEST(Axes, ValuesHaveTheTypeOfTheirKnob) {
  EXPECT_THAT(values("top_k=1,2,4"), ElementsAre("1", "2", "4"));
  EXPECT_THAT(values("capacity_factor=1,1.25,2e0"), ElementsAre("1", "1.25", "2"));
  EXPECT_THAT(values("learning_rate=1e-3,0.01"), ElementsAre("0.001", "0.01"));
  EXPECT_THAT(values("gate=softmax,sigmoid"), ElementsAre("softmax", "sigmoid"));
  EXPECT_THAT(values("residual=true,0"), ElementsAre("true", "false"));
  EXPECT_THAT(values("top_k=2"), ElementsAre("2"));
  EXPECT_THAT(values("corpus=../a.txt,b.txt"), ElementsAre("../a.txt", "b.txt"));
  const test::TemporaryFolder folder;
  folder.write("a,b.txt", "text");
  const std::string file = (folder.path() / "a,b.txt").native();
  EXPECT_THAT(values("corpus=" + file), ElementsAre(file));
}

TEST(Axes, RangesAreWrittenShort) {
  EXPECT_THAT(values("experts=4..8"), ElementsAre("4", "5", "6", "7", "8"));
  EXPECT_THAT(values("experts=2,4..6,16"), ElementsAre("2", "4", "5", "6", "16"));
  EXPECT_THAT(values("layers=1..7:3"), ElementsAre("1", "4", "7"));
  // A knob whose scale is logarithmic: equal ratios. 0.001 * 10^(1/2) = 0.00316.
  EXPECT_THAT(values("learning_rate=0.001..0.1:5"), ElementsAre("0.001", "0.00316", "0.01", "0.0316", "0.1"));
  EXPECT_THAT(values("d_model=32..512:5"), ElementsAre("32", "64", "128", "256", "512"));
  EXPECT_THAT(values("beta1=0.8..0.9:3"), ElementsAre("0.8", "0.85", "0.9"));
  // Three digits would leave the range, or fall together.
  EXPECT_THAT(values("capacity_factor=1.001..1.009:5"), ElementsAre("1.001", "1.003", "1.005", "1.007", "1.009"));
  EXPECT_EQ(values("learning_rate=0.00100..0.0010049:4").size(), 4u);
  EXPECT_THAT(values("batch_size=1..3:9"), ElementsAre("1", "2", "3")) << "as many as there are";
  EXPECT_THAT(values("aux_coef=0,0.001..0.1:3"), ElementsAre("0", "0.001", "0.01", "0.1"));
}

TEST(Axes, BadValuesNameKeyAndRange) {
  EXPECT_THAT(refusal("top_k=1,0"), AllOf(HasSubstr("top_k = 0"), HasSubstr("1 to 256")));
  EXPECT_THAT(refusal("top_k=1,two"), AllOf(HasSubstr("top_k = 'two'"), HasSubstr("integer")));
  EXPECT_THAT(refusal("top_k=1,,2"), HasSubstr("top_k = ''"));
  EXPECT_THAT(refusal("top_k="), HasSubstr("top_k = ''"));
  EXPECT_THAT(refusal("gate=softmax,best"), AllOf(HasSubstr("gate = 'best'"), HasSubstr("sinkhorn")));
  EXPECT_THAT(refusal("experts=0..4"), AllOf(HasSubstr("experts = 0"), HasSubstr("1 to 256")));
  EXPECT_THAT(refusal("experts=8..4"), HasSubstr("from less to more"));
  EXPECT_THAT(refusal("learning_rate=0.001..0.1"), HasSubstr(":5"));
  EXPECT_THAT(refusal("learning_rate=0..0.1:3"), HasSubstr("begins above 0"));
  EXPECT_THAT(refusal("experts=1..9:1"), HasSubstr("2 to"));
  EXPECT_THAT(refusal("experts=1..9:"), HasSubstr("2 to"));
  EXPECT_THAT(refusal("schedule_steps=1..2000"), HasSubstr("A..B:N"));
  EXPECT_THAT(refusal("top_k=1,2,1"), HasSubstr("twice"));
  EXPECT_THAT(refusal("capacity_factor=1,1.0"), HasSubstr("twice"));
  EXPECT_THAT(refusal("magic=1,2"), HasSubstr("magic"));
  EXPECT_THAT(refusal("top_k"), HasSubstr("KEY="));
  EXPECT_THAT(refusal("=1"), HasSubstr("KEY="));
}

TEST(Axes, LogarithmicAreNumbersAboveZeroOfSuchKnobs) {
  EXPECT_TRUE(is_log(*axis_from_text("learning_rate=0.001,0.01")));
  EXPECT_FALSE(is_log(*axis_from_text("aux_coef=0,0.01")));
  EXPECT_FALSE(is_log(*axis_from_text("top_k=1,2")));
  EXPECT_FALSE(is_log(*axis_from_text("gate=softmax,sigmoid")));
  EXPECT_TRUE(is_number(*axis_from_text("top_k=1,2")));
  EXPECT_FALSE(is_number(*axis_from_text("gate=softmax,sigmoid")));
}

TEST(Axes, AGridIsAllCombinationsAndTellsWhatIsRefused) {
  Config base;
  base.experts = 2;
  const std::vector<StudyAxis> axes{*axis_from_text("top_k=1,2,4"), *axis_from_text("capacity_factor=1,1.25")};
  const auto found = grid(base, axes);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_THAT(names(found->valid), ElementsAre("top_k=1,capacity_factor=1", "top_k=1,capacity_factor=1.25",
                                               "top_k=2,capacity_factor=1", "top_k=2,capacity_factor=1.25"));
  ASSERT_EQ(found->left_out.size(), 2u);
  EXPECT_EQ(found->left_out[1].name, "top_k=4,capacity_factor=1.25");
  EXPECT_THAT(found->left_out[1].why, HasSubstr("top_k = 4: allowed is 1 to experts = 2"));
  Config wanted = base;
  wanted.top_k = 2, wanted.capacity_factor = 1.25;
  EXPECT_EQ(found->valid[3].config, wanted);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(position_of(axes[0], found->valid[i].config), i / 2);
    EXPECT_EQ(position_of(axes[1], found->valid[i].config), i % 2);
  }
  base.top_k = 3;
  EXPECT_EQ(position_of(axes[0], base), 3u) << "none";
}

TEST(Axes, AGridBeyondAllMeasureIsRefused) {
  const std::vector<StudyAxis> axes{*axis_from_text("seed=1..1000"), *axis_from_text("schedule_steps=1..1000")};
  const auto refused = grid({}, axes);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("--random"));
  EXPECT_TRUE(drawn({}, axes, 5, 1)) << "but a few of it can be drawn";
}

TEST(Axes, DrawnAreDistinctRepeatableAndBeginAlike) {
  const std::vector<StudyAxis> axes{*axis_from_text("experts=1..30"), *axis_from_text("top_k=1..10")};
  // Of 300 are 45 refused: top_k above experts, 9 + 8 + ... + 1.
  const auto names_drawn = [&](std::int64_t count, std::uint64_t seed) {
    return names(drawn({}, axes, count, seed)->valid);
  };
  const auto ten = names_drawn(10, 1), twenty = names_drawn(20, 1);
  EXPECT_EQ(ten, names_drawn(10, 1));
  EXPECT_NE(ten, names_drawn(10, 2));
  EXPECT_TRUE(std::equal(ten.begin(), ten.end(), twenty.begin()));
  const auto all = drawn({}, axes, 1000, 3);
  EXPECT_EQ(all->valid.size(), 255u);
  EXPECT_EQ(all->left_out.size(), 45u);
  const auto listed = names(all->valid);
  EXPECT_EQ(std::set<std::string>(listed.begin(), listed.end()).size(), 255u);
  auto in_order = names(grid({}, axes)->valid), sorted = listed;
  std::sort(in_order.begin(), in_order.end());
  std::sort(sorted.begin(), sorted.end());
  EXPECT_EQ(sorted, in_order) << "every one of the grid";
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
