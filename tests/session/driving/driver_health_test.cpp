// Alerts and their remedies, and what is watched.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/config/knobs.h"
#include "core/session/driving/driver.h"
#include "core/session/driving/remedies.h"
#include "tests/session/driver_config.h"
#include "tests/support/fake_trainer.h"
#include "tests/support/notes_observer.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using test::config_with;
using test::FakeOptions;
using test::FakeTrainer;
using test::NotesObserver;
using testing::ElementsAre;

TEST(Driver, TellsOfAnAlertAndItsEndWithARemedyThatEndsIt) {
  Config config = config_with(100);
  config.top_k = 1;  // with the renormalised gate: the router is frozen by structure
  FakeTrainer trainer(config);
  NotesObserver observer;
  Driver driver(trainer, &observer);
  driver.start();
  const auto first = driver.advance();
  ASSERT_EQ(first->health.size(), 2u) << "two layers";
  const RunEvent& event = first->health[1];
  EXPECT_EQ(event.kind, EventKind::health);
  EXPECT_EQ(event.step, 1);
  ASSERT_TRUE(event.health);
  EXPECT_EQ(event.health->kind, AlertKind::frozen_router);
  EXPECT_EQ(event.health->layer, 1);
  EXPECT_THAT(event.health->remedy, ElementsAre(KnobSetting{"gate", "softmax"}));
  EXPECT_FALSE(event.health->advice.empty());
  EXPECT_EQ(driver.alerts().size(), 2u);

  for (const KnobSetting& setting : event.health->remedy)
    ASSERT_TRUE(set_from_text(config, setting.key, setting.value));
  ASSERT_TRUE(driver.apply(config, 1));
  const auto second = driver.advance();
  ASSERT_EQ(second->health.size(), 2u);
  EXPECT_EQ(second->health[0].kind, EventKind::health_end);
  EXPECT_EQ(second->health[0].health->ended, 2);
  EXPECT_TRUE(driver.alerts().empty());
  EXPECT_THAT(observer.notes, ElementsAre("model 1", "step 1", "health at 1", "health at 1", "set at 2", "step 2",
                                          "health-end at 2", "health-end at 2"));
}

TEST(Driver, AnotherModelHasAlertsOfItsOwn) {
  Config config = config_with(100);
  config.top_k = 1;
  FakeTrainer trainer(config);
  Driver driver(trainer, nullptr);
  driver.start();
  ASSERT_TRUE(driver.advance());
  ASSERT_TRUE(driver.reset());
  EXPECT_TRUE(driver.alerts().empty());
  EXPECT_EQ(driver.advance()->health.size(), 2u);
}

// What was done has time to act before more of it is advised.
TEST(Driver, AStrongerRemedyWaitsForTheOneThatWasTaken) {
  Config config = config_with(1000);
  config.gate = Gate::softmax;
  config.aux_coef = config.bias_rate = 0;
  FakeTrainer trainer(config);
  Checkpoint collapsed;
  ASSERT_TRUE(trainer.save(collapsed.trainer));
  collapsed.health.alerts.resize(1);
  collapsed.health.alerts[0].kind = AlertKind::collapsed;
  Driver driver(trainer, nullptr);
  driver.start(&collapsed);
  const auto offered = [&] { return driver.alerts().at(0); };
  ASSERT_THAT(offered().remedy, testing::Contains(KnobSetting{"aux_coef", "0.01"}));
  config.aux_coef = 0.01;
  ASSERT_TRUE(driver.apply(config, 1));
  EXPECT_TRUE(offered().remedy.empty());
  EXPECT_THAT(offered().advice, testing::HasSubstr(std::to_string(trainer.step() + Driver::kRemedySteps)));
  for (int i = 0; i < Driver::kRemedySteps; ++i) {
    EXPECT_TRUE(offered().remedy.empty());
    while (!trainer.advance()->has_value()) {}
  }
  EXPECT_THAT(offered().remedy, testing::Contains(KnobSetting{"aux_coef", "0.03"}));
  // Who takes it back waits for nothing.
  config.aux_coef = 0.03;
  ASSERT_TRUE(driver.apply(config, 2));
  EXPECT_TRUE(offered().remedy.empty());
  config.aux_coef = 0;
  ASSERT_TRUE(driver.apply(config, 3));
  EXPECT_FALSE(offered().remedy.empty());
}

TEST(Remedies, FollowFromTheConfiguration) {
  HealthAlert alert;
  alert.kind = AlertKind::dead;
  Config config;
  config.aux_coef = 0;
  advise(alert, config);
  EXPECT_THAT(alert.remedy, ElementsAre(KnobSetting{"aux_coef", "0.01"}, KnobSetting{"bias_rate", "0.001"}));
  config.aux_coef = 0.01;
  config.bias_rate = 0.001;
  advise(alert, config);
  EXPECT_THAT(alert.remedy, ElementsAre(KnobSetting{"aux_coef", "0.03"}, KnobSetting{"bias_rate", "0.003"}));
  config.aux_coef = 0.2;  // beyond what is ever advised
  config.bias_rate = 0.01;
  advise(alert, config);
  EXPECT_TRUE(alert.remedy.empty());
  EXPECT_TRUE(alert.advice.empty());

  config = {};
  config.gate = Gate::sigmoid;
  config.top_k = 1;
  alert.kind = AlertKind::frozen_router;
  advise(alert, config);
  EXPECT_THAT(alert.remedy, ElementsAre(KnobSetting{"top_k", "2"}));
  config.route_groups = 8;  // of one expert each
  config.route_groups_kept = 1;
  advise(alert, config);
  EXPECT_TRUE(alert.remedy.empty()) << "two experts do not fit into the one group that is kept";
}

TEST(Remedies, FactsFollowFromTheGate) {
  Config config;
  config.aux_coef = 0.01;
  EXPECT_FALSE(health_facts(config).task_alone);
  EXPECT_FALSE(health_facts(config).frozen_by_structure);
  config.top_k = 1;
  EXPECT_TRUE(health_facts(config).frozen_by_structure);
  config.gate = Gate::softmax;
  EXPECT_FALSE(health_facts(config).frozen_by_structure);
  config.gate = Gate::hash;
  EXPECT_FALSE(health_facts(config).learns);
  EXPECT_FALSE(health_facts(config).chooses);
  EXPECT_TRUE(health_facts(config).task_alone) << "a loss without meaning adds nothing";
  config.gate = Gate::soft;
  EXPECT_FALSE(health_facts(config).chooses);
  EXPECT_TRUE(health_facts(config).learns);
}

TEST(Watch, EveryWishCountsOnItsOwn) {
  const Watch nothing;
  std::vector<Watch> wishes(7);
  wishes[0].distributions = wishes[1].gradients = wishes[2].experts = true;
  wishes[3].logit_plane = wishes[4].embedding_plane = wishes[5].embeddings = true;
  wishes[6].input = 0;
  Watch all;
  for (const Watch& wish : wishes) {
    EXPECT_TRUE(wish.exceeds(nothing));
    EXPECT_FALSE(nothing.exceeds(wish));
    EXPECT_FALSE(wish.exceeds(wish));
    EXPECT_TRUE(wish.exceeds(all));
    all = wish.with(all);
    EXPECT_FALSE(wish.exceeds(all));
  }
  for (const Watch& wish : wishes) EXPECT_EQ(wish.with(all), all);
  Watch other_layer;
  other_layer.input = 2;
  EXPECT_TRUE(other_layer.exceeds(all));
  EXPECT_EQ(other_layer.with(all).input, 2);
}

TEST(Driver, LooksHoldWhatIsWatched) {
  FakeTrainer trainer(config_with(1));
  Driver driver(trainer, nullptr);
  EXPECT_TRUE(driver.advance()->snapshot->layers[0].gradient.empty()) << "by default nothing";
  Watch watch;
  watch.gradients = true;
  EXPECT_TRUE(driver.watch(watch));
  EXPECT_FALSE(driver.watch(watch)) << "no more than before";
  EXPECT_FALSE(driver.advance()->snapshot->layers[0].gradient.empty());
  watch.input = 1;
  EXPECT_TRUE(driver.watch(watch));
  EXPECT_FALSE(driver.look().value()->layers[1].input.empty());
  EXPECT_TRUE(driver.look().value()->layers[0].input.empty());
  EXPECT_FALSE(driver.watch({}));
  EXPECT_TRUE(driver.look().value()->layers[0].gradient.empty());
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
