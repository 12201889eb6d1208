// The studies of a directory, each with how far it is.
#include "core/study/study_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "core/study/claims.h"
#include "core/study/halving.h"
#include "core/study/run_result.h"
#include "core/study/study_results.h"
#include "core/study/study_runs.h"
#include "tests/study/written_study.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

namespace fs = std::filesystem;
using test::WrittenStudy;
using testing::HasSubstr;

class StudyList : public testing::Test {
 protected:
  // A study in the directory, as old as that.
  void put(const WrittenStudy& study, const char* name, int hours_ago) {
    fs::rename(study.path(), folder_.path() / name);
    const auto at = fs::file_time_type::clock::now() - std::chrono::hours(hours_ago);
    for (const auto& entry : fs::directory_iterator(folder_.path() / name)) fs::last_write_time(entry.path(), at);
  }
  std::vector<ListedStudy> list() { return list_studies(folder_.path()); }

  test::TemporaryFolder folder_;
};

TEST_F(StudyList, EachWithHowFarItIsTheLastWorkedOnFirst) {
  EXPECT_TRUE(list_studies(folder_.path() / "nothing").empty());
  const WrittenStudy half({"a", "b"}, 3), whole({"c", "d"}, 2);
  half.write("a", {2, 2.1, kMissing});
  whole.write("c", {2, 2.1});
  whole.write("d", {2, 2.1});
  std::ofstream(whole.path() / kComparisonFile) << "{}";
  put(half, "half", 5);
  put(whole, "whole", 2);
  fs::create_directories(folder_.path() / "no study");
  const auto listed = list();
  ASSERT_EQ(listed.size(), 2u);
  EXPECT_EQ(listed[0].folder.filename(), "whole");
  EXPECT_TRUE(listed[0].far.is_done);
  EXPECT_EQ(listed[1].title, "a, b");
  EXPECT_FALSE(listed[1].far.is_done);
  EXPECT_FALSE(listed[1].far.is_at_work);
  EXPECT_FALSE(listed[1].is_sweep);
  EXPECT_EQ(listed[1].far.ended, 2u);
  EXPECT_EQ(listed[1].far.planned, 6u);
  EXPECT_EQ(listed[1].steps, 100);
  EXPECT_EQ(listed[1].seeds, 3);
  EXPECT_NEAR(std::chrono::duration<double>(fs::file_time_type::clock::now() - listed[1].last_worked_on).count(),
              5 * 3600, 60);
  EXPECT_EQ(in_words(listed[1].far), "2 of 6 runs");
  EXPECT_TRUE(list_studies(folder_.path(), [] { return true; }).empty()) << "asked to end";
}

// Each result is read once, whatever is made of it.
TEST_F(StudyList, HowFarItIsComesOfResultsThatWereRead) {
  const WrittenStudy study({"a", "b"}, 3);
  study.write("a", {2, 2.1, kMissing});
  study.write("b", {2.2, kMissing, kMissing});
  int asked = 0;
  const auto runs = read_runs(study.path(), study.plan(), [&] { return ++asked > 6; });
  ASSERT_TRUE(runs && *runs);
  EXPECT_EQ(asked, 6) << "between two runs";
  const HowFar far = how_far(study.path(), study.plan(), **runs), read = **how_far(study.path(), study.plan());
  EXPECT_EQ(far.ended, 3u);
  EXPECT_EQ(far.ended, read.ended);
  EXPECT_EQ(far.planned, 6u);
  const StudyResults results = results_of(study.plan(), (*runs)->ended);
  EXPECT_EQ(results.words, study.results().words);
  EXPECT_EQ(results.judged_seeds, std::vector<std::int64_t>{1});
  EXPECT_FALSE(*read_runs(study.path(), study.plan(), [] { return true; }));
}

// Ended in the middle of its report it is not done: going on with it writes that.
TEST_F(StudyList, OneWithoutItsReportIsNotDone) {
  const WrittenStudy study({"a", "b"}, 1);
  study.write("a", {2});
  study.write("b", {2});
  put(study, "it", 1);
  EXPECT_FALSE(list()[0].far.is_done);
  EXPECT_EQ(in_words(list()[0].far), "2 of 2 runs, its report is missing");
  std::ofstream(folder_.path() / "it" / kComparisonFile) << "{}";
  EXPECT_TRUE(list()[0].far.is_done);
  EXPECT_EQ(in_words(list()[0].far), "2 of 2 runs");
}

TEST_F(StudyList, OneThatIsLearnedIsAtWork) {
  const WrittenStudy study({"a", "b"}, 2);
  study.write("a", {2, kMissing});
  put(study, "it", 1);
  const auto claimed = [&](const char* arm, std::int64_t seed) {
    const fs::path claim = claim_of(folder_.path() / "it", std::string(arm) + "-seed-" + std::to_string(seed));
    fs::create_directories(claim);
    return RunLock::take(claim);
  };
  {
    const auto lock = claimed("b", 2);
    ASSERT_TRUE(lock);
    EXPECT_TRUE(list()[0].far.is_at_work);
  }
  EXPECT_FALSE(list()[0].far.is_at_work);
  // What has ended is held by whoever looks whether it has.
  const auto lock = claimed("a", 1);
  ASSERT_TRUE(lock);
  EXPECT_FALSE(list()[0].far.is_at_work);
}

TEST_F(StudyList, OneThatCannotBeReadHidesNoOther) {
  const WrittenStudy good({"a", "b"}, 2);
  put(good, "good", 1);
  fs::create_directories(folder_.path() / "bad");
  std::ofstream(folder_.path() / "bad" / kStudyFile) << "{ nonsense";
  const auto listed = list();
  ASSERT_EQ(listed.size(), 2u);
  EXPECT_THAT(listed[0].error, HasSubstr("bad/study.json"));
  EXPECT_EQ(listed[1].error, "");
  EXPECT_EQ(listed[1].far.planned, 4u);
}

// A sweep that halves has ended when its last stage has: those that a stage leaves have ended at fewer steps.
TEST_F(StudyList, ASweepThatHalvesIsDoneAfterItsLastStage) {
  std::vector<StudyArm> arms;
  for (const char* name : {"a", "b", "c", "d"}) arms.push_back({name, {}, {}});
  auto plan = make_plan(std::move(arms), 100, 1, 1);
  ASSERT_TRUE(plan);
  plan->sweep = {.axes = {*axis_from_text("top_k=1,2")}, .halves = true};
  const fs::path study = folder_.path() / "sweep";
  ASSERT_TRUE(settle_study(study, *plan));
  std::vector<RungDecision> decided;
  const auto end_stage = [&] {
    const StudyPlan stage = stage_of(*plan, decided);
    double loss = 1;
    for (const StudyArm& arm : stage.arms) {
      fs::create_directories(run_folder_of(study, arm, 1));
      ASSERT_TRUE(write_result(run_folder_of(study, arm, 1), {.step = stage.steps, .val_loss = loss++}));
    }
  };
  end_stage();
  auto listed = list();
  ASSERT_EQ(listed.size(), 1u);
  EXPECT_EQ(listed[0].title, "over Top-k");
  EXPECT_TRUE(listed[0].is_sweep);
  EXPECT_FALSE(listed[0].far.is_done) << "its first stage alone";
  EXPECT_EQ(in_words(listed[0].far), "stage 1 of 2, 4 of 4 runs");
  const auto next = decide(study, *plan, decided);
  ASSERT_TRUE(next) << next.error().message;
  decided = *next;
  EXPECT_FALSE(list()[0].far.is_done);
  EXPECT_EQ(in_words(list()[0].far), "stage 2 of 2, 2 of 4 runs");
  end_stage();
  EXPECT_EQ(in_words(list()[0].far), "stage 2 of 2, 4 of 4 runs, its report is missing");
  std::ofstream(study / kSweepFile) << "{}";
  EXPECT_TRUE(list()[0].far.is_done);
  EXPECT_EQ(list()[0].far.ended, 4u);
  // Those that were left behind learned less, and are held against none.
  const auto results = read_results(study, *plan);
  ASSERT_TRUE(results);
  EXPECT_EQ(results->losses(0).size(), 1u);
  EXPECT_TRUE(results->losses(3).empty());
  EXPECT_TRUE(results->judged_seeds.empty());
}

TEST(StudyTitle, NamesFourArms) {
  std::vector<StudyArm> arms;
  for (const char* name : {"a", "b", "c", "d"}) arms.push_back({name, {}, {}});
  EXPECT_EQ(title_of(*make_plan(arms, 10, 1, 1)), "a, b, c, d");
  arms.push_back({"e", {}, {}});
  arms.push_back({"f", {}, {}});
  EXPECT_EQ(title_of(*make_plan(arms, 10, 1, 1)), "a, b, c, d and 2 more");
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
