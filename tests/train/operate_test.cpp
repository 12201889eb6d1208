// Operations on experts of a model that learns: what they make of weights, moments and what follows, against the
// state before by their definitions.
#include <gmock/gmock.h>

#include <cmath>
#include <map>

#include "core/config/knobs.h"
#include "core/operate/expert_plan.h"
#include "tests/train/small_trainer.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using testing::HasSubstr;

using Tensors = std::map<std::string, std::vector<float>>;

struct Seen {
  Tensors tensors;
  ExpertLoads loads;
};

Seen seen(const Trainer& trainer) {
  TrainerState state;
  EXPECT_TRUE(trainer.save(state));
  Seen found{{}, state.loads};
  for (const StateTensors::Entry& entry : state.tensors.entries) {
    const auto first = state.tensors.values.begin() + static_cast<std::ptrdiff_t>(entry.begin);
    found.tensors[entry.name] = {first, first + static_cast<std::ptrdiff_t>(entry.count)};
  }
  return found;
}

std::unique_ptr<Trainer> trained(const Config& config = small(), int steps = 6) {
  auto trainer = make(config);
  losses(*trainer, steps);
  return trainer;
}

std::string operate(Trainer& trainer, const std::string& line, std::vector<NamedTensor> donor = {}) {
  auto operation = operation_of(line);
  EXPECT_TRUE(operation) << line;
  operation->donor = std::move(donor);
  const auto done = trainer.operate(*operation, 1);
  return done ? *done : done.error().message;
}

std::string expert_name(int block, int expert, const std::string& part, const std::string& prefix = "") {
  return prefix + "model.layers." + std::to_string(block) + ".block_sparse_moe.experts." + std::to_string(expert) +
         "." + part;
}

// The row of a tensor that counts experts.
std::vector<float> row(const std::vector<float>& values, std::int64_t experts, std::int64_t expert) {
  const auto width = static_cast<std::ptrdiff_t>(values.size()) / experts;
  return {values.begin() + expert * width, values.begin() + (expert + 1) * width};
}

const std::vector<std::string> kParts{"w1.weight", "w2.weight", "w3.weight"};
const std::vector<std::string> kKinds{"", "adam.first/", "adam.second/"};
std::string gate_of(int block, const std::string& prefix = "") {
  return prefix + "model.layers." + std::to_string(block) + ".block_sparse_moe.gate.weight";
}

TEST(Operate, WhatIsRemovedByNameIsGoneAndTheOthersStayToTheBit) {
  const auto trainer = trained();
  const Seen before = seen(*trainer);
  EXPECT_THAT(operate(*trainer, "remove 0.1 1.2"), HasSubstr("removed E01 of layer 0"));
  EXPECT_EQ(trainer->config().experts, 3);
  EXPECT_EQ(trainer->step(), 6);
  const Seen after = seen(*trainer);
  const std::vector<std::vector<int>> stay{{0, 2, 3}, {0, 1, 3}};
  for (const std::string& kind : kKinds)
    for (int block = 0; block < 2; ++block)
      for (int e = 0; e < 3; ++e) {
        for (const std::string& part : kParts)
          EXPECT_EQ(after.tensors.at(expert_name(block, e, part, kind)),
                    before.tensors.at(expert_name(block, stay[block][e], part, kind)));
        EXPECT_EQ(row(after.tensors.at(gate_of(block, kind)), 3, e),
                  row(before.tensors.at(gate_of(block, kind)), 4, stay[block][e]));
      }
  EXPECT_TRUE(std::isfinite(losses(*trainer, 3).back()));
}

TEST(Operate, AnExactCopyHasItsSourcesWeightsAndMoments) {
  const auto trainer = trained();
  const Seen before = seen(*trainer);
  operate(*trainer, "clone 0.2 onto 0.0 noise 0");
  const Seen after = seen(*trainer);
  for (const std::string& kind : kKinds)
    for (const std::string& part : kParts) {
      EXPECT_EQ(after.tensors.at(expert_name(0, 0, part, kind)), before.tensors.at(expert_name(0, 2, part, kind)));
      EXPECT_EQ(after.tensors.at(expert_name(0, 1, part, kind)), before.tensors.at(expert_name(0, 1, part, kind)));
      EXPECT_EQ(after.tensors.at(expert_name(1, 0, part, kind)), before.tensors.at(expert_name(1, 0, part, kind)));
    }
  EXPECT_TRUE(std::isfinite(losses(*trainer, 3).back()));
}

TEST(Operate, ACopysNoiseIsTheShareThatWasAskedFor) {
  Config config = small();
  config.d_ff = 64;
  const auto trainer = trained(config);
  const Seen before = seen(*trainer);
  operate(*trainer, "clone 0.2 noise 0.25");
  EXPECT_EQ(trainer->config().experts, 5);
  const Seen after = seen(*trainer);
  double spread = 0, noise = 0;
  std::size_t count = 0;
  for (int e = 0; e < 4; ++e)
    for (const float value : before.tensors.at(expert_name(0, e, "w1.weight"))) spread += value * value, ++count;
  const auto &source = before.tensors.at(expert_name(0, 2, "w1.weight")),
             &copy = after.tensors.at(expert_name(0, 4, "w1.weight"));
  for (std::size_t i = 0; i < copy.size(); ++i) noise += std::pow(copy[i] - source[i], 2);
  const double ratio =
      std::sqrt(noise / static_cast<double>(copy.size())) / std::sqrt(spread / static_cast<double>(count));
  EXPECT_NEAR(ratio, 0.25, 0.02);
  EXPECT_EQ(after.tensors.at(expert_name(0, 4, "w1.weight", "adam.first/")),
            before.tensors.at(expert_name(0, 2, "w1.weight", "adam.first/")));
}

TEST(Operate, MergedExpertsAreTheMeansByLoadOfWeightsAndMoments) {
  const auto trainer = trained();
  const Seen before = seen(*trainer);
  operate(*trainer, "merge 0.3 0.1 1.0 1.1");
  const Seen after = seen(*trainer);
  const double a = before.loads[0][3], b = before.loads[0][1];
  ASSERT_GT(a + b, 0);
  const auto expect_mean = [&](const std::vector<float>& mean, const std::vector<float>& x,
                               const std::vector<float>& y) {
    ASSERT_EQ(mean.size(), x.size());
    for (std::size_t i = 0; i < mean.size(); ++i)
      EXPECT_NEAR(mean[i], (a * x[i] + b * y[i]) / (a + b), 1e-6 * (std::abs(x[i]) + std::abs(y[i])) + 1e-12);
  };
  for (const std::string& kind : kKinds) {
    for (const std::string& part : kParts) {
      expect_mean(after.tensors.at(expert_name(0, 2, part, kind)),
                  before.tensors.at(expert_name(0, 3, part, kind)),
                  before.tensors.at(expert_name(0, 1, part, kind)));
      EXPECT_EQ(after.tensors.at(expert_name(0, 1, part, kind)), before.tensors.at(expert_name(0, 2, part, kind)));
    }
    expect_mean(row(after.tensors.at(gate_of(0, kind)), 3, 2), row(before.tensors.at(gate_of(0, kind)), 4, 3),
                row(before.tensors.at(gate_of(0, kind)), 4, 1));
  }
  EXPECT_TRUE(std::isfinite(losses(*trainer, 3).back()));
}

TEST(Operate, WhatIsDrawnAnewIsAsAtABeginningAndHasNoMoments) {
  Config config = small();
  config.d_ff = 64;
  const auto first = make(config);
  const Seen born = seen(*first);
  const auto trainer = trained(config);
  const Seen before = seen(*trainer);
  operate(*trainer, "reinitialise 0.1 0.3");
  const Seen after = seen(*trainer);
  const auto deviation = [](const std::vector<float>& values) {
    double sum = 0;
    for (const float value : values) sum += value * value;
    return std::sqrt(sum / static_cast<double>(values.size()));
  };
  for (const std::string& part : kParts) {
    for (const int e : {1, 3}) {
      const auto& drawn = after.tensors.at(expert_name(0, e, part));
      EXPECT_NEAR(deviation(drawn), deviation(born.tensors.at(expert_name(0, e, part))), 0.1 * deviation(drawn))
          << part;
      EXPECT_NE(drawn, born.tensors.at(expert_name(0, e, part)));
      EXPECT_NE(drawn, before.tensors.at(expert_name(0, e, part)));
      for (const char* moment : {"adam.first/", "adam.second/"})
        for (const float value : after.tensors.at(expert_name(0, e, part, moment))) EXPECT_EQ(value, 0);
    }
    EXPECT_NE(after.tensors.at(expert_name(0, 1, part)), after.tensors.at(expert_name(0, 3, part)));
    for (const std::string& kind : kKinds)
      EXPECT_EQ(after.tensors.at(expert_name(0, 2, part, kind)), before.tensors.at(expert_name(0, 2, part, kind)));
  }
  EXPECT_NE(row(after.tensors.at(gate_of(0)), 4, 1), row(before.tensors.at(gate_of(0)), 4, 1));
  EXPECT_EQ(row(after.tensors.at(gate_of(0)), 4, 2), row(before.tensors.at(gate_of(0)), 4, 2));
  // Another time others are drawn; the same time of the same run the same.
  const auto twin = trained(config);
  operate(*twin, "reinitialise 0.1 0.3");
  EXPECT_EQ(seen(*twin).tensors, after.tensors);
  step(*twin);
  operate(*twin, "reinitialise 0.1");
  EXPECT_NE(seen(*twin).tensors.at(expert_name(0, 1, "w1.weight")),
            after.tensors.at(expert_name(0, 1, "w1.weight")));
}

TEST(Operate, ARouterDrawnAnewChangesNothingElse) {
  const auto trainer = trained();
  const Seen before = seen(*trainer);
  operate(*trainer, "reinitialise router 1");
  const Seen after = seen(*trainer);
  ASSERT_EQ(before.tensors.size(), after.tensors.size());
  for (const auto& [name, values] : before.tensors) {
    const bool is_router = name.find("layers.1.block_sparse_moe.gate") != std::string::npos;
    if (!is_router) {
      EXPECT_EQ(after.tensors.at(name), values) << name;
    } else if (name.starts_with("adam.")) {
      for (const float value : after.tensors.at(name)) EXPECT_EQ(value, 0);
    }
  }
  EXPECT_NE(after.tensors.at(gate_of(1)), before.tensors.at(gate_of(1)));
  EXPECT_TRUE(std::isfinite(losses(*trainer, 3).back()));
}

TEST(Operate, ATransplantBringsTheOthersWeights) {
  Config config = small();
  config.seed = 9;
  const auto other = trained(config);
  const Seen from = seen(*other);
  const auto trainer = trained();
  const Seen before = seen(*trainer);
  std::vector<NamedTensor> donor{{"w1.weight", {12, 16}, from.tensors.at(expert_name(1, 3, "w1.weight"))},
                                 {"w2.weight", {16, 12}, from.tensors.at(expert_name(1, 3, "w2.weight"))},
                                 {"w3.weight", {12, 16}, from.tensors.at(expert_name(1, 3, "w3.weight"))},
                                 {"gate.weight", {16}, row(from.tensors.at(gate_of(1)), 4, 3)}};
  for (const auto& [name, values] : from.tensors)
    if (const std::string part = expert_name(1, 3, ""); name.starts_with(part) && name.ends_with("bias"))
      donor.push_back({name.substr(part.size()), {static_cast<std::int64_t>(values.size())}, values});
  EXPECT_EQ(operate(*trainer, "transplant 1.3 onto 0.2 from elsewhere", donor), "0.2 is 1.3 of elsewhere by now");
  const Seen after = seen(*trainer);
  for (const std::string& part : kParts) {
    EXPECT_EQ(after.tensors.at(expert_name(0, 2, part)), from.tensors.at(expert_name(1, 3, part)));
    EXPECT_EQ(after.tensors.at(expert_name(0, 1, part)), before.tensors.at(expert_name(0, 1, part)));
    for (const float value : after.tensors.at(expert_name(0, 2, part, "adam.first/"))) EXPECT_EQ(value, 0);
  }
  EXPECT_EQ(row(after.tensors.at(gate_of(0)), 4, 2), row(from.tensors.at(gate_of(1)), 4, 3));
  // One of another width, or without a part, is refused and nothing has changed.
  donor[0].shape = {16, 12};
  EXPECT_THAT(operate(*trainer, "transplant 1.3 onto 0.2 from elsewhere", donor),
              HasSubstr("has 'w1.weight' as [16, 12], those of this model as [12, 16]"));
  donor.erase(donor.begin());
  EXPECT_THAT(operate(*trainer, "transplant 1.3 onto 0.2 from elsewhere", donor), HasSubstr("lacks 'w1.weight'"));
  EXPECT_EQ(seen(*trainer).tensors, after.tensors);
}

TEST(Operate, WhatIsRefusedChangesNothing) {
  const auto trainer = trained();
  const Seen before = seen(*trainer);
  for (const auto& [line, why] :
       {std::pair{"remove 0.1 0.2 0.3", "top_k"}, std::pair{"clone 0.9", "experts 0 to 3"},
        std::pair{"reinitialise router 7", "no router"}}) {
    EXPECT_THAT(operate(*trainer, line), HasSubstr(why));
    EXPECT_EQ(seen(*trainer).tensors, before.tensors);
    EXPECT_EQ(trainer->config().experts, 4);
  }
}

// The bias that balances without a loss is their layer's mean for experts drawn anew.
TEST(Operate, TheSelectionBiasOfANewExpertIsItsLayersMean) {
  Config config = small();
  config.bias_rate = 0.01;
  const auto trainer = trained(config, 12);
  const std::string name = "model.layers.0.block_sparse_moe.gate.e_score_correction_bias";
  const std::vector<float> before = seen(*trainer).tensors.at(name);
  operate(*trainer, "reinitialise 0.1");
  const std::vector<float> after = seen(*trainer).tensors.at(name);
  float sum = 0;
  for (const float b : before) sum += b;
  EXPECT_NEAR(after[1], sum / 4, 1e-6);
  EXPECT_EQ(after[0], before[0]);
  EXPECT_EQ(after[3], before[3]);
}

// Every gate, kind of noise and both tasks take every operation and learn on.
TEST(Operate, EveryGateTakesEveryOperation) {
  for (const Gate gate : {Gate::softmax_renormalised, Gate::softmax, Gate::sigmoid, Gate::sinkhorn, Gate::base,
                          Gate::expert_choice, Gate::hash, Gate::random, Gate::soft})
    for (const TaskKind task : {TaskKind::language, TaskKind::clusters}) {
      Config config = small();
      config.gate = gate;
      config.task = task;
      config.aux_coef = 0;
      config.learned_noise = gate == Gate::softmax ? LearnedNoise::gaussian : LearnedNoise::none;
      if (!validate(config).empty()) continue;
      const auto trainer = trained(config, 2);
      for (const char* line : {"clone 0.1", "merge 0.0 0.2", "clone 0.1 onto 0.2", "reinitialise 0.0",
                               "reinitialise router 0", "remove 0.3"}) {
        auto operation = operation_of(line);
        const auto done = trainer->operate(*operation, 1);
        if (std::string_view(line).find("router") != std::string_view::npos &&
            (gate == Gate::hash || gate == Gate::random)) {
          EXPECT_FALSE(done) << "there is none";
          continue;
        }
        EXPECT_TRUE(done) << line << ": " << done.error().message;
        EXPECT_TRUE(std::isfinite(losses(*trainer, 1).back())) << line;
      }
    }
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
