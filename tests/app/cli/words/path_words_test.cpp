// What a path behind the program stands for: the same as on the window and in its choosers.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "app/cli/words/cli.h"
#include "core/record/folder/run_folder.h"
#include "core/record/reading/path_kind.h"
#include "core/session/driver.h"
#include "tests/support/fake_trainer.h"
#include "tests/support/temporary_folder.h"

namespace switchyard::app {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

Result<Options> parse(std::vector<std::string> arguments) {
  std::vector<const char*> argv{"switchyard"};
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  return parse_options(static_cast<int>(argv.size()), argv.data());
}

class PathWords : public testing::Test {
 protected:
  // A run of some steps, with its weights; its folder.
  std::string record(const Config& config) {
    const fs::path path = folder_.path() / fmt::format("run-{}", ++runs_);
    test::FakeTrainer trainer(config);
    auto made = RunFolder::create(path);
    EXPECT_TRUE(made);
    Driver driver(trainer, made->get());
    driver.start();
    for (int step = 0; step < 3; ++step) EXPECT_TRUE(driver.advance());
    EXPECT_TRUE(driver.export_weights());
    driver.finish();
    return path.native();
  }
  test::TemporaryFolder folder_;
  int runs_ = 0;
};

// Whatever is written of a run beside its tape, and without one: nothing is trained on what it holds.
TEST_F(PathWords, ARunIsLookedAtWhateverItRecords) {
  for (const bool csv : {true, false})
    for (const std::int64_t tape : {2048, 0}) {
      Config config;
      config.log_csv = config.log_jsonl = csv, config.log_tensorboard = !csv;
      config.tape_budget_mb = tape;
      const std::string run = record(config);
      EXPECT_EQ(fs::exists(fs::path(run) / "metrics.csv"), csv);
      const auto options = parse({run});
      ASSERT_TRUE(options) << options.error().message;
      EXPECT_EQ(options->open, run);
      EXPECT_FALSE(options->resume);
      EXPECT_TRUE(options->drops.empty());
    }
}

TEST_F(PathWords, EachKindIsToldByItsMarks) {
  const auto kind = [&](const std::string& name) { return named_path(folder_.path() / name).kind; };
  for (const char* mark : kRunMarks) {
    fs::create_directories(folder_.path() / mark);
    folder_.write(std::string(mark) + "/" + mark, "");
    EXPECT_EQ(kind(mark), PathKind::run) << mark;
  }
  fs::create_directories(folder_.path() / "weights");
  folder_.write("weights/config.json", "{}");
  EXPECT_EQ(kind("weights"), PathKind::settings);
  EXPECT_EQ(named_path(folder_.path() / "weights").path, folder_.path() / "weights" / "config.json");
  folder_.write("weights/model.safetensors", "");
  EXPECT_EQ(kind("weights"), PathKind::weights);
  fs::create_directories(folder_.path() / "empty.json");
  EXPECT_EQ(kind("empty.json"), PathKind::folder);
  for (const auto& [name, is] : {std::pair{"a.json", PathKind::settings},
                                 {"a.safetensors", PathKind::weights},
                                 {"a.csv", PathKind::points},
                                 {"a.TSV", PathKind::points},
                                 {"a.txt", PathKind::text},
                                 {"a", PathKind::text}}) {
    EXPECT_EQ(kind(name), PathKind::missing) << name;
    folder_.write(name, "a");
    EXPECT_EQ(kind(name), is) << name;
  }
}

// --log acts on a run that a path names as on one that --resume does.
TEST_F(PathWords, WhatIsWrittenOfARunThatGoesOnIsSaidBesideIt) {
  const fs::path run = record({});
  for (const char* mark : kRunMarks) fs::remove(run / mark);
  fs::remove_all(run / "checkpoints");
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{run.native()}, {"--resume", run.native()}}) {
    std::vector<std::string> with = words;
    with.insert(with.end(), {"--log", "tensorboard"});
    const auto options = parse(with);
    ASSERT_TRUE(options) << options.error().message;
    ASSERT_TRUE(options->resume);
    const auto make = [](const Config& config) -> Result<std::unique_ptr<Trainer>> {
      return std::unique_ptr<Trainer>(std::make_unique<test::FakeTrainer>(config));
    };
    const auto trainer = make_trainer_of(*options->resume, make, {});
    ASSERT_TRUE(trainer) << trainer.error().message;
    const Config& config = (*trainer)->config();
    EXPECT_TRUE(!config.log_csv && !config.log_jsonl && config.log_tensorboard);
  }
  EXPECT_THAT(parse({run.native(), "--log", "cvs"}).error().message, HasSubstr("--log cvs"));
  EXPECT_THAT(parse({"--headless", record({}), "--log", "csv"}).error().message, HasSubstr("trains nothing"));
}

}  // namespace
}  // namespace switchyard::app
