// The headless run on a trainer that computes nothing: folders, exits and what is left on disk.
#include "app/cli/headless/headless.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "app/cli/console/ends.h"
#include "app/cli/setups/presets.h"
#include "core/record/folder/run_note.h"
#include "core/record/reading/stored_run.h"
#include "core/session/driving/route_files.h"
#include "core/session/driving/run_to_go_on.h"
#include "tests/support/fake_trainer.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

namespace fs = std::filesystem;
using test::FakeOptions;
using test::FakeTrainer;
using testing::HasSubstr;

class Headless : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("switchyard-headless-" + std::to_string(getpid()) + "-" +
                                           testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(folder_);
    options_.mode = Mode::headless;
    options_.steps = 12;
    options_.out = (folder_ / "run").string();
  }
  void TearDown() override { fs::remove_all(folder_); }

  Result<fs::path> run(FakeOptions fake = {}) {
    return run_headless(options_, [&](const Config& config) -> Result<std::unique_ptr<Trainer>> {
      return std::unique_ptr<Trainer>(std::make_unique<FakeTrainer>(config, fake));
    });
  }
  // Rows of metrics.csv, without its header.
  long rows() const {
    std::ifstream file(folder_ / "run" / "metrics.csv");
    long count = -1;
    for (std::string line; std::getline(file, line);) ++count;
    return count;
  }
  bool complete() const {
    for (const char* name : {"config.json", "metrics.csv", "routing.jsonl", "events.jsonl", "model.safetensors"})
      if (!fs::exists(folder_ / "run" / name)) return false;
    return static_cast<bool>(StoredRun::open(folder_ / "run"));
  }

  fs::path folder_;
  Options options_;
};

TEST_F(Headless, LeavesTheWholeContract) {
  const auto folder = run();
  ASSERT_TRUE(folder) << folder.error().message;
  EXPECT_EQ(*folder, folder_ / "run");
  EXPECT_EQ(rows(), 12);
  EXPECT_TRUE(complete());
}

TEST_F(Headless, ItsFolderSaysWhichPresetItBeganFrom) {
  options_.preset = "switch";
  options_.config.experts = 5;  // whatever else was asked for
  ASSERT_TRUE(run());
  EXPECT_EQ(read_run_note(folder_ / "run"), (RunNote{"", "Switch"}));
  options_.preset.clear();
  options_.out = (folder_ / "run2").string();
  ASSERT_TRUE(run());
  EXPECT_FALSE(fs::exists(folder_ / "run2" / kRunNoteFile));
}

TEST_F(Headless, WithoutOutItMakesAFolderOfItsOwn) {
  setenv("XDG_DATA_HOME", folder_.c_str(), 1);
  options_.out.clear();
  const auto first = run(), second = run();
  unsetenv("XDG_DATA_HOME");
  ASSERT_TRUE(first && second);
  EXPECT_NE(*first, *second);
  EXPECT_EQ(first->parent_path(), folder_ / "switchyard" / "runs");
}

TEST_F(Headless, RefusesAFolderThatIsNotEmpty) {
  ASSERT_TRUE(run());
  const auto again = run();
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().kind, ErrorKind::usage);
  EXPECT_THAT(again.error().message, HasSubstr(options_.out));
  EXPECT_EQ(rows(), 12);
}

TEST_F(Headless, RefusesAPlaceNobodyCanWriteTo) {
  fs::create_directories(folder_);
  std::ofstream(folder_ / "file") << "x";
  for (const std::string& place :
       {(folder_ / "file").string(), (folder_ / "file" / "below").string(), std::string("/proc/run")}) {
    options_.out = place;
    const auto refused = run();
    ASSERT_FALSE(refused) << place;
    EXPECT_EQ(refused.error().kind, ErrorKind::usage) << refused.error().message;
    EXPECT_THAT(refused.error().message, HasSubstr(place));
  }
}

TEST_F(Headless, AFailureKeepsWhatWasTrained) {
  FakeOptions fake;
  fake.fail_at_step = 7;
  const auto failed = run(fake);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind, ErrorKind::failure);
  EXPECT_EQ(rows(), 6);
  EXPECT_TRUE(complete());
}

TEST_F(Headless, ARequestToEndStopsAfterTheSliceWithEverythingWritten) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGXCPU, SIGUSR2}) {
    ::signal(signal, SIG_DFL);  // whatever the shell above has ignored
    FakeOptions fake;
    int slices = 0;
    fake.before_slice = [&] {
      if (++slices == 6) raise(signal);
    };
    const auto stopped = run(fake);
    ASSERT_FALSE(stopped);
    EXPECT_EQ(stopped.error().kind, ErrorKind::interrupted) << stopped.error().message;
    EXPECT_EQ(exit_code(stopped.error().kind), 130);
    EXPECT_EQ(slices, 6);
    EXPECT_TRUE(complete());
    EXPECT_THAT(stopped.error().message,
                testing::AllOf(HasSubstr("step " + std::to_string(rows())), HasSubstr(options_.out)));
    fs::remove_all(folder_);
  }
}

TEST_F(Headless, ARequestToSaveWritesTheWeightsAndGoesOn) {
  FakeOptions fake;
  int slices = 0;
  bool was_there = false;
  fake.before_slice = [&] {
    if (++slices == 6) raise(SIGUSR1);
    if (slices == 7) was_there = fs::exists(folder_ / "run" / "model.safetensors");
  };
  ASSERT_TRUE(run(fake));
  EXPECT_TRUE(was_there);
  EXPECT_EQ(rows(), 12);
}

TEST_F(Headless, AnInterruptBeforeTheFirstStepLeavesNothingAndSaysSo) {
  const auto stopped = run_headless(options_, [](const Config& config) -> Result<std::unique_ptr<Trainer>> {
    raise(SIGTERM);
    return std::unique_ptr<Trainer>(std::make_unique<FakeTrainer>(config, FakeOptions{}));
  });
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().kind, ErrorKind::interrupted);
  EXPECT_THAT(stopped.error().message, HasSubstr("before the first step; there was nothing to save"));
  EXPECT_FALSE(fs::exists(options_.out));
}

TEST_F(Headless, WhatThrowsIsAFailureThatKeepsWhatWasTrained) {
  FakeOptions fake;
  fake.throw_at_step = 7;
  const auto failed = run(fake);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind, ErrorKind::failure);
  EXPECT_THAT(failed.error().message, HasSubstr("step 6 are saved in " + options_.out));
  EXPECT_TRUE(complete());

  const auto not_made =
      run_headless(options_, [](const Config&) -> Result<std::unique_ptr<Trainer>> { throw std::bad_alloc(); });
  ASSERT_FALSE(not_made);
  EXPECT_THAT(not_made.error().message, HasSubstr("out of memory"));
}

TEST_F(Headless, FiguresThatThrowOrAreInterruptedComeAfterTheWeights) {
  options_.figures = true;
  const auto make = [](const Config& config) -> Result<std::unique_ptr<Trainer>> {
    return std::unique_ptr<Trainer>(std::make_unique<FakeTrainer>(config, FakeOptions{}));
  };
  const auto failed = run_headless(
      options_, make, [](const FinishedRun&, const fs::path&) -> Result<DrawnFigures> { throw std::bad_alloc(); });
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind, ErrorKind::failure);
  EXPECT_THAT(failed.error().message, HasSubstr("figures: out of memory"));
  EXPECT_TRUE(complete());
  fs::remove_all(folder_);
  const auto stopped =
      run_headless(options_, make, [](const FinishedRun&, const fs::path&) -> Result<DrawnFigures> {
        raise(SIGTERM);
        return EndSignals::request();
      });
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().kind, ErrorKind::interrupted);
  EXPECT_THAT(stopped.error().message, HasSubstr("step 12 are saved in " + options_.out));
  EXPECT_TRUE(complete());
}

TEST_F(Headless, AnUnreadableCorpusLeavesNoFolderBehind) {
  const auto refused = run_headless(options_, [](const Config&) -> Result<std::unique_ptr<Trainer>> {
    return usage_error("corpus gone.txt: no such file");
  });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::usage);
  EXPECT_FALSE(fs::exists(options_.out));
}

TEST_F(Headless, ARunThatDoesNotBeginLeavesNoFolderOfRoutes) {
  ASSERT_TRUE(run());
  options_.record_routes = (folder_ / "routes").string();
  const auto refused = run();
  ASSERT_FALSE(refused) << "its folder is not empty";
  EXPECT_THAT(refused.error().message, HasSubstr(options_.out));
  EXPECT_FALSE(fs::exists(options_.record_routes));
  options_.out = (folder_ / "another").string();
  const auto begun = run();
  ASSERT_TRUE(begun) << begun.error().message;
  // What was trained is safe before the last of what was recorded beside it is written.
  EXPECT_LE(fs::last_write_time(folder_ / "another/model.safetensors"),
            fs::last_write_time(folder_ / "routes/chunk-r000-000001.safetensors"));
}

// What fits is asked of the model that the other settings make.
TEST_F(Headless, AForkWithOtherSettingsFollowsRoutesOfThoseAndRecordsItsOwn) {
  options_.config.top_k = 1;
  options_.record_routes = (folder_ / "routes").string();
  options_.out = (folder_ / "narrow").string();
  ASSERT_TRUE(run());
  options_.config.top_k = 2;
  options_.record_routes.clear();
  options_.out = (folder_ / "wide").string();
  options_.steps = 4;
  ASSERT_TRUE(run());
  auto found = find_run_to_go_on(options_.out);
  ASSERT_TRUE(found) << found.error().message;
  options_.resume = std::make_shared<RunToGoOn>(as_child(std::move(*found)));
  options_.config.top_k = 1;
  options_.routes = (folder_ / "routes").string();
  options_.record_routes = (folder_ / "own").string();
  options_.out = (folder_ / "fork").string();
  const auto forked = run();
  ASSERT_TRUE(forked) << forked.error().message;
  auto own = RecordedRoutes::open(options_.record_routes);
  ASSERT_TRUE(own) << own.error().message;
  const auto fifth = (*own)->routes_of(5);
  ASSERT_TRUE(fifth) << fifth.error().message;
  EXPECT_EQ((*fifth)->layers[0].top_k, 1);
}

// Refused before its first step it leaves nothing behind.
TEST_F(Headless, AForkWhoseRoutesAreRefusedLeavesNoFolder) {
  options_.out = (folder_ / "whole").string();
  ASSERT_TRUE(run());
  auto found = find_run_to_go_on(options_.out);
  ASSERT_TRUE(found) << found.error().message;
  options_.resume = std::make_shared<RunToGoOn>(as_child(std::move(*found)));
  options_.config.top_k = 1;
  options_.routes = (folder_ / "no routes").string();
  options_.out = (folder_ / "fork").string();
  const auto forked = run();
  ASSERT_FALSE(forked);
  EXPECT_THAT(forked.error().message, HasSubstr("--routes"));
  EXPECT_FALSE(fs::exists(options_.out));
}

// Wherever it is recorded, and whatever was changed in it.
TEST_F(Headless, AForkSaysWhichPresetItsParentBeganFrom) {
  options_.preset = "switch";
  options_.config = find_preset("switch")->config;
  ASSERT_TRUE(run());
  auto found = find_run_to_go_on(options_.out);
  ASSERT_TRUE(found) << found.error().message;
  options_.resume = std::make_shared<RunToGoOn>(as_child(std::move(*found)));
  options_.preset.clear();
  options_.config.top_k = 2;
  options_.out = (folder_ / "elsewhere" / "fork").string();
  const auto forked = run();
  ASSERT_TRUE(forked) << forked.error().message;
  EXPECT_EQ(read_run_note(*forked).preset, "Switch");
}

TEST_F(Headless, ARunThatFollowedRoutesAndIsGoneOnWithSaysThatItsRouterChooses) {
  options_.record_routes = (folder_ / "routes").string();
  options_.out = (folder_ / "first").string();
  ASSERT_TRUE(run());
  options_.routes = std::exchange(options_.record_routes, {});
  options_.out = (folder_ / "second").string();
  options_.steps = 4;
  ASSERT_TRUE(run());
  const auto events = [&] {
    std::ifstream file(folder_ / "second" / "events.jsonl");
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  EXPECT_THAT(events(), testing::Not(HasSubstr("the router chooses again")));
  const auto goes_on = [&] {
    auto found = find_run_to_go_on(options_.out);
    ASSERT_TRUE(found) << found.error().message;
    options_.resume = std::make_shared<RunToGoOn>(std::move(*found));
    const auto went = run();
    ASSERT_TRUE(went) << went.error().message;
  };
  goes_on();
  EXPECT_THAT(events(), testing::Not(HasSubstr("the router chooses again"))) << "it follows them on";
  options_.routes.clear();
  goes_on();
  EXPECT_THAT(events(), HasSubstr("the router chooses again"));
}

TEST_F(Headless, HandsTheFinishedRunToWhoeverDraws) {
  options_.figures = true;
  options_.config.probe_interval = 5;
  int calls = 0;
  const auto draw = [&](const FinishedRun& finished, const fs::path& folder) -> Result<DrawnFigures> {
    ++calls;
    EXPECT_EQ(folder, folder_ / "run" / "figures");
    EXPECT_EQ(finished.history.size(), 12u);
    EXPECT_TRUE(finished.snapshot != nullptr);
    EXPECT_EQ(finished.status.step, 12);
    EXPECT_EQ(finished.status.config->experts, options_.config.experts);
    EXPECT_FALSE(finished.generated.empty());
    // The looks of the probes and the one at the end, and more on demand.
    if (!finished.look || !finished.inspect) return failure("something is missing");
    EXPECT_EQ(finished.kept.size(), 3u);
    EXPECT_EQ(finished.kept[0].x, 5);
    EXPECT_EQ(finished.kept[2].snapshot->step, 12);
    Watch gradients;
    gradients.gradients = true;
    const auto look = finished.look(gradients);
    EXPECT_TRUE(look && !(*look)->layers.at(0).gradient.empty());
    const auto inspection = finished.inspect({3, 1, 2});
    EXPECT_TRUE(inspection && (*inspection)->id == 3 && (*inspection)->layer == 1 && !(*inspection)->sets.empty());
    EXPECT_FALSE(finished.inspect({4, 1, -5}));
    return DrawnFigures{{folder / "a.svg"}, {"no figure of Token: nothing was asked"}};
  };
  const auto make = [](const Config& config) -> Result<std::unique_ptr<Trainer>> {
    return std::unique_ptr<Trainer>(std::make_unique<FakeTrainer>(config, FakeOptions{}));
  };
  const auto folder = run_headless(options_, make, draw);
  ASSERT_TRUE(folder) << folder.error().message;
  EXPECT_EQ(calls, 1);
  EXPECT_TRUE(complete());
}

TEST_F(Headless, SaysWhyThereAreNoFigures) {
  options_.figures = true;
  const auto refused = run();  // nobody to draw
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::usage);
  EXPECT_FALSE(fs::exists(folder_ / "run"));

  const auto make = [](const Config& config) -> Result<std::unique_ptr<Trainer>> {
    return std::unique_ptr<Trainer>(std::make_unique<FakeTrainer>(config, FakeOptions{}));
  };
  const auto failed =
      run_headless(options_, make,
                   [](const FinishedRun&, const fs::path&) -> Result<DrawnFigures> { return failure("no room"); });
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message, "no room");
  EXPECT_TRUE(complete());  // what was trained is there all the same
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
