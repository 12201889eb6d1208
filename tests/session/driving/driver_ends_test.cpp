// No model ends unwritten, and the last step is told whole.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/session/driving/driver.h"
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

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
