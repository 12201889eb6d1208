// Several runs on one thread, with the fake trainer: in step, in turn, each for itself.
#include "core/session/lab.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/session/small_session.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using testing::HasSubstr;

// A lab that runs as long as the test does.
class LabTest : public testing::Test {
 protected:
  ~LabTest() override {
    lab_.stop();
    if (thread_.joinable()) thread_.join();
  }
  void begin() {
    thread_ = std::thread([this] { lab_.run(); });
  }
  std::shared_ptr<Link> open(LiveRunOptions options, FakeOptions fakes = {}, Config config = small_config()) {
    auto link = lab_.open(std::move(config), fake(std::move(fakes)), std::move(options));
    EXPECT_TRUE(link);
    return link ? *link : nullptr;
  }
  // Whose slices are made, in order.
  FakeOptions noting(char name) {
    FakeOptions options;
    options.before_slice = [this, name] { slices_ += name; };
    return options;
  }

  std::string slices_;  // of the lab's thread
  Lab lab_;
  std::thread thread_;
};

// A slice each in turn: a run of two slices a step gets them between those of the others, and nobody is a step ahead.
TEST_F(LabTest, RunsTakeTurnsAndStayInStep) {
  Config halves = small_config();
  halves.accumulation = 2;
  const auto a = open(paused(), noting('a')), b = open(paused(), noting('b'), halves), c = open(paused(), noting('c'));
  for (const auto& link : {a, b, c}) link->send(StepSome{4});
  begin();
  Collector first(*a), second(*b), third(*c);
  for (Collector* window : {&first, &second, &third})
    ASSERT_TRUE(window->wait_until([&] { return last_step(*window) == 4 && window->status().state == RunState::paused; }));
  lab_.stop();
  thread_.join();
  EXPECT_EQ(slices_, "abcb" "cabb" "cabb" "cabb");
  std::int64_t steps[3] = {};
  int halves_done = 0;
  for (const char slice : slices_) {
    if (slice != 'b') ++steps[slice - 'a'];
    else if (++halves_done % 2 == 0) ++steps[1];
    EXPECT_LE(*std::max_element(steps, steps + 3) - *std::min_element(steps, steps + 3), 1);
  }
}

// Whoever ends or saves them all has to know them all: not the first one alone.
TEST_F(LabTest, KnowsTheLinksOfAllThatHaveNotEnded) {
  const auto a = open(paused()), b = open(paused()), c = open(paused());
  begin();
  EXPECT_THAT(lab_.links(), testing::ElementsAre(a, b, c));
  Collector second(*b);
  b->send(Stop{});
  ASSERT_TRUE(second.wait_for_state(RunState::stopped));
  for (int i = 0; i < 2000 && lab_.links().size() > 2; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_THAT(lab_.stop(), testing::ElementsAre(a, c));
  thread_.join();
  EXPECT_TRUE(lab_.links().empty());
}

TEST_F(LabTest, ANewcomerBeginsLevelAndAPausedRunHoldsUpNobody) {
  const auto a = open(playing());
  begin();
  Collector first(*a);
  ASSERT_TRUE(first.wait_for_step(50));
  const auto b = open(paused());
  b->send(StepSome{20});
  Collector second(*b);
  ASSERT_TRUE(second.wait_for_step(10)) << "it need not make up for what was learned before it came";
  const std::int64_t then = first.status().step;
  ASSERT_TRUE(first.wait_for_step(then + 50));
  EXPECT_LE(second.status().step, 20);
}

// Runs that are compared are held against each other step by step: who is ahead waits.
TEST_F(LabTest, OneThatIsComparedCatchesUpAndIsInStepFromThereOn) {
  LiveRunOptions compared = paused();
  compared.catches_up = true;
  const auto a = open(compared, noting('a'));
  a->send(StepSome{20});
  begin();
  Collector first(*a);
  ASSERT_TRUE(
      first.wait_until([&] { return last_step(first) == 20 && first.status().state == RunState::paused; }));
  const auto b = open(compared, noting('b'));
  Collector second(*b);
  ASSERT_TRUE(second.wait_for_state(RunState::paused));
  b->send(StepSome{25});
  a->send(StepSome{5});
  for (Collector* window : {&first, &second})
    ASSERT_TRUE(window->wait_until(
        [&] { return last_step(*window) == 25 && window->status().state == RunState::paused; }));
  lab_.stop();
  thread_.join();
  std::int64_t steps[2] = {};
  for (const char slice : slices_) {
    const std::int64_t at = ++steps[slice - 'a'];
    if (slice == 'a' && at > 20) {
      EXPECT_LE(at, steps[1] + 1) << slices_;
    }
  }
  EXPECT_EQ(steps[0], 25);
  EXPECT_EQ(steps[1], 25);
}

// A model that is new in mid-company begins where its own step is, whoever had the fewest steps just then: the
// others wait for it, and from there on nobody is a step ahead.
TEST_F(LabTest, OneThatIsResetCatchesUpAndIsInStepFromThereOn) {
  for (const char asks : {'a', 'b'}) {
    SCOPED_TRACE(asks);
    std::string slices;
    Lab lab;
    std::shared_ptr<Link> to_reset;
    const auto noting = [&](char name) {
      FakeOptions options;
      options.before_slice = [&, name] {
        slices += name;
        if (name != asks || std::count(slices.begin(), slices.end(), name) != 25) return;
        slices += 'R';
        to_reset->send(ResetModel{1});
      };
      return options;
    };
    LiveRunOptions compared = playing();
    compared.catches_up = true;
    const auto a = lab.open(small_config(), fake(noting('a')), compared);
    const auto b = lab.open(small_config(), fake(noting('b')), compared);
    ASSERT_TRUE(a && b);
    to_reset = *a;
    std::thread thread([&] { lab.run(); });
    Collector first(**a), second(**b);
    EXPECT_TRUE(first.wait_until([&] { return first.status().model_id == 2 && first.status().step >= 60; }));
    EXPECT_TRUE(second.wait_for_step(60));
    lab.stop();
    thread.join();
    std::int64_t steps[2] = {};
    bool level = true;
    for (const char slice : slices) {
      if (slice == 'R') {
        // The slice it was asked in is still of the model before.
        steps[0] = 0, level = false;
        continue;
      }
      ++steps[slice - 'a'];
      if (!level) {
        EXPECT_EQ(slice, 'a') << slices;
      }
      level = level || steps[0] >= steps[1];
      if (level) {
        EXPECT_LE(std::abs(steps[0] - steps[1]), 1) << slices;
      }
    }
    EXPECT_TRUE(level);
  }
}

TEST_F(LabTest, RunsCanBeNumberedApart) {
  LiveRunOptions far = paused();
  far.first_model_id = 1'000'000;
  const auto a = open(paused()), b = open(far);
  begin();
  Collector first(*a), second(*b);
  for (Collector* window : {&first, &second}) ASSERT_TRUE(window->wait_for_state(RunState::paused));
  EXPECT_EQ(first.status().model_id, 1u);
  EXPECT_EQ(second.status().model_id, 1'000'000u);
  b->send(ResetModel{1});
  ASSERT_TRUE(second.wait_until([&] { return second.status().model_id == 1'000'001u; }));
}

TEST_F(LabTest, AFailureIsOneRunsOwn) {
  FakeOptions throws;
  throws.throw_at_step = 3;
  const auto a = open(playing()), b = open(playing(), throws);
  begin();
  Collector first(*a), second(*b);
  ASSERT_TRUE(second.wait_for_state(RunState::failed));
  const std::int64_t then = first.status().step;
  ASSERT_TRUE(first.wait_for_step(then + 20));
  EXPECT_EQ(first.status().state, RunState::playing);
  b->send(Play{});  // and it goes on where it was
  ASSERT_TRUE(second.wait_for_step(5));
}

TEST_F(LabTest, AStopEndsOneRunAndTheLastOneTheLab) {
  const auto a = open(playing()), b = open(playing());
  begin();
  Collector first(*a), second(*b);
  ASSERT_TRUE(first.wait_for_step(3));
  a->send(Stop{});
  ASSERT_TRUE(first.wait_for_state(RunState::stopped));
  const std::int64_t then = second.status().step;
  ASSERT_TRUE(second.wait_for_step(then + 3));
  EXPECT_FALSE(lab_.is_over());
  b->send(Stop{});
  thread_.join();
  EXPECT_TRUE(lab_.is_over());
  second.receive();
  EXPECT_EQ(second.status().state, RunState::stopped);
  const auto late = lab_.open(small_config(), fake(), playing());
  ASSERT_FALSE(late);
  EXPECT_THAT(late.error().message, HasSubstr("ending"));
}

TEST_F(LabTest, FourAreLiveAtMostAndAPlaceThatIsFreeIsTaken) {
  std::vector<std::shared_ptr<Link>> links;
  for (std::size_t i = 0; i < Lab::kMostRuns; ++i) links.push_back(open(paused()));
  const auto fifth = lab_.open(small_config(), fake(), paused());
  ASSERT_FALSE(fifth);
  EXPECT_EQ(fifth.error().kind, ErrorKind::usage);
  EXPECT_THAT(fifth.error().message, HasSubstr("four runs are live"));
  begin();
  links.front()->send(Stop{});
  Collector window(*links.front());
  ASSERT_TRUE(window.wait_for_state(RunState::stopped));
  const auto free = [&] { return static_cast<bool>(lab_.open(small_config(), fake(), paused())); };
  // The place is free a moment after the last word.
  bool opened = false;
  for (int i = 0; i < 1000 && !opened; ++i, std::this_thread::yield()) opened = free();
  EXPECT_TRUE(opened);
}

// A text that one run writes takes its turn beside what another learns.
TEST_F(LabTest, ServicesAndTrainingGoOnSideBySide) {
  const auto a = open(playing()), b = open(paused());
  begin();
  Collector first(*a), second(*b);
  ASSERT_TRUE(second.wait_for_state(RunState::paused));
  b->send(Generate{.id = 1, .prompt = "Once", .temperature = 1, .top_k = 0, .tokens = 100'000'000});
  ASSERT_TRUE(second.wait_until([&] { return !second.all().generation.empty(); }));
  const std::int64_t then = first.status().step;
  ASSERT_TRUE(first.wait_for_step(then + 5));
  ASSERT_FALSE(second.all().generation.back().done);
  b->send(Generate{.id = 2, .prompt = {}, .temperature = 1, .top_k = 0, .tokens = 0});
  ASSERT_TRUE(second.wait_until([&] { return second.all().generation.back().done; }));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
