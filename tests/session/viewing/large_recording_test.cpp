// A large recording is told from a sample first, which says so, and then exactly.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "core/history/history.h"
#include "core/session/viewing/recording_viewer.h"
#include "tests/support/collector.h"
#include "tests/support/growing_routes.h"
#include "tests/support/temporary_folder.h"

namespace switchyard::test {
namespace SWITCHYARD_TEST_FILE {

using testing::HasSubstr;

class LargeRecordingTest : public testing::Test {
 protected:
  // 20 chunks of 30 steps; everything counts as large.
  LargeRecordingTest() {
    for (int c = 0; c < 20; ++c) routes_.add(0, 1 + 30 * c, 30 + 30 * c);
  }
  std::vector<float> counts_at(std::int64_t step, int layer) const {
    std::vector<float> counts(GrowingRoutes::kExperts, 0);
    for (int t = 0; t < GrowingRoutes::kTokens; ++t)
      for (int j = 0; j < 2; ++j) counts[static_cast<std::size_t>(routes_.expert(step, layer, t, j))] += 1;
    return counts;
  }
  std::unique_ptr<RecordingViewer> open() const {
    return std::make_unique<RecordingViewer>(RecordingWish{path_, {}, {}, false}, 7, &Collector::wake, 0);
  }

  TemporaryFolder scratch_;
  std::filesystem::path path_ = scratch_.path() / "routes";
  GrowingRoutes routes_{path_};
};

TEST_F(LargeRecordingTest, IsASampleThatSaysSoAndThenExact) {
  const auto viewer = open();
  Collector window(*viewer->link());
  double sampled = 1, read = 1;
  ASSERT_TRUE(window.wait_until([&] {
    const auto& facts = window.status().recorded;
    if (facts && facts->is_provisional()) {
      sampled = facts->sampled, read = std::min(read, facts->read);
      EXPECT_TRUE(facts->has_choices);
      EXPECT_TRUE(facts->has_order);
      EXPECT_TRUE(facts->has_weights);
      EXPECT_TRUE(facts->has_losses);
      EXPECT_EQ(facts->layers.size(), 2u);
      EXPECT_FALSE(window.all().whole_past) << "what is exact is not called a sample";
    }
    return window.status().state == RunState::opened;
  })) << window.status().message;
  // 6 steps of 16 tokens among 9,600.
  EXPECT_DOUBLE_EQ(sampled, 0.01);
  EXPECT_LT(read, 1);
  ASSERT_EQ(window.all().records.size(), 6u);
  std::int64_t before = 0;
  for (const StepRecord& record : window.all().records) {
    EXPECT_GT(record.step, before) << "rising, so that one is not taken for a step back";
    EXPECT_LT(record.step - before, 201) << "over all of it";
    before = record.step;
    EXPECT_EQ(record.model_id, 7u);
    for (int l = 0; l < 2; ++l)
      EXPECT_EQ(record.layers[static_cast<std::size_t>(l)].counts, counts_at(record.step, l));
    EXPECT_TRUE(std::isnan(record.wall_s)) << "since when is not known yet";
  }

  ASSERT_TRUE(window.all().whole_past);
  const History& whole = *window.all().whole_past;
  EXPECT_EQ(whole.size(), 600u);
  EXPECT_EQ(whole.last()->step, 600);
  EXPECT_EQ(whole.last()->tokens, 9'600);
  EXPECT_EQ(whole.last()->layers[1].counts, counts_at(600, 1));
  EXPECT_FALSE(window.status().recorded->is_provisional());
  EXPECT_EQ(window.status().step, 600);
  ASSERT_TRUE(window.all().snapshot);
  EXPECT_EQ(window.all().snapshot->step, 600);
  EXPECT_GE(window.all().past_looks.size(), 140u);
}

// Takes everything the moment it is published, as a window does that is drawn just then.
class Instant {
 public:
  explicit Instant(Link& link) {
    const std::lock_guard lock(mutex());
    taken().clear();
    linked() = &link;
    taken().push_back(link.receive());
  }
  ~Instant() {
    const std::lock_guard lock(mutex());
    linked() = nullptr;
  }
  static void wake() {
    const std::lock_guard lock(mutex());
    if (linked()) taken().push_back(linked()->receive());
  }
  std::vector<Update> updates() {
    const std::lock_guard lock(mutex());
    return std::exchange(taken(), {});
  }

 private:
  static std::mutex& mutex() {
    static std::mutex one;
    return one;
  }
  static Link*& linked() {
    static Link* one = nullptr;
    return one;
  }
  static std::vector<Update>& taken() {
    static std::vector<Update> all;
    return all;
  }
};

TEST_F(LargeRecordingTest, NoFrameCallsTheSampleExact) {
  RecordingViewer viewer(RecordingWish{path_, {}, {}, false}, 7, &Instant::wake, 0);
  bool was_sample = false, has_all = false, is_told = false;
  Instant window(*viewer.link());
  while (!is_told) {
    is_told = viewer.has_told_all();
    for (const Update& update : window.updates()) {
      has_all |= update.whole_past != nullptr;
      const auto& facts = update.status.recorded;
      if (!facts || (facts->layers.empty() && update.records.empty())) continue;
      was_sample |= facts->is_provisional();
      EXPECT_EQ(facts->is_provisional(), !has_all);
      if (update.whole_past) {
        EXPECT_EQ(update.whole_past->size(), 600u);
        EXPECT_EQ(update.begins.size(), 1u);
        ASSERT_TRUE(update.snapshot) << "its newest look is there with it";
        EXPECT_EQ(update.snapshot->step, 600);
      }
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_TRUE(was_sample);
  EXPECT_TRUE(has_all);
}

TEST_F(LargeRecordingTest, AWishedLookIsReadAndTheNewestWishCounts) {
  const auto viewer = open();
  Collector window(*viewer->link());
  ASSERT_TRUE(window.wait_for_state(RunState::opened));
  const auto has = [&](std::int64_t step) {
    return std::any_of(window.all().past_looks.begin(), window.all().past_looks.end(),
                       [&](const auto& one) { return one->step == step; });
  };
  std::int64_t step = 301;
  while (has(step)) ++step;
  viewer->wish_look(step);
  ASSERT_TRUE(window.wait_until([&] { return has(step); }));
  const Snapshot& look = *window.all().past_looks.back();
  EXPECT_EQ(look.model_id, 7u);
  std::vector<float> counts(GrowingRoutes::kExperts, 0);
  for (const std::int32_t expert : look.layers.at(1).expert) counts[static_cast<std::size_t>(expert)] += 1;
  EXPECT_EQ(counts, counts_at(step, 1)) << "it is of that step";
  // Beyond its end the last; of many wishes at once not all are read.
  const std::size_t before = window.all().past_looks.size();
  for (std::int64_t wished = 1; wished <= 500; ++wished) viewer->wish_look(wished);
  viewer->wish_look(1'000'000);
  ASSERT_TRUE(window.wait_until([&] { return has(600); }));
  EXPECT_LT(window.all().past_looks.size() - before, 400u);
}

TEST_F(LargeRecordingTest, GrowsAndIsFollowed) {
  const auto viewer = open();
  Collector window(*viewer->link());
  ASSERT_TRUE(window.wait_for_state(RunState::opened));
  routes_.add(0, 601, 602);
  ASSERT_TRUE(window.wait_until([&] { return window.status().step == 602; }));
  EXPECT_EQ(window.all().records.back().step, 602);
  EXPECT_EQ(window.all().records.size(), 8u) << "the rest is not told again";
  EXPECT_EQ(window.all().snapshot->step, 602);
}

TEST_F(LargeRecordingTest, AChunkThatIsGoneIsSaid) {
  std::filesystem::remove(path_ / "chunk-r0-5.safetensors");
  std::filesystem::resize_file(path_ / "chunk-r0-11.safetensors", 100);
  const auto viewer = open();
  Collector window(*viewer->link());
  ASSERT_TRUE(window.wait_for_state(RunState::opened)) << window.status().message;
  EXPECT_EQ(window.all().whole_past->size(), 540u);
  ASSERT_FALSE(window.status().recorded->notes.empty());
  EXPECT_THAT(window.status().recorded->notes[0], HasSubstr("2 chunks cannot be read"));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::test
