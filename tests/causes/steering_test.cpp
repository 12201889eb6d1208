// Steering sweeps in closed form.
#include "core/causes/steering_sweep.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/causes/fake_model.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using test::FakeModel;
using testing::HasSubstr;

// Domain 0 goes to experts 0 and 1, domain 1 to 2 and 3, by a liking of 3 more; only the liked are worth anything.
FakeModel two_camps() {
  FakeModel model;
  model.likes = [](std::size_t, std::size_t token, std::int32_t expert) {
    const FakeModel shape;
    return (shape.domain_of(token) == expert / 2 ? 3.0 : 0.0) - 0.1 * expert;
  };
  model.worth = [](std::size_t, std::size_t token, std::int32_t expert) {
    const FakeModel shape;
    return shape.domain_of(token) == expert / 2 ? 1.0 : 0.0;
  };
  return model;
}

SteeringSweep swept(const SteeringRequest& request) {
  Trials trials(two_camps());
  auto sweep = steering_sweep(request, trials);
  EXPECT_TRUE(sweep) << sweep.error().message;
  return sweep ? std::move(*sweep) : SteeringSweep{};
}

TEST(Steering, ADomainsExpertsAreThoseThatHaveMostOfIt) {
  SteeringRequest request;
  request.label = "domain 1";
  request.alphas = {0, 2, 8};
  const SteeringSweep sweep = swept(request);
  ASSERT_EQ(sweep.steered.size(), 2u);
  EXPECT_EQ(sweep.steered[0].expert, 2);
  EXPECT_EQ(sweep.steered[1].expert, 3);
  EXPECT_DOUBLE_EQ(sweep.steered[0].lift, 2.0);
  EXPECT_NEAR(sweep.points[0].loss, 3.0, 1e-6);
  EXPECT_EQ(sweep.points[0].mix, (std::vector<double>{0.0, 1.0}));
  EXPECT_EQ(sweep.points[0].load, 0.5);
  EXPECT_NEAR(sweep.points[1].loss, 3.0, 1e-6) << "2 is less than 3 and a little";
  // All tokens go there now: domain 0 has nothing of its own left.
  EXPECT_EQ(sweep.points[2].load, 1.0);
  EXPECT_EQ(sweep.points[2].mix, (std::vector<double>{0.5, 0.5}));
  ASSERT_EQ(sweep.groups.groups.size(), 3u);
  EXPECT_NEAR(sweep.points[2].loss_by_group[1], 5.0, 1e-6);
  EXPECT_NEAR(sweep.points[2].loss_by_group[2], 3.0, 1e-6);
}

TEST(Steering, OneExpertAwayAndBack) {
  SteeringRequest request;
  request.layer = 0;
  request.expert = 0;
  request.alphas = {-8, 0};
  const SteeringSweep sweep = swept(request);
  EXPECT_EQ(sweep.points[0].load, 0.0);
  EXPECT_TRUE(std::isnan(sweep.points[0].mix[0]));
  EXPECT_NEAR(sweep.points[0].loss_by_group[1], 4.0, 1e-6) << "domain 0 lost one of its two";
  EXPECT_NEAR(sweep.points[1].loss, 3.0, 1e-6);
}

// Experts that choose: the second place of every token is a filler, which weighs nothing.
TEST(Steering, CountsChoicesAndNoFillers) {
  Trials trials([](const Intervention& asked) -> Result<Trial> {
    auto trial = two_camps()(asked);
    for (std::size_t a = 1; a < trial->layers[0].expert.size(); a += 2)
      trial->layers[0].kept[a] = 0, trial->layers[0].weight[a] = 0;
    return trial;
  });
  SteeringRequest request;
  request.layer = 0;
  request.expert = 0;
  request.alphas = {0};
  const auto sweep = steering_sweep(request, trials);
  ASSERT_TRUE(sweep);
  EXPECT_EQ(sweep->points[0].load, 0.5) << "half of the tokens, one choice each";
}

// Expert 3 has one token, of domain 1: all that it has, and chance. Expert 2 has the rest of it, and a few others.
TEST(Steering, ANearlyDeadExpertIsNoDomains) {
  FakeModel model = two_camps();
  model.top_k = 1;
  model.likes = [](std::size_t, std::size_t token, std::int32_t expert) {
    const FakeModel shape;
    if (expert == 3) return token == 600 ? 9.0 : -9.0;
    const bool second = shape.domain_of(token) == 1 || token % 10 == 0;
    return (second ? expert == 2 : expert == static_cast<std::int32_t>(token % 2)) ? 1.0 : 0.0;
  };
  Trials trials(model);
  SteeringRequest request;
  request.label = "domain 1";
  request.alphas = {0};
  const auto sweep = steering_sweep(request, trials);
  ASSERT_TRUE(sweep);
  ASSERT_EQ(sweep->steered.size(), 1u);
  EXPECT_EQ(sweep->steered[0].expert, 2);
  EXPECT_LT(sweep->steered[0].lift, 2.0);
}

TEST(Steering, NamesWhatIsAllowed) {
  const auto why = [](SteeringRequest request) {
    Trials trials(two_camps());
    const auto sweep = steering_sweep(request, trials);
    return sweep ? std::string() : sweep.error().message;
  };
  SteeringRequest request;
  request.label = "poetry";
  EXPECT_THAT(why(request), HasSubstr("'poetry': no token has it; allowed is domain 0, domain 1"));
  request.label = "";
  request.expert = 4;
  EXPECT_THAT(why(request), HasSubstr("experts 0 to 3"));
  request.layer = 1;
  EXPECT_THAT(why(request), HasSubstr("MoE layers 0 to 0"));
  request.alphas.clear();
  EXPECT_THAT(why(request), HasSubstr("at least one"));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
