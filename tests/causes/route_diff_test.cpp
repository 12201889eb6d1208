// Route diffs in closed form.
#include "core/causes/route_diff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/causes/fake_model.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using test::FakeModel;
using testing::HasSubstr;

// Token t is sent to experts t and t + 1 by its number.
FakeModel by_number(std::int32_t shift_of_second_domain = 0) {
  FakeModel model;
  model.likes = [=](std::size_t, std::size_t token, std::int32_t expert) {
    const FakeModel shape;
    const auto shift = static_cast<std::size_t>(shape.domain_of(token) == 1 ? shift_of_second_domain : 0);
    const auto rank = (static_cast<std::size_t>(expert) + 4 - (token + shift) % 4) % 4;
    return -static_cast<double>(rank);
  };
  model.worth = [](std::size_t, std::size_t, std::int32_t) { return 0.0; };
  return model;
}

Trial trial_of(const FakeModel& model, const Intervention& asked = {}) { return *model(asked); }

TEST(RouteDiff, OfAModelAgainstItselfIsNothing) {
  const Trial a = trial_of(by_number());
  const auto diff = route_diff(a, a);
  ASSERT_TRUE(diff);
  EXPECT_EQ(diff->layers[0].changed, 0.0);
  EXPECT_EQ(diff->layers[0].matched, 0.0);
  EXPECT_EQ(diff->layers[0].first_changed, 0.0);
  EXPECT_EQ(diff->layers[0].kept_share, 1.0);
  for (const double share : diff->layers[0].changed_by_group) EXPECT_EQ(share, 0.0);
}

TEST(RouteDiff, IsTheShareOfTokensWhoseSetIsAnotherByDomain) {
  const auto diff = route_diff(trial_of(by_number()), trial_of(by_number(2)));
  ASSERT_TRUE(diff);
  EXPECT_EQ(diff->layers[0].changed, 0.5);
  EXPECT_EQ(diff->layers[0].kept_share, 0.5) << "two further on no expert stays";
  ASSERT_EQ(diff->groups.groups.size(), 3u) << "all and two domains, no characters";
  EXPECT_EQ(diff->layers[0].changed_by_group, (std::vector<double>{0.5, 0.0, 1.0}));
  const auto half = route_diff(trial_of(by_number()), trial_of(by_number(1)));
  EXPECT_EQ(half->layers[0].kept_share, 0.75) << "one further on one of two stays";
}

// Order within a set is no difference, nor are names that are permuted.
TEST(RouteDiff, KnowsExpertsByTheirTokens) {
  const Trial a = trial_of(by_number());
  Trial turned = a, permuted = a;
  for (std::size_t t = 0; t < a.size(); ++t)
    std::swap(turned.layers[0].expert[2 * t], turned.layers[0].expert[2 * t + 1]);
  auto diff = route_diff(a, turned);
  EXPECT_EQ(diff->layers[0].changed, 0.0);
  EXPECT_EQ(diff->layers[0].first_changed, 1.0);
  // Only the first choice, so that pairs do not tie.
  Trial one = a;
  one.layers[0].top_k = 1;
  one.layers[0].expert.clear();
  for (std::size_t t = 0; t < a.size(); ++t) one.layers[0].expert.push_back(a.layers[0].expert[2 * t]);
  one.layers[0].kept.resize(a.size()), one.layers[0].weight.resize(a.size());
  permuted = one;
  for (std::int32_t& expert : permuted.layers[0].expert) expert = (expert + 1) % 4;
  diff = route_diff(one, permuted);
  EXPECT_EQ(diff->layers[0].changed, 1.0);
  EXPECT_EQ(diff->layers[0].matched, 0.0);
  EXPECT_EQ(diff->layers[0].renamed, (std::vector<std::int32_t>{3, 0, 1, 2}));
}

TEST(RouteDiff, RefusesModelsThatSawOtherTokensOrHaveOtherExperts) {
  const auto why = [](const FakeModel& other) {
    const auto diff = route_diff(trial_of(by_number()), trial_of(other));
    return diff ? std::string() : diff.error().message;
  };
  FakeModel other = by_number();
  other.sequences = 6;
  EXPECT_THAT(why(other), HasSubstr("other tokens"));
  other = by_number();
  other.layers = 2;
  EXPECT_THAT(why(other), HasSubstr("one model has 1 MoE layers, the other 2"));
  other = by_number();
  other.experts = 5;
  EXPECT_THAT(why(other), HasSubstr("4 experts, the other 5"));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
