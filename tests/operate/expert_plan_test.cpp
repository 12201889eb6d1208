#include "core/operate/expert_plan.h"

#include <gmock/gmock.h>

#include <random>

#include "core/operate/after_plan.h"
#include "core/operate/plan_words.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using testing::HasSubstr;
using Origin = NewExpert::Origin;

Config two_layers(std::int64_t experts = 4) {
  Config config;
  config.layers = 2;
  config.experts = experts;
  return config;
}

// "0 1 +2 2~3 !3": kept, cloned, merged, drawn anew or given.
std::string text_of(const LayerPlan& plan) {
  std::string text;
  for (const NewExpert& expert : plan.experts) {
    if (!text.empty()) text += " ";
    if (expert.origin == Origin::clone) text += "+";
    if (expert.origin == Origin::fresh) text += "!";
    if (expert.origin == Origin::donor) text += "=";
    if (expert.origin == Origin::first_half) text += "<";
    if (expert.origin == Origin::second_half) text += ">";
    for (std::size_t i = 0; i < expert.from.size(); ++i)
      text += (i > 0 ? "~" : "") + std::to_string(expert.from[i].first);
  }
  return text;
}

std::vector<std::string> planned(const std::string& line, const ExpertLoads& loads,
                                 const Config& config = two_layers()) {
  const auto plan = plan_of(*operation_of(line), config, loads);
  if (!plan) return {plan.error().message};
  std::vector<std::string> texts;
  for (const LayerPlan& layer : plan->layers) texts.push_back(text_of(layer));
  return texts;
}

using Texts = std::vector<std::string>;

TEST(SurgeryPlan, ClonesTheBusiestAndSharesItsLoad) {
  EXPECT_EQ(surgery_plan({1, 5, 2}, 4), (std::vector<std::int64_t>{0, 1, 2, 1}));
  // After one clone expert 1 and its copy carry 2.5 each, still more than 2; after two more, 2 leads.
  EXPECT_EQ(surgery_plan({1, 5, 2}, 6), (std::vector<std::int64_t>{0, 1, 2, 1, 1, 1}));
  EXPECT_EQ(surgery_plan({1, 3, 2}, 5), (std::vector<std::int64_t>{0, 1, 2, 1, 2}));
}

TEST(SurgeryPlan, RemovingDropsTheHighestIds) {
  EXPECT_EQ(surgery_plan({9, 1, 8, 7}, 2), (std::vector<std::int64_t>{0, 1}));
}

TEST(ExpertPlan, AllLayersKeepEquallyMany) {
  const ExpertLoads loads{{4, 1, 2, 3}, {1, 2, 3, 9}};
  EXPECT_EQ(planned("clone 0.2", loads), (Texts{"0 1 2 3 +2", "0 1 2 3 +3"}));
  EXPECT_EQ(planned("split 0.2", loads), (Texts{"0 1 <2 3 >2", "0 1 2 <3 >3"}));
  EXPECT_EQ(planned("remove 0.2", loads), (Texts{"0 1 3", "1 2 3"}));
  EXPECT_EQ(planned("remove 0.2 1.3", loads), (Texts{"0 1 3", "0 1 2"}));
  EXPECT_EQ(planned("remove *.1 *.2", loads), (Texts{"0 3", "0 3"}));
  EXPECT_EQ(planned("merge 0.3 0.0", loads), (Texts{"1 2 3~0", "0~1 2 3"}));
  EXPECT_EQ(planned("clone 0.2 onto 0.1", loads), (Texts{"0 +2 2 3", "0 1 2 3"}));
  EXPECT_EQ(planned("reinitialise 1.1", loads), (Texts{"0 1 2 3", "0 !1 2 3"}));
  EXPECT_EQ(planned("transplant 7.9 onto 1.1 from x", loads), (Texts{"0 1 2 3", "0 =1 2 3"}));
  EXPECT_EQ(planned("remove 0.2", {}), (Texts{"0 1 3", "1 2 3"})) << "without loads the lower id";
  for (const char* line : {"upcycle 8", "split all"})
    EXPECT_THAT(planned(line, loads).front(), HasSubstr("there is no plan of experts")) << line;
}

TEST(ExpertPlan, MergedExpertsAreWeightedByLoad) {
  const auto plan = plan_of(*operation_of("merge 0.1 0.3"), two_layers(), {{4, 1, 2, 3}, {0, 0, 5, 5}});
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->layers[0].experts[1].from, (std::vector<std::pair<std::int32_t, double>>{{1, .25}, {3, .75}}));
  EXPECT_EQ(plan->layers[1].experts[0].from, (std::vector<std::pair<std::int32_t, double>>{{0, .5}, {1, .5}}))
      << "without a load of either they count alike";
}

TEST(ExpertPlan, LoadsGoWithTheExperts) {
  const ExpertLoads loads{{4, 1, 2, 3}, {1, 2, 3, 9}};
  const auto after = [&](const char* line) {
    return loads_after(*plan_of(*operation_of(line), two_layers(), loads), loads);
  };
  EXPECT_EQ(after("clone 0.2"), (ExpertLoads{{4, 1, 1, 3, 1}, {1, 2, 3, 4.5, 4.5}}));
  EXPECT_EQ(after("split 0.2"), (ExpertLoads{{4, 1, 1, 3, 1}, {1, 2, 3, 4.5, 4.5}}));
  EXPECT_EQ(after("remove 0.2"), (ExpertLoads{{4, 1, 3}, {2, 3, 9}}));
  EXPECT_EQ(after("merge 0.3 0.0"), (ExpertLoads{{1, 2, 7}, {3, 3, 9}}));
  EXPECT_EQ(after("clone 0.2 onto 0.1"), (ExpertLoads{{4, 1, 1, 3}, {1, 2, 3, 9}}));
  EXPECT_EQ(after("reinitialise 1.1"), (ExpertLoads{{4, 1, 2, 3}, {1, 0, 3, 9}}));
}

TEST(ExpertPlan, WhatIsSaidOfAnExpertFollowsIt) {
  const auto place = [](const char* line, std::int32_t expert) {
    return place_after(plan_of(*operation_of(line), two_layers(), {})->layers[0], expert);
  };
  EXPECT_EQ(place("remove 0.1", 0), 0);
  EXPECT_EQ(place("remove 0.1", 1), -1);
  EXPECT_EQ(place("remove 0.1", 3), 2);
  EXPECT_EQ(place("merge 0.3 0.0", 3), 2);
  EXPECT_EQ(place("merge 0.3 0.0", 0), -1);
  EXPECT_EQ(place("clone 0.1 onto 0.2", 1), 1);
  EXPECT_EQ(place("clone 0.1 onto 0.2", 2), -1);
  EXPECT_EQ(place("reinitialise 0.2", 2), 2);
}

TEST(ExpertPlan, NamesInKnobsFollowTheExperts) {
  const auto after = [](const char* names, const char* line) {
    return names_after(names, *plan_of(*operation_of(line), two_layers(), {{4, 1, 2, 3}, {1, 2, 3, 9}}));
  };
  EXPECT_EQ(after("none", "remove 0.1"), "none");
  EXPECT_EQ(after("0.2 1.2 0.router", "split 0.2"), "0.2 0.4 1.2 0.router") << "of both halves";
  EXPECT_EQ(after("0.0 0.1 0.3 1.3 0.router", "remove 0.1"), "0.0 0.2 1.2 0.router");
  EXPECT_EQ(after("*.3", "remove 0.1"), "*.2") << "expert 0 of layer 1 goes with it";
  EXPECT_EQ(after("*.1", "remove 0.1"), "1.0");
  EXPECT_EQ(after("*.0", "remove 0.1"), "0.0");
  EXPECT_EQ(after("0.1", "remove 0.1"), "none");
  EXPECT_EQ(after("0.2 0.1", "clone 0.1 onto 0.2"), "0.1");
}

TEST(ExpertPlan, LayersThatShareARouterChangeAlike) {
  Config config = two_layers();
  config.shared_router = true;
  const ExpertLoads loads{{4, 1, 2, 3}, {1, 2, 3, 9}};
  EXPECT_EQ(planned("remove *.2", loads, config), (Texts{"0 1 3", "0 1 3"}));
  EXPECT_THAT(planned("remove 0.2", loads, config)[0], HasSubstr("name the expert in every layer, as in *.3"));
  EXPECT_EQ(planned("transplant 0.1 onto 0.2 from x", loads, config), (Texts{"0 1 =2 3", "0 1 2 3"}));
  const auto router = plan_of(*operation_of("reinitialise router 0"), config, loads);
  ASSERT_TRUE(router);
  EXPECT_TRUE(router->layers[0].new_router && router->layers[1].new_router);
}

TEST(ExpertPlan, WhatCannotBeDoneIsRefused) {
  const std::pair<const char*, const char*> wrong[] = {
      {"clone 2.0", "block 2 has no experts; those of this model with experts are 0, 1"},
      {"clone 0.4", "a layer has experts 0 to 3"},
      {"remove 0.1 *.1", "expert 1 of layer 0 is named twice"},
      {"remove 0.1 0.2 1.3", "name as many of each layer, or of one layer alone"},
      {"remove 0.0 0.1 0.2 0.3", "one of a layer's 4 experts has to stay"},
      {"clone 0.1 onto 1.1", "a copy stays in its layer"},
      {"clone 0.1 onto 0.1", "onto itself"},
      {"merge 0.1 1.1", "at least two experts of one layer"},
      {"reinitialise router 5", "block 5 has no router"},
      {"transplant 0.1 onto *.1 from x", "takes the place of one expert of one layer"},
  };
  for (const auto& [line, why] : wrong) EXPECT_THAT(planned(line, {})[0], HasSubstr(why)) << line;
  Config dense = two_layers();
  dense.ffn = Ffn::dense;
  EXPECT_THAT(planned("clone 0.1", {}, dense)[0], HasSubstr("no experts"));
}

TEST(ExpertPlan, AnOperationIsToldInAllItsLayers) {
  const auto told = [](const char* line) {
    const auto operation = *operation_of(line);
    return sentence_of(operation, *plan_of(operation, two_layers(), {{4, 1, 2, 3}, {1, 2, 3, 9}}));
  };
  EXPECT_EQ(told("remove 0.2"), "removed E02 of layer 0 and, for layers have equally many, E00 of layer 1");
  EXPECT_EQ(told("clone 1.2"), "cloned E02 of layer 1 and, for layers have equally many, E00 of layer 0");
  EXPECT_EQ(told("merge *.0 *.1"), "merged E00 and E01 of layer 0, E00 and E01 of layer 1");
  EXPECT_EQ(told("clone 0.1 onto 0.2"), "0.2 is a copy of 0.1 by now");
}

// Whatever is done: weights sum to 1, all sources are there, and all loads but those of what goes are still there.
TEST(ExpertPlan, HoldsItsInvariantsOverRandomShapes) {
  std::mt19937 random(7);
  const auto below = [&](std::int64_t n) { return std::uniform_int_distribution<std::int64_t>(0, n - 1)(random); };
  for (int trial = 0; trial < 500; ++trial) {
    Config config = two_layers(2 + below(12));
    config.layers = 1 + below(4);
    ExpertLoads loads(static_cast<std::size_t>(config.layers));
    for (auto& layer : loads)
      for (std::int64_t e = 0; e < config.experts; ++e) layer.push_back(static_cast<double>(below(5)));
    const std::int64_t block = below(config.layers), a = below(config.experts),
                       b = (a + 1 + below(config.experts - 1)) % config.experts;
    const std::string one = std::to_string(block) + "." + std::to_string(a),
                      other = std::to_string(block) + "." + std::to_string(b);
    const std::string lines[] = {"clone " + one, "remove " + one, "merge " + one + " " + other,
                                 "clone " + one + " onto " + other, "reinitialise " + one + " " + other};
    const std::string& line = lines[below(5)];
    const auto plan = plan_of(*operation_of(line), config, loads);
    ASSERT_TRUE(plan) << line << ": " << plan.error().message;
    const ExpertLoads after = loads_after(*plan, loads);
    for (std::size_t l = 0; l < plan->layers.size(); ++l) {
      ASSERT_EQ(static_cast<std::int64_t>(plan->layers[l].experts.size()), plan->experts());
      ASSERT_EQ(after[l].size(), plan->layers[l].experts.size());
      double left = 0, there = 0;
      for (const NewExpert& expert : plan->layers[l].experts) {
        double sum = 0;
        for (const auto& [old, weight] : expert.from) {
          EXPECT_GE(old, 0);
          EXPECT_LT(old, config.experts);
          EXPECT_GE(weight, 0);
          sum += weight;
        }
        EXPECT_NEAR(sum, 1, 1e-12);
      }
      for (const double load : after[l]) there += load;
      for (const double load : loads[l]) left += load;
      EXPECT_LE(there, left + 1e-9);
      if (line.starts_with("merge") || (line.starts_with("clone") && line.find("onto") == std::string::npos)) {
        EXPECT_NEAR(there, left, 1e-9) << line;
      }
    }
  }
}

// Copies share the probability of what they were copied from: a gate that weighs by it gives every expert less.
TEST(ResizeNote, SaysWhatMoreExpertsDoAtOnce) {
  Config config = two_layers(8);
  config.gate = Gate::softmax;
  config.top_k = 1;
  EXPECT_THAT(resize_note(config, 21), HasSubstr("The 13 new experts begin as copies of the busiest"));
  EXPECT_THAT(resize_note(config, 21), HasSubstr("weights fall to about 38 %"));
  EXPECT_THAT(resize_note(config, 21), HasSubstr("With softmax-renormalised weights stay"));
  EXPECT_THAT(resize_note(config, 9),
              testing::StartsWith("The new expert begins as a copy of the busiest and shares"));
  EXPECT_EQ(resize_note(config, 8), "");
  config.gate = Gate::softmax_renormalised;
  EXPECT_EQ(resize_note(config, 21), "") << "the one expert of a token counts whole, copy or not";
  config.top_k = 2;
  EXPECT_THAT(resize_note(config, 21), HasSubstr("in place of two that differ"));
  config.gate = Gate::expert_choice;
  EXPECT_EQ(resize_note(config, 21), "");
  config.gate = Gate::softmax, config.ffn = Ffn::dense;
  EXPECT_EQ(resize_note(config, 21), "");
}

// Those of the highest numbers go, however busy (plan_of_resize).
TEST(ResizeNote, NamesThoseThatGo) {
  Config config = two_layers(12);
  EXPECT_EQ(resize_note(config, 8), "E08 to E11 go, and what they learned with them: the loss rises at once.");
  EXPECT_EQ(resize_note(config, 11), "E11 goes, and what it learned with it: the loss rises at once.");
  config.ffn = Ffn::dense;
  EXPECT_EQ(resize_note(config, 8), "");
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
