#include "core/config/knobs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using testing::HasSubstr;

TEST(Knobs, DefaultsAreValidAndQuiet) {
  EXPECT_TRUE(validate(Config{}).empty());
  EXPECT_TRUE(warnings(Config{}).empty());
}

TEST(Knobs, KeysAreFlatUniqueAndFound) {
  std::set<std::string_view> keys;
  for (const Knob& knob : knobs()) {
    EXPECT_TRUE(keys.insert(knob.key).second) << knob.key;
    EXPECT_EQ(knob.key.find_first_not_of("abcdefghijklmnopqrstuvwxyz_0123456789"), std::string_view::npos)
        << knob.key;
    EXPECT_EQ(find_knob(knob.key), &knob);
    EXPECT_FALSE(knob.label.empty() || knob.help.empty()) << knob.key;
  }
  EXPECT_EQ(find_knob("expert_count"), nullptr);
}

TEST(Knobs, EveryKnobHoldsItsTypeAndTakesItsOwnText) {
  for (const Knob& knob : knobs()) {
    const KnobValue value = knob.get(Config{});
    switch (knob.type) {
      case KnobType::boolean:
        EXPECT_TRUE(std::holds_alternative<bool>(value)) << knob.key;
        break;
      case KnobType::integer:
        EXPECT_TRUE(std::holds_alternative<std::int64_t>(value)) << knob.key;
        break;
      case KnobType::real:
        EXPECT_TRUE(std::holds_alternative<double>(value)) << knob.key;
        break;
      case KnobType::choice:
      case KnobType::text:
        EXPECT_TRUE(std::holds_alternative<std::string>(value)) << knob.key;
        break;
    }
    Config config;
    EXPECT_TRUE(set_from_text(config, knob.key, to_text(value))) << knob.key;
    EXPECT_EQ(config, Config{}) << knob.key;
  }
}

TEST(Knobs, NumbersKeepTheirLimits) {
  for (const Knob& knob : knobs()) {
    if (knob.type != KnobType::integer && knob.type != KnobType::real) continue;
    EXPECT_LE(knob.minimum, knob.soft_minimum) << knob.key;
    EXPECT_LT(knob.soft_minimum, knob.soft_maximum) << knob.key;
    EXPECT_LE(knob.soft_maximum, knob.maximum) << knob.key;
    const auto text = [&](double x) {
      return knob.type == KnobType::integer ? to_text(static_cast<std::int64_t>(x)) : to_text(x);
    };
    for (const double good : {knob.minimum, knob.maximum}) {
      Config config;
      EXPECT_TRUE(set_from_text(config, knob.key, text(good))) << knob.key;
    }
    for (const double bad : {knob.minimum - 1, knob.maximum + 1}) {
      Config config;
      const auto set = set_from_text(config, knob.key, text(bad));
      if (bad == knob.minimum || bad == knob.maximum) continue;  // 2^53 + 1 is not a double
      ASSERT_FALSE(set) << knob.key << " = " << bad;
      EXPECT_THAT(set.error().message, HasSubstr(std::string(knob.key)));
      EXPECT_THAT(set.error().message, HasSubstr(allowed_range(knob)));
      EXPECT_EQ(config, Config{});
    }
  }
}

TEST(Knobs, RefusesWhatIsNotOfItsType) {
  const std::pair<const char*, const char*> bad[] = {
      {"experts", "eight"}, {"experts", "8.5"},   {"experts", ""},           {"experts", "99999999999999999999"},
      {"noise_std", "nan"}, {"noise_std", "inf"}, {"noise_std", "1e999"},    {"noise_std", "0.1x"},
      {"tied_head", "yes"}, {"gate", "soft-max"},  {"learning_rate", "-0.1"}, {"no_such_knob", "1"},
  };
  for (const auto& [key, text] : bad) {
    Config config;
    const auto set = set_from_text(config, key, text);
    ASSERT_FALSE(set) << key << " = " << text;
    EXPECT_EQ(set.error().kind, ErrorKind::usage);
    EXPECT_THAT(set.error().message, HasSubstr(key));
    EXPECT_EQ(config, Config{});
  }
}

TEST(Knobs, KnowsTheRulesBetweenKnobs) {
  const auto problem = [](auto change) {
    Config config;
    change(config);
    const auto problems = validate(config);
    return problems.size() == 1 ? problems[0].key : std::string();
  };
  EXPECT_EQ(problem([](Config& c) { c.top_k = 9; }), "top_k");
  EXPECT_EQ(problem([](Config& c) { c.heads = 3; }), "d_model");
  EXPECT_EQ(problem([](Config& c) { c.moe_every = 5; }), "moe_every");
  EXPECT_EQ(problem([](Config& c) { c.corpus.clear(); }), "corpus");
  EXPECT_EQ(problem([](Config& c) { c.noise_std = std::nan(""); }), "noise_std");
  EXPECT_EQ(problem([](Config& c) { c.route_groups = 3; }), "route_groups");
  EXPECT_EQ(problem([](Config& c) { c.route_groups = 4, c.route_groups_kept = 5; }), "route_groups_kept");
  EXPECT_EQ(problem([](Config& c) { c.route_groups = 4, c.top_k = 3; }), "route_groups_kept") << "two experts in the one kept";
  EXPECT_EQ(problem([](Config& c) { c.gate = Gate::random, c.z_coef = 0; }), "aux_coef");
  EXPECT_EQ(problem([](Config& c) { c.gate = Gate::random, c.aux_coef = 0; }), "z_coef");
  EXPECT_EQ(problem([](Config& c) { c.gate = Gate::random, c.ffn = Ffn::dense; }), "") << "no gate, no rule";
}

TEST(Knobs, RangesAreToldFromTheRulesBetweenKnobs) {
  const auto out_of_range = [](const Config& config) {
    const auto problems = validate(config);
    EXPECT_FALSE(problems.empty());
    return !problems.empty() && problems.front().out_of_range;
  };
  for (const Knob& knob : knobs()) {
    if (knob.type != KnobType::integer && knob.type != KnobType::real) continue;
    Config config;
    const double bad = knob.minimum - 1;
    knob.set(config, knob.type == KnobType::integer ? KnobValue(static_cast<std::int64_t>(bad)) : KnobValue(bad));
    EXPECT_TRUE(out_of_range(config)) << knob.key;
  }
  Config config;
  config.corpus.clear();
  EXPECT_TRUE(out_of_range(config));
  config = {};
  config.top_k = config.experts + 1;
  EXPECT_FALSE(out_of_range(config));
  config = {};
  config.route_groups = 3;
  EXPECT_FALSE(out_of_range(config));
}

TEST(Knobs, PointsHaveRulesOfTheirOwn) {
  Config points;
  points.task = TaskKind::clusters;
  points.heads = 3;
  EXPECT_TRUE(validate(points).empty()) << "no heads, no rule about them";
  points.gate = Gate::expert_choice;
  points.aux_coef = 0;
  EXPECT_TRUE(validate(points).empty());
  EXPECT_TRUE(warnings(points).empty()) << "points have no order to break";
  points.gate = Gate::hash;
  points.z_coef = 0;
  ASSERT_EQ(validate(points).size(), 1u);
  EXPECT_EQ(validate(points)[0].key, "gate");
  points = {};
  points.task = TaskKind::clusters;
  points.cluster_shape = ClusterShape::mixture;
  points.cluster_classes = 10;
  ASSERT_EQ(validate(points).size(), 1u);
  EXPECT_EQ(validate(points)[0].key, "cluster_classes");
}

TEST(Knobs, WarnsOfWhatIsKnownToFail) {
  Config config;
  config.top_k = 1;
  config.aux_coef = 0;
  const auto found = warnings(config);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].key, "gate");
  EXPECT_EQ(found[1].key, "aux_coef");
  config.gate = Gate::sigmoid;
  EXPECT_EQ(warnings(config)[0].key, "gate") << "normalised over one: a constant too";
  config.bias_rate = 0.001;
  EXPECT_EQ(warnings(config).size(), 1u) << "balanced without a loss";
  config.gate = Gate::sinkhorn;
  EXPECT_THAT(warnings(config)[0].message, HasSubstr("later tokens"));
}

// A plan of all tokens is the same with a constant added to an expert's column.
TEST(Knobs, WarnsOfSteeringThatTrainingsPlansUndo) {
  Config config;
  config.steered = "0.1";
  config.steer = 2;
  const auto keys = [&] {
    std::vector<std::string> found;
    for (const ConfigProblem& problem : warnings(config)) found.push_back(std::string(problem.key));
    return found;
  };
  for (const Gate gate : {Gate::sinkhorn, Gate::base}) {
    config.gate = gate;
    EXPECT_THAT(keys(), testing::Contains("steered"));
  }
  config.steer = 0;
  EXPECT_THAT(keys(), testing::Not(testing::Contains("steered")));
  config.steer = 2;
  config.gate = Gate::softmax;
  EXPECT_THAT(keys(), testing::Not(testing::Contains("steered")));
}

TEST(Knobs, TellsWhatChangedAndWhatItCosts) {
  Config before, after;
  EXPECT_TRUE(changed_knobs(before, after).empty());
  EXPECT_EQ(change_cost(before, after), KnobCost::live);
  after.top_k = 1;
  EXPECT_EQ(change_cost(before, after), KnobCost::live);
  after.batch_size = before.batch_size + 1;
  EXPECT_EQ(change_cost(before, after), KnobCost::next_batch);
  after.layers = before.layers + 1;
  EXPECT_EQ(change_cost(before, after), KnobCost::rebuild);
  after = before;
  after.gate = Gate::soft;
  EXPECT_EQ(change_cost(before, after), KnobCost::rebuild) << "its parameters are others";
  EXPECT_EQ(change_cost(after, before), KnobCost::rebuild);
  after = before;
  after.top_k = 1, after.batch_size += 1, after.layers += 1;
  ASSERT_EQ(changed_knobs(before, after).size(), 3u);
  EXPECT_EQ(changed_knobs(before, after)[0]->key, "top_k");
}

TEST(Knobs, WhatIsRecordedIsNoOtherSetup) {
  Config after;
  after.log_csv = after.log_jsonl = false, after.log_tensorboard = true;
  after.record_interval = 7, after.tape_budget_mb = 0;
  after.checkpoint_interval_s = 1, after.checkpoint_budget_mb = 9, after.checkpoint_total_mb = 99;
  EXPECT_EQ(changed_knobs({}, after).size(), 8u);
  EXPECT_TRUE(changed_setup({}, after).empty());
  after.val_interval = 3;
  EXPECT_EQ(changed_setup({}, after).size(), 1u);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
