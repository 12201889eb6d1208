#include "core/study/study_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "core/base/version.h"
#include "core/record/checkpoint/checkpoint_store.h"
#include "core/record/folder/run_lock.h"
#include "core/record/folder/trash.h"
#include "core/record/reading/run_reading.h"
#include "core/record/reading/stored_run.h"
#include "core/study/study_results.h"
#include "tests/support/fake_trainer.h"
#include "tests/support/later_version.h"
#include "tests/support/temporary_folder.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

namespace fs = std::filesystem;
using test::FakeOptions;
using test::FakeTrainer;
using testing::HasSubstr;

class StudyRun : public testing::Test {
 protected:
  void SetUp() override {
    auto plan = make_plan({StudyArm{"a", {}, {}}}, 30, 3, 1);
    ASSERT_TRUE(plan);
    plan_ = std::move(*plan);
    ASSERT_TRUE(settle_study(study_, plan_));
  }
  Result<RunOutcome> learn(std::int64_t seed = 1, FakeOptions fake = {}) {
    StudyMeans means;
    means.make_trainer = [&](const Config& config) -> Result<std::unique_ptr<Trainer>> {
      made_.push_back(config);
      return std::unique_ptr<Trainer>(std::make_unique<FakeTrainer>(config, fake));
    };
    means.on_step = [&](const StepRecord& record) { steps_.push_back(record.step); };
    means.on_news = [&](const std::string& news) { news_ += news + '\n'; };
    means.asked_to_end = [&]() -> std::optional<Error> {
      if (end_after_ >= 0 && static_cast<std::int64_t>(steps_.size()) >= end_after_)
        return Error{ErrorKind::interrupted, "asked"};
      return std::nullopt;
    };
    return learn_run(study_, plan_, plan_.arms[0], seed, means);
  }
  RunResult result_of(const Result<RunOutcome>& outcome) {
    EXPECT_TRUE(outcome) << outcome.error().message;
    return outcome && std::holds_alternative<RunResult>(*outcome) ? std::get<RunResult>(*outcome) : RunResult{};
  }
  fs::path run(std::int64_t seed = 1) const { return run_folder_of(study_, plan_.arms[0], seed); }
  std::vector<std::int64_t> rows(std::int64_t seed = 1) const {
    std::vector<std::int64_t> steps;
    const auto read =
        read_steps(run(seed), 0, [&](StepRecord&& record) { return steps.push_back(record.step), true; });
    EXPECT_TRUE(read) << read.error().message;
    return steps;
  }

  test::TemporaryFolder folder_;
  fs::path study_ = folder_.path() / "study";
  StudyPlan plan_;
  std::vector<Config> made_;
  std::vector<std::int64_t> steps_;
  std::int64_t end_after_ = -1;
  std::string news_;
};

TEST_F(StudyRun, LeavesARunLikeAnyOtherAndItsResult) {
  const RunResult result = result_of(learn(2));
  ASSERT_EQ(made_.size(), 1u);
  EXPECT_EQ(made_[0].seed, 2);
  EXPECT_EQ(result.step, 30);
  EXPECT_TRUE(result.diverged.empty());
  EXPECT_EQ(rows(2).size(), 30u);
  EXPECT_EQ(CheckpointStore(run(2)).newest()->label.step, 30);
  EXPECT_TRUE(StoredRun::open(run(2)));
  // As the last row has it, and as it is read back.
  double last = kMissing;
  ASSERT_TRUE(read_steps(run(2), 0, [&](StepRecord&& record) { return last = record.val_loss, true; }));
  EXPECT_EQ(result.val_loss, last);
  const auto ended = ended_run(study_, plan_, plan_.arms[0], 2);
  ASSERT_TRUE(ended && *ended);
  EXPECT_EQ((*ended)->val_loss, result.val_loss);
  EXPECT_EQ((*ended)->run, result.run);
  EXPECT_FALSE(*ended_run(study_, plan_, plan_.arms[0], 1)) << "another seed's";
}

TEST_F(StudyRun, WhatHasEndedIsNotLearnedAgain) {
  const RunResult first = result_of(learn());
  const RunResult again = result_of(learn());
  EXPECT_EQ(made_.size(), 1u);
  EXPECT_EQ(again.val_loss, first.val_loss);
}

TEST_F(StudyRun, GoesOnWhereItWasEnded) {
  end_after_ = 12;
  const auto ended = learn();
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().kind, ErrorKind::interrupted);
  EXPECT_FALSE(*ended_run(study_, plan_, plan_.arms[0], 1));
  end_after_ = -1;
  steps_.clear();
  EXPECT_EQ(result_of(learn()).step, 30);
  EXPECT_EQ(steps_.front(), 13);
  std::vector<std::int64_t> all(30);
  for (std::int64_t i = 0; i < 30; ++i) all[static_cast<std::size_t>(i)] = i + 1;
  EXPECT_EQ(rows(), all) << "as if it had never ended";
}

TEST_F(StudyRun, MoreStepsGoOnWithIt) {
  result_of(learn());
  plan_.steps = 40;
  ASSERT_TRUE(settle_study(study_, plan_));
  steps_.clear();
  EXPECT_EQ(result_of(learn()).step, 40);
  EXPECT_EQ(steps_.front(), 31);
  EXPECT_EQ(news_, "") << "nothing lay behind its last checkpoint";
}

// Its runs are there to be gone on with; of other steps, or other settings, they measure something else.
TEST_F(StudyRun, OneThatSomebodyWentOnWithIsNoMeasureAnyMore) {
  plan_.steps = 40;
  result_of(learn());
  plan_.steps = 30;
  EXPECT_FALSE(*ended_run(study_, plan_, plan_.arms[0], 1));
  const auto refused = learn();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::usage);
  EXPECT_THAT(refused.error().message, HasSubstr("step 40, past the 30"));
}

TEST_F(StudyRun, OneWithOtherSettingsByNowIsRefused) {
  end_after_ = 12;
  ASSERT_FALSE(learn());
  end_after_ = -1;
  plan_.arms[0].config.learning_rate = 0.5;  // as if somebody had turned a knob of the run
  const auto refused = learn();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("learning_rate"));
}

// What is recorded of a run makes no other setup of its arm: it goes on, and as it began.
TEST_F(StudyRun, OneThatIsToBeRecordedOtherwiseGoesOn) {
  end_after_ = 12;
  ASSERT_FALSE(learn());
  end_after_ = -1;
  Config& config = plan_.arms[0].config;
  config.log_csv = config.log_jsonl = false, config.log_tensorboard = true;
  config.record_interval = 5, config.tape_budget_mb = 64, config.checkpoint_budget_mb = 64;
  const auto settled = settle_study(study_, plan_);
  ASSERT_TRUE(settled) << settled.error().message;
  EXPECT_EQ(result_of(learn()).step, 30);
  EXPECT_EQ(rows().size(), 30u);
  EXPECT_EQ(result_of(learn(2)).step, 30);
  EXPECT_FALSE(fs::exists(run(2) / "metrics.csv")) << "one that had not begun heeds it";
}

TEST_F(StudyRun, OtherDataThanWhenItBeganAreRefused) {
  plan_.arms[0].data = Fingerprint{3, std::string(64, 'a')};
  const auto refused = learn();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr(std::string(64, 'a')));
}

TEST_F(StudyRun, WhatEndedBeforeItWasKeptBeginsAgainAndIsInTheTrash) {
  fs::create_directories(run());
  std::ofstream(run() / "metrics.csv") << "step,loss\n1,2\n";
  EXPECT_EQ(result_of(learn()).step, 30);
  EXPECT_EQ(Trash(run().parent_path()).list().size(), 1u);
  EXPECT_THAT(news_, HasSubstr("begins again"));
}

// A later version of the program went on with it, or began it: nothing of it is touched.
TEST_F(StudyRun, WhatALaterVersionLearnedIsLeftToIt) {
  end_after_ = 12;
  ASSERT_FALSE(learn());
  end_after_ = -1;
  const auto refuse = [&](const char* why) {
    const auto refused = learn();
    ASSERT_FALSE(refused) << why;
    EXPECT_EQ(refused.error().kind, ErrorKind::usage);
    EXPECT_THAT(refused.error().message,
                testing::AllOf(HasSubstr("written by switchyard 9.10.1"), HasSubstr(run().native())));
    EXPECT_TRUE(Trash(run().parent_path()).list().empty()) << why;
    EXPECT_TRUE(fs::exists(run() / "metrics.csv")) << why;
  };
  for (const CheckpointHeader& kept : CheckpointStore(run()).list().checkpoints) test::label_checkpoint(kept.file);
  refuse("all that is kept is its");
  fs::remove_all(run() / kCheckpointFolder);
  std::string config = test::text_of_file(run() / "config.json");
  const std::string ours = fmt::format(R"("switchyard": "{}")", version());
  ASSERT_NE(config.find(ours), config.npos);
  config.replace(config.find(ours), ours.size(), R"("switchyard": "9.10.1")");
  std::ofstream(run() / "config.json") << config;
  refuse("nothing was kept where this version looks");
}

TEST_F(StudyRun, OneThatDivergesHasAResultThatSaysSo) {
  FakeOptions fake;
  fake.fail_at_step = 9;
  fake.fails_as = ErrorKind::diverged;
  const RunResult result = result_of(learn(1, fake));
  EXPECT_EQ(result.step, 8);
  EXPECT_TRUE(std::isnan(result.val_loss));
  EXPECT_THAT(result.diverged, HasSubstr("not finite"));
  const RunResult again = result_of(learn());
  EXPECT_EQ(made_.size(), 1u) << "it would diverge again";
  EXPECT_THAT(again.diverged, HasSubstr("not finite"));
}

TEST_F(StudyRun, WhatFailsOtherwiseHasNoResult) {
  FakeOptions fake;
  fake.fail_at_step = 9;
  const auto failed = learn(1, fake);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind, ErrorKind::failure);
  EXPECT_FALSE(*ended_run(study_, plan_, plan_.arms[0], 1));
  EXPECT_EQ(result_of(learn()).step, 30) << "and goes on from step 8";
  EXPECT_EQ(rows().size(), 30u);
}

TEST_F(StudyRun, OneAtWhichAnotherProcessIsAtWorkIsLeftToIt) {
  const fs::path claim = study_ / ".claims" / run_name(plan_.arms[0], 1);
  fs::create_directories(claim);
  {
    const auto held = RunLock::take(claim);
    ASSERT_TRUE(held);
    const auto outcome = learn();
    ASSERT_TRUE(outcome);
    EXPECT_TRUE(std::holds_alternative<HeldElsewhere>(*outcome));
    EXPECT_TRUE(made_.empty());
  }
  EXPECT_EQ(result_of(learn()).step, 30);
}

// Validations are on the tape too: a study whose runs write no metrics.csv has the same curves.
TEST_F(StudyRun, CurvesNeedNoMetrics) {
  plan_.arms[0].config.val_interval = 10;
  plan_.arms[0].config.log_csv = false;
  for (const std::int64_t seed : {1, 2}) {
    const RunResult result = result_of(learn(seed));
    EXPECT_FALSE(fs::exists(run(seed) / "metrics.csv"));
    EXPECT_GT(result.val_loss, 0);
  }
  const auto results = read_results(study_, plan_);
  ASSERT_TRUE(results);
  const auto curves = read_curves(study_, *results);
  ASSERT_EQ(curves.size(), 1u);
  ASSERT_EQ(curves[0].step, (std::vector<double>{10, 20, 30}));
  EXPECT_EQ(curves[0].mean[2], static_cast<float>(spread_of(results->losses(0)).mean));
}

TEST_F(StudyRun, ADamagedResultIsAMessageThatNamesIt) {
  result_of(learn());
  for (const char* text : {"", "3", "{}", R"({"step":"x"})", R"({"step":30})", R"({"val_loss":1.0})"}) {
    std::ofstream(run() / kResultFile) << text;
    const auto outcome = learn();
    ASSERT_FALSE(outcome) << text;
    EXPECT_THAT(outcome.error().message, HasSubstr(kResultFile));
  }
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
