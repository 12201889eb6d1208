#include "core/config/expert_names.h"

#include <gmock/gmock.h>

#include "core/config/knobs.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(ExpertNames, ComeBackAsTheyWereSaid) {
  for (const char* text : {"none", "0.3", "0.3 1.5", "*.3 2.0", "0.router *.router"}) {
    const auto names = experts_named(text);
    ASSERT_TRUE(names) << text;
    EXPECT_EQ(text_of(*names), text);
  }
  EXPECT_EQ(text_of(*experts_named("  0.3   1.5 ")), "0.3 1.5");
}

TEST(ExpertNames, WhatIsNoneIsNamed) {
  EXPECT_FALSE(experts_named("0.3 none")) << "nobody beside somebody";
  for (const char* text : {"3", "0.", ".3", "0.3.4", "0.-1", "x.3", "0.routers", "-1.3", "0.3,1.5", "nobody"}) {
    const auto names = experts_named(text);
    ASSERT_FALSE(names) << text;
    EXPECT_THAT(names.error().message, HasSubstr(std::string("'") + text + "' names no expert"));
  }
}

Config four_of_two() {
  Config config;
  config.layers = 2;
  config.experts = 4;
  return config;
}

std::vector<std::string> problems(const Config& config) {
  std::vector<std::string> found;
  for (const ConfigProblem& problem : validate(config)) found.push_back(problem.message);
  return found;
}

TEST(ExpertNames, SayWhomAKnobMeansInEachLayer) {
  const auto layers = named_in_layers("*.1 0.3 1.router", four_of_two());
  ASSERT_EQ(layers.size(), 2u);
  EXPECT_THAT(layers[0].experts, ElementsAre(0, 1, 0, 1));
  EXPECT_THAT(layers[1].experts, ElementsAre(0, 1, 0, 0));
  EXPECT_FALSE(layers[0].router);
  EXPECT_TRUE(layers[1].router);
  Config sparse = four_of_two();
  sparse.layers = 4;
  sparse.moe_every = 2;
  EXPECT_THAT(moe_blocks(sparse), ElementsAre(1, 3));
}

TEST(ExpertNames, WhatIsNotThereIsRefused) {
  Config config = four_of_two();
  config.muted = "0.4";
  EXPECT_THAT(problems(config), ElementsAre("muted = 0.4: a layer has experts 0 to 3"));
  config.muted = "2.0";
  EXPECT_THAT(problems(config), ElementsAre("muted = 2.0: block 2 has no experts; allowed are 0, 1"));
  config.muted = "0.router";
  EXPECT_THAT(problems(config), ElementsAre("muted = 0.router: names experts, not routers"));
  config.muted = "none";
  config.frozen = "0.router 1.3";
  EXPECT_THAT(problems(config), IsEmpty());
  config.frozen = "all";
  EXPECT_THAT(problems(config), ElementsAre(HasSubstr("frozen = all: 'all' names no expert")));
}

TEST(ExpertNames, EnoughAreLeftToChooseAmong) {
  Config config = four_of_two();
  config.top_k = 2;
  config.muted = "0.0 0.1";
  EXPECT_THAT(problems(config), IsEmpty());
  config.muted = "0.0 0.1 0.3";
  EXPECT_THAT(problems(config),
              ElementsAre(HasSubstr("leaves 1 expert of layer 0 to choose among, top_k = 2 are needed")));
  // Two groups of two, one of which is kept: whichever that is.
  config.gate = Gate::sigmoid;
  config.aux_coef = 0;
  config.route_groups = 2;
  config.muted = "1.0";
  EXPECT_THAT(problems(config),
              ElementsAre(HasSubstr(
                  "leaves 1 expert of layer 1 to choose among, top_k = 2 are needed in any of the groups")));
  config.top_k = 1;
  EXPECT_THAT(problems(config), IsEmpty());
}

TEST(ExpertNames, SteeringNeedsLogits) {
  Config config = four_of_two();
  config.gate = Gate::random;
  config.aux_coef = config.z_coef = 0;
  config.steered = "0.1";
  EXPECT_THAT(problems(config), IsEmpty()) << "by 0";
  config.steer = 1;
  EXPECT_THAT(problems(config), ElementsAre(HasSubstr("this gate has no logits to steer by")));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
