// When a run is kept, and what of it stays.
#include <gmock/gmock.h>

#include <chrono>
#include <fstream>

#include "core/record/folder/trash.h"
#include "core/session/driving/keeper.h"
#include "tests/session/keeping.h"
#include "tests/support/fake_trainer.h"

namespace switchyard::test {
namespace SWITCHYARD_TEST_FILE {

using testing::HasSubstr;

StepRecord step(std::int64_t number, double val_loss = kMissing) {
  StepRecord record;
  record.step = number;
  record.val_loss = val_loss;
  return record;
}

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
          into.trainer.engine.threads = 64;  // so much processor that no write is dear, however slow this machine is
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

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::test
