// What a path behind the program stands for: the same as on the window and in its choosers.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "core/record/folder/run_folder.h"
#include "core/record/reading/path_kind.h"
#include "core/session/driving/driver.h"
#include "tests/app/cli/words/cli_files.h"
#include "tests/support/fake_trainer.h"
#include "tests/support/temporary_folder.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

namespace fs = std::filesystem;
using testing::HasSubstr;

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

TEST_F(CliFiles, APathIsWhatADropOnTheWindowWouldBe) {
  const std::string book = write("book.txt", std::string(1000, 'a') + std::string(1000, 'b'));
  const std::string json = write("knobs.json", R"({"experts": 3, "top_k": 1})");
  const std::string latin = write("latin.txt", std::string(2000, 'a') + "\xe9");
  const auto text = parse({book, "--set", "experts=5"});
  ASSERT_TRUE(text) << text.error().message;
  EXPECT_EQ(text->config.corpus, book);
  EXPECT_EQ(text->config.experts, 5);
  EXPECT_THAT(text->drops, testing::IsEmpty());
  const auto settings = parse({json, book});
  ASSERT_TRUE(settings) << settings.error().message;
  EXPECT_EQ(settings->config.experts, 3);
  EXPECT_THAT(settings->drops, testing::ElementsAre(book)) << "the first is what it begins with";
  const auto table = parse({"--headless", write("table.CSV", "x,y,class\n0,1,a\n1,0,b\n2,1,a\n3,0,b\n")});
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ(table->config.task, TaskKind::clusters);

  // What a window would say of it, it says there.
  const auto offered = parse({latin});
  ASSERT_TRUE(offered) << offered.error().message;
  EXPECT_THAT(offered->drops, testing::ElementsAre(latin));
  EXPECT_EQ(offered->config, Config{});
  EXPECT_THAT(parse({folder_.string()})->drops, testing::ElementsAre(folder_.string()));
  EXPECT_THAT(refusal({"--headless", folder_.string()}), HasSubstr("is no folder of a run"));
  EXPECT_THAT(refusal({"--headless", book, json}), HasSubstr(json));
  EXPECT_THAT(refusal({latin, "--set", "experts=0"}), HasSubstr("experts")) << "that is no fault of the text";
  EXPECT_THAT(refusal({"comparee"}),
              HasSubstr("comparee: there is no such file, folder or command (did you mean 'compare'?)"));
  EXPECT_THAT(refusal({book, "--list-knobs"}), HasSubstr(book));
}

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

// In a window too: it would train another run beside the one that is looked at.
TEST_F(PathWords, ARunToLookAtGoesWithNoWordOfTraining) {
  const fs::path run = record({});
  ASSERT_TRUE(parse({run.native(), "--theme", "light"}));
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"--log", "csv"}, {"--set", "top_k=1"}, {"--seed", "3"}, {"--steps", "5"}}) {
    std::vector<std::string> with{run.native()};
    with.insert(with.end(), words.begin(), words.end());
    const auto options = parse(with);
    ASSERT_FALSE(options) << words[0];
    EXPECT_THAT(options.error().message, HasSubstr("trains nothing")) << words[0];
  }
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
