#include <gtest/gtest.h>

#include "app/run/live.h"
#include "tests/support/fake_trainer.h"

namespace switchyard::app {
namespace {

StepRecord record(std::int64_t step, std::uint32_t model_id) {
  StepRecord r;
  r.step = step;
  r.model_id = model_id;
  r.loss = 1.0 / static_cast<double>(step);
  return r;
}

std::shared_ptr<const Snapshot> look(std::int64_t step, std::uint32_t model_id) {
  auto made = std::make_shared<Snapshot>();
  made->step = step;
  made->model_id = model_id;
  return made;
}

class LiveRuns : public testing::Test {
 protected:
  void tell(Update update) { take_update(live_, ui_, std::move(update), 0); }
  // A run's model and its steps up to `last`, with a look at the last.
  Update steps(const std::string& run, std::uint32_t model_id, std::int64_t behind, std::int64_t last) {
    Update update;
    update.begins.push_back({run, model_id, behind, nullptr});
    for (std::int64_t step = behind + 1; step <= last; ++step) update.records.push_back(record(step, model_id));
    update.snapshot = look(last, model_id);
    update.status.model_id = model_id;
    return update;
  }
  Live live_;
  UiState ui_;
};

TEST_F(LiveRuns, EachRunHasItsOwnAxisFromStepZero) {
  tell(steps("a", 1, 0, 20));
  ui_.plots["loss"].fit_x = false;
  ui_.timeline.fit = false;
  ui_.timeline.shown = live_.run().snapshot;
  tell(steps("b", 2, 0, 5));
  EXPECT_EQ(live_.run().id, "b");
  ASSERT_EQ(live_.run().history.size(), 5u);
  EXPECT_EQ(live_.run().history.x()[0], 1);
  EXPECT_EQ(live_.run().kept.size(), 1u);
  // What was zoomed into or looked back at is not there any more.
  EXPECT_TRUE(ui_.plots["loss"].fit_x);
  EXPECT_TRUE(ui_.timeline.fit && ui_.timeline.following());
  ASSERT_EQ(live_.runs.all().size(), 2u);
  EXPECT_EQ(live_.runs.all().front()->history.size(), 20u);
}

TEST_F(LiveRuns, GoingBackBringsTheCurvesBack) {
  tell(steps("a", 1, 0, 20));
  tell(steps("b", 2, 0, 5));
  tell(steps("a", 3, 20, 22));
  EXPECT_EQ(live_.run().id, "a");
  ASSERT_EQ(live_.run().history.size(), 22u);
  EXPECT_EQ(live_.run().history.x()[21], 22);
  EXPECT_EQ(live_.runs.all().size(), 2u);
}

TEST_F(LiveRuns, OneUpdateMayHoldTheEndOfOneRunAndTheBeginOfAnother) {
  tell(steps("a", 1, 0, 3));
  Update update = steps("b", 2, 0, 2);
  update.records.insert(update.records.begin(), record(4, 1));
  update.snapshot = look(4, 1);  // of the model before
  RunEvent rebuild;
  rebuild.kind = EventKind::rebuild, rebuild.step = 5, rebuild.model_id = 1;
  update.events = {rebuild};
  tell(std::move(update));
  EXPECT_EQ(live_.run().history.size(), 2u);
  EXPECT_TRUE(live_.run().history.events().empty());
  EXPECT_EQ(live_.run().snapshot, nullptr);
  EXPECT_EQ(live_.runs.all().front()->history.size(), 4u);
  EXPECT_EQ(live_.runs.all().front()->history.events().size(), 1u);
}

TEST_F(LiveRuns, ARunReadFromDiskHasItsPast) {
  Update update;
  auto past = std::make_shared<RunPast>();
  for (std::int64_t step = 1; step <= 12; ++step) past->records.push_back(record(step, 0));
  update.begins.push_back({"a", 1, 10, past});
  update.records.push_back(record(11, 1));
  tell(std::move(update));
  ASSERT_EQ(live_.run().history.size(), 11u);  // two steps beyond where it goes on from are forgotten
  EXPECT_EQ(live_.run().history.x()[10], 11);
}

TEST_F(LiveRuns, OldRunsGiveWay) {
  for (std::uint32_t model_id = 1; model_id <= Runs::kMost + 10; ++model_id)
    tell(steps("run " + std::to_string(model_id), model_id, 0, 2));
  EXPECT_EQ(live_.runs.all().size(), Runs::kMost);
  EXPECT_EQ(live_.run().id, "run " + std::to_string(Runs::kMost + 10));
}

}  // namespace
}  // namespace switchyard::app
