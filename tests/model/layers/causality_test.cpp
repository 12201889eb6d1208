// What a token's logits depend on in a text, measured on a model, against the table that warnings are made from.
#include "core/config/causality.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/config/gates.h"
#include "core/config/knobs.h"
#include "core/model/layers/classifier.h"
#include "core/model/layers/transformer.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using testing::HasSubstr;

constexpr std::int64_t kLength = 16, kFuture = 11, kShort = 6, kVocabulary = 12;

// Gates that prefer, some experts above others by `skew`, so that routes and weights differ from token to token
// and places run out; and experts that matter.
void sharpen(Model& model, double skew = 2) {
  at::Generator noise = at::detail::createCPUGenerator(9);
  model.visit([&](Parameter& p) {
    if (!p.trained) return;
    if (p.name.ends_with("gate.bias")) p.value.detach().copy_(at::arange(p.value.size(0), 0, -1).mul(skew));
    else if (p.part == Parameter::Part::router) p.value.detach().normal_(0.0, 1.0, noise);
    else if (p.part == Parameter::Part::experts) p.value.detach().normal_(0.0, 1.0, noise);
  });
}

Transformer model_of(const Config& config, double skew = 2) {
  Transformer model(config, kVocabulary, {at::detail::createCPUGenerator(5), at::kCPU, 1});
  std::vector<std::int64_t> counts(kVocabulary);
  for (std::size_t i = 0; i < counts.size(); ++i) counts[i] = static_cast<std::int64_t>(3 * i + 1);
  model.count_tokens(counts);
  sharpen(model, skew);
  return model;
}

// Texts in which few characters are frequent; by odd seeds more of them.
at::Tensor random_ids(std::int64_t batch, std::uint64_t seed) {
  const at::Tensor even = at::empty({batch, kLength}).uniform_(0, 1, at::detail::createCPUGenerator(seed));
  return even.pow(seed % 2 == 0 ? 5 : 2).mul(static_cast<double>(kVocabulary)).to(at::kLong);
}

at::Tensor with_another_end(const at::Tensor& ids, std::uint64_t seed) {
  at::Tensor other = ids.clone();
  other.narrow(1, kFuture, kLength - kFuture)
      .copy_(random_ids(ids.size(0), seed).narrow(1, kFuture, kLength - kFuture));
  return other;
}

double difference(const at::Tensor& a, const at::Tensor& b) { return (a - b).abs().max().item<double>(); }

// A difference is one or it is rounding; in between the test would be asking the wrong question.
bool differs(double difference) {
  EXPECT_TRUE(difference > 1e-4 || difference < 1e-5) << difference;
  return difference > 1e-4;
}

struct Measured {
  bool future = false, length = false;
};

// Of the logits before the place where texts part.
Measured measure_evaluation(const Config& config) {
  at::NoGradGuard no_grad;
  const Transformer model = model_of(config);
  const auto logits = [&](const at::Tensor& ids) {
    return model.forward(ids, pass_context(config, false, {})).logits.narrow(1, 0, kFuture);
  };
  // Of random routes, which go by the place in the pass, one text: its places are the same.
  const at::Tensor ids = random_ids(config.gate == Gate::random ? 1 : 24, 2), whole = logits(ids);
  const at::Tensor shorter = model.forward(ids.narrow(1, 0, kShort), pass_context(config, false, {})).logits;
  return {differs(difference(whole, logits(with_another_end(ids, 4)))),
          differs(difference(whole.narrow(1, 0, kShort), shorter))};
}

bool looks_ahead_in_training(const Config& config) {
  at::NoGradGuard no_grad;
  // Where choices hardly differ, and where one expert is everybody's first.
  const Transformer even = model_of(config, 0.3), uneven = model_of(config);
  double future = 0;
  for (std::uint64_t text = 0; text < 8; ++text) {
    const Transformer& model = text % 2 == 0 ? even : uneven;
    // The rest of the first text alone: those beside it are of the same micro-batch.
    const at::Tensor ids = random_ids(config.batch_size, 3 + text);
    at::Tensor other = ids.clone();
    other[0].copy_(with_another_end(ids.narrow(0, 0, 1), 103 + text)[0]);
    const auto logits = [&](const at::Tensor& of) {
      return model.forward(of, pass_context(config, true, {})).logits[0].narrow(0, 0, kFuture);
    };
    future = std::max(future, difference(logits(ids), logits(other)));
  }
  return differs(future);
}

Config tiny(Gate gate, Overflow overflow) {
  Config config;
  config.layers = 2;
  config.router_bias = gate != Gate::hash && gate != Gate::random && gate != Gate::soft;
  config.d_model = 8;
  config.d_ff = 6;
  config.heads = 2;
  config.context = kLength;
  config.batch_size = 2;
  config.slots = 2;
  config.gate = gate;
  config.overflow = overflow;
  return config;
}

class Causality : public ::testing::TestWithParam<std::tuple<Gate, Overflow>> {
 protected:
  template <class Check>
  static void each(const Check& check) {
    const auto [gate, overflow] = GetParam();
    // Where tokens do not choose, overflow does nothing: once dropless, once not.
    if (!traits(gate).top_k && overflow > Overflow::drop_late) return;
    for (const auto& [experts, top_k] : {std::pair<std::int64_t, std::int64_t>{4, 1}, {4, 2}, {4, 4}, {1, 1}})
      for (const double factor : {0.0, 0.4, 1.2, 4.0}) {
        Config config = tiny(gate, overflow);
        config.experts = experts;
        config.top_k = top_k;
        config.eval_capacity_factor = factor;
        config.capacity_factor = factor == 0 ? 0.6 : factor;
        SCOPED_TRACE(testing::Message()
                     << "gate " << static_cast<int>(gate) << " overflow " << static_cast<int>(overflow) << " k "
                     << top_k << " of " << experts << " factor " << factor);
        check(config);
      }
  }
};

bool warns(const Config& config, std::string_view what) {
  for (const ConfigProblem& problem : warnings(config))
    if (problem.message.find(what) != std::string::npos) return true;
  return false;
}

TEST_P(Causality, WarningsSayWhatAModelDoes) {
  each([](const Config& config) {
    const Measured evaluation = measure_evaluation(config);
    const bool training = looks_ahead_in_training(config);
    EXPECT_EQ(reach_in_evaluation(config), evaluation.future   ? Reach::future
                                           : evaluation.length ? Reach::length
                                                               : Reach::past);
    EXPECT_EQ(reach_in_training(config), training ? Reach::future : Reach::past);

    EXPECT_EQ(warns(config, "too good to be true"), evaluation.future);
    EXPECT_EQ(warns(config, "how long the text is"), evaluation.length && !evaluation.future);
    const bool by_plan = plans_in_training(config.gate) && config.top_k < config.experts;
    EXPECT_EQ(warns(config, "in training"), training && (!evaluation.future || by_plan));
  });
}

TEST_P(Causality, ATextIsEvaluatedAlikeAloneAndBesideOthers) {
  each([](const Config& config) {
    at::NoGradGuard no_grad;
    const Transformer model = model_of(config);
    const auto logits = [&](const at::Tensor& ids) {
      return model.forward(ids, pass_context(config, false, {})).logits;
    };
    const at::Tensor ids = random_ids(8, 78), together = logits(ids);
    double largest = 0;
    for (std::int64_t b = 0; b < 8; b += 3)
      largest = std::max(largest, difference(together[b], logits(ids.narrow(0, b, 1))[0]));
    EXPECT_EQ(evaluates_alone(config), !differs(largest));
  });
}

TEST_P(Causality, SoIsAPointWhereTheTableSaysSo) {
  if (std::get<0>(GetParam()) == Gate::hash) return;  // points have no ids
  each([](const Config& text) {
    at::NoGradGuard no_grad;
    Config config = text;
    config.task = TaskKind::clusters;
    config.batch_size = 40;
    Classifier model(config, {at::detail::createCPUGenerator(5), at::kCPU, 1});
    sharpen(model);
    const auto logits = [&](const at::Tensor& x) {
      return model.forward(x, pass_context(config, false, {})).logits;
    };
    const at::Tensor x = at::randn({40, config.cluster_dims}, at::detail::createCPUGenerator(1)),
                     together = logits(x);
    double largest = 0;
    for (std::int64_t t = 0; t < 40; t += 4)
      largest = std::max(largest, difference(together[t], logits(x.narrow(0, t, 1))[0]));
    EXPECT_EQ(evaluates_alone(config), !differs(largest));
    EXPECT_EQ(reach_in_evaluation(config), Reach::past) << "points have no order";
  });
}

INSTANTIATE_TEST_SUITE_P(
    All, Causality,
    ::testing::Combine(::testing::Values(Gate::softmax_renormalised, Gate::softmax, Gate::sigmoid, Gate::sinkhorn,
                                         Gate::expert_choice, Gate::soft, Gate::hash, Gate::random, Gate::base),
                       ::testing::Values(Overflow::dropless, Overflow::drop_late, Overflow::drop_late_token,
                                         Overflow::drop_low, Overflow::drop_bpr, Overflow::drop_random)));

TEST(CausalityOf, ADenseModelReachesNowhere) {
  Config config = tiny(Gate::soft, Overflow::drop_low);
  config.eval_capacity_factor = 0.5;
  config.ffn = Ffn::dense;
  EXPECT_EQ(reach_in_training(config), Reach::past);
  EXPECT_EQ(reach_in_evaluation(config), Reach::past);
  EXPECT_TRUE(evaluates_alone(config));
}

// Capacity's rounding is part of what decides: with 16 tokens and C = ceil(0.97 x 16) = 16 nothing is dropped,
// with ceil(0.9 x 16) = 15 one can be.
TEST(CausalityOf, RoomForAllTokensIsRoomForAll) {
  Config config = tiny(Gate::softmax, Overflow::drop_low);
  config.experts = 4;
  config.top_k = 2;
  config.eval_capacity_factor = 0.97 * 2;
  EXPECT_EQ(reach_in_evaluation(config), Reach::past);
  config.eval_capacity_factor = 0.9 * 2;
  EXPECT_EQ(reach_in_evaluation(config), Reach::future);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
