// Learning with routes that were recorded: the same to the bit with one's own, the gate's weights of the named
// experts with another's; and what is refused.
#include <gmock/gmock.h>

#include <cmath>
#include <filesystem>

#include "core/config/gates.h"
#include "core/session/driving/driver.h"
#include "core/session/driving/route_files.h"
#include "core/session/driving/run_routes.h"
#include "tests/support/temporary_folder.h"
#include "tests/train/small_trainer.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using testing::HasSubstr;

struct Kept final : RouteTap, RouteGuide {
  std::vector<StepRoutes> steps;
  void take(const StepRoutes& routes) override { steps.push_back(routes); }
  Result<const StepRoutes*> routes_of(std::int64_t step) override {
    for (const StepRoutes& routes : steps)
      if (routes.step == step) return static_cast<const StepRoutes*>(&routes);
    return usage_error("none");
  }
};

Config of_gate(Gate gate) {
  Config config = small();
  config.gate = gate;
  config.accumulation = 2;
  return without_idle_losses(config);
}

std::vector<double> told_losses(const Config& config, Kept& kept, int steps = 4) {
  const auto trainer = make(config);
  EXPECT_TRUE(trainer->tell_routes(&kept));
  return losses(*trainer, steps);
}

TEST(Routes, AreToldOfEveryTokenInTheOrderOfTheGate) {
  Kept kept;
  const Config config = of_gate(Gate::softmax_renormalised);
  told_losses(config, kept);
  ASSERT_EQ(kept.steps.size(), 4U);
  EXPECT_EQ(kept.steps[2].step, 3);
  EXPECT_EQ(kept.steps[2].tokens(), 2U * 16 * 2) << "batch x context x accumulation";
  EXPECT_EQ(kept.steps[2].token.size(), 64U);
  EXPECT_EQ(kept.steps[2].sequence_length, 16);
  ASSERT_EQ(kept.steps[2].layers.size(), 2U);
  for (const StepRoutes::Layer& layer : kept.steps[2].layers)
    for (std::size_t t = 0; t < 64; ++t) EXPECT_NE(layer.expert[2 * t], layer.expert[2 * t + 1]);
}

TEST(Routes, ARunWithItsOwnIsTheSameToTheBit) {
  for (const Gate gate : {Gate::softmax_renormalised, Gate::softmax, Gate::sigmoid, Gate::sinkhorn, Gate::base,
                          Gate::hash, Gate::random}) {
    Config config = of_gate(gate);
    if (gate == Gate::softmax) config.overflow = Overflow::drop_late, config.noise_std = 0.5, config.muted = "0.1";
    if (gate == Gate::softmax_renormalised) config.balance_scope = BalanceScope::global_exact;
    Kept kept;
    const std::vector<double> own = told_losses(config, kept);
    const auto again = make(config);
    ASSERT_TRUE(again->follow_routes(&kept));
    EXPECT_EQ(losses(*again, 4), own) << static_cast<int>(gate);
    const auto told = make(config);
    losses(*told, 4);
    EXPECT_TRUE(same_bits(again->weights(), told->weights())) << static_cast<int>(gate);
  }
}

TEST(Routes, ThroughAFolderTheyAreTheSame) {
  const test::TemporaryFolder folder;
  const Config config = of_gate(Gate::sigmoid);
  auto recorder = RouteRecorder::create(folder.path() / "routes", 40, "small");
  ASSERT_TRUE(recorder);
  const auto trainer = make(config);
  ASSERT_TRUE(trainer->tell_routes(recorder->get()));
  const std::vector<double> own = losses(*trainer, 5);
  ASSERT_TRUE((*recorder)->finish());
  auto recorded = RecordedRoutes::open(folder.path() / "routes");
  ASSERT_TRUE(recorded) << recorded.error().message;
  const auto again = make(config);
  ASSERT_TRUE(again->follow_routes(recorded->get()));
  EXPECT_EQ(losses(*again, 5), own);
  const auto further = again->advance();
  ASSERT_FALSE(further);
  EXPECT_THAT(further.error().message, HasSubstr("has no routes of step 6; it has those of steps 1 to 5"));
  EXPECT_EQ(again->step(), 5);
}

// All its tokens are looked through once, not with each micro-batch.
TEST(Routes, OfAStepAreHeldAgainstTheModelOnce) {
  struct Other final : RouteGuide {
    Kept kept;
    int asked = 0;
    StepRoutes now;
    Result<const StepRoutes*> routes_of(std::int64_t step) override {
      now = **kept.routes_of(step);
      // What a second look would refuse, and a first one does.
      if (++asked > 2) now.sequence_length = 7;
      return static_cast<const StepRoutes*>(&now);
    }
  } guide;
  const Config config = of_gate(Gate::softmax_renormalised);
  told_losses(config, guide.kept, 2);
  const auto trainer = make(config);
  ASSERT_TRUE(trainer->follow_routes(&guide));
  losses(*trainer, 1);
  EXPECT_EQ(trainer->step(), 1);
  const auto second = trainer->advance();
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr("tokens a sequence"));
}

TEST(Routes, OfAnotherRunMakeOtherLossesAndTheRouterStillLearns) {
  Config config = of_gate(Gate::softmax_renormalised);
  config.aux_coef = config.z_coef = 0;
  config.weight_decay = 0;
  Kept kept;
  Config other = config;
  other.weight_seed = 99;
  const std::vector<double> others = told_losses(other, kept);
  const auto own = make(config);
  const std::vector<double> free = losses(*own, 4);
  const auto guided = make(config);
  const auto gate = [](const Trainer& trainer) {
    for (const NamedTensor& one : trainer.weights())
      if (one.name == "model.layers.0.block_sparse_moe.gate.weight") return one.values;
    return std::vector<float>();
  };
  const std::vector<float> drawn = gate(*guided);
  ASSERT_TRUE(guided->follow_routes(&kept));
  Kept followed;
  ASSERT_TRUE(guided->tell_routes(&followed));
  const StepRecord first = step(*guided);
  EXPECT_NE(first.loss, free[0]);
  EXPECT_GT(first.layers[0].router_grad_norm, 0);
  EXPECT_NE(gate(*guided), drawn);
  losses(*guided, 3);
  for (std::size_t s = 0; s < 4; ++s)
    for (std::size_t l = 0; l < 2; ++l)
      EXPECT_EQ(followed.steps[s].layers[l].expert, kept.steps[s].layers[l].expert);
  // Let go, it chooses for itself again.
  ASSERT_TRUE(guided->follow_routes(nullptr));
  EXPECT_TRUE(std::isfinite(losses(*guided, 1)[0]));
}

// d loss / d W along a direction, against (loss(W + e D) - loss(W - e D)) / 2e: with the choices given the loss is
// smooth in the router's weights.
TEST(Routes, TheRoutersGradientUnderThemIsThatOfFiniteDifferences) {
  for (const Gate gate : {Gate::softmax_renormalised, Gate::softmax, Gate::sigmoid, Gate::sinkhorn}) {
    Config config = of_gate(gate);
    config.expert = ExpertKind::gelu;
    const std::int64_t vocabulary = 30, tokens = 2 * config.context;
    Initializer init;
    init.generator = at::detail::createCPUGenerator(7);
    Transformer model(config, vocabulary, init);
    const at::Generator draws = at::detail::createCPUGenerator(11);
    const at::Tensor ids = at::randint(0, vocabulary, {2, config.context}, draws, at::TensorOptions(at::kLong));
    const at::Tensor targets = at::randint(0, vocabulary, {tokens}, draws, at::TensorOptions(at::kLong));
    auto edits = std::make_shared<LayerEdits>(2);
    for (LayerEdit& edit : *edits)
      edit.forced = std::get<1>(at::rand({tokens, config.experts}, draws).topk(config.top_k, 1)).contiguous();
    PassContext context = pass_context(config, true, {});
    context.routing.edits = edits;
    const auto loss = [&] {
      return at::cross_entropy_loss(model.forward(ids, context).logits.flatten(0, 1), targets);
    };
    Parameter* router = nullptr;
    model.visit([&](Parameter& parameter) {
      if (parameter.part == Parameter::Part::router && parameter.trained && parameter.block == 0)
        router = &parameter;
    });
    ASSERT_NE(router, nullptr);
    // Large enough that the gate's weights differ.
    {
      at::NoGradGuard no_grad;
      router->value.mul_(20);
    }
    loss().backward();
    const at::Tensor slope = router->value.grad();
    EXPECT_GT(slope.norm().item<double>(), 1e-4) << static_cast<int>(gate);
    const at::Tensor direction = slope / slope.norm();
    const double by_gradient = (slope * direction).sum().item<double>(), far = 0.02;
    at::NoGradGuard no_grad;
    router->value.add_(direction, far);
    const double above = loss().item<double>();
    router->value.sub_(direction, 2 * far);
    const double below = loss().item<double>();
    EXPECT_NEAR((above - below) / (2 * far) / by_gradient, 1, 0.02) << static_cast<int>(gate);
  }
}

TEST(Routes, WhatDiffersIsNamedAndNothingIsLearned) {
  Kept kept;
  const Config config = of_gate(Gate::softmax_renormalised);
  told_losses(config, kept, 1);
  const auto refused = [&](const std::function<void(Config&)>& change, const char* why) {
    Config other = config;
    change(other);
    const auto trainer = make(other);
    const auto before = trainer->weights();
    ASSERT_TRUE(trainer->follow_routes(&kept));
    for (int slice = 0; slice < 2; ++slice) {
      const auto advanced = trainer->advance();
      if (advanced && slice == 0) continue;  // an earlier micro-batch
      ASSERT_FALSE(advanced) << why;
      EXPECT_EQ(advanced.error().kind, ErrorKind::usage);
      EXPECT_THAT(advanced.error().message, HasSubstr(why));
      break;
    }
    EXPECT_EQ(trainer->step(), 0);
    EXPECT_TRUE(same_values(trainer->weights(), before));
  };
  refused([](Config& c) { c.experts = 6; }, "experts of block 0 of the recorded routes: 4, of this run: 6");
  refused([](Config& c) { c.top_k = 3; }, "top_k of block 0 of the recorded routes: 2, of this run: 3");
  refused([](Config& c) { c.layers = 3; },
          "blocks with experts of the recorded routes: 0, 1, of this run: 0, 1, 2");
  refused([](Config& c) { c.moe_every = 2; }, "blocks with experts of the recorded routes: 0, 1, of this run: 1");
  refused([](Config& c) { c.batch_size = 4; }, "tokens a step (batch_size x context x accumulation)");
  refused([](Config& c) { c.context = 8; },
          "context, tokens a sequence, of the recorded routes: 16, of this run: 8");
  refused([](Config& c) { c.seed = 5; }, "they are of other batches");
  refused([](Config& c) { c.muted = "*.0 *.1"; }, "which is muted here");
  kept.steps[0].layers[1].expert[5] = 4;
  refused([](Config&) {}, "send token 2 of block 1 to expert 4");

  Config soft = of_gate(Gate::soft);
  EXPECT_THAT(make(soft)->follow_routes(&kept).error().message, HasSubstr("gate = soft"));
  Config choosing = of_gate(Gate::expert_choice);
  EXPECT_THAT(make(choosing)->tell_routes(&kept).error().message, HasSubstr("gate = expert-choice"));
  Config dense = small();
  dense.ffn = Ffn::dense;
  EXPECT_THAT(make(dense)->tell_routes(&kept).error().message, HasSubstr("ffn = dense"));
}

// What is recorded beside a run ends nothing of it.
TEST(Routes, OfAGateWithoutChoicesAreStepsWithoutLayers) {
  Kept kept;
  Config config = of_gate(Gate::softmax_renormalised);
  const auto trainer = make(config);
  ASSERT_TRUE(trainer->tell_routes(&kept));
  losses(*trainer, 2);
  config.gate = Gate::expert_choice;
  ASSERT_TRUE(trainer->apply(without_idle_losses(config), 1));
  losses(*trainer, 2);
  ASSERT_EQ(kept.steps.size(), 4U);
  EXPECT_EQ(kept.steps[1].layers.size(), 2U);
  EXPECT_TRUE(kept.steps[2].layers.empty());
  const test::TemporaryFolder folder;
  auto recorder = RouteRecorder::create(folder.path() / "routes", std::nullopt, "a model");
  ASSERT_TRUE(recorder);
  for (const StepRoutes& routes : kept.steps) (*recorder)->take(routes);
  const auto finished = (*recorder)->finish();
  ASSERT_FALSE(finished);
  EXPECT_THAT(finished.error().message, HasSubstr("2 steps from 3 on had no routes to record"));
}

// To the bit: what was refused leaves nothing behind, and what was followed is what the router would have chosen.
TEST(Routes, WhereTheyEndOrDoNotFitTheRunGoesOnAsIfItHadBeenFree) {
  const test::TemporaryFolder folder;
  const Config config = of_gate(Gate::softmax_renormalised);
  {
    const auto trainer = make(config);
    RunRoutes routes(*trainer);
    ASSERT_TRUE(routes.record(folder.path() / "routes"));
    losses(*trainer, 2);
  }  // what is recorded is whole
  const auto driven = [](Trainer& trainer, Driver& driver, int steps) {
    std::vector<double> out;
    while (trainer.step() < steps) {
      const auto slice = driver.advance();
      if (!slice) return ADD_FAILURE() << slice.error().message, out;
      if (slice->record) out.push_back(slice->record->loss);
    }
    return out;
  };
  const auto said = [](Driver& driver) {
    std::string all;
    for (const RecordingNews& one : driver.take_news()) all += one.message + '\n';
    return all;
  };
  Config other = config;
  other.seed = 5;
  for (const Config& of : {config, other}) {
    const auto free = make(of), follows = make(of);
    Driver driver(*follows, nullptr);
    driver.start();
    ASSERT_TRUE(driver.follow_routes(folder.path() / "routes"));
    EXPECT_EQ(driven(*follows, driver, 4), losses(*free, 4));
    EXPECT_TRUE(same_bits(follows->weights(), free->weights()));
    // Of other batches that shows with the tokens of the first.
    EXPECT_THAT(said(driver),
                HasSubstr(of.seed == 5 ? "they are of other batches" : "The recorded routes have ended"));
    EXPECT_EQ(driver.routes(), RoutesStatus());
  }
}

TEST(Routes, PointsHaveThemToo) {
  Config config = of_gate(Gate::softmax_renormalised);
  config.task = TaskKind::clusters;
  config.cluster_points = 100;
  Kept kept;
  const std::vector<double> own = told_losses(config, kept);
  EXPECT_TRUE(kept.steps[0].token.empty());
  const auto again = make(config);
  ASSERT_TRUE(again->follow_routes(&kept));
  EXPECT_EQ(losses(*again, 4), own);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
