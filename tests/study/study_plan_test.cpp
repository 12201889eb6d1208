#include "core/study/study_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/other_value.h"
#include "tests/support/temporary_folder.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

namespace fs = std::filesystem;
using testing::HasSubstr;

StudyArm arm(std::string name, std::int64_t top_k = 2) {
  StudyArm made{std::move(name), {}, {}};
  made.config.top_k = top_k;
  return made;
}

StudyPlan plan_of(std::vector<StudyArm> arms, std::int64_t steps = 100, std::int64_t seeds = 3) {
  auto plan = make_plan(std::move(arms), steps, seeds, 1);
  EXPECT_TRUE(plan) << plan.error().message;
  return plan ? *plan : StudyPlan{};
}

TEST(StudyPlan, NamesAndFoldersAreDistinctAndSafe) {
  const StudyPlan plan =
      plan_of({arm("a"), arm("a"), arm("../up"), arm("a/b"), arm("a-b"), arm("\x1b[31m"), arm("")});
  std::set<std::string> names, folders;
  for (const StudyArm& one : plan.arms) {
    EXPECT_TRUE(names.insert(one.name).second) << one.name;
    EXPECT_TRUE(folders.insert(one.folder).second) << one.folder;
    EXPECT_EQ(one.folder.find_first_of("/\x1b"), std::string::npos) << one.folder;
    EXPECT_NE(one.folder[0], '.');
    EXPECT_EQ(run_folder_of("/study", one, 2).parent_path(), "/study/runs");
  }
}

TEST(StudyPlan, RefusesWhatCannotBeHeldAgainstEachOther) {
  StudyArm points = arm("points");
  points.config.task = TaskKind::clusters;
  const auto mixed = make_plan({arm("a"), points}, 10, 3, 1);
  ASSERT_FALSE(mixed);
  EXPECT_THAT(mixed.error().message, HasSubstr("points"));
  const auto invalid = make_plan({arm("a"), arm("b", 99)}, 10, 3, 1);
  ASSERT_FALSE(invalid);
  EXPECT_THAT(invalid.error().message, testing::AllOf(HasSubstr("b: "), HasSubstr("top_k")));
  for (const auto& refused :
       {make_plan({}, 10, 3, 1), make_plan({arm("a")}, 0, 3, 1), make_plan({arm("a")}, 10, 0, 1),
        make_plan({arm("a")}, 10, kMostSeeds + 1, 1), make_plan({arm("a")}, 10, 3, -1),
        make_plan({arm("a")}, 10, 3, std::int64_t{1} << 53)}) {
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::usage);
  }
}

TEST(StudyPlan, TheSettingsOfARunAreItsArmsWithItsSeed) {
  const StudyPlan plan = plan_of({arm("a", 1)});
  Config wanted = plan.arms[0].config;
  wanted.seed = 7;
  EXPECT_EQ(config_of(plan.arms[0], 7), wanted);
}

TEST(StudyPlan, OnlyKnobsThatDifferDiffer) {
  StudyArm b = arm("b", 1), c = arm("c");
  c.config.learning_rate = 0.01;
  c.config.seed = 5;  // the study's
  std::vector<std::string> keys;
  for (const Knob* knob : differing_knobs(plan_of({arm("a"), b, c}))) keys.emplace_back(knob->key);
  EXPECT_THAT(keys, testing::UnorderedElementsAre("top_k", "learning_rate"));
}

TEST(StudyPlan, IsReadBackAsItWasSettled) {
  const test::TemporaryFolder folder;
  const fs::path study = folder.path() / "study";
  const StudyPlan plan = plan_of({arm("a, \"b\""), arm("c", 1)});
  ASSERT_TRUE(settle_study(study, plan));
  const auto read = read_study(study);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->steps, 100);
  EXPECT_EQ(read->seeds, 3);
  ASSERT_EQ(read->arms.size(), 2u);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(read->arms[i].name, plan.arms[i].name);
    EXPECT_EQ(read->arms[i].folder, plan.arms[i].folder);
    EXPECT_EQ(read->arms[i].config, plan.arms[i].config);
  }
}

TEST(StudyPlan, GrowsButNeverBecomesAnother) {
  const test::TemporaryFolder folder;
  const fs::path study = folder.path() / "study";
  ASSERT_TRUE(settle_study(study, plan_of({arm("a"), arm("b", 1)})));
  // More seeds, more steps, another arm.
  ASSERT_TRUE(settle_study(study, plan_of({arm("a"), arm("c", 3)}, 200, 5)));
  const auto grown = read_study(study);
  ASSERT_TRUE(grown);
  EXPECT_EQ(grown->steps, 200);
  EXPECT_EQ(grown->seeds, 5);
  std::vector<std::string> names;
  for (const StudyArm& one : grown->arms) names.push_back(one.name);
  EXPECT_THAT(names, testing::ElementsAre("a", "c", "b"));
  // Fewer seeds are a look at the first.
  ASSERT_TRUE(settle_study(study, plan_of({arm("a")}, 200, 2)));
  EXPECT_EQ(read_study(study)->seeds, 5);

  const auto fewer_steps = settle_study(study, plan_of({arm("a")}, 100));
  ASSERT_FALSE(fewer_steps);
  EXPECT_THAT(fewer_steps.error().message, HasSubstr("200"));
  const auto another = settle_study(study, plan_of({arm("a", 1)}, 200));
  ASSERT_FALSE(another);
  EXPECT_THAT(another.error().message, testing::AllOf(HasSubstr("top_k = 2"), HasSubstr("and 1 now")));
}

// What is recorded of its runs is no part of what an arm is, and may be asked for anew.
TEST(StudyPlan, WhatIsRecordedMakesNoOtherArm) {
  const test::TemporaryFolder folder;
  for (const bool sweeps : {false, true}) {
    const fs::path study = folder.path() / (sweeps ? "sweep" : "study");
    StudyPlan plan = plan_of({arm("1", 1), arm("2", 2)});
    if (sweeps) plan.sweep.axes = {{"top_k", {"1", "2"}}};
    ASSERT_TRUE(settle_study(study, plan));
    for (const Knob& knob : knobs()) {
      if (!knob.only_recorded) continue;
      StudyPlan again = plan_of({arm("1", 1)});
      if (sweeps) again.sweep.axes = {{"top_k", {"1"}}};
      again.arms[0].config = test::with_another(knob, again.arms[0].config);
      const auto settled = settle_study(study, again);
      ASSERT_TRUE(settled) << settled.error().message;
      EXPECT_EQ(read_study(study)->arms[0].config, again.arms[0].config) << knob.key;
      EXPECT_EQ(read_study(study)->arms.size(), 2u);
    }
  }
}

TEST(StudyPlan, WhatGrowsIsHeldToTheSameRules) {
  const test::TemporaryFolder folder;
  const fs::path study = folder.path() / "study";
  ASSERT_TRUE(settle_study(study, plan_of({arm("a")})));
  StudyArm points = arm("points");
  points.config.task = TaskKind::clusters;
  const auto mixed = settle_study(study, plan_of({points}));
  ASSERT_FALSE(mixed);
  EXPECT_THAT(mixed.error().message, HasSubstr("points"));
  EXPECT_EQ(read_study(study)->arms.size(), 1u);
}

TEST(StudyPlan, AFileIsWhatItWasWhenTheStudyBegan) {
  const test::TemporaryFolder folder;
  folder.write("text.txt", "once upon a time");
  const fs::path study = folder.path() / "study";
  StudyArm learns = arm("a");
  learns.config.corpus = (folder.path() / "text.txt").string();
  ASSERT_TRUE(settle_study(study, plan_of({learns})));
  const auto begun = read_study(study);
  ASSERT_TRUE(begun && begun->arms[0].data);
  EXPECT_EQ(begun->arms[0].data->bytes, 16u);
  EXPECT_TRUE(settle_study(study, plan_of({learns}, 100, 5)));
  folder.write("text.txt", "another text");
  const auto refused = settle_study(study, plan_of({learns}, 100, 7));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr(begun->arms[0].data->sha256));
  // One that is gone is missed by whoever learns from it.
  fs::remove(folder.path() / "text.txt");
  EXPECT_TRUE(settle_study(study, plan_of({learns}, 100, 7)));
  EXPECT_EQ(read_study(study)->arms[0].data, begun->arms[0].data);
}

TEST(StudyPlan, InASweepOnlyAxesDiffer) {
  const test::TemporaryFolder folder;
  const fs::path study = folder.path() / "study";
  StudyPlan sweep = plan_of({arm("1", 1), arm("2", 2)});
  sweep.sweep.axes = {{"top_k", {"1", "2"}}};
  ASSERT_TRUE(settle_study(study, sweep));
  StudyArm faster = arm("3", 3);
  faster.config.learning_rate = 0.05;
  StudyPlan more = plan_of({faster});
  more.sweep.axes = {{"top_k", {"3"}}};
  const auto refused = settle_study(study, more);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("learning_rate"));
  more = plan_of({arm("3", 3)});
  more.sweep.axes = {{"top_k", {"3"}}};
  EXPECT_TRUE(settle_study(study, more));
}

TEST(StudyPlan, ALookBeforeMoreSeedsIsRememberedAndSaid) {
  const test::TemporaryFolder folder;
  const fs::path study = folder.path() / "study";
  ASSERT_TRUE(settle_study(study, plan_of({arm("a"), arm("b", 1)}, 100, 3)));
  ASSERT_TRUE(settle_study(study, plan_of({arm("a")}, 100, 4)));
  EXPECT_TRUE(read_study(study)->looks.empty()) << "nobody was told anything yet";
  folder.write("study/comparison.json", "{}");
  ASSERT_TRUE(settle_study(study, plan_of({arm("a")}, 100, 8)));
  ASSERT_TRUE(settle_study(study, plan_of({arm("a")}, 100, 8)));
  EXPECT_EQ(read_study(study)->looks, (std::vector<std::int64_t>{4}));
  EXPECT_THAT(words_of_looks(*read_study(study)), HasSubstr("verdict at 4"));
}

// Each would write the arms it has read and its own.
TEST(StudyPlan, OfManyAtOnceNoneIsLost) {
  const test::TemporaryFolder folder;
  const fs::path study = folder.path() / "study";
  std::vector<std::thread> threads;
  std::atomic<int> settled = 0;
  for (int i = 0; i < 6; ++i)
    threads.emplace_back(
        [&, i] { settled += static_cast<bool>(settle_study(study, plan_of({arm(std::to_string(i))}))); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(settled, 6);
  EXPECT_EQ(read_study(study)->arms.size(), 6u);
}

TEST(StudyPlan, TakesNoFolderOfSomethingElse) {
  const test::TemporaryFolder folder;
  folder.write("mine/letter.txt", "dear");
  const auto refused = settle_study(folder.path() / "mine", plan_of({arm("a")}));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::usage);
  EXPECT_EQ(test::text_of_file(folder.path() / "mine" / "letter.txt"), "dear");
  folder.write("file", "dear");
  EXPECT_FALSE(settle_study(folder.path() / "file", plan_of({arm("a")})));
}

TEST(StudyPlan, OneOfALaterVersionIsSaidToBeAndStays) {
  const test::TemporaryFolder folder;
  const std::string text = R"({"study": 1000, "switchyard": "9.9.9", "arms": "otherwise"})";
  folder.write("study/study.json", text);
  const auto settled = settle_study(folder.path() / "study", plan_of({arm("a"), arm("b", 1)}));
  ASSERT_FALSE(settled);
  EXPECT_THAT(settled.error().message, HasSubstr("written by switchyard 9.9.9, later than this one"));
  EXPECT_EQ(test::text_of_file(folder.path() / "study" / kStudyFile), text);
}

TEST(StudyPlan, ADamagedPlanIsAMessage) {
  const test::TemporaryFolder folder;
  ASSERT_TRUE(settle_study(folder.path() / "study", plan_of({arm("a"), arm("b", 1)})));
  const std::string whole = test::text_of_file(folder.path() / "study" / kStudyFile);
  for (const char* text :
       {"", "3", "[]", "{}", R"({"study": 2})", R"({"study":1,"steps":0,"seeds":3,"first_seed":1,"arms":[]})",
        R"({"study":1,"steps":1,"seeds":3,"first_seed":1,"arms":[]})",
        R"({"study":1,"steps":1,"seeds":3,"first_seed":1,"arms":[{"name":"a","folder":"../a"}]})"}) {
    folder.write("study/study.json", text);
    const auto read = read_study(folder.path() / "study");
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().kind, ErrorKind::usage);
    EXPECT_THAT(read.error().message, HasSubstr(kStudyFile)) << text;
  }
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
