// Operations that are held against a copy which they were not done to, as a driver goes about it.
#include <gmock/gmock.h>

#include "core/session/driving/driver.h"
#include "tests/session/driver_config.h"
#include "tests/support/fake_trainer.h"
#include "tests/support/notes_observer.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using test::FakeOptions;
using test::FakeTrainer;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class ShadowDriver : public testing::Test {
 protected:
  ShadowDriver() : trainer_(test::config_with(1000), of_run()), driver_(trainer_, nullptr) {
    shadow_.before_slice = [shadows = shadows_] {};
    driver_.start();
    driver_.shadow_by([this](const Trainer& of) {
      return ShadowFork::of(of,
                            [this](const Config& config) -> Result<std::unique_ptr<Trainer>> {
                              if (refuse_) return usage_error("there is no room for it");
                              return std::unique_ptr<Trainer>(std::make_unique<FakeTrainer>(config, shadow_));
                            },
                            {});
    });
    train(60);
  }

  // What verdicts were given meanwhile.
  std::string train(int steps) {
    std::string said;
    for (int i = 0; i < steps;) {
      const auto slice = driver_.advance();
      if (!slice) {
        ADD_FAILURE() << slice.error().message;
        return said;
      }
      i += slice->record.has_value();
      for (const RunEvent& verdict : slice->verdicts) said += verdict.message + '\n';
    }
    return said;
  }
  std::string news() {
    std::string said;
    for (const RecordingNews& news : driver_.take_news()) said += news.message + '\n';
    return said;
  }
  Driver::Operated operate(bool against_shadow = true) {
    auto done = driver_.operate(*operation_of("clone 0.0"), 1, against_shadow);
    EXPECT_TRUE(done) << done.error().message;
    return done ? *done : Driver::Operated{};
  }

  FakeOptions of_run() {
    FakeOptions options;
    options.refuse = [this](const Config&) -> std::optional<Error> {
      if (refuse_at_run_) refuse_at_run_();
      return std::nullopt;
    };
    return options;
  }

  const std::shared_ptr<int> shadows_ = std::make_shared<int>();  // held by this and by every shadow
  FakeOptions shadow_;
  bool refuse_ = false;
  std::function<void()> refuse_at_run_;
  FakeTrainer trainer_;
  Driver driver_;
};

TEST_F(ShadowDriver, TheVerdictIsAgainstTheCopyWhereThatWasAskedFor) {
  EXPECT_TRUE(operate().shadowed);
  EXPECT_EQ(train(199), "");
  EXPECT_THAT(train(1), AllOf(HasSubstr("200 steps after clone 0.0"), HasSubstr("against an untouched copy"),
                              HasSubstr("(copy "), Not(HasSubstr("trend"))));
  EXPECT_FALSE(operate(false).shadowed);
  EXPECT_THAT(train(200), Not(HasSubstr("copy")));
}

TEST_F(ShadowDriver, OneThatCannotBeMadeIsToldAndTheOperationDone) {
  refuse_ = true;
  const std::int64_t experts = trainer_.config().experts;
  EXPECT_FALSE(operate().shadowed);
  EXPECT_EQ(trainer_.config().experts, experts + 1);
  EXPECT_THAT(news(), HasSubstr("No copy learns on without clone 0.0: there is no room for it"));
  EXPECT_THAT(train(200), AllOf(HasSubstr("against the trend before"), Not(HasSubstr("copy"))));
}

TEST_F(ShadowDriver, OneThatFailsEndsAndTheRunGoesOn) {
  shadow_.fail_at_step = 100;
  operate();
  EXPECT_THAT(train(200),
              AllOf(HasSubstr("against the trend before"), HasSubstr("no untouched copy: it ended at step")));
}

// What throws there is no end of the run either.
TEST_F(ShadowDriver, OneThatThrowsEndsAndTheRunGoesOn) {
  shadow_.throw_at_step = 100;
  operate();
  EXPECT_THAT(train(200), HasSubstr("no untouched copy: it ended at step"));
}

// The shadow was not given the change: it would be a difference of its own.
TEST_F(ShadowDriver, AChangeOfSettingsEndsIt) {
  operate();
  train(50);
  Config config = trainer_.config();
  config.learning_rate *= 2;
  ASSERT_TRUE(driver_.apply(config, 2));
  EXPECT_THAT(train(150), AllOf(HasSubstr("against the trend before"), HasSubstr("meanwhile: learning_rate"),
                                Not(HasSubstr("untouched copy"))));
}

// The next model needs the room that it takes.
TEST_F(ShadowDriver, ItIsGoneBeforeAModelTakesTheRunsPlace) {
  operate();
  Config config = trainer_.config();
  config.d_model *= 2;
  const long before = shadows_.use_count();
  ASSERT_GT(before, 1);
  long while_it_began = 0;
  refuse_at_run_ = [&] { while_it_began = shadows_.use_count(); };
  ASSERT_TRUE(driver_.apply(config, 2));
  EXPECT_EQ(while_it_began, before - 1);
}

TEST_F(ShadowDriver, OneOfOtherDataIsNone) {
  shadow_.text.source.bytes = 17;
  EXPECT_FALSE(operate().shadowed);
  EXPECT_THAT(news(), HasSubstr("the file that it learns from is another by now"));
}

TEST_F(ShadowDriver, ASecondOperationHasItsOwn) {
  operate();
  train(50);
  operate();
  EXPECT_THAT(train(150), AllOf(HasSubstr("against the trend before"), HasSubstr("meanwhile: clone 0.0")));
  EXPECT_THAT(train(50), HasSubstr("against an untouched copy"));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
