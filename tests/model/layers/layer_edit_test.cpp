// What an edit does to a layer's routing, and what it leaves alone: to the bit.
#include "core/model/routing/layer_edit.h"

#include <gtest/gtest.h>

#include <map>

#include "core/model/layers/moe_layer.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

constexpr std::int64_t kTokens = 40, kExperts = 5;

struct Made {
  at::Tensor y;
  MoeTrace seen;
};

class LayerEditing : public testing::Test {
 protected:
  LayerEditing()
      : generator_(at::detail::createCPUGenerator(11)), layer_(config(), 0, "", Initializer{generator_}) {
    at::NoGradGuard no_grad;
    layer_.visit([&](Parameter& parameter) {
      if (parameter.name.find("correction") == parameter.name.npos) parameter.value.normal_(0, 0.5, generator_);
    });
    x_ = at::empty({kTokens, 6}).normal_(0, 1, generator_);
  }

  static Config config() {
    Config made;
    made.experts = kExperts;
    made.d_model = 6;
    made.d_ff = 5;
    return made;
  }

  Made with(const LayerEdit* edit, Gate gate = Gate::softmax_renormalised, bool training = false) const {
    RoutingContext context;
    context.training = training;
    context.experts = kExperts;
    context.top_k = 2;
    context.gate = gate;
    if (gate == Gate::hash) {
      context.ids = at::arange(kTokens, at::kLong).remainder(7);
      context.hash_tables = hash_tables(at::arange(7, 0, -1, at::kFloat), kExperts, 2);
    }
    if (edit) context.edits = std::make_shared<LayerEdits>(LayerEdits{*edit});
    context.norms = true;
    std::vector<MoeTrace> trace;
    Made made;
    made.y = layer_.forward(x_, context, {}, at::kFloat, trace);
    made.seen = std::move(trace.front());
    return made;
  }
  static at::Tensor only(std::int64_t expert) {
    const at::Tensor flags = at::zeros({kExperts}, at::kBool);
    flags[expert] = true;
    return flags;
  }

  at::Generator generator_;
  MoeLayer layer_;
  at::Tensor x_;
};

const Gate kChoosing[] = {Gate::softmax_renormalised, Gate::softmax, Gate::sigmoid, Gate::sinkhorn, Gate::base,
                          Gate::expert_choice,        Gate::hash,    Gate::random};

TEST_F(LayerEditing, OfNothingIsTheSameToTheBit) {
  at::NoGradGuard no_grad;
  LayerEdit nothing;
  for (const Gate gate : kChoosing) {
    const Made plain = with(nullptr, gate);
    EXPECT_TRUE(at::equal(with(&nothing, gate).y, plain.y)) << static_cast<int>(gate);
    // What is there, but changes nothing.
    LayerEdit idle;
    idle.banned = idle.silenced = at::zeros({kExperts}, at::kBool);
    EXPECT_TRUE(at::equal(with(&idle, gate).y, plain.y)) << static_cast<int>(gate);
  }
}

TEST_F(LayerEditing, ABannedExpertGetsNoTokenAndTheNextBestTakesIt) {
  at::NoGradGuard no_grad;
  LayerEdit edit;
  edit.banned = only(1);
  for (const Gate gate : kChoosing)
    for (const bool training : {false, true}) {
      const Made plain = with(nullptr, gate, training), made = with(&edit, gate, training);
      ASSERT_GT(plain.seen.plan->counts[1], 0) << static_cast<int>(gate);
      EXPECT_EQ(made.seen.plan->counts[1], 0) << static_cast<int>(gate);
      if (gate == Gate::expert_choice) continue;
      const at::Tensor experts = made.seen.routing.experts;
      for (std::int64_t t = 0; t < kTokens; ++t)
        EXPECT_NE(experts[t][0].item<std::int64_t>(), experts[t][1].item<std::int64_t>());
    }
  // The next best: the two best of the others' logits.
  const Made made = with(&edit);
  const at::Tensor others = made.seen.routing.logits.masked_fill(edit.banned, -1e9);
  EXPECT_TRUE(at::equal(made.seen.routing.experts, select_top_k(others, 2)));
  // p is the gate's own.
  EXPECT_TRUE(at::equal(made.seen.routing.probs, with(nullptr).seen.routing.probs));
}

TEST_F(LayerEditing, BannedExpertsOfAGroupLeaveItTheOthers) {
  at::NoGradGuard no_grad;
  RoutingContext context;
  context.experts = 6, context.top_k = 2, context.groups = 3, context.groups_kept = 1;
  LayerEdit edit;
  edit.banned = torch::tensor({0, 0, 1, 0, 0, 0}, at::kByte).to(at::kBool);
  context.edit = &edit;
  GateScores scores;
  // The second group is best, but has one expert left; the third is better than the first.
  scores.clean = scores.noisy = torch::tensor({{0.1F, 0.2F, 9.0F, 3.0F, 1.0F, 1.1F}});
  const at::Tensor chosen = route(scores, context).experts;
  EXPECT_TRUE(at::equal(chosen, torch::tensor({{3, 0}}, at::kLong))) << chosen;
  scores.bias = at::zeros({6});
  EXPECT_EQ((route(scores, context).experts == 2).sum().item<std::int64_t>(), 0);
}

TEST_F(LayerEditing, ASilencedExpertIsChosenAndAddsNothing) {
  at::NoGradGuard no_grad;
  for (const Gate gate : {Gate::softmax, Gate::expert_choice}) {
    LayerEdit each;
    const Made plain = with(nullptr, gate);
    at::Tensor sum = at::zeros_like(plain.y);
    for (std::int64_t e = 0; e < kExperts; ++e) {
      each.silenced = only(e);
      const Made made = with(&each, gate);
      EXPECT_EQ(made.seen.plan->counts, plain.seen.plan->counts);
      sum += plain.y - made.y;
    }
    EXPECT_LT((sum - plain.y).abs().max().item<double>(), 1e-5) << "what each adds makes the whole";
  }
  LayerEdit one;
  one.silenced_choices = at::zeros({kTokens * 2}, at::kBool);
  one.silenced_choices[7] = true;
  const at::Tensor less = (with(nullptr).y - with(&one).y).abs().sum(1);
  EXPECT_GT(less[3].item<double>(), 1e-4);
  EXPECT_EQ(less.sum().item<double>(), less[3].item<double>());
}

TEST_F(LayerEditing, AnotherExpertStandsIn) {
  at::NoGradGuard no_grad;
  const Made plain = with(nullptr);
  LayerEdit edit;
  edit.stand_in = at::arange(kExperts, at::kLong);
  EXPECT_LT((with(&edit).y - plain.y).abs().max().item<double>(), 1e-6) << "itself";
  edit.stand_in = at::full({kExperts}, 3, at::kLong);
  const Made made = with(&edit);
  EXPECT_EQ(made.seen.plan->counts, plain.seen.plan->counts) << "the choices stay";
  // All weights of a token come to one expert, whose row it is with weight 1.
  LayerEdit alone;
  alone.forced = at::stack({at::full({kTokens}, 3, at::kLong), at::zeros({kTokens}, at::kLong)}, 1);
  alone.silenced = only(0);
  const Made by_three = with(&alone);
  const at::Tensor share = by_three.seen.routing.weights.select(1, 0).unsqueeze(1);
  EXPECT_LT((made.y - by_three.y / share).abs().max().item<double>(), 1e-5);
}

// A token's own ban, a choice's own stand-in: what is said of all alike is what is said of each.
TEST_F(LayerEditing, SingleTokensAndChoicesAreEditedAsAllAre) {
  at::NoGradGuard no_grad;
  for (const Gate gate :
       {Gate::softmax, Gate::sigmoid, Gate::sinkhorn, Gate::expert_choice, Gate::hash, Gate::random}) {
    LayerEdit all, each;
    all.banned = only(1);
    each.banned = only(1).expand({kTokens, kExperts}).contiguous();
    EXPECT_TRUE(at::equal(with(&all, gate).y, with(&each, gate).y)) << static_cast<int>(gate);
    if (gate == Gate::expert_choice) continue;
    const Made plain = with(nullptr, gate);
    // One token's first choice.
    each.banned.zero_();
    const std::int64_t first = plain.seen.routing.experts[5][0].item<std::int64_t>();
    each.banned[5][first] = true;
    const Made made = with(&each, gate);
    EXPECT_EQ((made.seen.routing.experts[5] == first).sum().item<std::int64_t>(), 0);
    EXPECT_EQ((made.seen.routing.experts != plain.seen.routing.experts).any(1).sum().item<std::int64_t>(), 1);
  }
  LayerEdit all, each;
  all.stand_in = torch::tensor({0, 4, 2, 3, 4}, at::kLong);
  each.stand_in_choices = at::where(with(nullptr).seen.routing.experts.flatten() == 1, 4, -1).to(at::kLong);
  EXPECT_TRUE(at::equal(with(&all).y, with(&each).y));
}

TEST_F(LayerEditing, SteeringIsAddedToTheLogits) {
  at::NoGradGuard no_grad;
  LayerEdit edit;
  edit.steer = torch::tensor({0.F, 100.F, 0.F, 0.F, -100.F});
  const Made plain = with(nullptr), made = with(&edit);
  EXPECT_TRUE(at::equal(made.seen.routing.logits, plain.seen.routing.logits + edit.steer));
  EXPECT_EQ(made.seen.plan->counts[1], kTokens);
  EXPECT_EQ(made.seen.plan->counts[4], 0);
}

TEST_F(LayerEditing, ARuleIsTriedOnTheSameLogits) {
  at::NoGradGuard no_grad;
  for (const Gate gate : {Gate::sigmoid, Gate::random, Gate::expert_choice}) {
    LayerEdit edit;
    edit.gate = gate;
    EXPECT_TRUE(at::equal(with(&edit).y, with(nullptr, gate).y)) << static_cast<int>(gate);
  }
  LayerEdit planned;
  planned.gate = Gate::base;
  const Made even = with(&planned);
  for (const std::int64_t count : even.seen.plan->counts)
    EXPECT_EQ(count, kTokens * 2 / kExperts) << "as in training";
}

TEST_F(LayerEditing, GradientsFlowThroughWhatIsLeft) {
  const auto gradients = [&](const LayerEdit* edit) {
    std::map<std::string, at::Tensor> found;
    layer_.visit([&](Parameter& parameter) { parameter.value.mutable_grad() = at::Tensor(); });
    with(edit, Gate::softmax_renormalised, true).y.square().sum().backward();
    layer_.visit([&](Parameter& parameter) {
      found[parameter.name] = parameter.value.grad().defined() ? parameter.value.grad().clone() : at::Tensor();
    });
    return found;
  };
  LayerEdit muted;
  muted.silenced = only(2);
  auto found = gradients(&muted);
  EXPECT_EQ(found["experts.{}.w2.weight"][2].abs().sum().item<double>(), 0);
  EXPECT_GT(found["experts.{}.w2.weight"][1].abs().sum().item<double>(), 0);
  EXPECT_GT(found["gate.weight"].abs().sum().item<double>(), 0);

  LayerEdit routed;
  routed.forced = at::stack({at::zeros({kTokens}, at::kLong), at::ones({kTokens}, at::kLong)}, 1);
  found = gradients(&routed);
  EXPECT_EQ(found["experts.{}.w2.weight"][3].abs().sum().item<double>(), 0);
  EXPECT_GT(found["gate.weight"][0].abs().sum().item<double>(), 0)
      << "a recorded route leaves the router its gradient";

  LayerEdit replaced;
  replaced.stand_in = torch::tensor({0, 1, 3, 3, 4}, at::kLong);
  found = gradients(&replaced);
  EXPECT_EQ(found["experts.{}.w2.weight"][2].abs().sum().item<double>(), 0);
  EXPECT_GT(found["gate.weight"][2].abs().sum().item<double>(), 0);
}

TEST_F(LayerEditing, NormsAreOfTheChosenExpertsRows) {
  at::NoGradGuard no_grad;
  const Made made = with(nullptr);
  ASSERT_EQ(made.seen.norms.numel(), kTokens * 2);
  LayerEdit second;
  second.silenced_choices = at::ones({kTokens * 2}, at::kBool);
  second.silenced_choices[9] = false;
  const double weight = made.seen.routing.weights[4][1].item<double>();
  EXPECT_NEAR(with(&second).y[4].norm().item<double>(), weight * made.seen.norms[9].item<double>(), 1e-5);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
