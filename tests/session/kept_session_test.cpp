// Undo, forks and kept steps, through a session's commands.
#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>

#include "core/record/folder/run_folder.h"
#include "core/record/reading/kept_changes.h"
#include "core/session/session.h"
#include "tests/session/keeping.h"
#include "tests/support/collector.h"
#include "tests/support/fake_trainer.h"
#include "tests/support/read_file.h"

namespace switchyard::test {
namespace SWITCHYARD_TEST_FILE {

using testing::HasSubstr;

class KeptSession : public Keeping {
 protected:
  LiveRunOptions recorded() {
    LiveRunOptions options;
    options.playing = false;
    options.wake = &Collector::wake;
    options.make_observer = [this](const Trainer&) -> Result<std::unique_ptr<Observer>> {
      auto made = RunFolder::create(folder_.path() / "run");
      if (!made) return made.error();
      return std::unique_ptr<Observer>(std::move(*made));
    };
    return options;
  }
  Session start() {
    return Session(quick(), [](const Config& config) -> Result<std::unique_ptr<Trainer>> {
      return std::unique_ptr<Trainer>(std::make_unique<FakeTrainer>(config));
    }, recorded());
  }
};

TEST_F(KeptSession, UndoBringsTheModelBackAndRedoTheOther) {
  Session session = start();
  Collector window(session.link());
  session.link().send(StepSome{20});
  ASSERT_TRUE(window.wait_for_step(20));
  session.link().send({SetConfig{wider(), 1, 0}, StepSome{5}});
  ASSERT_TRUE(window.wait_until([&] { return window.status().revision == 1 && window.status().step == 5; }));
  session.link().send(BringBack{1, quick(), 2});
  ASSERT_TRUE(window.wait_for_revision(2));
  EXPECT_EQ(window.status().step, 20);
  session.link().send(StepSome{1});
  ASSERT_TRUE(window.wait_for_step(21));
  session.link().send(BringBack{2, wider(), 3});
  ASSERT_TRUE(window.wait_for_revision(3));
  EXPECT_EQ(window.status().step, 5);
  const auto& begins = window.all().begins;
  ASSERT_EQ(begins.size(), 4u);
  EXPECT_EQ(begins[0].run, begins[2].run);
  EXPECT_EQ(begins[1].run, begins[3].run);
  EXPECT_NE(begins[0].run, begins[1].run);
  EXPECT_EQ(begins[2].step, 20);
  EXPECT_EQ(begins[3].step, 5);
  for (const Notice& notice : window.all().notices) EXPECT_NE(notice.level, Notice::Level::error) << notice.message;
}

TEST_F(KeptSession, AnOperationOnExpertsIsTakenBackWithTheModelBeforeIt) {
  Session session = start();
  Collector window(session.link());
  session.link().send(StepSome{20});
  ASSERT_TRUE(window.wait_for_step(20));
  const std::int64_t experts = quick().experts;
  session.link().send({Operate{*operation_of("clone 0.0"), 1}, StepSome{5}});
  ASSERT_TRUE(window.wait_for_step(25));
  EXPECT_EQ(window.status().config->experts, experts + 1);
  ASSERT_FALSE(window.all().events.empty());
  const RunEvent& event = window.all().events.back();
  EXPECT_EQ(event.kind, EventKind::operate);
  EXPECT_EQ(event.message, "clone 0.0");
  EXPECT_EQ(event.step, 21);
  ASSERT_EQ(event.changes.size(), 1u);
  EXPECT_EQ(event.changes[0].key, "experts");
  // What cannot be done is told, and changes nothing.
  session.link().send(Operate{*operation_of("clone 0.99"), 2});
  ASSERT_TRUE(window.wait_until(
      [&] { return !window.all().notices.empty() && window.all().notices.back().level == Notice::Level::error; }));
  EXPECT_EQ(window.status().config->experts, experts + 1);
  session.link().send(BringBack{1, quick(), 3});
  ASSERT_TRUE(window.wait_for_revision(3));
  EXPECT_EQ(window.status().step, 20);
  EXPECT_EQ(window.status().config->experts, experts);
  const auto& begins = window.all().begins;
  ASSERT_EQ(begins.size(), 2u);
  EXPECT_EQ(begins[1].parent, (RunPoint{begins[0].run, 20}))
      << "what was learned after it stays, in a run of its own";
  Config operated = quick();
  ++operated.experts;
  session.link().send(BringBack{3, operated, 4});
  ASSERT_TRUE(window.wait_for_revision(4));
  EXPECT_EQ(window.status().step, 25);
  EXPECT_TRUE(*window.status().config == operated);
  EXPECT_EQ(window.status().run, begins[0].run);
}

TEST_F(KeptSession, OfOperationsWithoutAStepBetweenThemEachCanBeTakenBack) {
  Session session = start();
  Collector window(session.link());
  session.link().send(StepSome{20});
  ASSERT_TRUE(window.wait_for_step(20));
  const auto of = [&](std::int64_t more) {
    Config config = quick();
    config.experts += more;
    return config;
  };
  session.link().send({Operate{*operation_of("clone 0.0"), 1}, Operate{*operation_of("clone 0.0"), 2},
                       Operate{*operation_of("remove 0.1"), 3}});
  ASSERT_TRUE(window.wait_for_revision(3));
  EXPECT_EQ(window.status().config->experts, of(1).experts);
  // All undone, then all redone: as the window's stacks would ask.
  std::vector<std::uint64_t> done{1, 2, 3}, undone;
  std::vector<std::int64_t> more{0, 1, 2, 1};
  std::uint64_t revision = 3;
  const auto go = [&](std::vector<std::uint64_t>& from, std::vector<std::uint64_t>& to, std::int64_t then) {
    session.link().send(BringBack{from.back(), of(then), ++revision});
    from.pop_back();
    to.push_back(revision);
    ASSERT_TRUE(window.wait_for_revision(revision));
    EXPECT_EQ(window.status().config->experts, of(then).experts);
    EXPECT_EQ(window.status().step, 20);
  };
  for (const int left : {2, 1, 0}) go(done, undone, more[static_cast<std::size_t>(left)]);
  for (const int left : {1, 2, 3}) go(undone, done, more[static_cast<std::size_t>(left)]);
  for (const Notice& notice : window.all().notices)
    EXPECT_LT(notice.level, Notice::Level::warning) << notice.message;
  // The run as it was operated on goes on, whole.
  const auto read = CheckpointStore(folder_.path() / "run").read("");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->checkpoint.trainer.config.experts, of(1).experts) << "with what was done last";
  std::vector<std::string> names;
  for (const CheckpointHeader& kept : CheckpointStore(folder_.path() / "run").list().checkpoints)
    names.push_back(kept.label.name);
  EXPECT_THAT(names, testing::IsSupersetOf({"before clone 0.0", "before clone 0.0 2", "before remove 0.1"}));
}

// No setting makes an expert what it was.
TEST_F(KeptSession, AnOperationWhoseModelIsGoneIsNotTakenBackByASetting) {
  LiveRunOptions options;
  options.playing = false;
  options.wake = &Collector::wake;
  Session session(
      quick(),
      [](const Config& config) -> Result<std::unique_ptr<Trainer>> {
        return std::unique_ptr<Trainer>(std::make_unique<FakeTrainer>(config));
      },
      options);
  Collector window(session.link());
  session.link().send(StepSome{5});
  ASSERT_TRUE(window.wait_for_step(5));
  for (std::uint64_t revision = 1; revision <= 4; ++revision)
    session.link().send(Operate{*operation_of("clone 0.0"), revision});
  ASSERT_TRUE(window.wait_for_revision(4));
  const std::int64_t experts = window.status().config->experts;
  session.link().send(BringBack{1, quick(), 5});
  ASSERT_TRUE(window.wait_for_revision(5));
  EXPECT_EQ(window.status().config->experts, experts) << "nobody records it: memory holds the last three";
  EXPECT_THAT(window.all().notices.back().message, HasSubstr("not kept any more"));
}

// Edits that came so fast that they became one command.
TEST_F(KeptSession, AnyOfTheMergedCommandsMayBeTakenBack) {
  Session session = start();
  Collector window(session.link());
  session.link().send(StepSome{3});
  ASSERT_TRUE(window.wait_for_step(3));
  Config widest = wider();
  widest.d_model *= 2;
  session.link().send({SetConfig{wider(), 1, 0}, SetConfig{widest, 2, 0}});
  ASSERT_TRUE(window.wait_for_revision(2));
  EXPECT_EQ(window.status().step, 0);
  // Back to what the second one changed: a model that was never there, so a new one of that shape.
  session.link().send(BringBack{2, wider(), 3});
  ASSERT_TRUE(window.wait_for_revision(3));
  EXPECT_EQ(window.status().step, 0);
  EXPECT_EQ(window.status().config->d_model, wider().d_model);
  session.link().send(BringBack{1, quick(), 4});
  ASSERT_TRUE(window.wait_for_revision(4));
  EXPECT_EQ(window.status().step, 3);
  EXPECT_EQ(window.status().config->d_model, quick().d_model);
}

TEST_F(KeptSession, WhatEndedNothingIsAnEditBack) {
  Session session = start();
  Collector window(session.link());
  session.link().send(StepSome{2});
  ASSERT_TRUE(window.wait_for_step(2));
  Config slower = quick();
  slower.learning_rate /= 2;
  session.link().send(BringBack{77, slower, 1});
  ASSERT_TRUE(window.wait_for_revision(1));
  EXPECT_EQ(window.status().step, 2);
  EXPECT_EQ(*window.status().config, slower);
}

TEST_F(KeptSession, AfterAFailureItGoesBackToWhenTheLossWasSane) {
  LiveRunOptions options = recorded();
  FakeOptions fake;
  fake.fail_at_step = 60;
  Config config = quick();
  config.checkpoint_interval_s = 0;
  Session session(config, [fake](const Config& wanted) -> Result<std::unique_ptr<Trainer>> {
    return std::unique_ptr<Trainer>(std::make_unique<FakeTrainer>(wanted, fake));
  }, std::move(options));
  Collector window(session.link());
  ASSERT_TRUE(window.wait_for_state(RunState::paused));
  session.link().send(StepSome{40});
  ASSERT_TRUE(window.wait_for_step(40));
  session.link().send(Keep{"fine"});  // waits for the write under way
  ASSERT_TRUE(window.wait_until([&] { return !window.all().events.empty(); }));
  session.link().send(Play{});
  ASSERT_TRUE(window.wait_for_state(RunState::failed));
  const std::string sane = window.status().sane_checkpoint;
  ASSERT_FALSE(sane.empty());
  EXPECT_GE(window.status().sane_step, 40);
  EXPECT_LT(window.status().sane_step, 60);
  const std::int64_t step = window.status().sane_step;
  session.link().send(GoOn{sane, false, 1});
  ASSERT_TRUE(window.wait_for_revision(1));
  EXPECT_EQ(window.status().step, step);
  EXPECT_EQ(window.status().state, RunState::paused);
  ASSERT_GE(window.all().begins.size(), 2u);
  EXPECT_EQ(window.all().begins.back().run, window.all().begins.front().run);
  ASSERT_TRUE(window.all().begins.back().past);
  EXPECT_EQ(window.all().begins.back().past->records.back().step, step);
}

TEST_F(KeptSession, AChildBeginsFromAStepAndItsParentStays) {
  Session session = start();
  Collector window(session.link());
  session.link().send(StepSome{4});
  ASSERT_TRUE(window.wait_for_step(4));
  session.link().send({Keep{"here"}, StepSome{6}});
  ASSERT_TRUE(window.wait_for_step(10));
  const fs::path parent = folder_.path() / "run";
  session.link().send(GoOn{parent.native() + "@here", true, 1});
  ASSERT_TRUE(window.wait_for_revision(1));
  EXPECT_EQ(window.status().step, 4);
  const RunBegin& begin = window.all().begins.back();
  const std::string parent_run = window.all().begins.front().run;
  EXPECT_NE(begin.run, parent_run);
  EXPECT_EQ(begin.step, 4);
  EXPECT_EQ(begin.parent, (RunPoint{parent_run, 4}));
  const fs::path child = window.status().run_folder;
  EXPECT_NE(child, parent);
  session.link().send(StepSome{2});
  ASSERT_TRUE(window.wait_for_step(6));
  // And back to the parent's end.
  session.link().send(BringBack{1, quick(), 2});
  ASSERT_TRUE(window.wait_for_revision(2));
  EXPECT_EQ(window.status().step, 10);
  EXPECT_EQ(window.status().run, parent_run);
  EXPECT_FALSE(window.all().begins.back().parent);
  session.finish();
  const auto lines = [](const fs::path& file) {
    const std::string text = read(file);
    return std::count(text.begin(), text.end(), '\n');
  };
  EXPECT_EQ(lines(parent / "metrics.csv"), 11);
  EXPECT_EQ(lines(child / "metrics.csv"), 3);
  for (const Notice& notice : window.all().notices) EXPECT_NE(notice.level, Notice::Level::error) << notice.message;
}

// What is kept of the run that learns is changed by its own thread, which holds the run.
TEST_F(KeptSession, WhatIsKeptIsNamedDeletedAndPutBackWhileItLearns) {
  Session session = start();
  Collector window(session.link());
  session.link().send(StepSome{4});
  ASSERT_TRUE(window.wait_for_step(4));
  session.link().send({Keep{"here"}, Play{}});
  ASSERT_TRUE(window.wait_for_step(8));
  const fs::path run = folder_.path() / "run", file = CheckpointStore(run).find("here")->file;
  EXPECT_THAT(change_kept({KeptChange::Kind::remove, file}).refused, HasSubstr("another process holds this run"))
      << "nobody else may";
  const auto answers = [&](std::size_t count) {
    return window.wait_until([&, count] { return window.all().kept_changes.size() >= count; });
  };
  session.link().send(
      {ChangeKept{{KeptChange::Kind::name, file, "there"}}, ChangeKept{{KeptChange::Kind::remove_run, run}}});
  ASSERT_TRUE(answers(2));
  EXPECT_EQ(window.all().kept_changes[0].refused, "");
  EXPECT_THAT(window.all().kept_changes[1].refused, HasSubstr("this window records it"));
  const std::string named = window.all().kept_changes[0].place;
  EXPECT_EQ(CheckpointStore(run).find("there")->file, named);
  session.link().send(ChangeKept{{KeptChange::Kind::remove, named}});
  ASSERT_TRUE(answers(3));
  const KeptChanged gone = window.all().kept_changes[2];
  EXPECT_EQ(gone.refused, "");
  EXPECT_EQ(gone.step, 4);
  EXPECT_EQ(gone.run, window.status().run);
  EXPECT_FALSE(CheckpointStore(run).find("there"));
  session.link().send(ChangeKept{{KeptChange::Kind::put_back, gone.place}});
  ASSERT_TRUE(answers(4));
  EXPECT_EQ(window.all().kept_changes[3].place, named);
  EXPECT_TRUE(CheckpointStore(run).read("there"));
  EXPECT_EQ(window.status().state, RunState::playing);
}

TEST_F(KeptSession, WhatUndoNeedsCanBeNamedButNotDeleted) {
  Session session = start();
  Collector window(session.link());
  session.link().send(StepSome{20});
  ASSERT_TRUE(window.wait_for_step(20));
  session.link().send(SetConfig{wider(), 1, 0});
  ASSERT_TRUE(window.wait_for_revision(1));
  const fs::path run = folder_.path() / "run", file = CheckpointStore(run).find("20")->file;
  session.link().send({ChangeKept{{KeptChange::Kind::remove, file}},
                       ChangeKept{{KeptChange::Kind::name, file, "before"}},
                       ChangeKept{{KeptChange::Kind::remove_run, run}}});
  ASSERT_TRUE(window.wait_until([&] { return window.all().kept_changes.size() == 3; }));
  EXPECT_THAT(window.all().kept_changes[0].refused,
              HasSubstr("Ctrl+Z needs it: it brings back the model of step 20"));
  EXPECT_EQ(window.all().kept_changes[1].refused, "");
  EXPECT_NE(window.all().kept_changes[2].refused, "") << "it may be gone back to";
  session.link().send(BringBack{1, quick(), 2});
  ASSERT_TRUE(window.wait_for_revision(2));
  EXPECT_EQ(window.status().step, 20);
  for (const Notice& notice : window.all().notices)
    EXPECT_NE(notice.level, Notice::Level::error) << notice.message;
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::test
