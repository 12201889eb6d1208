#include "core/session/driver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "core/config/knobs.h"
#include "core/session/remedies.h"
#include "tests/support/fake_trainer.h"
#include "tests/support/notes_observer.h"

namespace switchyard {
namespace {

using test::FakeOptions;
using test::FakeTrainer;
using test::NotesObserver;
using testing::ElementsAre;

Config config_with(std::int64_t probe_interval) {
  Config config;
  config.layers = 2;
  config.probe_interval = probe_interval;
  return config;
}

TEST(Driver, TellsTheObserverEveryStepAndProbe) {
  FakeTrainer trainer(config_with(2));
  NotesObserver observer;
  Driver driver(trainer, &observer);
  driver.start();
  for (int i = 0; i < 4; ++i) {
    const auto slice = driver.advance();
    ASSERT_TRUE(slice);
    EXPECT_EQ(slice->snapshot != nullptr, i % 2 == 1);
  }
  EXPECT_THAT(observer.notes,
              ElementsAre("model 1", "step 1", "step 2", "probe seen", "step 3", "step 4", "probe seen"));
}

TEST(Driver, SkipsTheLookThatNobodyWants) {
  FakeTrainer trainer(config_with(1));
  NotesObserver observer;
  bool wanted = false;
  Driver driver(trainer, &observer, [&] { return wanted; });
  ASSERT_EQ(driver.advance()->snapshot, nullptr);
  wanted = true;
  ASSERT_NE(driver.advance()->snapshot, nullptr);
  EXPECT_THAT(observer.notes, ElementsAre("step 1", "probe unseen", "step 2", "probe seen"));
}

// A look that costs as much as hundreds of steps is taken rarely, however small the interval; the observer still hears
// of every probe step.
TEST(Driver, LooksCostAFewPercentOfTrainingAtMost) {
  FakeTrainer trainer(config_with(1));
  NotesObserver observer;
  Driver driver(trainer, &observer);
  driver.cost().looking = Driver::kFreeLooks_s + 0.01;
  EXPECT_EQ(driver.advance()->snapshot, nullptr);
  driver.cost().training = 0.02 / Driver::kLookShare;
  EXPECT_NE(driver.advance()->snapshot, nullptr);
  EXPECT_THAT(observer.notes, ElementsAre("step 1", "probe unseen", "step 2", "probe seen"));
  EXPECT_TRUE(driver.look()) << "out of turn, always";
}

// What one model's looks cost does not make those of the next one rare.
TEST(Driver, LooksAtAnotherModelDoNotPayForTheOneBefore) {
  Config config = config_with(1);
  FakeTrainer trainer(config);
  NotesObserver observer;
  Driver driver(trainer, &observer);
  driver.start();
  for (const auto& change : std::vector<std::function<void()>>{
           [&] {
             config.experts = 4;
             ASSERT_TRUE(driver.apply(config, 1));
           },
           [&] {
             config.d_model = 32;
             ASSERT_TRUE(driver.apply(config, 2));
           },
           [&] { ASSERT_TRUE(driver.reset()); }}) {
    driver.cost().looking += 60;  // s
    EXPECT_EQ(driver.advance()->snapshot, nullptr);
    change();
    EXPECT_NE(driver.advance()->snapshot, nullptr);
  }
}

TEST(Driver, ASliceThatEndsNoStepTellsNobody) {
  Config config = config_with(1);
  config.accumulation = 3;
  FakeTrainer trainer(config);
  NotesObserver observer;
  Driver driver(trainer, &observer);
  EXPECT_FALSE(driver.advance()->record);
  EXPECT_FALSE(driver.advance()->record);
  EXPECT_TRUE(observer.notes.empty());
  EXPECT_TRUE(driver.advance()->record);
}

TEST(Driver, TurnsAChangeIntoAnEvent) {
  FakeTrainer trainer(config_with(100));
  NotesObserver observer;
  Driver driver(trainer, &observer);
  ASSERT_TRUE(driver.advance());
  Config config = trainer.config();
  config.top_k = 3;
  config.learning_rate = 0.001;
  const auto event = driver.apply(config, 7);
  ASSERT_TRUE(event && *event);
  EXPECT_EQ((*event)->kind, EventKind::set);
  EXPECT_EQ((*event)->step, 2);
  EXPECT_EQ((*event)->model_id, 1u);
  EXPECT_DOUBLE_EQ((*event)->wall_s, driver.wall_s());
  ASSERT_EQ((*event)->changes.size(), 2u);
  EXPECT_EQ((*event)->changes[0].key, "top_k");
  EXPECT_EQ((*event)->changes[0].before, "2");
  EXPECT_EQ((*event)->changes[0].after, "3");
  EXPECT_EQ((*event)->changes[1].after, "0.001");
  EXPECT_EQ(driver.advance()->record->revision, 7u);
  EXPECT_THAT(observer.notes, ElementsAre("step 1", "set at 2", "step 2"));
}

TEST(Driver, AConfigThatChangesNothingLeavesNoEvent) {
  FakeTrainer trainer;
  Driver driver(trainer, nullptr);
  const auto event = driver.apply(trainer.config(), 3);
  ASSERT_TRUE(event);
  EXPECT_FALSE(*event);
  EXPECT_EQ(driver.advance()->record->revision, 3u);
}

TEST(Driver, ARebuildEndsOneModelAndAnnouncesTheNext) {
  FakeTrainer trainer(config_with(100));
  NotesObserver observer;
  Driver driver(trainer, &observer);
  ASSERT_TRUE(driver.advance());
  Config config = trainer.config();
  config.layers = 3;
  const auto event = driver.apply(config, 1);
  ASSERT_TRUE(event && *event);
  EXPECT_EQ((*event)->kind, EventKind::rebuild);
  EXPECT_EQ((*event)->model_id, 1u);
  const auto reset = driver.reset();
  ASSERT_TRUE(reset);
  EXPECT_EQ(reset->step, 1);
  EXPECT_THAT(observer.notes, ElementsAre("step 1", "weights 1", "weights at 1", "rebuild at 2", "model 2",
                                          "reset at 1", "model 3"));
}

TEST(Driver, ARefusedConfigChangesNothing) {
  FakeTrainer trainer;
  NotesObserver observer;
  Driver driver(trainer, &observer);
  Config config;
  config.top_k = 9;
  const auto event = driver.apply(config, 1);
  ASSERT_FALSE(event);
  EXPECT_EQ(event.error().kind, ErrorKind::usage);
  EXPECT_EQ(trainer.config(), Config{});
  EXPECT_TRUE(observer.notes.empty());
}

TEST(Driver, AFailureLeavesAnAlertAndMayBeTriedAgain) {
  FakeOptions options;
  options.fail_at_step = 2;
  FakeTrainer trainer(Config{}, options);
  NotesObserver observer;
  Driver driver(trainer, &observer);
  ASSERT_TRUE(driver.advance());
  EXPECT_FALSE(driver.advance());
  const auto alert = driver.take_alert();
  ASSERT_TRUE(alert);
  EXPECT_EQ(alert->message, "the loss is not finite");
  EXPECT_FALSE(driver.take_alert());
  EXPECT_TRUE(driver.advance());
  EXPECT_THAT(observer.notes, ElementsAre("step 1", "alert at 2", "step 2"));
}

TEST(Driver, AProbeThatFailsDoesNotStopTraining) {
  FakeOptions options;
  options.probe_fails = true;
  FakeTrainer trainer(config_with(1), options);
  Driver driver(trainer, nullptr);
  const auto slice = driver.advance();
  ASSERT_TRUE(slice && slice->record);
  EXPECT_EQ(slice->snapshot, nullptr);
  EXPECT_TRUE(driver.take_alert());
}

// --- what only informs ends nothing

TEST(Driver, AnObserverThatThrowsIsToldOfTheNextAndItsTroubleIsSaidOnce) {
  FakeTrainer trainer(config_with(1));
  NotesObserver observer;
  observer.throw_at = 2;
  Driver driver(trainer, &observer);
  driver.start();
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(driver.advance());
  EXPECT_THAT(observer.notes, ElementsAre("model 1", "step 1", "thrown", "step 2", "probe seen"));
  auto news = driver.take_news();
  ASSERT_EQ(news.size(), 1u);
  EXPECT_THAT(news[0].message, testing::HasSubstr("a bug"));
  EXPECT_TRUE(driver.observed());
  ASSERT_TRUE(driver.export_weights());

  for (int i = 0; i < 3; ++i) {
    observer.news.push_back({true, "disk full"});
    ASSERT_TRUE(driver.advance());
  }
  observer.news.push_back({false, "room again"});
  ASSERT_TRUE(driver.advance());
  observer.news.push_back({true, "disk full"});
  ASSERT_TRUE(driver.advance());
  std::vector<std::string> said;
  for (const RecordingNews& one : driver.take_news()) said.push_back(one.message);
  EXPECT_THAT(said, ElementsAre("disk full", "room again", "disk full"));
}

TEST(Driver, WeightsThatThrowAreAFailure) {
  FakeTrainer trainer(config_with(100));
  NotesObserver observer;
  Driver driver(trainer, &observer);
  ASSERT_TRUE(driver.advance());
  observer.throw_at = 1;
  const auto written = driver.export_weights();
  ASSERT_FALSE(written);
  EXPECT_THAT(written.error().message, testing::HasSubstr("a bug"));
  EXPECT_TRUE(driver.export_weights()) << "and may be tried again";
}

TEST(Driver, TheWeightsAreDatedByTheStepTheyAreOf) {
  FakeTrainer trainer(config_with(100));
  NotesObserver observer;
  Driver driver(trainer, &observer);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(driver.advance());
  const auto exported = driver.export_weights();
  ASSERT_TRUE(exported);
  EXPECT_EQ(exported->event.step, 3);
  EXPECT_EQ(exported->folder, "a folder");
  EXPECT_GE(exported->event.took_s, 0);
  EXPECT_THAT(observer.notes, ElementsAre("step 1", "step 2", "step 3", "weights 3", "weights at 3"));
}

// --- no model ends unwritten

TEST(Driver, AModelIsWrittenOnceBeforeAnotherTakesItsPlace) {
  FakeTrainer trainer(config_with(100));
  NotesObserver observer;
  Driver driver(trainer, &observer);
  ASSERT_TRUE(driver.reset()) << "before its first step there is nothing to keep";
  EXPECT_THAT(observer.notes, ElementsAre("reset at 1", "model 2"));
  observer.notes.clear();
  ASSERT_TRUE(driver.advance());
  Config config = trainer.config();
  config.top_k = 3;
  ASSERT_TRUE(driver.apply(config, 1)) << "live: the model stays";
  ASSERT_TRUE(driver.reset());
  EXPECT_THAT(observer.notes,
              ElementsAre("step 1", "set at 2", "weights 1", "weights at 1", "reset at 2", "model 3"));
  const auto news = driver.take_news();
  ASSERT_EQ(news.size(), 1u);
  EXPECT_FALSE(news[0].trouble);
  EXPECT_THAT(news[0].message, testing::HasSubstr("step 1 are in a folder"));
  ASSERT_TRUE(news[0].event);
  EXPECT_EQ(news[0].event->kind, EventKind::weights);

  observer.notes.clear();
  ASSERT_TRUE(driver.advance());
  ASSERT_TRUE(driver.export_weights());
  config.layers = 5;
  ASSERT_TRUE(driver.apply(config, 2));
  EXPECT_THAT(observer.notes, ElementsAre("step 1", "weights 1", "weights at 1", "rebuild at 2", "model 4"))
      << "they were there already";
}

TEST(Driver, AModelThatCannotBeWrittenStays) {
  FakeTrainer trainer(config_with(100));
  NotesObserver observer;
  observer.refuse_weights = true;
  Driver driver(trainer, &observer);
  ASSERT_TRUE(driver.advance());
  Config config = trainer.config();
  config.layers = 3;
  const auto rebuilt = driver.apply(config, 1);
  const auto reset = driver.reset();
  ASSERT_FALSE(rebuilt);
  ASSERT_FALSE(reset);
  EXPECT_THAT(reset.error().message,
              testing::AllOf(testing::HasSubstr("step 1 stays"), testing::HasSubstr("disk full")));
  EXPECT_EQ(trainer.step(), 1);
  EXPECT_EQ(trainer.model_id(), 1u);
  EXPECT_EQ(trainer.config().layers, 2);
  config = trainer.config();
  config.top_k = 1;
  EXPECT_TRUE(driver.apply(config, 2)) << "what keeps the model is free";
  observer.refuse_weights = false;
  EXPECT_TRUE(driver.reset());
}

TEST(Driver, ARunThatNobodyRecordsHasNowhereToKeepModels) {
  FakeTrainer trainer(config_with(100));
  Driver driver(trainer, nullptr);
  ASSERT_TRUE(driver.advance());
  EXPECT_TRUE(driver.reset());
  EXPECT_FALSE(driver.export_weights());
  EXPECT_FALSE(driver.tend_recording());
  driver.finish();
  EXPECT_TRUE(driver.take_news().empty());
}

TEST(Driver, TheLastStepIsValidatedWithinItsRecord) {
  Config config = config_with(100);
  config.val_interval = 10;
  FakeTrainer trainer(config);
  Driver driver(trainer, nullptr);
  driver.validate_at(3);
  for (std::int64_t step = 1; step <= 4; ++step) {
    const auto slice = driver.advance();
    ASSERT_TRUE(slice);
    const StepRecord& record = *slice->record;
    if (step != 3) {
      EXPECT_TRUE(std::isnan(record.val_loss)) << step;
      continue;
    }
    EXPECT_DOUBLE_EQ(record.val_loss, trainer.validate()->loss);
    EXPECT_DOUBLE_EQ(record.val_accuracy, trainer.validate()->accuracy);
  }
}

TEST(Driver, AccountsForItsProcessorTime) {
  FakeTrainer trainer(config_with(1));
  Driver driver(trainer, nullptr);
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(driver.advance());
  EXPECT_GT(driver.cost().training, 0);
  EXPECT_GT(driver.cost().streaming, 0);
  EXPECT_EQ(driver.cost().recording, 0);
}

// --- health and what is watched

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

}  // namespace
}  // namespace switchyard
