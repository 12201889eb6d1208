// Questions asked of a model while it learns, with a trainer that is tried in closed form: between slices, without
// a trace in what is learned, ended between two trials.
#include "core/session/cause_work.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/session/cause_job.h"
#include "core/session/lab.h"
#include "tests/causes/fake_model.h"
#include "tests/session/small_session.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using test::FakeModel;
using testing::HasSubstr;

FakeModel two_camps() {
  FakeModel model;
  model.likes = [](std::size_t, std::size_t token, std::int32_t expert) {
    return (FakeModel().domain_of(token) == expert / 2 ? 3.0 : 0.0) - 0.1 * expert;
  };
  model.worth = [](std::size_t, std::size_t token, std::int32_t expert) {
    return FakeModel().domain_of(token) == expert / 2 ? 1.0 : 0.0;
  };
  return model;
}

// What is done on the thread that computes, as letters in order. Written there alone while the lab runs.
struct Notes {
  std::string text;
  std::atomic<int> trials = 0;
  std::atomic<int> alive = 0;      // models under trial
  std::atomic<bool> over = false;  // nothing is computed any more
};

class TryingTrainer : public FakeTrainer {
 public:
  TryingTrainer(Config config, std::shared_ptr<Notes> notes)
      : FakeTrainer(std::move(config)), notes_(std::move(notes)) {
    ++notes_->alive;
  }
  ~TryingTrainer() override {
    EXPECT_TRUE(notes_->over || std::this_thread::get_id() == thread_) << "it belongs to the thread that made it";
    --notes_->alive;
  }
  Result<Trial> try_out(const Intervention& asked, const TrialWish&) override {
    EXPECT_EQ(std::this_thread::get_id(), thread_);
    notes_->text += 't';
    ++notes_->trials;
    return two_camps()(asked);
  }

 private:
  std::shared_ptr<Notes> notes_;
  std::thread::id thread_ = std::this_thread::get_id();
};

class CausesBeside : public testing::Test {
 protected:
  ~CausesBeside() override { end(); }
  void end() {
    lab_.stop();
    if (thread_.joinable()) thread_.join();
  }
  std::shared_ptr<Link> begin(LiveRunOptions options, Config config = small_config()) {
    FakeOptions noting;
    noting.before_slice = [notes = notes_] { notes->text += 's'; };
    auto link = lab_.open(std::move(config), fake(noting), std::move(options));
    EXPECT_TRUE(link);
    thread_ = std::thread([this] { lab_.run(); });
    return *link;
  }
  MakeTrainer trying() {
    return [notes = notes_](const Config& config) -> Result<std::unique_ptr<Trainer>> {
      return std::unique_ptr<Trainer>(std::make_unique<TryingTrainer>(config, notes));
    };
  }
  // A copy of the run with this id.
  CauseWork work(const std::string& run) {
    return {.hand = [side = lab_.side_work()](const SideWork::Piece& piece) { return side->run(piece); },
            .make = trying(),
            .open = [this, run, make = trying()]() -> Result<std::unique_ptr<Trainer>> {
              auto state = lab_.state_of(run);
              if (!state) return state.error();
              auto copy = make(state->config);
              if (auto restored = (*copy)->restore(*state); !restored) return restored.error();
              return copy;
            },
            .open_other = {}};
  }
  static CauseRequest steering() {
    CauseRequest asked;
    asked.what = Cause::steer;
    asked.steering.label = "domain 1";
    return asked;
  }
  static CauseRequest ablation() {
    CauseRequest asked;
    asked.what = Cause::ablate;
    return asked;
  }

  std::shared_ptr<Notes> notes_ = std::make_shared<Notes>();
  Lab lab_;
  std::thread thread_;
};

// Nobody waits for more than one piece, however many there are.
TEST_F(CausesBeside, APieceATurnBetweenSlices) {
  const auto link = begin(playing());
  Collector window(*link);
  ASSERT_TRUE(window.wait_for_step(1));
  std::vector<std::thread> askers;
  for (int i = 0; i < 4; ++i)
    askers.emplace_back([this] {
      for (int n = 0; n < 10; ++n)
        EXPECT_TRUE(lab_.side_work()->run([this]() -> Result<void> {
          notes_->text += 'p';
          return {};
        }));
    });
  for (std::thread& asker : askers) asker.join();
  end();
  EXPECT_EQ(std::count(notes_->text.begin(), notes_->text.end(), 'p'), 40);
  EXPECT_EQ(notes_->text.find("pp"), std::string::npos) << "a slice lies between any two";
}

TEST_F(CausesBeside, WhatIsThrownInAPieceIsItsFailureAlone) {
  const auto link = begin(playing());
  Collector window(*link);
  ASSERT_TRUE(window.wait_for_step(1));
  const auto failed = lab_.side_work()->run([]() -> Result<void> { throw std::runtime_error("no such layer"); });
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().message, HasSubstr("no such layer"));
  EXPECT_TRUE(window.wait_for_step(window.status().step + 5));
}

TEST_F(CausesBeside, AnAnswerIsOfTheModelAsItWasAndLeavesTheLearningAsItIs) {
  const auto curve = [&](bool asks) {
    Lab lab;
    auto link = lab.open(small_config(), fake(), paused());
    std::thread thread([&] { lab.run(); });
    Collector window(**link);
    (*link)->send(StepSome{20});
    EXPECT_TRUE(
        window.wait_until([&] { return last_step(window) == 20 && window.status().state == RunState::paused; }));
    (*link)->send(StepSome{40});
    if (asks) {
      CauseWork beside = work(window.status().run);
      beside.hand = [side = lab.side_work()](const SideWork::Piece& piece) { return side->run(piece); };
      beside.open = [&, run = window.status().run]() -> Result<std::unique_ptr<Trainer>> {
        auto state = lab.state_of(run);
        if (!state) return state.error();
        auto copy = trying()(state->config);
        if (auto restored = (*copy)->restore(*state); !restored) return restored.error();
        return copy;
      };
      const auto report = find_cause(steering(), beside);
      EXPECT_TRUE(report) << report.error().message;
      if (report) {
        EXPECT_GE(report->step, 20);
        EXPECT_LE(report->step, 60);
        const SteeringSweep& sweep = std::get<SteeringSweep>(report->found);
        EXPECT_EQ(sweep.points.size(), 11u);
        EXPECT_LT(sweep.points[5].loss, sweep.points[0].loss) << "to like them less is worse";
      }
    }
    EXPECT_TRUE(window.wait_until([&] { return last_step(window) == 60; }));
    lab.stop();
    thread.join();
    std::vector<double> losses;
    for (const StepRecord& record : window.all().records) losses.push_back(record.loss);
    return losses;
  };
  const std::vector<double> without = curve(false), with = curve(true);
  ASSERT_EQ(without.size(), 60u);
  EXPECT_EQ(with, without);
  EXPECT_EQ(notes_->alive, 0) << "the copy is let go of";
}

TEST_F(CausesBeside, AnotherModelMeanwhileChangesNothingOfTheAnswer) {
  const auto link = begin(playing());
  Collector window(*link);
  ASSERT_TRUE(window.wait_for_step(3));
  CauseWork beside = work(window.status().run);
  beside.told = [&](std::int64_t done, std::int64_t) {
    if (done == 2) {
      Config other = small_config();
      other.experts = 6;
      link->send(SetConfig{other, 7, 0});
      link->send(ResetModel{8});
    }
    return true;
  };
  const auto report = find_cause(ablation(), beside);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->config.experts, 4) << "of the model at the moment asked";
  EXPECT_GE(report->step, 3);
  EXPECT_EQ(std::get<AblationReport>(report->found).rows.size(), 5u);
  EXPECT_TRUE(window.wait_for_revision(8));
}

TEST_F(CausesBeside, ARunThatIsNotThereIsSaid) {
  const auto link = begin(paused());
  Collector window(*link);
  ASSERT_TRUE(window.wait_for_state(RunState::paused));
  const auto report = find_cause(steering(), work("nobody"));
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().kind, ErrorKind::usage);
  EXPECT_THAT(report.error().message, HasSubstr("does not learn here"));
}

TEST_F(CausesBeside, AModelWithoutChoicesSaysWhy) {
  Config soft = small_config();
  soft.gate = Gate::soft;
  soft.aux_coef = soft.z_coef = 0;
  EXPECT_THAT(why_not_asked(Cause::zoo, soft), HasSubstr("soft mixes all tokens"));
  Config dense = small_config();
  dense.ffn = Ffn::dense;
  EXPECT_THAT(why_not_asked(Cause::ablate, dense), HasSubstr("no experts"));
  Config hash = small_config();
  hash.gate = Gate::hash;
  EXPECT_THAT(why_not_asked(Cause::steer, hash), HasSubstr("logits"));
  EXPECT_THAT(why_not_asked(Cause::prune, hash), HasSubstr("hash"));
  EXPECT_EQ(why_not_asked(Cause::ablate, hash), "");
  EXPECT_EQ(why_not_asked(Cause::steer, small_config()), "");

  const auto link = begin(paused(), soft);
  Collector window(*link);
  ASSERT_TRUE(window.wait_for_state(RunState::paused));
  const auto report = find_cause(ablation(), work(window.status().run));
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error().message, HasSubstr("soft mixes all tokens"));
  EXPECT_EQ(notes_->alive, 0);
}

CauseJob::Find finds(CauseRequest asked, CauseWork work) {
  return [asked, work](const TrialsTold& told, const std::function<bool()>& goes_on) -> Result<CauseJob::Answer> {
    CauseWork with = work;
    with.told = told, with.goes_on = goes_on;
    auto found = find_cause(asked, with);
    if (!found) return found.error();
    return std::make_shared<const CauseReport>(std::move(*found));
  };
}

bool ends(CauseJob& job) {
  for (int i = 0; i < 60'000 && !job.progress().ended; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  return job.progress().ended;
}

TEST_F(CausesBeside, AJobTellsHowFarItIsAndWhatCameOfIt) {
  const auto link = begin(playing());
  Collector window(*link);
  ASSERT_TRUE(window.wait_for_step(1));
  CauseJob job(finds(ablation(), work(window.status().run)), &Collector::wake);
  ASSERT_TRUE(ends(job));
  const CauseJob::Progress at = job.progress();
  EXPECT_GT(at.planned, 20);
  EXPECT_EQ(at.done, at.planned);
  const auto outcome = job.take();
  ASSERT_TRUE(outcome && *outcome);
  EXPECT_EQ((**outcome)->what(), Cause::ablate);
  EXPECT_FALSE(job.take()) << "once";
}

TEST_F(CausesBeside, CancelEndsItBetweenTwoTrials) {
  const auto link = begin(playing());
  Collector window(*link);
  ASSERT_TRUE(window.wait_for_step(1));
  // The lab's thread rests in the middle of a trial until it is cancelled.
  CauseWork slow = work(window.status().run);
  auto cancelled = std::make_shared<std::atomic<bool>>(false);
  auto begun = std::make_shared<std::atomic<bool>>(false);
  slow.hand = [side = lab_.side_work(), cancelled, begun, notes = notes_](const SideWork::Piece& piece) {
    return side->run([&]() -> Result<void> {
      if (notes->trials == 3) {
        *begun = true;
        while (!*cancelled) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
      return piece();
    });
  };
  CauseJob job(finds(ablation(), slow), nullptr);
  while (!*begun) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  job.cancel();
  *cancelled = true;
  ASSERT_TRUE(ends(job));
  const auto outcome = job.take();
  ASSERT_TRUE(outcome && !*outcome);
  EXPECT_EQ(outcome->error().kind, ErrorKind::interrupted);
  EXPECT_EQ(notes_->trials, 4) << "that one, and none behind it";
  EXPECT_EQ(notes_->alive, 0);
}

TEST_F(CausesBeside, ALabThatEndsEndsWhatIsTried) {
  const auto link = begin(playing());
  Collector window(*link);
  ASSERT_TRUE(window.wait_for_step(1));
  CauseRequest asked = ablation();
  asked.ablation.draws = 2000;  // more than there is time for
  CauseJob job(finds(asked, work(window.status().run)), nullptr);
  while (notes_->trials < 3) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  notes_->over = true;
  end();
  ASSERT_TRUE(ends(job));
  const auto outcome = job.take();
  ASSERT_TRUE(outcome && !*outcome);
  EXPECT_EQ(outcome->error().kind, ErrorKind::interrupted);
  EXPECT_EQ(notes_->alive, 0);
  EXPECT_FALSE(lab_.side_work()->run([]() -> Result<void> { return {}; })) << "nothing is run any more";
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
