// What the panels of Causes ask, answered over a real lab and real run folders, with trainers that are tried in
// closed form.
#include "app/window/beside/cause_host.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "app/cli/causes/cause_reading.h"
#include "core/record/folder/run_folder.h"
#include "core/session/session.h"
#include "tests/causes/fake_model.h"
#include "tests/support/fake_trainer.h"
#include "tests/support/read_file.h"
#include "tests/support/temporary_folder.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

using test::FakeModel;
using test::FakeTrainer;
using testing::HasSubstr;

// Its trials can be held up, as those of a large model take long.
class TriedTrainer : public FakeTrainer {
 public:
  using FakeTrainer::FakeTrainer;
  static inline std::atomic<int> trials = 0, holds_at = -1;
  Result<Trial> try_out(const Intervention& asked, const TrialWish&) override {
    ++trials;
    while (holds_at >= 0 && trials > holds_at) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    FakeModel model;
    model.likes = [](std::size_t, std::size_t token, std::int32_t expert) {
      return static_cast<double>((token * 31 + static_cast<std::size_t>(expert) * 17) % 97);
    };
    model.worth = [](std::size_t, std::size_t, std::int32_t expert) { return 0.1 * expert; };
    return model(asked);
  }
};

class CauseHostTest : public testing::Test {
 protected:
  CauseHostTest() {
    TriedTrainer::trials = 0, TriedTrainer::holds_at = -1;
    config_.batch_size = 1;
    config_.checkpoint_interval_s = 0;
    LiveRunOptions options;
    options.playing = false;
    options.make_observer = [this](const Trainer&) -> Result<std::unique_ptr<Observer>> {
      auto folder = RunFolder::create(folder_.path() / "run");
      if (!folder) return folder.error();
      return std::unique_ptr<Observer>(std::move(*folder));
    };
    session_ = std::make_unique<Session>(config_, make_, options);
    wait([&] { return live_.status.state == RunState::paused; });
  }
  ~CauseHostTest() override {
    TriedTrainer::holds_at = -1;
    host_.reset();
    if (session_) session_->finish();
  }
  Lab* lab() { return session_ ? &session_->lab() : nullptr; }
  void frame() {
    if (session_) take_update(live_, ui_, session_->link().receive(), 0);
    const PanelInput in{.run = live_.run(),
                        .snapshot = nullptr,
                        .status = live_.shown_status(),
                        .theme = theme_,
                        .exports = exports_};
    changed_ = host_->serve(in, live_, ui_, lab(), make_, 0);
  }
  bool wait(const std::function<bool()>& until) {
    for (int i = 0; i < 20'000 && !until(); ++i) {
      frame();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return until();
  }
  CauseState& state(Cause cause) { return ui_.causes[cause]; }
  bool rests(Cause cause) { return state(cause).doing == CauseState::Doing::nothing && !state(cause).wanted; }
  const CauseReport* report(Cause cause) { return live_.run().causes[static_cast<std::size_t>(cause)].get(); }

  test::TemporaryFolder folder_;
  bool changed_ = false;  // the last frame left something else to draw
  Config config_;
  MakeTrainer make_ = [](const Config& config) -> Result<std::unique_ptr<Trainer>> {
    return std::unique_ptr<Trainer>(std::make_unique<TriedTrainer>(config));
  };
  Live live_;
  UiState ui_;
  viz::Theme theme_;
  PanelExports exports_;
  std::unique_ptr<Session> session_;
  std::unique_ptr<CauseHost> host_ = std::make_unique<CauseHost>(MakeTrainerFrom(), nullptr);
};

// Where nothing else is named; the state is taken once, whatever learns meanwhile.
TEST_F(CauseHostTest, RoutesAreHeldAgainstTheModelItself) {
  session_->link().send(StepSome{5});
  ASSERT_TRUE(wait([&] { return live_.status.step == 5 && live_.status.state == RunState::paused; }));
  for (const auto precision : {std::optional<Precision>(), std::optional<Precision>(Precision::bf16)}) {
    state(Cause::route_diff).asked.other_precision = precision;
    state(Cause::route_diff).wanted = true;
    ASSERT_TRUE(wait([&] { return rests(Cause::route_diff); }));
    EXPECT_EQ(state(Cause::route_diff).why_not, "");
    ASSERT_TRUE(report(Cause::route_diff));
    EXPECT_EQ(report(Cause::route_diff)->other_step, 5);
    const RouteDiff& diff = std::get<RouteDiff>(report(Cause::route_diff)->found);
    ASSERT_FALSE(diff.layers.empty());
    for (const LayerRouteDiff& layer : diff.layers) EXPECT_EQ(layer.changed, 0);
  }
}

TEST_F(CauseHostTest, AnAnswerGoesToItsRunAndItsFolder) {
  session_->link().send(StepSome{5});
  ASSERT_TRUE(wait([&] { return live_.status.step == 5 && live_.status.state == RunState::paused; }));
  state(Cause::ablate).wanted = true;
  ASSERT_TRUE(wait([&] { return rests(Cause::ablate); }));
  EXPECT_TRUE(changed_) << "an answer that came behind the drawing is drawn";
  frame();
  EXPECT_FALSE(changed_);
  EXPECT_EQ(state(Cause::ablate).why_not, "");
  ASSERT_TRUE(report(Cause::ablate));
  EXPECT_EQ(report(Cause::ablate)->step, 5);
  EXPECT_EQ(test::read(folder_.path() / "run" / "causes" / "ablation-5.json"),
            kept_cause_json(*report(Cause::ablate)))
      << "what --json prints, and of what it is";
  EXPECT_THAT(
      live_.run().kept_answers[static_cast<std::size_t>(Cause::ablate)],
      testing::ElementsAre(KeptAnswer{5, (folder_.path() / "run" / "causes" / "ablation-5.json").native()}));
  // A later one takes its place; the file of the first stays.
  session_->link().send(StepSome{2});
  ASSERT_TRUE(wait([&] { return live_.status.step == 7; }));
  state(Cause::ablate).wanted = true;
  ASSERT_TRUE(wait([&] { return rests(Cause::ablate); }));
  EXPECT_EQ(report(Cause::ablate)->step, 7);
  EXPECT_TRUE(std::filesystem::exists(folder_.path() / "run" / "causes" / "ablation-5.json"));
}

TEST_F(CauseHostTest, OneAtATimeIsTriedAndTheOthersWait) {
  TriedTrainer::holds_at = 2;
  state(Cause::ablate).wanted = true;
  state(Cause::steer).wanted = true;
  state(Cause::steer).asked.steering.label = "domain 1";
  ASSERT_TRUE(wait([&] { return TriedTrainer::trials > 2; }));
  frame();
  EXPECT_EQ(state(Cause::ablate).doing, CauseState::Doing::tries);
  EXPECT_EQ(state(Cause::steer).doing, CauseState::Doing::waits);
  TriedTrainer::holds_at = -1;
  ASSERT_TRUE(wait([&] { return rests(Cause::steer); }));
  EXPECT_TRUE(report(Cause::ablate));
  ASSERT_TRUE(report(Cause::steer));
  EXPECT_EQ(std::get<SteeringSweep>(report(Cause::steer)->found).points.size(), 11u);
}

TEST_F(CauseHostTest, CancelLeavesNoAnswerAndNoComplaint) {
  TriedTrainer::holds_at = 2;
  state(Cause::ablate).wanted = true;
  state(Cause::steer).wanted = true;
  ASSERT_TRUE(wait([&] { return TriedTrainer::trials > 2; }));
  state(Cause::ablate).cancel_wanted = state(Cause::steer).cancel_wanted = true;
  frame();
  EXPECT_TRUE(state(Cause::ablate).ends);
  EXPECT_TRUE(rests(Cause::steer)) << "it never began";
  TriedTrainer::holds_at = -1;
  ASSERT_TRUE(wait([&] { return rests(Cause::ablate); }));
  EXPECT_EQ(state(Cause::ablate).why_not, "");
  EXPECT_FALSE(report(Cause::ablate));
  EXPECT_EQ(TriedTrainer::trials, 3);
}

TEST_F(CauseHostTest, WhatCannotBeAskedIsSaid) {
  state(Cause::steer).asked.steering.label = "no such domain";
  state(Cause::steer).wanted = true;
  ASSERT_TRUE(wait([&] { return rests(Cause::steer); }));
  EXPECT_THAT(state(Cause::steer).why_not, HasSubstr("no such domain"));
  state(Cause::route_diff).asked.other = (folder_.path() / "nothing").native();
  state(Cause::route_diff).wanted = true;
  ASSERT_TRUE(wait([&] { return rests(Cause::route_diff); }));
  EXPECT_THAT(state(Cause::route_diff).why_not, HasSubstr("nothing"));
}

TEST_F(CauseHostTest, SteeringNobodyIsNotTried) {
  state(Cause::steer).wanted = true;
  ASSERT_TRUE(wait([&] { return rests(Cause::steer); }));
  EXPECT_THAT(state(Cause::steer).why_not, HasSubstr("nobody is named"));
  EXPECT_EQ(TriedTrainer::trials, 0);
}

// What was asked for is not passed over in silence.
TEST_F(CauseHostTest, AskedAgainWhileItIsTriedItSaysSo) {
  TriedTrainer::holds_at = 2;
  state(Cause::ablate).wanted = true;
  ASSERT_TRUE(wait([&] { return TriedTrainer::trials > 2; }));
  EXPECT_TRUE(ui_.toasts.empty());
  state(Cause::ablate).wanted = true;
  frame();
  ASSERT_EQ(ui_.toasts.size(), 1u);
  EXPECT_THAT(ui_.toasts.front().message, HasSubstr("Ablation is being tried already"));
}

// A copy reads the file of its data anew; another text has other tokens to hold out.
TEST_F(CauseHostTest, OfAFileThatHasChangedNothingIsTried) {
  make_ = [](const Config& config) -> Result<std::unique_ptr<Trainer>> {
    test::FakeOptions options;
    options.text.source.bytes = 17;
    return std::unique_ptr<Trainer>(std::make_unique<TriedTrainer>(config, options));
  };
  state(Cause::ablate).wanted = true;
  ASSERT_TRUE(wait([&] { return rests(Cause::ablate); }));
  EXPECT_THAT(state(Cause::ablate).why_not, HasSubstr("another by now"));
  EXPECT_EQ(TriedTrainer::trials, 0);
}

// Of a record the kept step nearest to what is shown is tried, though nothing learns here.
TEST_F(CauseHostTest, ARecordIsTriedFromItsKeptStep) {
  session_->link().send(StepSome{4});
  ASSERT_TRUE(wait([&] { return live_.status.step == 4 && live_.status.state == RunState::paused; }));
  session_->link().send(Keep{"four"});
  session_->link().send(StepSome{3});
  ASSERT_TRUE(wait([&] { return live_.status.step == 7; }));
  session_->finish();
  frame();
  const std::string folder = (folder_.path() / "run").native();
  std::vector<KeptStep> kept;
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path() / "run" / "checkpoints"))
    if (entry.path().native().find("four") != std::string::npos)
      kept.push_back({4, "four", "", 1, entry.path().native()});
  ASSERT_EQ(kept.size(), 1u);
  session_.reset();
  live_.run().kept_steps = kept;
  live_.status.state = RunState::opened;
  live_.status.run_folder = folder;
  state(Cause::ablate).wanted = true;
  ASSERT_TRUE(wait([&] { return rests(Cause::ablate); }));
  EXPECT_EQ(state(Cause::ablate).why_not, "");
  ASSERT_TRUE(report(Cause::ablate));
  EXPECT_TRUE(std::filesystem::exists(folder_.path() / "run" / "causes" /
                                      ("ablation-" + std::to_string(report(Cause::ablate)->step) + ".json")));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
