// Routes that are recorded and followed while a run learns: whatever is done to its model meanwhile, it goes on.
#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>

#include "core/config/gates.h"
#include "core/record/folder/run_folder.h"
#include "core/session/driving/driver.h"
#include "core/session/session.h"
#include "tests/session/keeping.h"
#include "tests/support/collector.h"
#include "tests/support/fake_trainer.h"
#include "tests/support/file_size_limit.h"
#include "tests/support/read_file.h"

namespace switchyard::test {
namespace SWITCHYARD_TEST_FILE {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Config of_routes() {
  Config config;
  config.layers = 2;
  config.experts = 4;
  config.batch_size = 2;
  config.context = 16;
  config.probe_interval = 1000;
  return config;
}

// A run without a folder, by hand.
struct Learns {
  explicit Learns(Config config = of_routes()) : trainer(std::move(config)), driver(trainer, nullptr) {
    driver.start();
  }
  void train(int steps) {
    for (int i = 0; i < steps;) {
      const auto slice = driver.advance();
      ASSERT_TRUE(slice) << slice.error().message;
      i += slice->record.has_value();
    }
  }
  // What was told since the last call; of what the time axes say its step and words.
  std::string news() {
    std::string said;
    for (const RecordingNews& one : driver.take_news()) {
      said += (one.trouble ? "! " : "") + one.message + '\n';
      if (one.event && one.event->kind == EventKind::routes)
        events.push_back(std::to_string(one.event->step) + ": " + one.event->message);
    }
    return said;
  }

  FakeTrainer trainer;
  Driver driver;
  std::vector<std::string> events;
};

class RunRoutesTest : public Keeping {
 protected:
  fs::path routes() const { return folder_.path() / "routes"; }
  // Steps that can be followed there.
  std::vector<std::int64_t> steps_in(const fs::path& folder, std::int64_t most) const {
    std::vector<std::int64_t> steps;
    auto recorded = RecordedRoutes::open(folder);
    EXPECT_TRUE(recorded) << recorded.error().message;
    for (std::int64_t step = 1; recorded && step <= most; ++step)
      if ((*recorded)->routes_of(step)) steps.push_back(step);
    return steps;
  }
  void record(int steps) { record_to(routes(), steps); }
  void record_to(const fs::path& folder, int steps) {
    Learns run;
    ASSERT_TRUE(run.driver.record_routes(folder));
    run.train(steps);
    ASSERT_TRUE(run.driver.record_routes({}));
  }
};

TEST_F(RunRoutesTest, BeginAndEndBetweenTwoStepsAndTheEndOfTheRecordedOnesEndsNoRun) {
  Learns first;
  first.train(2);
  ASSERT_TRUE(first.driver.record_routes(routes()));
  first.train(3);
  EXPECT_EQ(first.driver.routes().recorded_in, routes().native());
  EXPECT_EQ(first.driver.routes().recorded_steps, 3);
  // 32 tokens: 16 bytes of each, and 2 choices in 2 layers.
  EXPECT_EQ(first.driver.routes().recorded_bytes, 3U * 32 * (16 + 4));
  ASSERT_TRUE(first.driver.record_routes({}));
  EXPECT_EQ(first.driver.routes(), RoutesStatus());
  first.train(1);
  EXPECT_THAT(first.news(), AllOf(HasSubstr("step 3 and later"), HasSubstr("Routes of 3 steps are in ")));
  EXPECT_THAT(first.events, ElementsAre(AllOf(HasSubstr("3: records routes into "), HasSubstr("/routes")),
                                        HasSubstr("6: routes of 3 steps are recorded in ")));
  EXPECT_THAT(steps_in(routes(), 9), ElementsAre(3, 4, 5));

  Learns second;
  const auto too_early = second.driver.follow_routes(routes());
  ASSERT_FALSE(too_early) << "they begin with step 3";
  EXPECT_THAT(too_early.error().message, HasSubstr("has no routes of step 1"));
  EXPECT_EQ(second.driver.routes(), RoutesStatus());
  second.train(2);
  ASSERT_TRUE(second.driver.follow_routes(routes()));
  second.train(2);
  EXPECT_EQ(second.driver.routes().followed, routes().native());
  EXPECT_EQ(second.driver.routes().followed_steps, 2);
  second.train(3);
  EXPECT_EQ(second.trainer.step(), 7);
  EXPECT_EQ(second.driver.routes(), RoutesStatus());
  EXPECT_FALSE(second.driver.take_alert()) << "nothing failed";
  const std::string said = second.news();
  EXPECT_THAT(said, AllOf(HasSubstr("From step 3 on every token goes to the experts recorded in"),
                          HasSubstr("The recorded routes have ended. The router chooses again, from step 6 on; "
                                    "recorded routes were followed for 3 steps")));
  EXPECT_EQ(said.find('!'), std::string::npos) << said;
  EXPECT_THAT(second.events, ElementsAre(HasSubstr("3: follows the routes in "), "6: the router chooses again"));
}

TEST_F(RunRoutesTest, WhereTheModelDoesNotFitTheReasonIsSaidAndTheRunGoesOnAsItDid) {
  record(8);
  const auto refused = [&](auto change, const char* why) {
    Config other = of_routes();
    change(other);
    Learns run(other);
    const auto begun = run.driver.follow_routes(routes());
    ASSERT_FALSE(begun) << why;
    EXPECT_EQ(begun.error().kind, ErrorKind::usage);
    EXPECT_THAT(begun.error().message, HasSubstr(why));
    run.train(2);
    EXPECT_THAT(run.events, IsEmpty());
  };
  refused([](Config& c) { c.experts = 6; }, "experts of block 0 of the recorded routes: 4, of this run: 6");
  refused([](Config& c) { c.top_k = 1; }, "top_k of block 0 of the recorded routes: 2, of this run: 1");
  refused([](Config& c) { c.layers = 3; },
          "blocks with experts of the recorded routes: 0, 1, of this run: 0, 1, 2");
  refused([](Config& c) { c.batch_size = 3; }, "tokens a step");
  refused([](Config& c) { c.muted = "*.1"; }, "which is muted here");
  refused([](Config& c) { c.ffn = Ffn::dense; }, "this model has no experts");
  Learns run;
  const auto nowhere = run.driver.follow_routes(folder_.path() / "nowhere");
  ASSERT_FALSE(nowhere);
  EXPECT_THAT(nowhere.error().message, HasSubstr("nowhere"));
  // What was followed before goes on.
  ASSERT_TRUE(run.driver.follow_routes(routes()));
  EXPECT_FALSE(run.driver.follow_routes(folder_.path() / "nowhere"));
  run.train(1);
  EXPECT_EQ(run.driver.routes().followed_steps, 1);
  // Its own, while they are written, cannot be followed.
  ASSERT_TRUE(run.driver.record_routes(folder_.path() / "own"));
  EXPECT_THAT(run.driver.follow_routes(folder_.path() / "own").error().message, HasSubstr("are being written"));
}

TEST_F(RunRoutesTest, AChangeThatNoLongerFitsLetsTheRouterChoose) {
  record(20);
  const auto changed = [&](auto change, const char* why) {
    Learns run;
    ASSERT_TRUE(run.driver.follow_routes(routes()));
    run.train(2);
    Config other = run.trainer.config();
    change(other);
    ASSERT_TRUE(run.driver.apply(other, 1)) << why;
    run.train(3);
    EXPECT_EQ(run.driver.routes(), RoutesStatus()) << why;
    EXPECT_FALSE(run.driver.take_alert()) << why;
    EXPECT_THAT(run.news(), AllOf(HasSubstr("! "), HasSubstr(why), HasSubstr("chooses")));
    // A new model has a time axis of its own, and never followed.
    const bool is_new = other.layers != of_routes().layers;
    ASSERT_EQ(run.events.size(), is_new ? 1U : 2U) << why;
    EXPECT_TRUE(is_new || run.events[1].ends_with(": the router chooses again")) << why;
  };
  changed([](Config& c) { c.experts = 6; }, "experts of block 0 of the recorded routes: 4, of this run: 6");
  changed([](Config& c) { c.top_k = 1; }, "top_k of block 0 of the recorded routes: 2, of this run: 1");
  changed([](Config& c) { c.layers = 3; }, "of this run: 0, 1, 2");
  changed([](Config& c) { c.muted = "*.1"; }, "which is muted here");
  // An operation on experts is such a change.
  Learns run;
  ASSERT_TRUE(run.driver.follow_routes(routes()));
  run.train(2);
  ASSERT_TRUE(run.driver.operate(*operation_of("clone 0.0"), 1));
  run.train(2);
  EXPECT_EQ(run.driver.routes(), RoutesStatus());
  // One that fits ends nothing.
  Learns fitting;
  ASSERT_TRUE(fitting.driver.follow_routes(routes()));
  Config slower = fitting.trainer.config();
  slower.learning_rate /= 2;
  ASSERT_TRUE(fitting.driver.apply(slower, 1));
  fitting.train(2);
  EXPECT_EQ(fitting.driver.routes().followed_steps, 2);
}

TEST_F(RunRoutesTest, ANewModelFollowsThemFromItsOwnStepAndEndsTheRecording) {
  record(6);
  Learns run;
  ASSERT_TRUE(run.driver.follow_routes(routes()));
  run.train(4);
  ASSERT_TRUE(run.driver.record_routes(folder_.path() / "own"));
  run.train(2);
  ASSERT_TRUE(run.driver.reset());
  EXPECT_EQ(run.driver.routes().recorded_in, "");
  EXPECT_EQ(run.driver.routes().followed, routes().native());
  EXPECT_THAT(run.news(), HasSubstr("Another model has taken the place of the one whose routes were recorded. "
                                    "Routes of 2 steps are in"));
  EXPECT_THAT(steps_in(folder_.path() / "own", 9), ElementsAre(5, 6)) << "whole, and none of the new model";
  run.events.clear();
  run.train(1);
  (void)run.news();
  EXPECT_THAT(run.events, ElementsAre(HasSubstr("1: follows the routes in ")))
      << "on the new model's axis, once it has one";
  run.train(5);
  EXPECT_EQ(run.driver.routes().followed_steps, 12) << "from step 1 on again";
  // Undo: the model of step 6 comes back, whose next step has no routes.
  const auto ended = run.driver.take_ended();
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->point.step, 6);
  ASSERT_TRUE(run.driver.bring_back(*ended));
  EXPECT_EQ(run.driver.routes(), RoutesStatus());
  EXPECT_THAT(run.news(), AllOf(HasSubstr("! "), HasSubstr("has no routes of step 7"),
                                HasSubstr("The router of the new model chooses")));
  run.train(1);
  EXPECT_EQ(run.trainer.step(), 7);
  // Back in the middle of them they go on there.
  Learns again;
  again.train(2);
  ASSERT_TRUE(again.driver.follow_routes(routes()));
  again.train(1);
  ASSERT_TRUE(again.driver.reset());
  const auto third = again.driver.take_ended();
  ASSERT_TRUE(third);
  ASSERT_TRUE(again.driver.bring_back(*third));
  again.train(1);
  EXPECT_EQ(again.trainer.step(), 4);
  EXPECT_EQ(again.driver.routes().followed, routes().native());
}

TEST_F(RunRoutesTest, WhatCannotBeWrittenIsToldWhenItIsSoAndEndsNoRun) {
  Learns run;
  ASSERT_TRUE(run.driver.record_routes(routes()));
  run.train(1);
  EXPECT_THAT(run.news(), HasSubstr("is written into"));
  // A gate without choices: those steps have none.
  Config choosing = run.trainer.config();
  choosing.gate = Gate::expert_choice;
  ASSERT_TRUE(run.driver.apply(without_idle_losses(choosing), 1));
  run.train(2);
  EXPECT_THAT(run.news(), HasSubstr("! step 2 has no routes to record"));
  ASSERT_TRUE(run.driver.record_routes({}));
  EXPECT_THAT(run.news(), HasSubstr("! 2 steps from 2 on had no routes to record"));

  // As if the disk were full: there is no place for the first file any more.
  Learns lost;
  ASSERT_TRUE(lost.driver.record_routes(folder_.path() / "lost"));
  (void)lost.news();
  fs::remove_all(folder_.path() / "lost");
  lost.train(1);
  EXPECT_THAT(lost.news(), AllOf(HasSubstr("! the routes from step 1 on are not recorded: "),
                                 HasSubstr("was removed or replaced")));
  EXPECT_EQ(lost.driver.routes(), RoutesStatus());
  lost.train(3);
  EXPECT_EQ(lost.news(), "") << "once";
  EXPECT_THAT(lost.events,
              ElementsAre(HasSubstr("1: "), "2: the recording of routes ended: it cannot be written"));
  lost.driver.finish();
  EXPECT_EQ(lost.news(), "");
  // Nor where there is something else already.
  EXPECT_THAT(lost.driver.record_routes(routes()).error().message, HasSubstr("is not empty"));
}

TEST_F(RunRoutesTest, AKillCostsSecondsAndWhatIsAmissShowsThen) {
  FakeTrainer trainer(of_routes());
  auto recorder = RouteRecorder::create(routes(), std::nullopt, "a model", 0);
  ASSERT_TRUE(recorder);
  ASSERT_TRUE(trainer.tell_routes(recorder->get()));
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(trainer.advance());
  EXPECT_THAT(steps_in(routes(), 9), ElementsAre(1, 2, 3)) << "nobody ended it";
  EXPECT_THAT((*recorder)->take_news(), IsEmpty());
  fs::remove_all(routes());
  ASSERT_TRUE(trainer.advance());
  const auto news = (*recorder)->take_news();
  ASSERT_EQ(news.size(), 1U);
  EXPECT_THAT(news[0].message, HasSubstr("the routes from step 4 on are not recorded"));
  EXPECT_TRUE((*recorder)->has_ended());
}

// Nothing is said to be in a folder that is not on disk there.
TEST_F(RunRoutesTest, OfStepsThatFindNoRoomItIsNotSaidThatTheyAreThere) {
  Learns run;
  ASSERT_TRUE(run.driver.record_routes(routes()));
  run.train(3);
  (void)run.news();
  {
    const FileSizeLimit full(100);
    ASSERT_TRUE(run.driver.record_routes({}));
  }
  const std::string said = run.news();
  EXPECT_THAT(said, AllOf(HasSubstr("! the routes from step 1 on are not recorded: "), HasSubstr("cannot write")));
  EXPECT_THAT(said, testing::Not(HasSubstr("Routes of 3 steps")));
  ASSERT_FALSE(run.events.empty());
  EXPECT_THAT(run.events.back(), HasSubstr("4: no routes are recorded in "));
}

TEST_F(RunRoutesTest, WhatFindsNoRoomIsKeptAndWrittenOnceThereIsSome) {
  Learns run;
  ASSERT_TRUE(run.driver.record_routes(routes()));
  run.train(2);
  (void)run.news();
  // Another shape is another file, so the one before is due.
  const auto reshape = [&](std::int64_t top_k) {
    Config other = run.trainer.config();
    other.top_k = top_k;
    ASSERT_TRUE(run.driver.apply(other, 1));
    run.train(1);
  };
  {
    const FileSizeLimit full(100);
    reshape(1);
    EXPECT_THAT(run.news(),
                AllOf(HasSubstr("! the routes from step 1 on are not on disk yet: "), HasSubstr("tried again")));
    run.train(1);
    EXPECT_EQ(run.news(), "") << "once";
  }
  EXPECT_EQ(run.driver.routes().recorded_steps, 4);
  reshape(2);
  EXPECT_EQ(run.news(), "the routes from step 1 on are on disk now\n");
  ASSERT_TRUE(run.driver.record_routes({}));
  EXPECT_THAT(run.news(), HasSubstr("Routes of 5 steps are in "));
  EXPECT_THAT(steps_in(routes(), 9), ElementsAre(1, 2, 3, 4, 5));
}

TEST_F(RunRoutesTest, WithoutAStepTheFolderIsLeftAsItWasAndNobodyElseHadItMeanwhile) {
  fs::create_directories(folder_.path() / "empty");
  for (const char* name : {"new", "empty"}) {
    Learns run, other;
    ASSERT_TRUE(run.driver.record_routes(folder_.path() / name));
    const auto second = other.driver.record_routes(folder_.path() / name);
    ASSERT_FALSE(second) << "it is the first one's";
    EXPECT_THAT(second.error().message, HasSubstr("is not empty"));
    ASSERT_TRUE(run.driver.record_routes({}));
    EXPECT_THAT(run.news(), HasSubstr("Nothing was recorded in "));
    ASSERT_EQ(run.events.size(), 2U);
    EXPECT_THAT(run.events[1], HasSubstr("no routes are recorded in "));
  }
  EXPECT_FALSE(fs::exists(folder_.path() / "new"));
  EXPECT_TRUE(fs::is_empty(folder_.path() / "empty"));
  // A start that comes to nothing leaves nothing either.
  FakeTrainer trainer(of_routes());
  {
    RunRoutes started(trainer);
    ASSERT_TRUE(started.record(folder_.path() / "new"));
  }
  EXPECT_FALSE(fs::exists(folder_.path() / "new"));
}

TEST_F(RunRoutesTest, AFolderThatIsReplacedIsToldWithTheNextStepAndNothingIsWrittenIntoTheOther) {
  Learns run;
  ASSERT_TRUE(run.driver.record_routes(routes()));
  run.train(2);
  (void)run.news();
  fs::rename(routes(), folder_.path() / "moved");
  fs::create_directories(routes());
  run.train(1);
  EXPECT_THAT(run.news(), AllOf(HasSubstr("! the routes from step 1 on are not recorded: "),
                                HasSubstr("manifest.jsonl: was removed or replaced")));
  EXPECT_EQ(run.driver.routes(), RoutesStatus());
  run.driver.finish();
  EXPECT_TRUE(fs::is_empty(routes()));
}

class TwoChunks : public RunRoutesTest {
 protected:
  // Steps 1 and 2 with two experts a token, 3 and 4 with one, in a file each.
  void SetUp() override {
    RunRoutesTest::SetUp();
    Learns run;
    ASSERT_TRUE(run.driver.record_routes(routes()));
    run.train(2);
    Config one = run.trainer.config();
    one.top_k = 1;
    ASSERT_TRUE(run.driver.apply(one, 1));
    run.train(2);
    ASSERT_TRUE(run.driver.record_routes({}));
  }
  fs::path manifest() const { return routes() / "manifest.jsonl"; }
  void write(const std::string& text) { std::ofstream(manifest(), std::ios::trunc) << text; }
};

TEST_F(TwoChunks, OfThoseBeforeTheWantedStepNothingIsRead) {
  // Whoever reads the first refuses it.
  std::string text = read(manifest());
  const std::size_t at = text.find("\"rank\":0");
  ASSERT_NE(at, std::string::npos) << text;
  write(text.replace(at, 8, "\"rank\":1"));
  EXPECT_FALSE((*RecordedRoutes::open(routes()))->routes_of(1));
  const auto recorded = RecordedRoutes::open(routes());
  ASSERT_TRUE(recorded);
  const auto fourth = (*recorded)->routes_of(4);
  ASSERT_TRUE(fourth) << fourth.error().message;
  EXPECT_EQ((*fourth)->step, 4);
}

TEST_F(TwoChunks, AnEndThatIsNoneIsSaid) {
  const auto follows = [&](const fs::path& folder) {
    Learns run;
    EXPECT_TRUE(run.driver.follow_routes(folder));
    run.train(3);
    EXPECT_EQ(run.driver.routes(), RoutesStatus());
    return run.news();
  };
  const std::string text = read(manifest());
  fs::resize_file(routes() / "chunk-r000-000002.safetensors", 20);
  EXPECT_THAT(follows(routes()), AllOf(HasSubstr("! "), HasSubstr("what should have them cannot be read: "),
                                       HasSubstr("chunk-r000-000002")));
  // Without that file's line, and without the one of its layers, they end there; with half of it they may not.
  std::string first = text.substr(0, text.find('\n', text.find("chunk-r000-000001")) + 1);
  write(first);
  EXPECT_THAT(follows(routes()),
              AllOf(HasSubstr("The recorded routes have ended."), testing::Not(HasSubstr("! "))));
  write(first + "{\"file\": \"chu");
  EXPECT_THAT(follows(routes()), AllOf(HasSubstr("! "), HasSubstr("it is still being written, or was cut")));
}

TEST_F(TwoChunks, WhatIsRecordedWhileItIsFollowedIsFollowedToo) {
  const std::string text = read(manifest());
  write(text.substr(0, text.find('\n', text.find("chunk-r000-000001")) + 1));
  auto recorded = RecordedRoutes::open(routes());
  ASSERT_TRUE(recorded);
  ASSERT_TRUE((*recorded)->routes_of(2));
  ASSERT_FALSE((*recorded)->routes_of(3));
  EXPECT_TRUE((*recorded)->have_ended());
  std::ofstream(manifest(), std::ios::app) << text.substr(fs::file_size(manifest()));
  const auto third = (*recorded)->routes_of(3);
  ASSERT_TRUE(third) << third.error().message;
  EXPECT_EQ((*third)->layers[0].top_k, 1);
  EXPECT_FALSE((*recorded)->routes_of(5));
  EXPECT_FALSE((*recorded)->have_ended()) << "it grew meanwhile, and may yet";
}

// A model that never followed any says nothing of them on its time axis.
TEST_F(RunRoutesTest, ANewModelThatCannotFollowHasNoEventOfIt) {
  {
    Learns late;
    late.train(2);
    ASSERT_TRUE(late.driver.record_routes(routes()));
    late.train(4);
  }
  Learns run;
  run.train(2);
  ASSERT_TRUE(run.driver.follow_routes(routes()));
  run.train(1);
  (void)run.news();
  run.events.clear();
  ASSERT_TRUE(run.driver.reset());
  EXPECT_THAT(run.news(), HasSubstr("has no routes of step 1"));
  run.train(1);
  EXPECT_EQ(run.news(), "");
  EXPECT_THAT(run.events, IsEmpty());
  // Nor one that would have, and was told otherwise before its first step.
  record_to(folder_.path() / "early", 4);
  ASSERT_TRUE(run.driver.follow_routes(folder_.path() / "early"));
  run.train(1);
  ASSERT_TRUE(run.driver.reset());
  (void)run.news();
  run.events.clear();
  ASSERT_TRUE(run.driver.follow_routes({}));
  EXPECT_THAT(run.news(), HasSubstr("The router chooses again"));
  EXPECT_THAT(run.events, IsEmpty());
  // But one that comes back, whose record says that it follows.
  Learns undone;
  undone.train(2);
  ASSERT_TRUE(undone.driver.follow_routes(routes()));
  undone.train(1);
  ASSERT_TRUE(undone.driver.reset());
  const auto ended = undone.driver.take_ended();
  ASSERT_TRUE(ended && ended->followed);
  ASSERT_TRUE(undone.driver.bring_back(*ended));
  (void)undone.news();
  EXPECT_EQ(undone.driver.routes(), RoutesStatus());
  ASSERT_FALSE(undone.events.empty());
  EXPECT_EQ(undone.events.back(), "4: the router chooses again");
}

TEST_F(RunRoutesTest, OfARunThatMustFollowThemTheFirstStepWithoutThemIsAnError) {
  record(3);
  FakeTrainer trainer(of_routes());
  RunRoutes routes_of(trainer);
  ASSERT_TRUE(routes_of.follow(routes(), true));
  Driver driver(trainer, nullptr);
  driver.start();
  driver.take_routes(std::move(routes_of));
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(driver.advance());
  const auto fourth = driver.advance();
  ASSERT_FALSE(fourth);
  EXPECT_THAT(fourth.error().message, HasSubstr("has no routes of step 4; it has those of steps 1 to 3"));
  EXPECT_TRUE(driver.take_alert());
}

TEST_F(RunRoutesTest, NoShadowLearnsBesideThem) {
  record(9);
  Learns run;
  run.driver.shadow_by([](const Trainer&) -> Result<ShadowFork> { return usage_error("made in vain"); });
  ASSERT_TRUE(run.driver.follow_routes(routes()));
  (void)run.news();
  const auto done = run.driver.operate(*operation_of("reinitialise 0.0"), 1, true);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_FALSE(done->shadowed);
  EXPECT_THAT(run.news(), AllOf(HasSubstr("No copy learns on without"), HasSubstr("recorded ones are followed")));
}

TEST_F(RunRoutesTest, LettingTheRouterChooseWhereItDoesAlreadyLeavesAShadowAlone) {
  const auto verdict_after = [](bool lets_choose) {
    Learns run;
    run.train(1);
    EXPECT_TRUE(run.driver.operate(*operation_of("reinitialise 0.0"), 1));
    if (lets_choose) {
      EXPECT_TRUE(run.driver.follow_routes({}));
    }
    std::string words;
    for (int i = 0; i < 10 * kOperationSteps && words.empty(); ++i) {
      const auto slice = run.driver.advance();
      if (slice && !slice->verdicts.empty()) words = slice->verdicts.front().message;
    }
    return words;
  };
  const std::string untouched = verdict_after(false);
  EXPECT_NE(untouched, "");
  EXPECT_EQ(verdict_after(true), untouched);
}

// --- through a session's commands, with a run folder

class RoutesSession : public RunRoutesTest {
 protected:
  Session start(LiveRunOptions options = {}) {
    options.playing = false;
    options.wake = &Collector::wake;
    options.make_observer = [this](const Trainer&) -> Result<std::unique_ptr<Observer>> {
      auto made = RunFolder::create(folder_.path() / "run");
      if (!made) return made.error();
      return std::unique_ptr<Observer>(std::move(*made));
    };
    return Session(
        of_routes(),
        [](const Config& config) -> Result<std::unique_ptr<Trainer>> {
          return std::unique_ptr<Trainer>(std::make_unique<FakeTrainer>(config));
        },
        std::move(options));
  }
};

TEST_F(RoutesSession, TheyAreTurnedOnAndOffAndTheRecordSaysSo) {
  const fs::path own = folder_.path() / "run" / "routes-1";
  {
    Session session = start();
    Collector window(session.link());
    session.link().send({RecordRoutes{own.native()}, StepSome{6}});
    ASSERT_TRUE(window.wait_for_step(6));
    EXPECT_EQ(window.status().routes.recorded_in, own.native());
    EXPECT_EQ(window.status().routes.recorded_steps, 6);
    session.link().send({RecordRoutes{}, Keep{"here"}, ResetModel{1}, FollowRoutes{own.native()}, StepSome{3}});
    ASSERT_TRUE(window.wait_until([&] { return window.status().routes.followed_steps == 3; }));
    EXPECT_EQ(window.status().routes.followed, own.native());
    EXPECT_EQ(window.status().routes.recorded_in, "");
    session.link().send({FollowRoutes{}, FollowRoutes{"/no/such/folder"}});
    ASSERT_TRUE(window.wait_until([&] {
      return !window.all().notices.empty() && window.all().notices.back().level == Notice::Level::error;
    }));
    EXPECT_THAT(window.all().notices.back().message,
                AllOf(HasSubstr("These routes are not followed, the run goes on as it did"),
                      HasSubstr("/no/such/folder")));
    EXPECT_EQ(window.status().routes, RoutesStatus());
    EXPECT_EQ(window.status().state, RunState::paused);
    std::vector<std::string> told;
    for (const RunEvent& event : window.all().events)
      if (event.kind == EventKind::routes) told.push_back(event.message);
    EXPECT_THAT(told,
                ElementsAre("records routes into run/routes-1", "routes of 6 steps are recorded in run/routes-1",
                            "follows the routes in run/routes-1", "the router chooses again"));
    session.finish();
  }
  const std::string events = read(folder_.path() / "run" / "events.jsonl");
  EXPECT_THAT(events, AllOf(HasSubstr("\"kind\":\"routes\""), HasSubstr("routes of 6 steps are recorded")));
}

// In a window that follows routes too: whoever goes on with a run asks for that run, not for these routes.
TEST_F(RoutesSession, ARunThatIsGoneOnWithInAWindowThatFollowsChoosesForItself) {
  record(20);
  Session session = start();
  Collector window(session.link());
  session.link().send({FollowRoutes{routes().native()}, StepSome{4}});
  ASSERT_TRUE(window.wait_for_step(4));
  session.link().send({Keep{"here"}, ResetModel{1}, StepSome{2}});
  ASSERT_TRUE(window.wait_until([&] {
    return window.status().step == 2 && window.status().routes.followed_steps == 6;
  })) << "a reset follows on";
  const std::string where = (folder_.path() / "run").native() + "@here";
  for (const bool as_child : {false, true}) {
    session.link().send({FollowRoutes{routes().native()}, GoOn{where, as_child, 2}, StepSome{1}});
    ASSERT_TRUE(window.wait_until([&] { return window.status().step == 5; }));
    EXPECT_EQ(window.status().routes, RoutesStatus()) << as_child;
    std::string last;
    for (const RunEvent& event : window.all().events)
      if (event.kind == EventKind::routes) last = event.message;
    // Its own record said that it follows; a child's says nothing.
    if (!as_child) {
      EXPECT_EQ(last, "the router chooses again");
    }
    session.link().send({ResetModel{3}, StepSome{1}});
    ASSERT_TRUE(window.wait_until([&] { return window.status().step == 1; }));
  }
}

// What is recorded or followed is no part of a checkpoint.
TEST_F(RoutesSession, ARunThatIsGoneOnWithChoosesForItself) {
  record(9);
  {
    Session session = start();
    Collector window(session.link());
    session.link().send(
        {FollowRoutes{routes().native()}, RecordRoutes{(folder_.path() / "own").native()}, StepSome{4}});
    ASSERT_TRUE(window.wait_for_step(4));
    session.finish();  // the window closes while both are on
  }
  EXPECT_THAT(steps_in(folder_.path() / "own", 9), ElementsAre(1, 2, 3, 4));
  // What was trained is safe before the last of what was recorded beside it is written.
  EXPECT_LE(fs::last_write_time(folder_.path() / "run/model.safetensors"),
            fs::last_write_time(folder_.path() / "own/chunk-r000-000001.safetensors"));
  LiveRunOptions options;
  options.go_on_where = (folder_.path() / "run").native();
  Session session = start(std::move(options));
  Collector window(session.link());
  session.link().send(StepSome{1});
  ASSERT_TRUE(window.wait_for_step(5));
  EXPECT_EQ(window.status().routes, RoutesStatus());
  std::vector<std::string> told;
  ASSERT_FALSE(window.all().begins.empty());
  ASSERT_TRUE(window.all().begins[0].past);
  for (const RunEvent& event : window.all().begins[0].past->events)
    if (event.kind == EventKind::routes) told.push_back(event.message);
  EXPECT_THAT(told, testing::Contains(HasSubstr("follows the routes in"))) << "its record tells of them";
  const auto& notices = window.all().notices;
  EXPECT_TRUE(std::any_of(notices.begin(), notices.end(), [](const Notice& notice) {
    return notice.message.find("followed recorded routes when it was kept; now its router chooses") !=
           std::string::npos;
  }));
  // And can be told to follow them on.
  session.link().send({FollowRoutes{routes().native()}, StepSome{2}});
  ASSERT_TRUE(window.wait_for_step(7));
  EXPECT_EQ(window.status().routes.followed_steps, 2);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::test
