// A checkpoint read beside a window: what comes at once, what comes when it is asked for, and every way it ends.
#include "core/session/viewing/checkpoint_viewer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmath>
#include <fstream>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

#include "tests/checkpoints/written_checkpoints.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using testing::HasSubstr;

// What is done on the viewer's own thread when it wakes somebody.
std::function<void()> on_wake;
std::mutex wake_mutex;
void wake() {
  const std::lock_guard lock(wake_mutex);
  if (on_wake) on_wake();
}
void wake_does(std::function<void()> what) {
  const std::lock_guard lock(wake_mutex);
  on_wake = std::move(what);
}

class CheckpointViewerTest : public testing::Test {
 protected:
  ~CheckpointViewerTest() override { wake_does({}); }
  std::filesystem::path path(const std::string& name) const { return folder_.path() / name; }
  using News = std::shared_ptr<const CheckpointNews>;
  static News wait(const CheckpointViewer& viewer, const std::function<bool(const CheckpointNews&)>& until) {
    const auto began = std::chrono::steady_clock::now();
    News news = viewer.news();
    while (!until(*news) && std::chrono::steady_clock::now() - began < std::chrono::minutes(5)) {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
      news = viewer.news();
    }
    EXPECT_TRUE(until(*news)) << "it did not come within five minutes";
    return news;
  }
  static bool has_routers(const CheckpointNews& news) { return !news.routing.runs; }
  static bool has_passed(const CheckpointNews& news) { return !news.pass.runs; }
  static bool has_decomposed(const CheckpointNews& news) { return !news.decomposing.runs; }

  // An expert whose gate is 3 u1 v1' + u2 v2', up is nothing but zeros and down one number everywhere.
  std::filesystem::path known_rank() const {
    std::string header = "{";
    std::size_t at = 0;
    const auto add = [&](const std::string& name, const std::string& shape, std::size_t numbers) {
      header += (at > 0 ? ",\"" : "\"") + name + R"(":{"dtype":"F32","shape":[)" + shape +
                R"(],"data_offsets":[)" + std::to_string(at) + "," + std::to_string(at + 4 * numbers) + "]}";
      at += 4 * numbers;
    };
    add("model.layers.7.mlp.gate.weight", "1,4", 4);
    add("model.layers.7.mlp.experts.0.gate_proj.weight", "6,4", 24);
    add("model.layers.7.mlp.experts.0.up_proj.weight", "6,4", 24);
    add("model.layers.7.mlp.experts.0.down_proj.weight", "4,6", 24);
    header += "}";
    std::string text = test::safetensors_text(header, at);
    std::vector<float> numbers(at / 4, 0);
    numbers[0] = 2;
    for (std::size_t row = 0; row < 2; ++row)
      for (std::size_t column = 0; column < 2; ++column) {
        const float sign = row == column ? 1.0F : -1.0F;
        numbers[4 + row * 4 + column] = 1.5F + 0.5F * sign;
      }
    for (std::size_t i = 0; i < 24; ++i) numbers[52 + i] = 0.5F;
    std::memcpy(text.data() + 8 + header.size(), numbers.data(), at);
    std::ofstream(path("known.safetensors"), std::ios::binary) << text;
    return path("known.safetensors");
  }

  // Three layers of an expert each, of which the first may be small, the others take seconds. Nothing of it is
  // stored.
  void write_sparse(int first_d = 1536) const {
    std::string header = "{";
    std::uint64_t at = 0;
    for (int layer = 0; layer < 3; ++layer)
      for (const char* name : {"gate_proj", "down_proj"}) {
        const int d = layer == 0 ? first_d : 1536;
        const bool is_down = std::string(name) == "down_proj";
        const std::string shape = std::to_string(is_down ? d : 4608) + "," + std::to_string(is_down ? 4608 : d);
        const std::uint64_t bytes = static_cast<std::uint64_t>(d) * 4608 * 2;
        header += (at > 0 ? ",\"" : "\"") + ("model.layers." + std::to_string(layer) + ".mlp.experts.0.") + name +
                  R"(.weight":{"dtype":"BF16","shape":[)" + shape + R"(],"data_offsets":[)" + std::to_string(at) +
                  "," + std::to_string(at + bytes) + "]}";
        at += bytes;
      }
    header += "}";
    std::ofstream(path("sparse.safetensors"), std::ios::binary) << test::safetensors_text(header, 0);
    std::filesystem::resize_file(path("sparse.safetensors"), 8 + header.size() + at);
  }

  test::TemporaryFolder folder_;
};

const test::WrittenCheckpoints& written_for_viewer() {
  static const test::WrittenCheckpoints all;
  return all;
}

TEST_F(CheckpointViewerTest, HeadsAndRoutersComeAtOnceAndExpertsWhenTheyAreAskedFor) {
  CheckpointViewer viewer(written_for_viewer().folder.path() / "qwen", wake);
  News news = wait(viewer, has_routers);
  EXPECT_EQ(news->why_not, "");
  ASSERT_TRUE(news->facts);
  EXPECT_EQ(news->facts->router_name, "model.layers.L.mlp.gate.weight");
  EXPECT_EQ(news->facts->expert_name, "model.layers.L.mlp.experts.E.gate_proj.weight");
  EXPECT_EQ(news->facts->shards.size(), 2u);
  EXPECT_EQ(news->facts->expert_bytes, 2u * 6 * 3 * 20 * 14 * 2);
  ASSERT_EQ(news->routers.size(), 2u);
  EXPECT_EQ(viewer.news(), news) << "the same until there is something newer";
  EXPECT_FALSE(news->experts[0]) << "nobody asked for them";
  viewer.read_all();
  EXPECT_TRUE(viewer.news()->pass.runs || viewer.news()->experts[1]);
  news = wait(viewer, has_passed);
  EXPECT_EQ(news->pass.why_not, "");
  EXPECT_EQ(news->pass.done, news->facts->expert_bytes);
  EXPECT_EQ(news->pass.planned, news->facts->expert_bytes);
  for (std::size_t l = 0; l < 2; ++l) {
    const Json& wanted = written_for_viewer().expected["qwen"][l];
    ASSERT_TRUE(news->routers[l] && news->experts[l]);
    for (std::size_t e = 0; e < 6; ++e) {
      EXPECT_NEAR(news->routers[l]->norms[e], *wanted["router"]["norms"][e].number(), 1e-4);
      EXPECT_NEAR(news->experts[l]->whole[e], *wanted["whole"][e].number(), 1e-4);
    }
  }
}

TEST_F(CheckpointViewerTest, WhatCannotBeOpenedIsAMessageThatNamesTheFile) {
  std::filesystem::copy(written_for_viewer().folder.path() / "qwen", path("qwen"));
  std::filesystem::remove(path("qwen/model-00002-of-00002.safetensors"));
  const CheckpointViewer gone(path("qwen"), wake);
  EXPECT_THAT(wait(gone, has_routers)->why_not, HasSubstr("model-00002-of-00002.safetensors: no such file"));
  std::ofstream(path("cut.safetensors")) << "12345";
  const CheckpointViewer cut(path("cut.safetensors"), wake);
  EXPECT_THAT(wait(cut, has_routers)->why_not, HasSubstr("cut.safetensors"));
}

TEST_F(CheckpointViewerTest, APassIsCancelledAndGoneOnWith) {
  CheckpointViewer viewer(written_for_viewer().folder.path() / "mixtral.safetensors", wake);
  wait(viewer, has_routers);
  wake_does([&] { viewer.cancel_pass(); });
  viewer.read_all();
  News news = wait(viewer, has_passed);
  EXPECT_TRUE(news->pass.cancelled);
  EXPECT_EQ(news->pass.why_not, "");
  EXPECT_FALSE(news->experts[0]);
  // Behind the first layer.
  wake_does([&] {
    if (viewer.news()->experts[0]) viewer.cancel_pass();
  });
  viewer.read_all();
  news = wait(viewer, has_passed);
  EXPECT_TRUE(news->pass.cancelled);
  EXPECT_TRUE(news->experts[0]) << "what was found stays";
  EXPECT_FALSE(news->experts[1]);
  wake_does({});
  viewer.read_all();
  news = wait(viewer, has_passed);
  EXPECT_FALSE(news->pass.cancelled);
  EXPECT_TRUE(news->experts[1]);
  EXPECT_EQ(news->pass.planned, news->facts->expert_bytes / 2) << "the rest alone";
}

TEST_F(CheckpointViewerTest, AFileThatShrinksMeanwhileEndsThePassAndLeavesNothingOfIt) {
  std::filesystem::copy(written_for_viewer().folder.path() / "mixtral.safetensors", path("shrinks.safetensors"));
  CheckpointViewer viewer(path("shrinks.safetensors"), wake);
  wait(viewer, has_routers);
  wake_does([&] {
    if (viewer.news()->experts[0]) std::filesystem::resize_file(path("shrinks.safetensors"), 4096);
  });
  viewer.read_all();
  const News news = wait(viewer, has_passed);
  EXPECT_THAT(news->pass.why_not, HasSubstr(path("shrinks.safetensors").native()));
  EXPECT_FALSE(news->pass.cancelled);
  EXPECT_FALSE(news->experts[0]) << "it was of another file";
  viewer.decompose({0, 0});
  EXPECT_THAT(wait(viewer, has_decomposed)->decomposing.why_not, HasSubstr("shrinks.safetensors"));
}

TEST_F(CheckpointViewerTest, SingularValuesOfAnExpertAreThoseOnPaper) {
  CheckpointViewer viewer(known_rank(), wake);
  wait(viewer, has_routers);
  viewer.decompose({0, 0});
  const News news = wait(viewer, has_decomposed);
  EXPECT_EQ(news->decomposing.why_not, "");
  EXPECT_EQ(news->decomposing.done, news->decomposing.planned);
  EXPECT_EQ(news->decomposing.planned, 3u * 24 * 4);
  ASSERT_TRUE(news->spectra.contains({0, 0}));
  const ExpertSpectra& found = *news->spectra.at({0, 0});
  // [[2, 1], [1, 2]] and zeros: 3 and 1, in shares 3/4 and 1/4.
  EXPECT_THAT(found[0]->values, testing::Pointwise(testing::DoubleNear(1e-6), {3.0, 1.0, 0.0, 0.0}));
  EXPECT_EQ(found[0]->rank, 2);
  EXPECT_NEAR(found[0]->effective_rank, std::exp(-0.75 * std::log(0.75) - 0.25 * std::log(0.25)), 1e-6);
  EXPECT_EQ(found[1]->rank, 0);
  EXPECT_EQ(found[1]->effective_rank, 0);
  // A half everywhere: one value, sqrt(24) / 2.
  EXPECT_NEAR(found[2]->values[0], std::sqrt(24.0) / 2, 1e-6);
  EXPECT_EQ(found[2]->rank, 1);
  EXPECT_NEAR(found[2]->effective_rank, 1, 1e-6);
  viewer.decompose({0, 1});
  EXPECT_FALSE(viewer.news()->decomposing.runs) << "there is no such expert";
}

// What is shown side by side is of one file, though another of the same size lies in its place by now.
TEST_F(CheckpointViewerTest, SingularValuesAreOfTheFileThatIsOpen) {
  const std::filesystem::path known = known_rank();
  CheckpointViewer viewer(known, wake);
  wait(viewer, has_routers);
  EXPECT_TRUE(viewer.is_in_place());
  std::filesystem::copy(known, path("other"));
  {
    std::fstream other(path("other"), std::ios::binary | std::ios::in | std::ios::out);
    other.seekp(-24 * 4, std::ios::end);
    other << std::string(24 * 4, '\0');  // its down matrix
  }
  std::filesystem::rename(path("other"), known);
  EXPECT_FALSE(viewer.is_in_place());
  viewer.decompose({0, 0});
  const News news = wait(viewer, has_decomposed);
  ASSERT_TRUE(news->spectra.contains({0, 0})) << news->decomposing.why_not;
  EXPECT_EQ((*news->spectra.at({0, 0}))[2]->rank, 1);
  EXPECT_EQ(news->changed, "");
}

TEST_F(CheckpointViewerTest, OfAFileThatIsWrittenToNothingStands) {
  std::filesystem::copy(written_for_viewer().folder.path() / "mixtral.safetensors", path("changes.safetensors"));
  CheckpointViewer viewer(path("changes.safetensors"), wake);
  wait(viewer, has_routers);
  viewer.decompose({0, 0});
  News news = wait(viewer, has_decomposed);
  ASSERT_TRUE(news->routers[0] && news->spectra.contains({0, 0}));
  std::filesystem::last_write_time(path("changes.safetensors"),
                                   std::filesystem::file_time_type::clock::now() + std::chrono::hours(1));
  viewer.decompose({1, 0});
  news = wait(viewer, has_decomposed);
  EXPECT_THAT(news->decomposing.why_not, HasSubstr("changes.safetensors: was changed"));
  EXPECT_EQ(news->changed, news->decomposing.why_not);
  EXPECT_FALSE(news->routers[0]);
  EXPECT_TRUE(news->spectra.empty());
  EXPECT_FALSE(viewer.is_in_place());
}

TEST_F(CheckpointViewerTest, ReadersYieldToAllAndTellWhenThereIsSomethingNew) {
  int niceness = 0;
  on_wake = [&] { niceness = ::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid())); };
  CheckpointViewer viewer(written_for_viewer().folder.path() / "qwen", wake);
  const auto began = std::chrono::steady_clock::now();
  while (!viewer.has_news() && std::chrono::steady_clock::now() - began < std::chrono::minutes(5))
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_TRUE(viewer.has_news());
  wait(viewer, has_routers);
  EXPECT_FALSE(viewer.has_news()) << "somebody has looked";
  viewer.end();
  while (!viewer.has_ended()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_TRUE(viewer.has_news()) << "it can be let go of";
  EXPECT_EQ(niceness, 19);
}

// Large enough to take seconds: the newest that is asked for is the one that is worked on.
TEST_F(CheckpointViewerTest, CancelIsHeardWhileAnExpertIsDecomposed) {
  write_sparse();
  CheckpointViewer viewer(path("sparse.safetensors"), wake);
  wait(viewer, has_routers);
  const auto is_at_work = [](const CheckpointNews& news) { return news.decomposing.done > 0; };
  viewer.decompose({0, 0});
  wait(viewer, is_at_work);
  viewer.decompose({2, 0});
  EXPECT_EQ(viewer.news()->decomposed, (ExpertPlace{2, 0}));
  News news = wait(viewer, is_at_work);
  EXPECT_LT(news->decomposing.done, news->decomposing.planned);
  EXPECT_TRUE(news->spectra.empty());
  viewer.cancel_decomposing();
  news = wait(viewer, has_decomposed);
  EXPECT_TRUE(news->decomposing.cancelled);
  EXPECT_EQ(news->decomposing.why_not, "");
  EXPECT_TRUE(news->spectra.empty());
  viewer.decompose({1, 0});
  viewer.cancel_decomposing();
  EXPECT_TRUE(wait(viewer, has_decomposed)->decomposing.cancelled) << "before it has begun, too";
  EXPECT_FALSE(viewer.has_ended());
  viewer.decompose({0, 0});
  wait(viewer, is_at_work);
  viewer.end();  // nobody waits for it
  const auto began = std::chrono::steady_clock::now();
  while (!viewer.has_ended() && std::chrono::steady_clock::now() - began < std::chrono::minutes(5))
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  EXPECT_TRUE(viewer.has_ended());
}

// A click on one that is known shows it, and no more.
TEST_F(CheckpointViewerTest, WhatIsKnownIsKeptAndWhatIsUnderWayGoesOn) {
  write_sparse(64);
  CheckpointViewer viewer(path("sparse.safetensors"), wake);
  wait(viewer, has_routers);
  const auto is_at_work = [](const CheckpointNews& news) { return news.decomposing.done > 0; };
  viewer.decompose({0, 0});
  News news = wait(viewer, has_decomposed);
  ASSERT_TRUE(news->spectra.contains({0, 0})) << news->decomposing.why_not;
  viewer.decompose({1, 0});
  news = wait(viewer, is_at_work);
  const std::uint64_t done = news->decomposing.done;
  viewer.decompose({0, 0});
  news = viewer.news();
  EXPECT_TRUE(news->decomposing.runs);
  EXPECT_EQ(news->decomposed, (ExpertPlace{1, 0}));
  EXPECT_GE(news->decomposing.done, done) << "it did not begin anew";
  EXPECT_TRUE(news->spectra.contains({0, 0}));
  viewer.decompose({2, 0});  // what is not known takes its place
  EXPECT_EQ(viewer.news()->decomposed, (ExpertPlace{2, 0}));
  viewer.cancel_decomposing();
  news = wait(viewer, has_decomposed);
  EXPECT_TRUE(news->spectra.contains({0, 0}));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
