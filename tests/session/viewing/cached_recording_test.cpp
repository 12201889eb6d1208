// Long text is read through once: what another viewer shows of it comes from the canonical copy in the cache,
// until the text changes or the copy is damaged.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "core/history/history.h"
#include "core/session/viewing/recording_viewer.h"
#include "tests/support/collector.h"
#include "tests/support/temporary_folder.h"

namespace switchyard::test {
namespace SWITCHYARD_TEST_FILE {

using testing::Contains;
using testing::IsEmpty;
using testing::Not;

constexpr int kTokens = 60'000, kAnswers = 55;

class CachedRecording : public testing::Test {
 protected:
  CachedRecording() {
    setenv("XDG_CACHE_HOME", scratch_.path().c_str(), 1);
    wish_.path = scratch_.path() / "routes.nemo", wish_.keys = {"experts=4"};
    for (int answer = 0; answer < kAnswers; ++answer) add();
  }
  ~CachedRecording() override {
    if (before_.empty()) unsetenv("XDG_CACHE_HOME");
    else setenv("XDG_CACHE_HOME", before_.c_str(), 1);
  }
  // An answer whose tokens chose experts 0 and 1, 2 and 3, 1 and 0, over and over.
  void add() {
    std::ofstream out(wish_.path, std::ios::app);
    out << "nrlre1:int16:" << kTokens << "x1x2:";
    for (int t = 0; t < kTokens; t += 3) out << "AAABAAIAAwABAAAA";
    out << "\n";
  }
  std::filesystem::path copies() const { return scratch_.path() / "switchyard" / "recordings"; }
  std::filesystem::path the_copy() const {
    std::filesystem::path found;
    for (const auto& one : std::filesystem::directory_iterator(copies())) found = one.path();
    return found;
  }
  void expect_all(const Collector& window, std::size_t answers) const {
    ASSERT_EQ(window.all().records.size(), answers);
    for (const StepRecord& record : window.all().records)
      EXPECT_EQ(record.layers.at(0).counts, (std::vector<float>{40'000, 40'000, 20'000, 20'000}));
    EXPECT_EQ(window.all().records.back().tokens, static_cast<std::int64_t>(answers) * kTokens);
    ASSERT_TRUE(window.all().snapshot);
    EXPECT_EQ(window.all().snapshot->step, static_cast<std::int64_t>(answers) - 1);
  }

  const std::string before_ = std::getenv("XDG_CACHE_HOME") ? std::getenv("XDG_CACHE_HOME") : "";
  TemporaryFolder scratch_;
  RecordingWish wish_;
};

TEST_F(CachedRecording, IsReadThroughOnce) {
  ASSERT_GE(std::filesystem::file_size(wish_.path), kFewestCached);
  {
    const RecordingViewer viewer(wish_, 1, &Collector::wake);
    Collector window(*viewer.link());
    ASSERT_TRUE(window.wait_for_state(RunState::opened)) << window.status().message;
    expect_all(window, kAnswers);
  }
  ASSERT_TRUE(std::filesystem::exists(the_copy() / "about.json")) << "it is kept";
  // What is told of it shows where it came from.
  std::string about;
  std::getline(std::ifstream(the_copy() / "about.json"), about);
  const std::size_t notes = about.find("\"notes\":[]");
  ASSERT_NE(notes, std::string::npos) << about;
  about.replace(notes, 10, "\"notes\":[\"from the copy\"]");
  std::ofstream(the_copy() / "about.json") << about;
  {
    const RecordingViewer viewer(wish_, 1, &Collector::wake);
    Collector window(*viewer.link());
    ASSERT_TRUE(window.wait_for_state(RunState::opened)) << window.status().message;
    expect_all(window, kAnswers);
    EXPECT_THAT(window.status().recorded->notes, Contains("from the copy"));
    // It grows: the text is read, and then read on.
    add();
    ASSERT_TRUE(window.wait_until([&] { return window.all().whole_past && window.status().step == kAnswers; }));
    EXPECT_EQ(window.all().whole_past->size(), kAnswers + 1u);
    EXPECT_THAT(window.status().recorded->notes, Not(Contains("from the copy")));
    add();
    ASSERT_TRUE(window.wait_for_step(kAnswers + 1));
    EXPECT_EQ(window.all().records.size(), kAnswers + 1u) << "one more than were told at first";
  }
  // What was kept is not of this text any more, and another copy is made.
  const RecordingViewer viewer(wish_, 1, &Collector::wake);
  Collector window(*viewer.link());
  ASSERT_TRUE(window.wait_for_state(RunState::opened)) << window.status().message;
  expect_all(window, kAnswers + 2);
  EXPECT_THAT(window.status().recorded->notes, IsEmpty());
}

// Loads are known by their first megabytes at first: what comes behind those is in the figures, and in the copy.
TEST_F(CachedRecording, LoadsWithALayerThatComesLateAreReadAgain) {
  wish_.path = scratch_.path() / "loads.csv", wish_.keys = {"experts=1000"};
  {
    std::ofstream out(wish_.path);
    for (int step = 1; step <= 1'400; ++step)
      for (int e = 0; e < 1'000; ++e) out << step << ",0," << e << ",1000\n";
    out << "1401,0,0,1\n1401,9,1,5\n";
  }
  ASSERT_GE(std::filesystem::file_size(wish_.path), kFewestCached + (1U << 20U));
  for (int time = 0; time < 2; ++time) {
    const RecordingViewer viewer(wish_, 1, &Collector::wake);
    Collector window(*viewer.link());
    ASSERT_TRUE(window.wait_until([&] {
      const auto& facts = window.status().recorded;
      return window.all().whole_past && facts && facts->layers.size() == 2 && window.status().step == 1'401;
    })) << window.status().message;
    const std::vector<float>& late = window.all().whole_past->last()->layers.at(1).counts;
    ASSERT_EQ(late.size(), 1'000U);
    EXPECT_EQ(late[1], 5);
    EXPECT_THAT(window.status().recorded->notes, IsEmpty());
  }
}

TEST_F(CachedRecording, ADamagedCopyIsNotBelieved) {
  {
    const RecordingViewer viewer(wish_, 1, &Collector::wake);
    Collector window(*viewer.link());
    ASSERT_TRUE(window.wait_for_state(RunState::opened)) << window.status().message;
  }
  for (const auto& file : std::filesystem::directory_iterator(the_copy()))
    if (file.path().extension() == ".safetensors") std::filesystem::resize_file(file.path(), 1000);
  const RecordingViewer viewer(wish_, 1, &Collector::wake);
  Collector window(*viewer.link());
  ASSERT_TRUE(window.wait_until([&] {
    return window.status().state == RunState::opened && !window.all().records.empty();
  })) << window.status().message;
  EXPECT_EQ(window.status().step, kAnswers - 1);
  EXPECT_EQ(window.all().records.back().layers.at(0).counts, (std::vector<float>{40'000, 40'000, 20'000, 20'000}));
  EXPECT_THAT(window.status().recorded->notes, IsEmpty());
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::test
