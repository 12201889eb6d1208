// Runs beside the one that leads, over a real lab with trainers that compute nothing.
#include "app/window/beside/companions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "app/cli/console/ends.h"
#include "app/window/ends/window_end.h"
#include "core/record/folder/run_folder.h"
#include "core/record/folder/run_place.h"
#include "core/record/reading/run_summary.h"
#include "tests/support/fake_trainer.h"
#include "tests/support/temporary_folder.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

using test::FakeTrainer;
using testing::Not;

class CompanionsTest : public testing::Test {
 protected:
  CompanionsTest() {
    config_.batch_size = 1;
    config_.checkpoint_interval_s = 0;
    LiveRunOptions first = options("led");
    first.playing = false;
    session_ = std::make_unique<Session>(config_, make_, first);
    link_ = session_->shared_link();
    wait([&] { return live_.status.state == RunState::paused; });
  }
  ~CompanionsTest() override { session_->finish(); }

  LiveRunOptions options(const std::string& name) {
    LiveRunOptions made;
    made.catches_up = true;
    made.make_observer = [this, name](const Trainer&) -> Result<std::unique_ptr<Observer>> {
      auto folder = RunFolder::create(folder_.path() / (name + std::to_string(++folders_)));
      if (!folder) return folder.error();
      return std::unique_ptr<Observer>(std::move(*folder));
    };
    return made;
  }
  void frame() {
    take_update(live_, ui_, link_->receive(), 0);
    companions_.receive(live_, ui_, 0);
  }
  void wait(const std::function<bool()>& until) {
    for (int i = 0; i < 4000 && !until(); ++i) {
      frame();
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    EXPECT_TRUE(until());
  }
  const RunView* beside() const {
    for (const auto& run : live_.runs.all())
      if (run->beside) return run.get();
    return nullptr;
  }
  Config with_k(std::int64_t k) const {
    Config config = config_;
    config.top_k = k;
    return config;
  }

  test::TemporaryFolder folder_;
  int folders_ = 0;
  Config config_;
  MakeTrainer make_ = [](const Config& config) -> Result<std::unique_ptr<Trainer>> {
    return std::unique_ptr<Trainer>(std::make_unique<FakeTrainer>(config));
  };
  Live live_;
  UiState ui_;
  std::unique_ptr<Session> session_;
  std::shared_ptr<Link> link_;
  Companions companions_{make_, [this] { return options("beside"); }};
};

TEST_F(CompanionsTest, BeginsAtTheNewestKeptStepWithItsSettingsAndCatchesUp) {
  link_->send(StepSome{30});
  wait([&] { return live_.status.state == RunState::paused && live_.status.step == 30; });
  link_->send(SetConfig{config_, 7, 0});
  link_->send(Keep{"now"});
  wait([&] {
    const auto& events = live_.run().history.events();
    return live_.status.kept_bytes > 0 && !events.empty() && events.back().event.kind == EventKind::keep;
  });
  companions_.begin({with_k(1), "Top-k: 2 to 1"}, *session_, live_, ui_, 0);
  wait([&] { return beside() && beside()->status.config && beside()->status.config->top_k == 1; });
  EXPECT_THAT(ui_.toasts.back().message, Not(testing::HasSubstr("rises at once")));
  const RunView& run = *beside();
  EXPECT_EQ(run.called, "Top-k: 2 to 1");
  EXPECT_GE(run.status.revision, 7u) << "numbers of edits only rise, in a child too";
  ASSERT_TRUE(run.parent);
  EXPECT_EQ(run.parent->run, live_.run().id);
  EXPECT_EQ(live_.status.config->top_k, 2) << "the one that leads is as it was";
  EXPECT_NE(live_.run().id, run.id) << "and stays on the screen";
  // Where the one that leads goes, it goes.
  const Commands go{StepSome{10}};
  companions_.follow(go);
  link_->send(go);
  wait([&] { return live_.status.step == 40 && beside() && beside()->status.step >= run.parent->step + 10; });
  // Whoever finds its folder reads what it tried.
  const auto summary = summarize_run(beside()->status.run_folder);
  ASSERT_TRUE(summary) << summary.error().message;
  ASSERT_TRUE(summary->config);
  EXPECT_EQ(summary->config->top_k, 1);
}

// Of a model that has learned, more experts or fewer do something at once, beside too.
TEST_F(CompanionsTest, OneWithFewerExpertsSaysWhatGoes) {
  Config fewer = config_;
  fewer.experts = 4;
  companions_.begin({fewer, "Experts: 8 to 4"}, *session_, live_, ui_, 0);
  EXPECT_THAT(ui_.toasts.back().message, Not(testing::HasSubstr("rises at once"))) << "from step 0 nothing goes";
  link_->send(StepSome{30});
  wait([&] { return live_.status.state == RunState::paused && live_.status.step == 30; });
  link_->send(Keep{"now"});
  wait([&] { return live_.status.kept_bytes > 0 && live_.status.step == 30; });
  companions_.begin({fewer, "Experts: 8 to 4"}, *session_, live_, ui_, 0);
  EXPECT_THAT(ui_.toasts.back().message, testing::HasSubstr("from the newest kept step"));
  EXPECT_THAT(ui_.toasts.back().message, testing::HasSubstr("E04 to E07 go, "));
}

// A model that has no step yet has no folder either: what was kept is of the one before it.
TEST_F(CompanionsTest, AfterAResetItBeginsAtStep0AndNotAtWhatWasKeptBefore) {
  link_->send(StepSome{30});
  wait([&] { return live_.status.state == RunState::paused && live_.status.step == 30; });
  link_->send(Keep{"now"});
  wait([&] { return live_.status.kept_bytes > 0; });
  const std::string before = live_.run().id;
  link_->send(ResetModel{});
  wait([&] { return live_.run().id != before && live_.status.step == 0; });
  EXPECT_EQ(live_.status.kept_bytes, 0U);
  companions_.begin({with_k(1), "k"}, *session_, live_, ui_, 0);
  wait([&] { return beside() && beside()->status.config; });
  EXPECT_FALSE(beside()->parent);
  EXPECT_EQ(beside()->status.step, 0);
}

// Side by side with the one that leads they show as much.
TEST_F(CompanionsTest, WhatIsWatchedIsLookedAtBesideToo) {
  ui_.watching.sent.logit_plane = true;  // before it began
  companions_.begin({with_k(1), "k"}, *session_, live_, ui_, 0);
  const auto look = [&] { return beside() && beside()->snapshot ? &beside()->snapshot->layers.at(0) : nullptr; };
  wait([&] { return look() && !look()->logit_plane.xy.empty(); });
  EXPECT_TRUE(look()->logits.empty());
  Watch other;
  other.distributions = true;
  companions_.follow({other});
  wait([&] { return !look()->logits.empty(); });
}

TEST_F(CompanionsTest, TheirFoldersAreBesideThatOfTheOneThatLeads) {
  for (const char* out : {"/runs/mine", "/runs/mine/", "/runs/./mine//", "/runs/mine/."})
    EXPECT_EQ(runs_beside(out), "/runs") << out;
  std::error_code error;
  EXPECT_EQ(runs_beside("mine/"), std::filesystem::current_path(error));
  EXPECT_EQ(runs_beside("."), std::filesystem::current_path(error).parent_path());
  EXPECT_EQ(runs_beside(""), default_runs_directory());
  companions_.begin({with_k(1), "k"}, *session_, live_, ui_, 0);
  wait([&] { return beside() && !beside()->status.run_folder.empty(); });
  EXPECT_THAT(companions_.folders(), testing::ElementsAre(beside()->status.run_folder)) << "they are remembered too";
}

TEST_F(CompanionsTest, ANewModelBeginsAtStepZero) {
  Config wide = config_;
  wide.d_model *= 2;
  link_->send(StepSome{5});
  wait([&] { return live_.status.step == 5; });
  companions_.begin({wide, "Width"}, *session_, live_, ui_, 0);
  wait([&] { return beside() && beside()->status.config && beside()->status.config->d_model == wide.d_model; });
  EXPECT_FALSE(beside()->parent);
  EXPECT_NE(beside()->model_id, live_.run().model_id);
}

// Without a step it has no curve yet, and a place among the runs all the same: it can be played, or dropped.
TEST_F(CompanionsTest, OneThatBeginsPausedIsListedAndSaidToWait) {
  companions_.begin({with_k(1), "k"}, *session_, live_, ui_, 0);
  wait([&] { return beside() != nullptr; });
  ASSERT_TRUE(beside()->history.empty());
  const std::vector<const RunView*> others = live_.runs.others();
  EXPECT_NE(std::find(others.begin(), others.end(), beside()), others.end());
  EXPECT_EQ(beside()->beside, RunState::paused);
  bool told = false;
  for (const Toast& toast : ui_.toasts) told = told || toast.message.find("k waits, paused, beside") == 0;
  EXPECT_TRUE(told);
}

TEST_F(CompanionsTest, IsDroppedAndStaysAsARecord) {
  companions_.begin({with_k(1), "k"}, *session_, live_, ui_, 0);
  wait([&] { return beside() != nullptr; });
  const std::string id = beside()->id;
  companions_.ask({id, BesideAsk::drop});
  wait([&] { return companions_.size() == 0; });
  ASSERT_TRUE(live_.runs.find(id));
  EXPECT_FALSE(live_.runs.find(id)->beside);
  EXPECT_EQ(live_.runs.find(id)->status.state, RunState::opened);
}

TEST_F(CompanionsTest, FourAreAllAndTheFifthIsSaidNo) {
  for (int i = 0; i < 4; ++i) companions_.begin({with_k(1), "k"}, *session_, live_, ui_, 0);
  EXPECT_EQ(companions_.size(), 3u);
  bool told = false;
  for (const Toast& toast : ui_.toasts) told = told || toast.message.find("four runs") != std::string::npos;
  EXPECT_TRUE(told);
}

TEST_F(CompanionsTest, OneThatCannotBeginIsSaidAndGone) {
  make_ = [](const Config&) -> Result<std::unique_ptr<Trainer>> { return usage_error("no room for it"); };
  Companions refused(make_, [this] { return options("beside"); });
  refused.begin({with_k(1), "Top-k: 2 to 1"}, *session_, live_, ui_, 0);
  for (int i = 0; i < 2000 && refused.size() > 0; ++i) {
    refused.receive(live_, ui_, 0);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  EXPECT_EQ(refused.size(), 0u);
  bool told = false;
  for (const Toast& toast : ui_.toasts) told = told || toast.message.find("no room for it") != std::string::npos;
  EXPECT_TRUE(told);
  EXPECT_EQ(live_.status.state, RunState::paused) << "a failure is one run's own";
}

TEST_F(CompanionsTest, TheLeadIsExchanged) {
  companions_.begin({with_k(1), "k"}, *session_, live_, ui_, 0);
  wait([&] { return beside() && beside()->status.config->top_k == 1 && !beside()->status.run_folder.empty(); });
  const std::string led = live_.run().id, next = beside()->id;
  // What was done before belongs to the one that had the lead then.
  Config before = config_;
  before.learning_rate /= 2;
  Commands gathered{SetConfig{before, ++ui_.knobs.sent_revision, 0}};
  EXPECT_FALSE(companions_.lead("nobody", link_, gathered, live_, ui_));
  EXPECT_EQ(gathered.size(), 1u);
  ASSERT_TRUE(companions_.lead(next, link_, gathered, live_, ui_));
  EXPECT_TRUE(gathered.empty());
  EXPECT_EQ(live_.run().id, next);
  wait([&] { return live_.runs.find(led)->status.config->learning_rate == before.learning_rate; });
  link_->send(SetConfig{with_k(3), ++ui_.knobs.sent_revision, 0});
  wait([&] { return live_.status.config->top_k == 3; });
  EXPECT_EQ(live_.status.config->learning_rate, config_.learning_rate);
  EXPECT_EQ(live_.runs.find(led)->status.config->top_k, 2);
  ASSERT_TRUE(companions_.lead(led, link_, gathered, live_, ui_)) << "and back";
  EXPECT_EQ(live_.run().id, led);
  EXPECT_EQ(live_.runs.find(next)->called, "k");
}

// One that led before has no name but that of its folder; it begins another model, and the one before is a record.
TEST_F(CompanionsTest, OneThatLedBeginsAnewBesideUnderItsOwnName) {
  companions_.begin({with_k(1), "k"}, *session_, live_, ui_, 0);
  link_->send(StepSome{3});
  wait([&] { return beside() && live_.status.step == 3 && !live_.status.run_folder.empty(); });
  const std::string led = live_.run().id, next = beside()->id;
  Commands gathered{ResetModel{++ui_.knobs.sent_revision}};
  ASSERT_TRUE(companions_.lead(next, link_, gathered, live_, ui_));
  wait([&] { return !live_.runs.find(led)->beside; });
  EXPECT_EQ(live_.runs.find(led)->status.state, RunState::opened);
  EXPECT_EQ(live_.runs.find(led)->history.size(), 3u);
  EXPECT_EQ(companions_.size(), 1u);
  wait([&] { return beside() != nullptr; });
  EXPECT_NE(beside()->id, led);
  EXPECT_EQ(beside()->called, "");
  EXPECT_NE(beside()->label(beside()->status), "");
}

// What is asked from outside is asked of all.
class EndsOfCompanions : public CompanionsTest {
 protected:
  // Three steps each.
  void begin_beside(Companions& companions) {
    companions.begin({with_k(1), "k"}, *session_, live_, ui_, 0);
    const Commands go{StepSome{3}};
    companions.follow(go);
    link_->send(go);
    wait([&] {
      companions.receive(live_, ui_, 0);
      return live_.status.step == 3 && beside() && beside()->status.step == 3;
    });
  }
  static std::filesystem::path weights(const RunStatus& status) {
    return std::filesystem::path(status.run_folder) / "model.safetensors";
  }
  Companions unwritten_{make_, [this] {
                          LiveRunOptions made = options("beside");
                          made.make_observer = [](const Trainer&) -> Result<std::unique_ptr<Observer>> {
                            return failure("disk full");
                          };
                          return made;
                        }};
};

TEST_F(EndsOfCompanions, ASaveFromOutsideIsOfEveryRun) {
  const EndSignals signals;
  const WindowEnd end(*session_, true, [] {});
  begin_beside(companions_);
  ASSERT_EQ(::raise(SIGUSR1), 0);
  for (const RunStatus& status : {live_.status, beside()->status}) {
    const std::filesystem::path file = weights(status);
    wait([&] { return std::filesystem::exists(file); });
  }
  EXPECT_EQ(live_.status.state, RunState::paused) << "both go on";
}

TEST_F(EndsOfCompanions, TheEndFromOutsideIsOfEveryRunAndSaysOfEach) {
  begin_beside(companions_);
  const std::string first = live_.status.run_folder, second = beside()->status.run_folder;
  const auto ended = end_all(session_->lab(), Error{ErrorKind::interrupted, "interrupted by SIGTERM"}, true);
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().kind, ErrorKind::interrupted);
  EXPECT_THAT(ended.error().message,
              testing::AllOf(testing::HasSubstr("saved in " + first), testing::HasSubstr("saved in " + second)));
  EXPECT_TRUE(std::filesystem::exists(weights(live_.status)));
  EXPECT_TRUE(std::filesystem::exists(weights(beside()->status)));
}

TEST_F(EndsOfCompanions, WhatIsNotSavedIsNoSuccess) {
  begin_beside(companions_);
  session_->finish();
  ASSERT_EQ(companions_.saved().size(), 1u);
  EXPECT_EQ(companions_.saved()[0].step, 3);
  EXPECT_EQ(companions_.saved()[0].called, "k");
  EXPECT_FALSE(companions_.saved()[0].lost());
}

TEST_F(EndsOfCompanions, WhatIsLostAtTheEndIsAFailure) {
  begin_beside(unwritten_);
  session_->finish();
  const std::vector<Saved> saved = unwritten_.saved();
  ASSERT_EQ(saved.size(), 1u);
  EXPECT_TRUE(saved[0].lost());
  EXPECT_EQ(with_all_saved({}, saved).error().kind, ErrorKind::failure);
}

TEST_F(EndsOfCompanions, WhatIsLostWithADropIsSaidThenAndAtTheEnd) {
  begin_beside(unwritten_);
  unwritten_.ask({beside()->id, BesideAsk::drop});
  wait([&] {
    unwritten_.receive(live_, ui_, 0);
    return unwritten_.size() == 0;
  });
  EXPECT_THAT(ui_.toasts.back().message, testing::HasSubstr("k: the weights of step 3 are NOT saved"));
  ASSERT_EQ(unwritten_.saved().size(), 1u);
  EXPECT_TRUE(unwritten_.saved()[0].lost());
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
