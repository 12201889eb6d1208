#include "core/session/driving/driver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "core/config/knobs.h"
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

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
