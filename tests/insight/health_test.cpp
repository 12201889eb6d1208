#include "core/insight/health.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

StepRecord record(std::int64_t step, std::vector<std::vector<float>> counts, float router = 1, float experts = 1) {
  StepRecord made;
  made.step = step;
  made.model_id = 1;
  for (auto& layer : counts) {
    LayerRecord& added = made.layers.emplace_back();
    added.block = static_cast<std::int32_t>(2 * made.layers.size() - 1);  // every second block
    added.counts = std::move(layer);
    added.router_grad_norm = router;
    added.expert_grad_norm = experts;
  }
  return made;
}

// Runs `steps` more steps with the same counts; the changes of all of them.
struct Routing {
  HealthWatch watch;
  HealthFacts facts;
  std::int64_t step = 0;

  std::vector<HealthAlert> go(int steps, const std::vector<std::vector<float>>& counts, float router = 1,
                              float experts = 1) {
    std::vector<HealthAlert> changes;
    for (int i = 0; i < steps; ++i)
      for (HealthAlert& change : watch.take(record(++step, counts, router, experts), facts))
        changes.push_back(std::move(change));
    return changes;
  }
};

Routing with_k(std::int32_t k) {
  Routing run;
  run.facts.top_k = k;
  return run;
}

// --- dead

// 40 assignments over 4 experts are 10 a step at a fair share: the tenth silent step makes 100.
TEST(Health, ADeadExpertIsSaidAfterAHundredExpectedAssignments) {
  Routing run = with_k(2);
  run.go(5, {{10, 10, 10, 10}});
  EXPECT_THAT(run.go(9, {{20, 10, 10, 0}}), IsEmpty()) << "90 expected";
  const auto changes = run.go(1, {{20, 10, 10, 0}});
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].kind, AlertKind::dead);
  EXPECT_EQ(changes[0].layer, 0);
  EXPECT_EQ(changes[0].block, 1);
  EXPECT_THAT(changes[0].experts, ElementsAre(3));
  EXPECT_EQ(changes[0].began, 6) << "the first step without a token";
  EXPECT_EQ(changes[0].noticed, 15);
  EXPECT_EQ(changes[0].ended, 0);
  EXPECT_THAT(changes[0].message, HasSubstr("E03 got no tokens"));
  EXPECT_EQ(run.watch.alerts().size(), 1u);
}

// Else a router that collapses would say it over and over.
TEST(Health, ATokenNowAndThenDoesNotEndIt) {
  Routing run = with_k(2);
  EXPECT_EQ(run.go(12, {{20, 10, 10, 0}}).size(), 1U);
  for (int i = 0; i < 10; ++i) {
    EXPECT_THAT(run.go(1, {{19, 10, 10, 1}}), IsEmpty());
    EXPECT_THAT(run.go(8, {{20, 10, 10, 0}}), IsEmpty());
  }
  ASSERT_EQ(run.watch.alerts().size(), 1U);
  EXPECT_EQ(run.watch.alerts()[0].began, 1);
  EXPECT_THAT(run.watch.alerts()[0].message, HasSubstr("E03 got next to no tokens since step 1"));
}

// The window is of 10 steps: two fair ones are 0.2 of a fair share in it.
TEST(Health, AFairShareEndsItAndTheWindowStartsAfresh) {
  Routing run = with_k(2);
  run.go(12, {{20, 10, 10, 0}});
  const auto changes = run.go(12, {{10, 10, 10, 10}});
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(changes[0].kind, AlertKind::dead);
  EXPECT_EQ(changes[0].ended, 14);
  EXPECT_THAT(run.go(9, {{20, 10, 10, 0}}), IsEmpty());
  const auto again = run.go(1, {{20, 10, 10, 0}});
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].began, 25);
}

// Whatever it had before it died.
TEST(Health, ATokenNowAndThenDoesNotEndItForAnExpertThatLivedLong) {
  Routing run = with_k(2);
  run.go(1'000, {{10, 10, 10, 10}});
  EXPECT_EQ(run.go(10, {{20, 10, 10, 0}}).size(), 1U);
  for (int i = 0; i < 10; ++i) {
    EXPECT_THAT(run.go(1, {{19, 10, 10, 1}}), IsEmpty());
    EXPECT_THAT(run.go(8, {{20, 10, 10, 0}}), IsEmpty());
  }
}

// Each by its own silence, though the alert is one.
TEST(Health, WhoDiesLaterIsSaidToBeSilentSinceThen) {
  Routing run = with_k(2);
  run.go(20, {{0, 20, 10, 10}});
  run.go(15, {{0, 20, 20, 0}});
  run.go(5, {{10, 10, 20, 0}});
  ASSERT_FALSE(run.watch.alerts().empty());
  EXPECT_EQ(run.watch.alerts()[0].kind, AlertKind::dead);
  EXPECT_THAT(run.watch.alerts()[0].experts, ElementsAre(3));
  EXPECT_THAT(run.watch.alerts()[0].message, HasSubstr("E03 got no tokens at all since step 21"));
}

TEST(Health, WhoIsMutedIsNeitherDeadNorStarving) {
  Routing run = with_k(1);
  run.facts.muted = {{0, 0, 0, 1}, {0, 0, 0, 0}};
  const auto changes = run.go(60, {{20, 20, 20, 0}, {20, 20, 20, 0}});
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].kind, AlertKind::dead);
  EXPECT_EQ(changes[0].layer, 1) << "the other layer's expert is";
}

TEST(Health, ARouterThatSomebodyFrozeIsNoAlert) {
  Routing run = with_k(2);
  run.facts.held_routers = {1, 0};
  const auto changes = run.go(60, {{10, 10, 10, 10}, {10, 10, 10, 10}}, 0, 1);
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].kind, AlertKind::frozen_router);
  EXPECT_EQ(changes[0].layer, 1);
}

TEST(Health, WhoIsHeardAgainIsNotDeadForTheTimeItWasMuted) {
  Routing run = with_k(1);
  run.facts.muted = {{0, 0, 0, 1}};
  run.go(200, {{20, 20, 20, 0}});
  run.facts.muted.clear();
  EXPECT_THAT(run.go(5, {{20, 20, 20, 0}}), IsEmpty());
  EXPECT_THAT(run.go(20, {{20, 20, 20, 20}}), IsEmpty());
}

// Two that may be chosen, evenly: as many as are chosen from.
TEST(Health, WhereAllButAFewAreMutedTheFewAreNoCollapse) {
  Routing run = with_k(2);
  run.facts.muted = {{0, 0, 1, 1}};
  EXPECT_THAT(run.go(60, {{30, 30, 0, 0}}), IsEmpty());
  Routing one = with_k(1);
  one.facts.muted = {{0, 0, 1, 1}};
  const auto changes = one.go(60, {{60, 0, 0, 0}});
  EXPECT_TRUE(std::any_of(changes.begin(), changes.end(),
                          [](const HealthAlert& a) { return a.kind == AlertKind::collapsed; }));
}

TEST(Health, AnotherDeadExpertJoinsTheAlert) {
  Routing run = with_k(2);
  run.go(10, {{20, 10, 10, 0}});
  EXPECT_THAT(run.go(10, {{20, 20, 0, 0}}),
              testing::Each(testing::Field(&HealthAlert::kind, AlertKind::collapsed)));
  EXPECT_THAT(run.watch.alerts()[0].experts, ElementsAre(2, 3));
  EXPECT_EQ(run.watch.alerts()[0].began, 1);
}

// --- starving

// From fair to 1/20 of it: the mean is 0.05 + 0.95 2^(-n/50), below 0.1 after n = 50 log2(0.95 / 0.05) = 212.4
// steps, once 200 fair ones have made it 1 (0.94 of its weight; the debiasing is exact for a constant).
TEST(Health, StarvingByItsHalfLife) {
  Routing run = with_k(1);
  run.go(2000, {{10, 10, 10, 10}});
  const std::vector<std::vector<float>> few{{10, 10, 19.5F, 0.5F}};
  EXPECT_THAT(run.go(212, few), IsEmpty());
  const auto changes = run.go(1, few);
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].kind, AlertKind::starving);
  EXPECT_THAT(changes[0].experts, ElementsAre(3));
  EXPECT_EQ(changes[0].began, 2213);
  EXPECT_THAT(changes[0].message, HasSubstr("10.0 %"));
}

TEST(Health, StarvingEndsOnlyWellAboveItsBeginning) {
  Routing run = with_k(1);
  run.go(600, {{12, 12, 15.2F, 0.8F}});  // u = 0.08
  ASSERT_EQ(run.watch.alerts().size(), 1u);
  EXPECT_THAT(run.go(600, {{12, 12, 14.8F, 1.2F}}), IsEmpty()) << "0.12 is between the two bars";
  const auto changes = run.go(600, {{12, 12, 14, 2}});  // 0.2
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_GT(changes[0].ended, 1200);
  EXPECT_THAT(run.watch.alerts(), IsEmpty());
}

TEST(Health, AYoungMeanSaysNothingOfStarving) {
  Routing run = with_k(1);
  EXPECT_THAT(run.go(49, {{12, 12, 15.2F, 0.8F}}), IsEmpty());
  EXPECT_EQ(run.go(1, {{12, 12, 15.2F, 0.8F}}).size(), 1u) << "half of the weight after a half-life";
}

// --- collapsed

// k = 1 of 4: (F - 1/4) / (3/4) >= 0.9 from F = 0.925 on. 100 a step: the window is 8 steps, enough from the 8th
// on.
TEST(Health, CollapseByItsFormula) {
  Routing below = with_k(1), at = with_k(1);
  below.go(20, {{92, 3, 3, 2}});
  EXPECT_THAT(below.watch.alerts(), IsEmpty());
  EXPECT_THAT(at.go(7, {{93, 3, 2, 2}}), IsEmpty());
  const auto changes = at.go(1, {{93, 3, 2, 2}});
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].kind, AlertKind::collapsed);
  EXPECT_THAT(changes[0].experts, ElementsAre(0));
  EXPECT_EQ(changes[0].began, 1);
  EXPECT_THAT(changes[0].message, HasSubstr("93.0 %"));
}

// k = 2 of 4 can never give one expert more than half: F counts the two largest.
TEST(Health, CollapseOntoKExperts) {
  Routing run = with_k(2);
  const auto changes = run.go(8, {{1, 99, 1, 99}});
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].kind, AlertKind::collapsed);
  EXPECT_THAT(changes[0].experts, ElementsAre(1, 3));
  EXPECT_THAT(with_k(4).go(20, {{99, 99, 1, 1}}), IsEmpty()) << "k = N cannot collapse";
}

TEST(Health, SmallStepsNeedALongerWindow) {
  Routing run = with_k(1);
  EXPECT_THAT(run.go(39, {{10, 0, 0, 0}}), IsEmpty()) << "2.5 a step: 97.5 expected";
  EXPECT_THAT(run.go(1, {{10, 0, 0, 0}}),
              testing::Contains(testing::Field(&HealthAlert::kind, AlertKind::collapsed)));
}

// From F = 0.93 to 0.86 in a window: (0.86 - 0.25) / 0.75 = 0.81 is still collapsed, 0.83 would not have begun it.
TEST(Health, CollapseEndsOnlyWellBelowItsBeginning) {
  Routing run = with_k(1);
  run.go(8, {{93, 3, 2, 2}});
  EXPECT_THAT(run.go(8, {{86, 6, 4, 4}}), IsEmpty());
  const auto changes = run.go(8, {{84, 6, 5, 5}});
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_GT(changes[0].ended, 16);
  EXPECT_THAT(changes[0].message, HasSubstr("no longer"));
}

TEST(Health, OneSilentStepIsNoDeath) {
  Routing run = with_k(2);
  EXPECT_THAT(run.go(7, {{2000, 1000, 1000, 0}}), IsEmpty()) << "7,000 expected, but in seven steps";
  EXPECT_EQ(run.go(1, {{2000, 1000, 1000, 0}}).size(), 1u);
}

TEST(Health, CollapseEndsWithItsWindow) {
  Routing run = with_k(1);
  run.go(30, {{100, 0, 0, 0}});
  EXPECT_THAT(run.watch.alerts(), testing::Contains(testing::Field(&HealthAlert::kind, AlertKind::collapsed)));
  run.go(8, {{25, 25, 25, 25}});
  EXPECT_THAT(run.watch.alerts(), IsEmpty());
}

TEST(Health, ARandomRouterIsWell) {
  Routing run = with_k(2);
  std::uint64_t state = 1;
  for (int step = 0; step < 500; ++step) {
    std::vector<float> counts(16, 0);
    for (int a = 0; a < 256; ++a) {
      state = state * 6364136223846793005ULL + 1442695040888963407ULL;
      counts[state >> 60U] += 1;
    }
    ASSERT_THAT(run.go(1, {counts}), IsEmpty());
  }
}

// --- frozen routers

TEST(Health, FrozenByStructureIsSaidAtOnceAndEndsWithTheSetting) {
  Routing run = with_k(1);
  run.facts.frozen_by_structure = true;
  const auto changes = run.go(1, {{10, 10}, {10, 10}});
  ASSERT_EQ(changes.size(), 2u) << "every layer";
  EXPECT_EQ(changes[1].kind, AlertKind::frozen_router);
  EXPECT_EQ(changes[1].layer, 1);
  EXPECT_EQ(changes[1].block, 3);
  EXPECT_THAT(changes[1].experts, IsEmpty());
  EXPECT_THAT(run.go(5, {{10, 10}, {10, 10}}), IsEmpty());
  run.facts.frozen_by_structure = false;
  EXPECT_EQ(run.go(1, {{10, 10}, {10, 10}})[0].ended, 7);
}

TEST(Health, FrozenByItsGradientOverFiftySteps) {
  Routing run = with_k(2);
  EXPECT_THAT(run.go(49, {{10, 10, 10}}, 1e-7F, 1), IsEmpty());
  const auto changes = run.go(1, {{10, 10, 10}}, 1e-7F, 1);
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].kind, AlertKind::frozen_router);
  EXPECT_EQ(changes[0].began, 1);
  EXPECT_EQ(run.go(1, {{10, 10, 10}}, 1, 1)[0].ended, 51) << "one lively step lifts the ratio of the sums";
  EXPECT_THAT(with_k(2).go(200, {{10, 10, 10}}, 2e-6F, 1), IsEmpty());
}

TEST(Health, AnAuxiliaryLossHidesTheTaskGradientUntilALookShowsIt) {
  Routing run = with_k(2);
  run.facts.task_alone = false;
  EXPECT_THAT(run.go(100, {{10, 10, 10}}, 1e-9F, 1), IsEmpty()) << "the norm is not the task's";
  run.watch.take_task_gradient(0, 1e-9);
  EXPECT_THAT(run.go(49, {{10, 10, 10}}, 0.5F, 1), IsEmpty());
  EXPECT_EQ(run.go(1, {{10, 10, 10}}, 0.5F, 1).size(), 1u);
  run.watch.take_task_gradient(7, 1);  // no such layer: nothing happens
}

// --- what resets

TEST(Health, AnotherModelStartsFromNothing) {
  Routing run = with_k(2);
  run.go(12, {{20, 10, 10, 0}});
  ASSERT_EQ(run.watch.alerts().size(), 1u);
  StepRecord other = record(1, {{10, 10, 10, 10}});
  other.model_id = 2;
  EXPECT_THAT(run.watch.take(other, run.facts), IsEmpty());
  EXPECT_THAT(run.watch.alerts(), IsEmpty());
}

TEST(Health, ExpertsThatComeOrGoStartALayerAfresh) {
  Routing run = with_k(2);
  run.go(12, {{20, 10, 10, 0}});
  const auto changes = run.go(1, {{20, 10, 0, 0, 10}});
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].ended, 13);
}

// A course with every kind of alert, its end and small steps: whatever the step at which another watch goes on from the
// memory of the first, it says the same.
TEST(Health, AnotherWatchGoesOnWhereTheFirstStood) {
  const auto counts_of = [](int step) -> std::vector<std::vector<float>> {
    const float silent = step % 90 < 40 ? 0.0F : 8.0F, few = step > 60 && step < 150 ? 0.5F : 8.0F;
    const float most = step > 170 ? 300.0F : 8.0F;
    return {{8, 8, silent, 8}, {8, few, most, 8}, {1, 0, 0, 0}};
  };
  const auto take = [&](HealthWatch& watch, int step, std::uint32_t model_id) {
    StepRecord made = record(step, counts_of(step), step > 100 ? 1e-9F : 1.0F, 1);
    made.model_id = model_id;
    HealthFacts facts;
    facts.task_alone = step < 120;
    if (step == 125) watch.take_task_gradient(1, 1e-9);
    return watch.take(made, facts);
  };
  HealthWatch straight;
  std::vector<std::vector<HealthAlert>> said;
  std::vector<HealthMemory> memories;
  std::size_t changes = 0;
  for (int step = 1; step <= 220; ++step) {
    said.push_back(take(straight, step, 1));
    memories.push_back(straight.memory());
    changes += said.back().size();
  }
  EXPECT_GE(changes, 8u);
  for (int from = 1; from < 220; from += 7) {
    HealthWatch later;
    later.restore(memories[static_cast<std::size_t>(from - 1)], 5);
    for (int step = from + 1; step <= 220; ++step)
      ASSERT_EQ(take(later, step, 5), said[static_cast<std::size_t>(step - 1)]) << "step " << step << " after " << from;
    EXPECT_EQ(later.alerts(), straight.alerts());
  }
}

TEST(Health, SoftMixingHasNoLoadsToWatch) {
  Routing run = with_k(1);
  run.facts.chooses = false;
  EXPECT_THAT(run.go(300, {{100, 0, 0, 0}}), IsEmpty());
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
