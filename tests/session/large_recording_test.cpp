// A large recording is told from a sample first, which says so, and then exactly.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>

#include "core/history/history.h"
#include "core/session/recording_viewer.h"
#include "tests/support/collector.h"
#include "tests/support/growing_routes.h"
#include "tests/support/temporary_folder.h"

namespace switchyard::test {
namespace {

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

}  // namespace
}  // namespace switchyard::test
