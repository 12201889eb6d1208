#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>

#include "core/record/checkpoint/checkpoint_store.h"
#include "core/record/folder/run_folder.h"
#include "core/record/folder/trash.h"
#include "core/record/reading/kept_changes.h"
#include "core/session/driver.h"
#include "core/session/keeper.h"
#include "core/session/session.h"
#include "tests/support/collector.h"
#include "tests/support/fake_trainer.h"
#include "tests/support/read_file.h"
#include "tests/support/temporary_folder.h"

namespace switchyard::test {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

Config quick() {
  Config config;
  config.checkpoint_interval_s = 30;
  return config;
}
Config wider() {
  Config config = quick();
  config.d_model *= 2;
  return config;
}

StepRecord step(std::int64_t number, double val_loss = kMissing) {
  StepRecord record;
  record.step = number;
  record.val_loss = val_loss;
  return record;
}

class Keeping : public testing::Test {
 protected:
  // Steps until the write under way is done: a keep on demand waits for it.
  std::vector<std::int64_t> kept_steps(const fs::path& run) const {
    std::vector<std::int64_t> steps;
    for (const CheckpointHeader& one : CheckpointStore(run).list().checkpoints) steps.push_back(one.label.step);
    return steps;
  }
  TemporaryFolder folder_;
  double now_s_ = 1000;
};

TEST_F(Keeping, KeepsWhenTheIntervalIsOverAndTheBestValidation) {
  FakeTrainer trainer;
  const fs::path run = folder_.path();
  int copies = 0;
  Config config = quick();
  {
    Keeper keeper(
        [&](Checkpoint& into) -> Result<fs::path> {
          ++copies;
          if (auto saved = trainer.save(into.trainer); !saved) return saved.error();
          return run;
        },
        {[this] { return now_s_; }});
    keeper.begin();
    now_s_ += 4;
    for (int i = 1; i <= 3; ++i) ASSERT_TRUE(trainer.advance()), keeper.after_step(step(i), config);
    EXPECT_EQ(copies, 0) << "nothing is due in the first seconds";
    now_s_ += 27;
    ASSERT_TRUE(trainer.advance());
    keeper.after_step(step(4, 2.0), config);
    EXPECT_EQ(copies, 1);
    keeper.after_step(step(5, 3.0), config);
    EXPECT_EQ(copies, 1);
  }
  EXPECT_EQ(kept_steps(run), (std::vector<std::int64_t>{4}));
}

// A young one more often, as far as the interval does not ask for more; then as the knob says.
TEST_F(Keeping, IsDueAsTheKnobSays) {
  for (const auto& [every, times] : {std::pair{30.0, std::vector<double>{5, 10, 20, 40, 70, 100}}, {600, {5, 10, 20, 40, 80, 160}}, {2, {2, 4, 6, 8, 10, 12}}}) {
    FakeTrainer trainer;
    Config config = quick();
    config.checkpoint_interval_s = every;
    double now = 1000;
    std::vector<double> kept;
    Keeper keeper(
        [&](Checkpoint& into) -> Result<fs::path> {
          kept.push_back(now - 1000);
          if (auto saved = trainer.save(into.trainer); !saved) return saved.error();
          return folder_.path();
        },
        {[&now] { return now; }});
    keeper.begin();
    for (std::int64_t second = 1; kept.size() < 6 && second < 400; ++second) {
      now = 1000 + static_cast<double>(second);
      ASSERT_TRUE(trainer.advance());
      const std::size_t before = kept.size();
      keeper.after_step(step(second), config);
      if (kept.size() > before) keeper.finish_write();
    }
    EXPECT_EQ(kept, times);
  }
}

TEST_F(Keeping, WhatFailsIsSaidOnceAndEndsNothing) {
  FakeTrainer trainer;
  Config config = quick();
  config.checkpoint_interval_s = 0;
  const fs::path run = folder_.path() / "gone";
  Keeper keeper([&](Checkpoint& into) -> Result<fs::path> {
    if (auto saved = trainer.save(into.trainer); !saved) return saved.error();
    return run;
  });
  keeper.begin();
  std::vector<std::string> news;
  for (int i = 1; i <= 20; ++i) {
    ASSERT_TRUE(trainer.advance());
    keeper.after_step(step(i), config);
    EXPECT_FALSE(keeper.keep(config, "", "a test", false));  // waits for the one under way
    for (std::string& one : keeper.take_news()) news.push_back(std::move(one));
  }
  ASSERT_EQ(news.size(), 1u);
  EXPECT_THAT(news[0], HasSubstr("not kept at intervals"));
  fs::create_directories(run);
  keeper.after_step(step(21), config);
  EXPECT_TRUE(keeper.keep(config, "", "a test", false));
  news = keeper.take_news();
  ASSERT_EQ(news.size(), 1u);
  EXPECT_THAT(news[0], HasSubstr("kept again"));
}

// Beside the run, on the keeper's own thread, with its first write.
TEST_F(Keeping, WhatWasDeletedLongAgoGoesWhileARunIsKept) {
  FakeTrainer trainer;
  Config config = quick();
  config.checkpoint_interval_s = 0;
  const fs::path run = folder_.path() / "run";
  fs::create_directories(run);
  const Trash trash(folder_.path());
  const std::int64_t now =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
          .count();
  for (const std::int64_t days : {29, 31}) {
    const fs::path gone = folder_.path() / std::to_string(days);
    fs::create_directories(gone);
    ASSERT_TRUE(trash.take(gone, now - days * 24 * 3600));
  }
  {
    Keeper keeper([&](Checkpoint& into) -> Result<fs::path> {
      if (auto saved = trainer.save(into.trainer); !saved) return saved.error();
      return run;
    });
    keeper.begin();
    ASSERT_TRUE(trainer.advance());
    keeper.after_step(step(1), config);
  }
  const auto left = trash.list();
  ASSERT_EQ(left.size(), 1u);
  EXPECT_EQ(left[0].from, folder_.path() / "29");
}

TEST_F(Keeping, WhatUndoOrAChildNeedsIsNotThinnedAway) {
  FakeTrainer trainer;
  Config config = quick();
  const fs::path run = folder_.path() / "run", child = folder_.path() / "child";
  fs::create_directories(run);  // as a run folder is there before its checkpoints
  fs::create_directories(child);
  std::ofstream(child / "config.json") << R"({"run": "other", "parent": {"run": "mine", "step": 7}, "config": {}})";
  Keeper keeper([&](Checkpoint& into) -> Result<fs::path> {
    if (auto saved = trainer.save(into.trainer); !saved) return saved.error();
    into.label.run = "mine";
    into.trainer.tensors.values.resize(70'000);  // a few are more than the budget of 1 MB
    into.trainer.tensors.entries = {{"w", {70'000}, 0, 70'000}};
    return run;
  });
  config.checkpoint_budget_mb = 1;
  keeper.begin();
  for (int i = 1; i <= 12; ++i) {
    ASSERT_TRUE(trainer.advance());
    ASSERT_TRUE(keeper.keep(config, i == 3 ? "mine" : "", "a test", i == 5));
  }
  const auto steps = kept_steps(run);
  EXPECT_LT(steps.size(), 9u);
  EXPECT_THAT(steps, testing::IsSupersetOf({3, 5, 7, 11, 12}));
}

class KeptDriver : public Keeping {
 protected:
  KeptDriver() {
    auto made = RunFolder::create(folder_.path() / "run");
    EXPECT_TRUE(made) << made.error().message;
    recorder_ = std::move(*made);
  }
  void steps(Driver& driver, int count) {
    for (int i = 0; i < count; ++i) ASSERT_TRUE(driver.advance());
  }
  std::size_t rows(const fs::path& run) const {
    const std::string text = read(run / "metrics.csv");
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) - 1;
  }
  FakeTrainer trainer_{quick()};
  std::unique_ptr<RunFolder> recorder_;
};

TEST_F(KeptDriver, WhatARebuildEndedComesBackAndItsRunGoesOn) {
  Driver driver(trainer_, recorder_.get());
  driver.start();
  const std::string first = driver.run();
  EXPECT_FALSE(first.empty());
  steps(driver, 7);
  ASSERT_TRUE(driver.apply(wider(), 1));
  const auto ended = driver.take_ended();
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->point, (RunPoint{first, 7}));
  EXPECT_FALSE(driver.take_ended()) << "once";
  EXPECT_NE(driver.run(), first);
  EXPECT_EQ(trainer_.step(), 0);
  steps(driver, 3);
  const std::string second = driver.run(), second_place = recorder_->place();

  const auto back = driver.bring_back(*ended);
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(driver.run(), first);
  EXPECT_EQ(trainer_.step(), 7);
  EXPECT_EQ(trainer_.config(), quick());
  steps(driver, 2);
  driver.finish();
  EXPECT_EQ(recorder_->place(), folder_.path() / "run");
  EXPECT_EQ(rows(folder_.path() / "run"), 9u);
  EXPECT_EQ(rows(second_place), 3u);
  // And the one that this ended, in turn.
  const auto ended_again = driver.take_ended();
  ASSERT_TRUE(ended_again);
  EXPECT_EQ(ended_again->point, (RunPoint{second, 3}));
  ASSERT_TRUE(driver.bring_back(*ended_again));
  EXPECT_EQ(trainer_.config(), wider());
  EXPECT_EQ(trainer_.step(), 3);
  EXPECT_EQ(driver.run(), second);
}

TEST_F(KeptDriver, AResetIsKeptToo) {
  Driver driver(trainer_, recorder_.get());
  driver.start();
  EXPECT_TRUE(driver.reset());
  EXPECT_FALSE(driver.take_ended()) << "nothing was learned";
  steps(driver, 2);
  ASSERT_TRUE(driver.reset());
  const auto ended = driver.take_ended();
  ASSERT_TRUE(ended);
  EXPECT_TRUE(fs::exists(ended->file));
}

TEST_F(KeptDriver, ACheckpointThatIsGoneLeavesTheModelOfNow) {
  Driver driver(trainer_, recorder_.get());
  driver.start();
  steps(driver, 2);
  ASSERT_TRUE(driver.reset());
  auto ended = driver.take_ended();
  ASSERT_TRUE(ended);
  steps(driver, 5);
  const std::string run = driver.run();
  fs::remove(ended->file);
  const auto back = driver.bring_back(*ended);
  ASSERT_FALSE(back);
  EXPECT_THAT(back.error().message, HasSubstr(ended->file.filename().native()));
  EXPECT_EQ(trainer_.step(), 5);
  EXPECT_EQ(driver.run(), run);
  steps(driver, 1);
}

TEST_F(KeptDriver, KeepsUnderAName) {
  Driver driver(trainer_, recorder_.get());
  driver.start();
  steps(driver, 4);
  const auto kept = driver.keep("before the storm");
  ASSERT_TRUE(kept) << kept.error().message;
  const auto found = CheckpointStore(folder_.path() / "run").find("before the storm");
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->label.step, 4);
  EXPECT_EQ(found->label.run, driver.run());
  EXPECT_THAT(read(folder_.path() / "run" / "events.jsonl"), HasSubstr("before the storm"));
}

TEST(Keep, ARunWithoutAFolderIsKeptInMemory) {
  FakeTrainer trainer(quick());
  Driver driver(trainer, nullptr);
  driver.start();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(driver.advance());
  const std::string run = driver.run();
  ASSERT_TRUE(driver.apply(wider(), 1));
  const auto ended = driver.take_ended();
  ASSERT_TRUE(ended);
  EXPECT_NE(driver.run(), run);
  ASSERT_TRUE(driver.bring_back(*ended));
  EXPECT_EQ(trainer.step(), 3);
  EXPECT_EQ(driver.run(), run);
  EXPECT_FALSE(driver.keep("mine"));
}

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

}  // namespace
}  // namespace switchyard::test
