// Files of another form are kept as they were read, until one of them changes.
#include "core/recordings/forms/form_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "core/recordings/folder_reader.h"
#include "core/recordings/summary.h"
#include "tests/support/growing_routes.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using testing::ElementsAre;

class FormCacheTest : public testing::Test {
 protected:
  std::string key(const std::string& experts = "experts=4") const { return cache_key("nemo", file_, {experts}); }
  bool keep(const std::string& under, std::uint64_t most = kMostCached) const {
    CacheWriter writer(cache_, under);
    writer.write(routes_.head, routes_.chunk(0, 1, 3));
    return writer.finish(routes_.head, {"a note"}, key(), most);
  }
  std::size_t folders() const {
    std::error_code code;
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(cache_, code), {}));
  }

  test::TemporaryFolder scratch_;
  std::filesystem::path cache_ = scratch_.path() / "cache" / "recordings", file_ = scratch_.path() / "routes.nemo";
  test::GrowingRoutes routes_{scratch_.path() / "unused"};
};

TEST_F(FormCacheTest, IsFoundUntilAFileChanges) {
  std::ofstream(file_) << "as it was";
  const std::string under = key();
  EXPECT_FALSE(find_cached(cache_, under));
  ASSERT_TRUE(keep(under));
  const auto found = find_cached(cache_, under);
  ASSERT_TRUE(found);
  EXPECT_THAT(found->notes, ElementsAre("a note"));
  const auto reader = open_routes_folder(found->routes);
  ASSERT_TRUE(reader);
  const auto summary = summary_of(**reader);
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->tokens, 3 * test::GrowingRoutes::kTokens);
  EXPECT_EQ(summary->head.model, routes_.head.model);

  EXPECT_FALSE(find_cached(cache_, key("experts=5"))) << "told otherwise, read otherwise";
  std::ofstream(file_, std::ios::app) << " and more";
  EXPECT_FALSE(find_cached(cache_, key()));
}

TEST_F(FormCacheTest, WhatChangedMeanwhileIsNotKept) {
  std::ofstream(file_) << "as it was";
  const std::string under = key();
  std::ofstream(file_, std::ios::app) << " and more";
  EXPECT_FALSE(keep(under));
  EXPECT_FALSE(find_cached(cache_, under));
  EXPECT_EQ(folders(), 0U) << "nothing stays that is not whole";
}

TEST_F(FormCacheTest, IsBoundedAndKeepsTheNewest) {
  std::ofstream(file_) << "one";
  const std::string first = key();
  ASSERT_TRUE(keep(first));
  std::ofstream(file_) << "another";
  const std::string second = key();
  ASSERT_TRUE(keep(second, 1));
  EXPECT_FALSE(find_cached(cache_, first));
  EXPECT_TRUE(find_cached(cache_, second)) << "however large";
}

TEST_F(FormCacheTest, WhatIsLargerThanAllThatIsKeptIsNotWritten) {
  std::ofstream(file_) << "as it was";
  CacheWriter writer(cache_, key(), 100);
  writer.write(routes_.head, routes_.chunk(0, 1, 3));
  EXPECT_EQ(folders(), 0U) << "what was written of it is gone at once";
  EXPECT_FALSE(writer.finish(routes_.head, {}, key()));
}

// Somebody may be reading what another program has made of the same files meanwhile.
TEST_F(FormCacheTest, WhoIsSecondLeavesTheFirstOnesCopy) {
  std::ofstream(file_) << "as it was";
  const std::string under = key();
  CacheWriter slow(cache_, under);
  slow.write(routes_.head, routes_.chunk(0, 1, 3));
  ASSERT_TRUE(keep(under));
  const auto first = std::filesystem::last_write_time(find_cached(cache_, under)->routes / "manifest.jsonl");
  EXPECT_TRUE(slow.finish(routes_.head, {"another"}, key()));
  const auto found = find_cached(cache_, under);
  ASSERT_TRUE(found);
  EXPECT_THAT(found->notes, ElementsAre("a note"));
  EXPECT_EQ(std::filesystem::last_write_time(found->routes / "manifest.jsonl"), first);
}

// Numbers that lie beside a trace are in the copy too.
TEST_F(FormCacheTest, OfATraceItKnowsWhatLiesBesideIt) {
  const std::filesystem::path folder = scratch_.path() / "trace";
  std::filesystem::create_directory(folder);
  std::ofstream(folder / "router_trace_rank0.jsonl") << "{}\n";
  std::set<std::string> keys{cache_key("megatron", folder, {})};
  for (const char* name : {"logits_rank0.bin", "hidden_states_rank0.bin", "hidden_states_rank1.bin"}) {
    std::ofstream(folder / name) << name;
    EXPECT_TRUE(keys.insert(cache_key("megatron", folder, {})).second) << name;
  }
  std::ofstream(folder / "notes.txt") << "of no matter";
  EXPECT_FALSE(keys.insert(cache_key("megatron", folder, {})).second);
}

TEST_F(FormCacheTest, WhatCannotBeKeptIsNoError) {
  std::ofstream(file_) << "as it was";
  std::ofstream(scratch_.path() / "cache") << "no folder";
  EXPECT_FALSE(keep(key()));
  cache_.clear();
  EXPECT_FALSE(keep(key()));
  EXPECT_FALSE(find_cached({}, key()));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
