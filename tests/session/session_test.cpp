#include "core/session/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <thread>

#include "tests/session/small_session.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using testing::Contains;
using testing::HasSubstr;

TEST(Session, TrainsAsSoonAsTheModelIsThere) {
  Session session(small_config(), fake(), playing());
  Collector window(session.link());
  ASSERT_TRUE(window.wait_until([&] { return last_step(window) >= 100; }));
  EXPECT_EQ(window.status().state, RunState::playing);
  EXPECT_EQ(window.status().engine.libtorch, "1.13.1");
  EXPECT_EQ(*window.status().config, small_config());
  EXPECT_GT(window.status().vocabulary, 0);
  EXPECT_DOUBLE_EQ(window.status().bigram_loss, 2.31);
  ASSERT_NE(window.all().snapshot, nullptr);
  expect_whole(window);
}

TEST(Session, ShowsTheModelBeforeItsFirstStep) {
  Session session(small_config(), fake(), paused());
  Collector window(session.link());
  ASSERT_TRUE(window.wait_until([&] { return window.all().snapshot != nullptr; }));
  EXPECT_EQ(window.all().snapshot->step, 0);
  EXPECT_EQ(window.status().state, RunState::paused);
  EXPECT_TRUE(window.all().records.empty());
}

TEST(Session, PauseStopsBetweenSlicesAndPlayGoesOn) {
  auto slices = std::make_shared<std::atomic<int>>(0);
  FakeOptions options;
  options.before_slice = [slices] { ++*slices; };
  Session session(small_config(), fake(options), playing());
  Collector window(session.link());
  ASSERT_TRUE(window.wait_for_step(10));
  session.link().send(Pause{});
  ASSERT_TRUE(window.wait_for_state(RunState::paused));
  const int before = *slices;
  // A round trip through the paused loop: it hears commands and trains nothing.
  session.link().send(ExportWeights{});
  ASSERT_TRUE(window.wait_until([&] { return !window.all().notices.empty(); }));
  EXPECT_EQ(*slices, before);
  EXPECT_EQ(last_step(window), before);
  session.link().send(Play{});
  ASSERT_TRUE(window.wait_for_step(before + 10));
  expect_whole(window);
}

TEST(Session, StepsExactlyAsOftenAsAsked) {
  Config config = small_config();
  config.accumulation = 3;  // slices are not steps
  Session session(config, fake(), paused());
  Collector window(session.link());
  session.link().send(StepSome{7});
  ASSERT_TRUE(
      window.wait_until([&] { return last_step(window) >= 7 && window.status().state == RunState::paused; }));
  EXPECT_EQ(last_step(window), 7);
  session.link().send({StepSome{1}, StepSome{10}});  // pressed again before it was done
  ASSERT_TRUE(
      window.wait_until([&] { return last_step(window) >= 18 && window.status().state == RunState::paused; }));
  EXPECT_EQ(last_step(window), 18);
  EXPECT_EQ(window.status().step, 18);
}

TEST(Session, AChangeReachesTheNextStep) {
  Session session(small_config(), fake(), paused());
  Collector window(session.link());
  Config config = small_config();
  config.top_k = 3;
  session.link().send({SetConfig{config, 5}, StepSome{1}});
  ASSERT_TRUE(window.wait_until([&] { return last_step(window) == 1; }));
  EXPECT_EQ(window.all().records[0].revision, 5u);
  EXPECT_EQ(window.status().revision, 5u);
  EXPECT_EQ(*window.status().config, config);
  ASSERT_EQ(window.all().events.size(), 1u);
  EXPECT_EQ(window.all().events[0].kind, EventKind::set);
  EXPECT_EQ(window.all().events[0].step, 1);
}

TEST(Session, AChangeWhilePausedIsShownAtOnce) {
  Session session(small_config(), fake(), paused());
  Collector window(session.link());
  Config config = small_config();
  config.top_k = 1;
  session.link().send(SetConfig{config, 5});
  ASSERT_TRUE(window.wait_until([&] { return window.all().snapshot && window.all().snapshot->revision == 5; }));
  EXPECT_EQ(window.all().snapshot->layers[0].top_k, 1);
}

TEST(Session, ARefusedConfigIsANoticeAndTheModelGoesOn) {
  FakeOptions options;
  options.refuse = [](const Config& c) -> std::optional<Error> {
    if (c.d_model > 1000) return usage_error("needs 12 GB, 8 GB are free");
    return std::nullopt;
  };
  Session session(small_config(), fake(options), playing());
  Collector window(session.link());
  ASSERT_TRUE(window.wait_for_step(1));
  Config config = small_config();
  config.d_model = 2048;
  session.link().send(SetConfig{config, 9});
  ASSERT_TRUE(window.wait_for_revision(9));
  ASSERT_EQ(window.all().notices.size(), 1u);
  EXPECT_EQ(window.all().notices[0].level, Notice::Level::error);
  EXPECT_EQ(window.all().notices[0].rejected_revision, 9u);
  EXPECT_THAT(window.all().notices[0].message, HasSubstr("12 GB"));
  const std::int64_t step = window.status().step;
  ASSERT_TRUE(window.wait_for_step(step + 5));
  EXPECT_EQ(window.status().state, RunState::playing);
  EXPECT_EQ(*window.status().config, small_config());
  EXPECT_EQ(window.status().model_id, 1u);
}

TEST(Session, ARebuildAndAResetAreNewModels) {
  Session session(small_config(), fake(), paused());
  Collector window(session.link());
  session.link().send(StepSome{3});
  ASSERT_TRUE(window.wait_until([&] { return last_step(window) == 3; }));
  Config config = small_config();
  config.layers = 1;
  session.link().send({SetConfig{config, 1}, StepSome{2}});
  ASSERT_TRUE(window.wait_until([&] { return window.status().model_id == 2 && window.status().step == 2; }));
  EXPECT_EQ(window.all().events.back().kind, EventKind::rebuild);
  EXPECT_EQ(window.all().events.back().step, 4);
  EXPECT_EQ(window.all().records.back().layers.size(), 1u);
  session.link().send(ResetModel{});
  ASSERT_TRUE(window.wait_until([&] { return window.status().model_id == 3; }));
  ASSERT_TRUE(window.wait_until([&] { return window.all().snapshot->model_id == 3; }));
  EXPECT_EQ(window.status().step, 0);
  EXPECT_EQ(window.all().events.back().kind, EventKind::reset);
}

TEST(Session, AFailureIsShownAndPlayTriesAgain) {
  FakeOptions options;
  options.fail_at_step = 4;
  Session session(small_config(), fake(options), playing());
  Collector window(session.link());
  ASSERT_TRUE(window.wait_for_state(RunState::failed));
  EXPECT_EQ(window.status().message, "the loss is not finite");
  EXPECT_EQ(window.status().step, 3);
  ASSERT_FALSE(window.all().events.empty());
  EXPECT_EQ(window.all().events.back().kind, EventKind::alert);
  Config config = small_config();
  config.learning_rate = 1e-4;
  session.link().send({SetConfig{config, 2}, Play{}});
  ASSERT_TRUE(window.wait_for_step(10));
  EXPECT_EQ(window.status().state, RunState::playing);
  EXPECT_EQ(window.status().message, "");
  EXPECT_EQ(window.status().model_id, 1u);  // the weights were kept
  expect_whole(window);
}

TEST(Session, AResetEndsAFailure) {
  FakeOptions options;
  options.fail_at_step = 2;
  Session session(small_config(), fake(options), playing());
  Collector window(session.link());
  ASSERT_TRUE(window.wait_for_state(RunState::failed));
  session.link().send(ResetModel{});
  ASSERT_TRUE(window.wait_for_state(RunState::paused));
  EXPECT_EQ(window.status().message, "");
}

TEST(Session, AnExceptionIsAFailure) {
  FakeOptions options;
  options.throw_at_step = 3;
  Session session(small_config(), fake(options), playing());
  Collector window(session.link());
  ASSERT_TRUE(window.wait_for_state(RunState::failed));
  EXPECT_THAT(window.status().message, HasSubstr("a library failed"));
  session.link().send(Play{});
  ASSERT_TRUE(window.wait_for_step(6));
}

TEST(Session, AFailedLoadIsTriedAgainWithTheNextConfig) {
  const MakeTrainer make = [](const Config& config) -> Result<std::unique_ptr<Trainer>> {
    if (config.corpus == "gone.txt") return usage_error("gone.txt: no such file");
    return std::unique_ptr<Trainer>(std::make_unique<FakeTrainer>(config));
  };
  Config config = small_config();
  config.corpus = "gone.txt";
  Session session(config, make, playing());
  Collector window(session.link());
  ASSERT_TRUE(window.wait_for_state(RunState::failed));
  EXPECT_EQ(window.status().message, "gone.txt: no such file");
  EXPECT_EQ(window.status().config->corpus, "gone.txt");
  session.link().send(Play{});
  session.link().send(Generate{3, "Once", 1, 0, 10});
  ASSERT_TRUE(
      window.wait_until([&] { return !window.all().generation.empty(); }));  // the load failed again by now
  EXPECT_EQ(window.status().state, RunState::failed);
  EXPECT_TRUE(window.all().generation[0].done);
  session.link().send(SetConfig{small_config(), 4});
  ASSERT_TRUE(window.wait_for_step(5));
  EXPECT_EQ(window.status().revision, 4u);
}

TEST(Session, StopsWhileLoading) {
  auto started = std::make_shared<std::latch>(1), go_on = std::make_shared<std::latch>(1);
  auto session = std::make_unique<Session>(
      small_config(),
      [=](const Config& config) -> Result<std::unique_ptr<Trainer>> {
        started->count_down();
        go_on->wait();
        return std::unique_ptr<Trainer>(std::make_unique<FakeTrainer>(config));
      },
      playing());
  started->wait();
  session->link().send(Stop{});
  std::thread release([=] { go_on->count_down(); });
  session.reset();
  release.join();
}

TEST(Session, StopsAtAnyMoment) {
  for (const bool play : {false, true}) {
    { Session at_once(small_config(), fake(), play ? playing() : paused()); }
    Session session(small_config(), fake(), play ? playing() : paused());
    Collector window(session.link());
    ASSERT_TRUE(window.wait_until([&] { return window.all().snapshot != nullptr; }));
    if (play) {
      ASSERT_TRUE(window.wait_for_step(3));
    }
    session.link().send(Stop{});
    ASSERT_TRUE(window.wait_for_state(RunState::stopped));
  }
}

TEST(Session, StopsInTheMiddleOfAStep) {
  Config config = small_config();
  config.accumulation = 1000;
  auto slices = std::make_shared<std::atomic<int>>(0);
  FakeOptions options;
  options.before_slice = [slices] {
    if (++*slices == 2) Collector::wake();
  };
  Session session(config, fake(options), playing());
  Collector window(session.link());
  ASSERT_TRUE(window.wait_until([&] { return *slices >= 2; }));
}

// Everything at once, for ThreadSanitizer.
TEST(Session, SurvivesAStormOfCommands) {
  Session session(small_config(), fake(), playing());
  Collector window(session.link());
  Config config = small_config();
  for (std::uint64_t i = 1; i <= 300; ++i) {
    config.top_k = 1 + static_cast<std::int64_t>(i % 4);
    if (i % 50 == 0) config.layers = 1 + static_cast<std::int64_t>(i / 50 % 3);
    session.link().send(SetConfig{config, i});
    if (i % 7 == 0) session.link().send(Pause{});
    if (i % 7 == 3) session.link().send(Play{});
    if (i % 11 == 0) session.link().send(Generate{i, "Once", 1, 0, 20});
    if (i % 31 == 0) session.link().send(ResetModel{});
    window.receive();
  }
  session.link().send(Play{});
  ASSERT_TRUE(window.wait_for_revision(300));
  EXPECT_EQ(*window.status().config, config);
  // A model that had learned something may have ended, which is said; nothing is refused.
  for (const Notice& notice : window.all().notices) EXPECT_EQ(notice.level, Notice::Level::info) << notice.message;
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
