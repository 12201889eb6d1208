#include "core/config/gates.h"

#include <gtest/gtest.h>

#include "core/config/knobs.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

constexpr Gate kGates[] = {Gate::softmax_renormalised,
                           Gate::softmax,
                           Gate::sigmoid,
                           Gate::sinkhorn,
                           Gate::expert_choice,
                           Gate::soft,
                           Gate::hash,
                           Gate::random,
                           Gate::base};

// A loss is refused exactly where it has no meaning, and for every gate there is a way out.
TEST(Gates, EveryLossIsAllowedExactlyWhereItMeansSomething) {
  for (const Gate gate : kGates)
    for (const AuxLoss loss : kAuxLosses) {
      Config config;
      config.gate = gate;
      config.noise_std = 0.5;
      config = without_idle_losses(config);
      EXPECT_TRUE(validate(config).empty());
      config.*coefficient_of(loss) = 0.1;
      const GateTraits has = traits(gate);
      const bool means = loss == AuxLoss::z ? has.logits : has.balance;
      EXPECT_EQ(validate(config).empty(), means) << static_cast<int>(gate) << " " << key_of(loss);
      EXPECT_EQ(why_no_loss(loss, config).empty(), means);
      EXPECT_EQ(why_idle(coefficient_key(loss), config).empty(), means);
      if (!means) {
        EXPECT_EQ(validate(config).front().key, coefficient_key(loss));
        EXPECT_TRUE(validate(without_idle_losses(config)).empty());
      }
    }
}

TEST(Gates, CoefficientKeysAreKnobsOfTheirMember) {
  for (const AuxLoss loss : kAuxLosses) {
    Config config;
    ASSERT_TRUE(set_from_text(config, coefficient_key(loss), "0.25"));
    EXPECT_EQ(config.*coefficient_of(loss), 0.25);
  }
}

TEST(Gates, WhatDoesNothingSaysWhy) {
  Config config;
  EXPECT_EQ(why_idle("capacity_factor", config), "overflow = dropless");
  EXPECT_EQ(why_idle("experts", config), "");
  EXPECT_EQ(why_idle("learning_rate", config), "");
  EXPECT_EQ(why_idle("load_coef", config), "it needs Gaussian noise: noise_std above 0 or learned_noise = gaussian");
  EXPECT_EQ(why_idle("bias_rule", config), "bias_rate = 0");
  config.bias_rate = 0.01;
  EXPECT_EQ(why_idle("bias_rule", config), "");
  config.gate = Gate::expert_choice;
  EXPECT_EQ(why_idle("bias_rule", config), "gate = expert-choice");
  EXPECT_EQ(why_idle("capacity_factor", config), "") << "it is how many tokens an expert takes";
  EXPECT_EQ(why_idle("top_k", config), "gate = expert-choice: see capacity_factor");
  EXPECT_EQ(why_idle("aux_coef", config), "gate = expert-choice gives every expert the same number of tokens");
  config.ffn = Ffn::dense;
  EXPECT_EQ(why_idle("experts", config), "ffn = dense");
  EXPECT_EQ(why_idle("aux_coef", config), "ffn = dense");
  EXPECT_EQ(why_idle("d_ff", config), "");
}

TEST(Tasks, KnobsOfTheOtherTaskSayWhichOne) {
  Config text, points;
  points.task = TaskKind::clusters;
  for (const char* key : {"corpus", "heads", "context", "tied_head", "val_batches", "attention_bias"}) {
    EXPECT_EQ(why_idle(key, text), "") << key;
    EXPECT_EQ(why_idle(key, points), "task = clusters") << key;
  }
  for (const Knob& knob : knobs()) {
    if (!knob.key.starts_with("cluster_")) continue;
    EXPECT_EQ(why_idle(knob.key, points), "") << knob.key;
    EXPECT_EQ(why_idle(knob.key, text), "task = language") << knob.key;
  }
  for (const char* key : {"task", "experts", "gate", "layers", "d_model", "seed", "residual"}) {
    EXPECT_EQ(why_idle(key, points), "") << key;
    EXPECT_EQ(why_idle(key, text), "") << key;
  }
  // Points of a file are as they are.
  EXPECT_EQ(why_idle("points", text), "task = language");
  EXPECT_EQ(why_idle("points", points), "");
  points.points = "/trees/p.csv";
  for (const Knob& knob : knobs())
    if (knob.key.starts_with("cluster_")) {
      EXPECT_EQ(why_idle(knob.key, points), "points = p.csv") << knob.key;
    }
  EXPECT_EQ(why_idle("seed", points), "") << "it splits them";
  points.residual = text.residual = false;
  EXPECT_EQ(why_idle("norm", points), "residual = false");
  EXPECT_EQ(why_idle("norm", text), "residual = false");
  text.aux_coef = 0;
  EXPECT_EQ(why_idle("balance_scope", text), "") << "the curve is shown, and over a scope";
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
