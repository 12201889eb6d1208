// When data is loaded anew: the table of knobs against what the data turns out to be.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>

#include "core/config/knobs.h"
#include "core/train/tasks/shared_data.h"
#include "core/train/tasks/task.h"
#include "tests/support/other_value.h"
#include "tests/support/temporary_folder.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

bool same_data(const TaskData& a, const TaskData& b) {
  if (a.source.index() != b.source.index() || a.info.outputs != b.info.outputs) return false;
  if (const auto* text = std::get_if<std::shared_ptr<const Corpus>>(&a.source)) {
    const Corpus &x = **text, &y = *std::get<std::shared_ptr<const Corpus>>(b.source);
    return x.train.tokens == y.train.tokens && x.validation.tokens == y.validation.tokens;
  }
  const ClusterData &x = *std::get<std::shared_ptr<const ClusterData>>(a.source),
                    &y = *std::get<std::shared_ptr<const ClusterData>>(b.source);
  return x.train.x == y.train.x && x.train.label == y.train.label && x.test.x == y.test.x;
}

// Of every knob: what it makes of the data, and whether that was noticed.
void expect_reloads(const Config& config) {
  const auto data = load_data(config);
  ASSERT_TRUE(data) << data.error().message;
  int changes = 0;
  for (const Knob& knob : knobs()) {
    const Config other = test::with_another(knob, config);
    if (other == config) continue;
    const auto anew = load_data(other);
    const auto again = reload_data(other, config, *data);
    ASSERT_EQ(static_cast<bool>(anew), static_cast<bool>(again)) << knob.key;
    if (!anew) continue;
    const bool same = same_data(**data, **anew);
    EXPECT_TRUE(same_data(**again, **anew))
        << knob.key << " changes the data, and is not in the table as one that does";
    // The context decides no more than whether a text is long enough.
    if (same && knob.key != "context") {
      EXPECT_EQ(*again, *data) << knob.key << " loads what is there";
    }
    changes += same ? 0 : 1;
  }
  EXPECT_GT(changes, 0);
}

TEST(TaskData, PointsAreDrawnAnewWithWhatTheyDependOn) {
  Config config;
  config.task = TaskKind::clusters;
  config.cluster_points = 60;
  config.aux_coef = config.z_coef = 0;
  expect_reloads(config);
}

TEST(TaskData, ATextIsLoadedAnewWithWhatItDependsOn) {
  const test::TemporaryFolder folder;
  Config config;
  config.corpus = (folder.path() / "text.txt").native();
  {
    std::ofstream text(config.corpus);
    for (int i = 0; i < 2000; ++i) text << "line " << i << " of it, with many a letter.\n";
  }
  config.vocabulary_limit = 20;
  expect_reloads(config);
  const auto data = load_data(config);
  ASSERT_TRUE(data);
  Config longer = config;
  longer.context = 4096 * 8;
  EXPECT_FALSE(reload_data(longer, config, *data)) << "too short for it";
}

TEST(SharedData, IsInMemoryOnceUntilTheLastWhoHasItIsGone) {
  Config config;
  config.task = TaskKind::clusters;
  config.cluster_points = 60;
  auto first = *shared_data(config);
  Config alike = config;
  alike.learning_rate *= 2;
  alike.experts = 3;
  EXPECT_EQ(*shared_data(alike), first) << "no knob of the data";
  Config other = config;
  other.cluster_points = 61;
  const auto others = *shared_data(other);
  EXPECT_NE(others, first);
  EXPECT_EQ(*shared_data(config), first) << "both are there";
  const std::weak_ptr<const TaskData> seen = first;
  first.reset();
  EXPECT_TRUE(seen.expired());
  EXPECT_TRUE(same_data(**shared_data(config), **load_data(config)));
}

TEST(SharedData, AFileIsReadAgainIfAnotherHasItsName) {
  const test::TemporaryFolder folder;
  const auto name = folder.path() / "text.txt";
  const auto now_is = [&](const char* file) {
    std::filesystem::remove(name);
    std::filesystem::create_symlink(std::filesystem::path(SWITCHYARD_SOURCE_DIR) / file, name);
  };
  Config config;
  config.corpus = name.native();
  now_is("README.md");
  const auto first = *shared_data(config);
  EXPECT_EQ(*shared_data(config), first);
  now_is("CHANGELOG.md");
  const auto second = *shared_data(config);
  EXPECT_FALSE(same_data(*first, *second));
  now_is("README.md");
  EXPECT_EQ(*shared_data(config), first);
}

TEST(SharedData, WhatJustChangedMayChangeAgainWithinATickOfTheClock) {
  const test::TemporaryFolder folder;
  Config config;
  config.corpus = (folder.path() / "text.txt").native();
  const auto write = [&](char letter) {
    std::ofstream(config.corpus) << std::string(2000, letter) << "abcdefgh\n" << std::string(2000, letter);
  };
  write('a');
  const auto first = *shared_data(config);
  write('b');
  EXPECT_FALSE(same_data(*first, **shared_data(config)));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
