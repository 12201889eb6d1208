#include "core/study/halving.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/record/folder/run_place.h"
#include "core/study/study_run.h"
#include "core/study/sweep_results.h"
#include "tests/support/temporary_folder.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

// An arm a letter.
class Halving : public testing::Test {
 protected:
  void plan_for(const std::string& letters, std::int64_t steps, std::int64_t seeds) {
    std::vector<StudyArm> arms;
    for (const char letter : letters) arms.push_back({std::string(1, letter), {}, {}});
    auto plan = make_plan(std::move(arms), steps, seeds, 1);
    ASSERT_TRUE(plan);
    plan_ = std::move(*plan);
    plan_.sweep = {.axes = {*axis_from_text("top_k=1,2")}, .halves = true};
    ASSERT_TRUE(settle_study(study_, plan_));
  }
  // Of every arm that is in it; its letter's place in `order` is its loss. A run that is not written has none.
  void end_stage(const std::vector<RungDecision>& decided, const std::string& order,
                 const std::string& diverged = {}) {
    const StudyPlan stage = stage_of(plan_, decided);
    for (const StudyArm& arm : stage.arms)
      for (std::int64_t seed = 1; seed <= stage.seeds; ++seed) {
        const fs::path run = run_folder_of(study_, arm, seed);
        fs::create_directories(run);
        const bool ends_early = seed == 1 && diverged.find(arm.name) != std::string::npos;
        RunResult result{.step = stage.steps,
                         .val_loss = static_cast<double>(order.find(arm.name)) + 0.1 * static_cast<double>(seed)};
        if (ends_early) result.val_loss = kMissing, result.diverged = "step 2: the loss is nan";
        ASSERT_TRUE(write_result(run, result));
      }
  }
  std::string on(const RungDecision& decision) {
    std::string out;
    for (const RungPlace& place : decision.places)
      if (place.goes_on) out += place.folder;
    return out;
  }
  std::string in_order(const RungDecision& decision) {
    std::string out;
    for (const RungPlace& place : decision.places) out += place.folder;
    return out;
  }
  std::vector<RungDecision> decided(const std::vector<RungDecision>& before) {
    auto out = decide(study_, plan_, before);
    EXPECT_TRUE(out) << out.error().message;
    return out ? *out : std::vector<RungDecision>{};
  }

  test::TemporaryFolder folder_;
  fs::path study_ = folder_.path() / "study";
  StudyPlan plan_;
};

TEST_F(Halving, RungsDoubleStepsAndHalveArms) {
  plan_for("abcdefghi", 100, 1);
  EXPECT_THAT(rungs_of(plan_), ElementsAre(Rung{9, 12}, Rung{5, 25}, Rung{3, 50}, Rung{2, 100}));
  plan_.arms.resize(8);
  plan_.steps = 400;
  EXPECT_THAT(rungs_of(plan_), ElementsAre(Rung{8, 100}, Rung{4, 200}, Rung{2, 400}));
  plan_.steps = 2;
  EXPECT_THAT(rungs_of(plan_), ElementsAre(Rung{8, 1}, Rung{4, 2})) << "no rung without a step";
  plan_.arms.resize(2);
  EXPECT_THAT(rungs_of(plan_), ElementsAre(Rung{2, 2}));
  plan_.arms.resize(1);
  EXPECT_THAT(rungs_of(plan_), ElementsAre(Rung{1, 2}));
  plan_.sweep.halves = false;
  EXPECT_THAT(rungs_of(plan_), ElementsAre(Rung{1, 2}));
}

TEST_F(Halving, TheBetterHalfGoesOnAndDecisionsStay) {
  plan_for("abcdef", 40, 3);
  end_stage({}, "fedcba");
  const auto first = decided({});
  ASSERT_EQ(first.size(), 1u);
  EXPECT_EQ(first[0].steps, 10);
  EXPECT_EQ(in_order(first[0]), "fedcba");
  EXPECT_EQ(on(first[0]), "fed");
  EXPECT_DOUBLE_EQ(first[0].places[1].mean, 1.2);
  const StudyPlan stage = stage_of(plan_, first);
  EXPECT_EQ(stage.steps, 20);
  EXPECT_EQ(stage.arms.size(), 3u);
  EXPECT_FALSE(is_last_stage(plan_, first));

  // Whoever comes later, with results that would decide otherwise, finds it decided.
  end_stage({}, "abcdef");
  EXPECT_EQ(on(decided({})[0]), "fed");
  const auto read = read_rungs(study_, plan_);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(on((*read)[0]), "fed");
  EXPECT_EQ((*read)[0].places[0].by_seed, first[0].places[0].by_seed);

  end_stage(first, "dfe");
  const auto second = decided(first);
  ASSERT_EQ(second.size(), 2u);
  EXPECT_EQ(on(second[0]), "fed");
  EXPECT_EQ(on(second[1]), "df");
  EXPECT_TRUE(is_last_stage(plan_, second));
  EXPECT_EQ(stage_of(plan_, second).steps, 40);
  EXPECT_EQ(decided(second).size(), 2u) << "nothing is left to decide";
}

TEST_F(Halving, WhatDivergedGoesOnLast) {
  plan_for("abcd", 20, 2);
  end_stage({}, "abcd", "ab");
  const auto first = decided({});
  EXPECT_EQ(in_order(first[0]), "cdab");
  EXPECT_EQ(on(first[0]), "cd");
  EXPECT_TRUE(std::isnan(first[0].places[2].mean));
}

TEST_F(Halving, NothingIsDecidedWhileARunHasNoResult) {
  plan_for("abcd", 20, 2);
  end_stage({}, "abcd", "a");
  fs::remove_all(run_folder_of(study_, plan_.arms[1], 2));
  const auto refused = decide(study_, plan_, {});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr(run_name(plan_.arms[1], 2)));
  EXPECT_FALSE(fs::exists(study_ / kRungsFile)) << "it would stay";
}

TEST_F(Halving, ADamagedOrForeignFileIsAMessage) {
  plan_for("abcdef", 40, 1);
  end_stage({}, "abcdef");
  decided({});
  const std::string whole = test::text_of_file(study_ / kRungsFile);
  for (const std::string& text :
       {std::string("{\"rungs\":[{}]}"), std::string("["), whole.substr(0, whole.size() / 2),
        std::string(R"({"rungs":[{"steps":10,"arms":[{"arm":"a","by_seed":[1],"goes_on":true}]}]})")}) {
    folder_.write("study/rungs.json", text);
    const auto read = read_rungs(study_, plan_);
    ASSERT_FALSE(read) << text;
    EXPECT_THAT(read.error().message, HasSubstr(kRungsFile));
  }
}

TEST_F(Halving, ASweepThatHalvesStaysAsItWasBegun) {
  plan_for("abcd", 40, 2);
  EXPECT_TRUE(settle_study(study_, plan_));
  StudyPlan more = plan_;
  more.steps = 80;
  EXPECT_FALSE(settle_study(study_, more));
  more = plan_;
  more.seeds = 3;
  EXPECT_FALSE(settle_study(study_, more));
  more = plan_;
  more.arms.pop_back();
  EXPECT_FALSE(settle_study(study_, more));
  more = plan_;
  more.sweep.halves = false;
  EXPECT_FALSE(settle_study(study_, more));
  EXPECT_TRUE(read_study(study_)->sweep.halves);
}

TEST_F(Halving, TheRankingIsByRungAndOnlyTheLastIsJudged) {
  plan_for("abcdef", 40, 3);
  end_stage({}, "fedcba");
  const auto first = decided({});
  end_stage(first, "dfe");
  end_stage(decided(first), "fd");
  const auto results = read_sweep(study_, plan_);
  ASSERT_TRUE(results) << results.error().message;
  std::string order;
  std::vector<std::int64_t> steps;
  for (const SweepRow& row : results->ranking) order += plan_.arms[row.arm].name, steps.push_back(row.steps);
  EXPECT_EQ(order, "fdecba");
  EXPECT_THAT(steps, ElementsAre(40, 40, 20, 10, 10, 10));
  EXPECT_EQ(results->ranking[0].standing, SweepStanding::lowest);
  EXPECT_EQ(results->ranking[1].standing, SweepStanding::not_best) << "by 1.0 at every seed";
  EXPECT_EQ(results->ranking[2].standing, SweepStanding::left_behind);
  EXPECT_THAT(results->words, testing::AllOf(HasSubstr("f is the best of 2 arms at 40 steps"),
                                             HasSubstr("4 of 6 arms were left")));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
