// `switchyard sweep` without an engine: its words, its runs, its job lines, its ends.
#include "app/cli/studies/sweep.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "app/cli/console/ends.h"
#include "app/cli/studies/sweep_progress.h"
#include "app/cli/studies/sweep_room.h"
#include "app/cli/words/cli.h"
#include "core/study/halving.h"
#include "core/study/study_run.h"
#include "tests/support/fake_trainer.h"
#include "tests/support/temporary_folder.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

namespace fs = std::filesystem;
using test::FakeOptions;
using test::FakeTrainer;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

Result<Options> parse(const std::vector<std::string>& arguments) {
  std::vector<const char*> argv{"switchyard"};
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  return parse_options(static_cast<int>(argv.size()), argv.data());
}

std::string refusal(const std::vector<std::string>& arguments) {
  const auto options = parse(arguments);
  if (options) return "accepted";
  EXPECT_EQ(options.error().kind, ErrorKind::usage);
  return options.error().message;
}

std::vector<std::string> names(const Options& options) {
  std::vector<std::string> out;
  for (const StudyArm& arm : options.study->arms) out.push_back(arm.name);
  return out;
}

// One whose validation loss is above the fake's by what its learning rate is.
class Graded : public FakeTrainer {
 public:
  using FakeTrainer::FakeTrainer;
  Result<Evaluation> validate() override {
    auto measured = FakeTrainer::validate();
    if (measured) measured->loss += config().learning_rate;
    return measured;
  }
};

class SweepCommand : public testing::Test {
 protected:
  std::vector<std::string> words(std::vector<std::string> more = {}) const {
    std::vector<std::string> all{"sweep", "--out", out_.native(), "--jobs", "1"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  std::vector<std::string> four(std::vector<std::string> more = {}) const {
    auto all = words({"--set", "top_k=1,2", "--set", "learning_rate=0.01,0.001", "--seeds", "2", "--steps", "12"});
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  Result<std::string> run(const std::vector<std::string>& arguments) {
    const auto options = parse(arguments);
    if (!options) return options.error();
    return run_sweep(*options, [&](const Config& config) -> Result<std::unique_ptr<Trainer>> {
      made_.push_back(config);
      FakeOptions fake;
      if (refuse_) fake.refuse = refuse_;
      if (refuse_)
        if (auto error = refuse_(config)) return *error;
      fake.before_slice = before_slice_;
      return std::unique_ptr<Trainer>(std::make_unique<Graded>(config, fake));
    });
  }
  std::string text(const std::string& file) const { return test::text_of_file(out_ / file); }

  test::TemporaryFolder folder_;
  fs::path out_ = folder_.path() / "it's a sweep";
  std::vector<Config> made_;
  std::function<void()> before_slice_;
  std::function<std::optional<Error>(const Config&)> refuse_;
};

TEST_F(SweepCommand, AxesAreSetWithSeveralValues) {
  const auto options = parse(words({"switch,z_coef=0.002", "--set", "capacity_factor=1,1.25", "--set", "experts=4",
                                    "--set", "top_k=1,2", "--seeds", "4", "--seed", "7", "--steps", "30"}));
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_EQ(options->mode, Mode::sweep);
  EXPECT_THAT(names(*options), ElementsAre("capacity_factor=1,top_k=1", "capacity_factor=1,top_k=2",
                                           "capacity_factor=1.25,top_k=1", "capacity_factor=1.25,top_k=2"));
  const StudyPlan& plan = *options->study;
  EXPECT_EQ(plan.seeds, 4);
  EXPECT_EQ(plan.first_seed, 7);
  EXPECT_EQ(plan.steps, 30);
  ASSERT_EQ(plan.sweep.axes.size(), 2u) << "one value is no axis";
  for (const StudyArm& arm : plan.arms) {
    EXPECT_EQ(arm.config.experts, 4);
    EXPECT_EQ(arm.config.z_coef, 0.002);
    EXPECT_EQ(arm.config.threads, 1) << "the plan says with how many, so that no bit depends on the machine";
  }
  EXPECT_EQ(parse(words({"--set", "top_k=1,2", "--set", "threads=3"}))->study->arms[0].config.threads, 3);
}

TEST_F(SweepCommand, WhatTheRulesRefuseIsLeftOutAndTheRestRuns) {
  // The setup they begin with need not be valid by itself: two of one expert.
  const auto options = parse(words({"--set", "top_k=1,2,4", "--set", "experts=1,2"}));
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_THAT(names(*options), ElementsAre("top_k=1,experts=1", "top_k=1,experts=2", "top_k=2,experts=2"));
  ASSERT_EQ(options->study->sweep.left_out.size(), 3u);
  EXPECT_THAT(options->study->sweep.left_out[0].why, HasSubstr("experts = 1"));
  EXPECT_TRUE(parse(words({"--set", "top_k=1,2", "--set", "experts=1"})));
  EXPECT_THAT(refusal(words({"--set", "top_k=3,4", "--set", "experts=2"})),
              AllOf(HasSubstr("every combination is refused"), HasSubstr("top_k=3"), HasSubstr("experts = 2")));
}

TEST_F(SweepCommand, BadWordsNameThemselves) {
  EXPECT_THAT(refusal(words()), HasSubstr("--set top_k=1,2,4"));
  EXPECT_THAT(refusal(words({"--set", "top_k=2"})), HasSubstr("needs an axis"));
  EXPECT_THAT(refusal(words({"--set", "top_k=1,999"})),
              AllOf(HasSubstr("--set"), HasSubstr("top_k = 999"), HasSubstr("1 to 256")));
  EXPECT_THAT(refusal(words({"--set", "seed=1,2"})), HasSubstr("--seeds"));
  EXPECT_THAT(refusal(words({"--set", "top_k=1,2", "--random", "0"})), HasSubstr("--random 0"));
  EXPECT_THAT(refusal(words({"--set", "top_k=1,2", "--jobs", "none"})), HasSubstr("--jobs none"));
  EXPECT_THAT(refusal(words({"--set", "top_k=1,2", "--only", "x"})),
              AllOf(HasSubstr("--only x"), HasSubstr("top_k-1-seed-1 to top_k-2-seed-3")));
  EXPECT_THAT(refusal(words({"--set", "top_k=1,2", "--only", "top_k-1-seed-1", "--print-jobs"})),
              HasSubstr("--print-jobs"));
  EXPECT_THAT(refusal(words({"nothing-like-it", "--set", "top_k=1,2"})), HasSubstr("nothing-like-it"));
  EXPECT_THAT(refusal({"--json"}), HasSubstr("sweep"));
}

TEST_F(SweepCommand, DrawnOnesAreAsManyAsAskedFor) {
  const auto ten = parse(words({"--set", "learning_rate=0.001..0.1:40", "--set", "top_k=1..8", "--random", "10"}));
  ASSERT_TRUE(ten) << ten.error().message;
  EXPECT_EQ(ten->study->arms.size(), 10u);
  EXPECT_EQ(ten->study->sweep.drawn, 10);
  const auto other = parse(
      words({"--set", "learning_rate=0.001..0.1:40", "--set", "top_k=1..8", "--random", "10", "--seed", "2"}));
  EXPECT_NE(names(*ten), names(*other));
}

TEST_F(SweepCommand, NamesThatAreCutStayApart) {
  const auto options = parse(words({"--set", "learning_rate=0.001,0.0025", "--set", "eval_capacity_factor=1,1.25",
                                    "--set", "capacity_factor=1,1.25", "--set", "cluster_imbalance=1,2"}));
  ASSERT_TRUE(options) << options.error().message;
  std::vector<std::string> folders;
  for (const StudyArm& arm : options->study->arms) folders.push_back(arm.folder);
  std::sort(folders.begin(), folders.end());
  EXPECT_EQ(std::adjacent_find(folders.begin(), folders.end()), folders.end());
  for (const std::string& folder : folders) EXPECT_LE(folder.size(), 60u);
  // The same arm of a smaller sweep has the same folder.
  const auto fewer = parse(
      words({"--set", "learning_rate=0.0025", "--set", "learning_rate=0.0025,0.005", "--set",
             "eval_capacity_factor=1.25,1", "--set", "capacity_factor=1.25,2", "--set", "cluster_imbalance=2,3"}));
  const auto has = [&](const StudyArm& arm) {
    return std::binary_search(folders.begin(), folders.end(), arm.folder);
  };
  EXPECT_EQ(std::count_if(fewer->study->arms.begin(), fewer->study->arms.end(), has), 2);
}

TEST_F(SweepCommand, LearnsEveryCombinationAndTellsWhatCameOut) {
  const auto told = run(four());
  ASSERT_TRUE(told) << told.error().message;
  EXPECT_EQ(made_.size(), 8u);
  EXPECT_THAT(*told, AllOf(HasSubstr("learning_rate"), HasSubstr("2 of 2"), HasSubstr("too few to tell")));
  EXPECT_EQ(text("sweep.txt"), *told);
  EXPECT_THAT(text("arms.csv"), HasSubstr("\n1,\"top_k=1,learning_rate=0.001\",1,0.001,2,0,12,"));
  for (const char* file : {"sweep.json", "runs.csv", "curves.csv"}) EXPECT_FALSE(text(file).empty()) << file;
  // Asked again it is told again; with one more value and one more seed only those are learned.
  ASSERT_TRUE(run(four()));
  EXPECT_EQ(made_.size(), 8u);
  ASSERT_TRUE(run(words({"--seeds", "3"}))) << "what the folder holds goes on";
  EXPECT_EQ(made_.size(), 12u);
  const auto grown =
      run(words({"--set", "top_k=4", "--set", "learning_rate=0.01,0.001", "--seeds", "3", "--steps", "12"}));
  ASSERT_TRUE(grown) << grown.error().message;
  EXPECT_EQ(made_.size(), 18u);
  EXPECT_THAT(text("arms.csv"), AllOf(HasSubstr("\"top_k=1,learning_rate=0.001\",0.001,1,3,"),
                                      HasSubstr(",learning_rate=0.001,0.001,4,3,")))
      << "with what is there already";
}

TEST_F(SweepCommand, GoesOnWhereItWasEnded) {
  {
    const EndSignals signals;
    int slices = 0;
    before_slice_ = [&] {
      if (++slices == 40) raise(SIGTERM);
    };
    const auto ended = run(four());
    ASSERT_FALSE(ended);
    EXPECT_EQ(ended.error().kind, ErrorKind::interrupted);
    EXPECT_THAT(ended.error().message, HasSubstr("goes on from there"));
  }
  const std::size_t begun = made_.size();
  ASSERT_GT(begun, 1u);
  ASSERT_LT(begun, 8u);
  before_slice_ = {};
  ASSERT_TRUE(run(four()));
  EXPECT_EQ(made_.size(), 8u + 1u) << "all that had ended stay, the one that was ended is taken up";
}

TEST_F(SweepCommand, ASetupThatTheEngineRefusesLeavesTheOthersAlone) {
  refuse_ = [](const Config& config) -> std::optional<Error> {
    if (config.top_k == 2) return usage_error("this model needs about 9 TiB");
    return std::nullopt;
  };
  const auto told = run(four());
  ASSERT_TRUE(told) << told.error().message;
  EXPECT_THAT(*told, AllOf(HasSubstr("0 of 2"), HasSubstr("not judged"), HasSubstr("2 of 4 arms without a loss")));
  refuse_ = [](const Config&) -> std::optional<Error> { return usage_error("this model needs about 9 TiB"); };
  const auto none = run({"sweep", "--out", (folder_.path() / "other").native(), "--set", "top_k=1,2", "--steps",
                         "3", "--jobs", "1"});
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().message, HasSubstr("9 TiB"));
}

TEST_F(SweepCommand, HalvingLearnsTheBetterHalfOn) {
  const std::vector<std::string> arguments = words(
      {"--set", "learning_rate=0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8", "--seeds", "1", "--steps", "40", "--halving"});
  const auto told = run(arguments);
  ASSERT_TRUE(told) << told.error().message;
  // 8 to 10 steps, 4 of them to 20, 2 of those to 40.
  EXPECT_EQ(made_.size(), 8u + 4u + 2u);
  for (const char* line : {"Halving: 8 arms at 10 steps, 4 went on; the last of them learning_rate=0.4",
                           "Halving: 4 arms at 20 steps, 2 went on; the last of them learning_rate=0.2"})
    EXPECT_THAT(*told, HasSubstr(line));
  const auto plan = read_study(out_);
  ASSERT_TRUE(plan);
  for (const auto& [arm, steps] : {std::pair{0, 40}, {1, 40}, {2, 20}, {3, 20}, {4, 10}, {7, 10}})
    EXPECT_EQ((*read_result(run_folder_of(out_, plan->arms[static_cast<std::size_t>(arm)], 1)))->step, steps)
        << arm;
  const std::string decisions = text("rungs.json");
  ASSERT_TRUE(run(arguments));
  EXPECT_EQ(made_.size(), 14u);
  EXPECT_EQ(text("rungs.json"), decisions);
  EXPECT_THAT(run(words({"--set", "learning_rate=0.1,0.2", "--halving"})).error().message,
              HasSubstr("stays as it was begun"));
}

// Words as a shell has them: in single quotes, '\'' for one of those.
std::vector<std::string> shell_words(const std::string& line) {
  std::vector<std::string> out;
  std::string word;
  bool quoted = false, any = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\'') quoted = !quoted, any = true;
    else if (line[i] == '\\' && !quoted) word += line[++i], any = true;
    else if (line[i] == ' ' && !quoted) {
      if (any) out.push_back(std::exchange(word, {}));
      any = false;
    } else word += line[i], any = true;
  }
  if (any) out.push_back(word);
  return out;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

TEST_F(SweepCommand, JobLinesLearnARunEachAndTheFoldersAreMerged) {
  const auto jobs = run(four({"--print-jobs"}));
  ASSERT_TRUE(jobs) << jobs.error().message;
  EXPECT_TRUE(made_.empty()) << "learns nothing";
  const std::vector<std::string> lines = lines_of(*jobs);
  ASSERT_EQ(lines.size(), 8u);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::vector<std::string> line = shell_words(lines[i]);
    EXPECT_TRUE(fs::exists(line.at(0))) << line[0];
    line.erase(line.begin());
    const auto options = parse(line);
    ASSERT_TRUE(options) << options.error().message;
    EXPECT_EQ(fs::path(options->out), out_);
    ASSERT_TRUE(run(line));
    EXPECT_EQ(made_.size(), i + 1) << "exactly that one";
    EXPECT_TRUE(fs::exists(out_ / "runs" / options->only / kResultFile));
    ASSERT_TRUE(run(line));
    EXPECT_EQ(made_.size(), i + 1) << "which has ended";
  }
  EXPECT_TRUE(run(four({"--print-jobs"}))->empty());
  const auto told = run(four());
  ASSERT_TRUE(told);
  EXPECT_EQ(made_.size(), 8u);
  EXPECT_THAT(*told, HasSubstr("2 of 2"));
}

TEST_F(SweepCommand, JobLinesOfASweepThatHalvesComeRungByRung) {
  const std::vector<std::string> arguments = words(
      {"--set", "learning_rate=0.1,0.2,0.3,0.4", "--seeds", "1", "--steps", "8", "--halving", "--print-jobs"});
  const auto first = run(arguments);
  ASSERT_TRUE(first) << first.error().message;
  ASSERT_EQ(lines_of(*first).size(), 4u);
  for (const std::string& text : lines_of(*first)) {
    std::vector<std::string> line = shell_words(text);
    line.erase(line.begin());
    ASSERT_TRUE(run(line));
  }
  const auto second = run(arguments);
  ASSERT_TRUE(second);
  ASSERT_EQ(lines_of(*second).size(), 2u);
  EXPECT_THAT(*second, AllOf(HasSubstr("learning_rate-0.1-seed-1"), HasSubstr("learning_rate-0.2-seed-1")));
}

TEST(SweepRoom, IsWhatIsLeftToDoAndWhatMemoryHolds) {
  const auto plan_of = [](std::int64_t d_ff, std::int64_t threads) {
    StudyArm arm{"a", {}, {}};
    arm.config.d_ff = d_ff, arm.config.experts = d_ff > 1000 ? 256 : 4,
    arm.config.d_model = d_ff > 1000 ? 4096 : 32;
    arm.config.threads = threads;
    return *make_plan({arm}, 10, 100, 1);
  };
  const auto small = room_for(plan_of(32, 1), 3, 100);
  ASSERT_TRUE(small) << small.error().message;
  EXPECT_GE(small->jobs, 1u);
  EXPECT_LE(small->jobs, 3u) << "no more than runs";
  EXPECT_EQ(room_for(plan_of(32, 1), 3, 1)->jobs, 1u);
  EXPECT_EQ(room_for(plan_of(32, 256), 100, 0)->jobs, 1u) << "each takes all cores";
  // 10^11 parameters.
  const auto large = room_for(plan_of(16384, 1), 100, 50);
  EXPECT_EQ(large->jobs, 1u);
  EXPECT_THAT(large->note, AllOf(HasSubstr("room for 1 at once, not 50"), HasSubstr("GB")));
}

TEST(SweepRoom, FollowsTheMemoryThatIsLeftAndLeavesACardToOneRun) {
  const auto plan = *make_plan({StudyArm{"a", {}, {}}}, 10, 100, 1);
  const test::TemporaryFolder root;
  // 70 % of 1 GB holds two processes of a quarter each, and a small model.
  root.write("proc/meminfo", "MemTotal: 2000000 kB\nMemAvailable: 1000000 kB\n");
  const auto room = room_for(plan, 100, 8, root.path());
  ASSERT_TRUE(room) << room.error().message;
  EXPECT_EQ(room->jobs, 2u);
  EXPECT_THAT(room->note, HasSubstr("room for 2 at once, not 8"));
  root.write("dev/nvidiactl", "");
  EXPECT_EQ(room_for(plan, 100, 0, root.path())->jobs, 1u);
  EXPECT_EQ(room_for(plan, 100, 2, root.path())->jobs, 2u) << "as asked";
}

TEST(SweepProgress, SaysHowFarAllOfItIs) {
  SweepProgressState state{.ended = 12,
                           .runs = 27,
                           .at_work = 2,
                           .done = 0.3456,
                           .name = "top_k-1-seed-2",
                           .loss = 1.8734,
                           .seconds_left = 260};
  EXPECT_EQ(sweep_line(state, 0), " 34%  12 of 27 runs, 2 at work  4 m 20 s left  top_k-1-seed-2  loss 1.873");
  state.rungs = 3, state.rung = 1, state.at_work = 1;
  EXPECT_THAT(sweep_line(state, 0), HasSubstr("rung 2/3  12 of 27 runs  "));
  for (int width = 2; width < 200; ++width)
    EXPECT_LT(sweep_line(state, width).size(), static_cast<std::size_t>(width));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
