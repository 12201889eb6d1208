// What a directory's index remembers of its runs: always what reading them would give.
#include "core/record/reading/run_index.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <chrono>
#include <fstream>

#include "tests/record/reading/run_index_fixture.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

namespace fs = std::filesystem;
using test::RunIndexTest;
using test::text_of_file;
using testing::IsEmpty;

TEST_F(RunIndexTest, WhatHasNotChangedIsNotReadAgain) {
  EXPECT_EQ(read_now(), 7u);
  EXPECT_EQ(rows(), 7);
  EXPECT_EQ(read_now(), 0u);
  EXPECT_EQ(list_runs(runs_, kAllRuns).size(), 6u);
  remove_index();
  EXPECT_EQ(read_now(), 7u);
  EXPECT_EQ(read_now(), 0u);
}

TEST_F(RunIndexTest, WhatARunIsCalledIsKnownAndReadAgainWhereItChanges) {
  folder_.write("runs/run1/about.json", R"({"name": "Top-k: 2 to 1"})");
  EXPECT_EQ(read_now(), 7u);
  EXPECT_THAT(list().runs, testing::Contains(testing::HasSubstr(" Top-k: 2 to 1 ")));
  EXPECT_EQ(read_now(), 0u);
  folder_.write("runs/run1/about.json", R"({"name": "another"})");
  EXPECT_EQ(read_now(), 1u);
  EXPECT_THAT(list().runs, testing::Contains(testing::HasSubstr(" another ")));
}

TEST_F(RunIndexTest, TheBestValidationIsReadOnceAndOnlyWhereItIsAskedFor) {
  // In the middle of more rows than the end of a run that is looked at holds.
  std::string metrics =
      "step,val_loss,val_accuracy,more\n1,3,0.1,\n2,1.5,0.5,\n3,1.5,0.6,\n4,inf,0.7,\n5,nan,,\n6,2,0.25,\n";
  for (int step = 7; step < 100; ++step) metrics += fmt::format("{},,,{}\n", step, std::string(10'000, 'x'));
  folder_.write("runs/run2/metrics.csv", metrics);
  folder_.write(
      "runs/run2/events.jsonl",
      R"({"step":3,"wall_s":1,"kind":"set","generation":1,"changes":[{"key":"top_k","before":"2","after":"1"}]}
{"step":4,"kind":"keep","message":"\"changes\""}
no line
{"step":5,"kind":"set","changes":[{"key":"top_k","before":"1","after":"2"},{"key":"z_coef","before":"1","after":"2"}]}
{"step":9,"kind":"set","changes":[{"key":"to)");
  const auto count = [&](RunDetail detail) {
    std::size_t with_best = 0;
    RunIndex index(runs_, kLater_s);
    read_runs(
        index,
        [&](RunSummary&& run) {
          with_best += run.whole ? 1 : 0;
          if (run.folder.filename() == "run2" && detail == RunDetail::whole) {
            EXPECT_EQ(run.whole->best.step, 2);
            EXPECT_EQ(run.whole->best.val_loss, 1.5);
            EXPECT_EQ(run.whole->best.val_accuracy, 0.5);
            EXPECT_EQ(run.val_loss, 2) << "the last, which lies too far back for a glance";
            EXPECT_EQ(run.val_accuracy, 0.25);
            EXPECT_EQ(run.steps, 99);
            EXPECT_EQ(run.whole->edits, 3);
          }
          if (run.folder.filename() == "old" && run.whole) {
            EXPECT_LT(run.whole->best.step, 0) << "it was never validated";
          }
          return true;
        },
        detail);
    return std::pair(with_best, index.read_anew());
  };
  EXPECT_EQ(count(RunDetail::glance), std::pair(std::size_t{0}, std::size_t{7}));
  EXPECT_EQ(count(RunDetail::glance), std::pair(std::size_t{0}, std::size_t{0}));
  EXPECT_EQ(count(RunDetail::whole), std::pair(std::size_t{6}, std::size_t{6}));
  EXPECT_EQ(count(RunDetail::whole), std::pair(std::size_t{6}, std::size_t{0}));
  EXPECT_EQ(count(RunDetail::glance), std::pair(std::size_t{6}, std::size_t{0}));
}

TEST_F(RunIndexTest, WhatCannotBeReadIsTold) {
  folder_.write("runs/rubbish/config.json", "{");
  for (int again = 0; again < 2; ++again) {
    std::vector<std::string> told;
    RunIndex index(runs_, kLater_s);
    read_runs(
        index, [](RunSummary&&) { return true; }, RunDetail::glance,
        [&](const std::string& name) { told.push_back(name); });
    EXPECT_THAT(told, testing::UnorderedElementsAre("torn", "rubbish"));
  }
}

TEST_F(RunIndexTest, EveryChangeIsSeen) {
  const fs::path run = runs_ / "run1", metrics = run / "metrics.csv";
  const auto changed = [&](const char* what, auto change) {
    change();
    EXPECT_EQ(read_now(), 1u) << what;
    EXPECT_EQ(read_now(), 0u) << what;
  };
  read_now();
  changed("a row", [&] {
    std::string text = text_of_file(metrics);
    text = text.substr(text.rfind('\n', text.size() - 2) + 1);
    std::ofstream(metrics, std::ios::app) << "6" << text.substr(1);
  });
  changed("in place, its size and time put back", [&] {
    struct stat before {};
    ASSERT_EQ(::stat(metrics.c_str(), &before), 0);
    std::string text = text_of_file(metrics);
    text[text.rfind("\n6,") + 1] = '7';
    std::ofstream(metrics, std::ios::in | std::ios::binary) << text;
    const timespec times[2] = {before.st_atim, before.st_mtim};
    ASSERT_EQ(::utimensat(AT_FDCWD, metrics.c_str(), times, 0), 0);
  });
  changed("a checkpoint", [&] { keep("run1", 6); });
  changed("the newest, cut off", [&] { fs::resize_file(CheckpointStore(run).newest()->file, 10); });
  changed("the newest, removed", [&] { fs::remove(CheckpointStore(run).newest()->file); });
  changed("its weights", [&] { fs::remove(run / "model.safetensors"); });
  changed("its description", [&] {
    ASSERT_TRUE(
        replace_file(run / "config.json", R"({"run": "me", "parent": {"run": "she", "step": 3}, "config": {}})"));
  });
  changed("another under its name", [&] {
    fs::rename(run, folder_.path() / "aside");
    make("run1", 9);
  });
  changed("its modification time alone",
          [&] { fs::last_write_time(metrics, fs::file_time_type::clock::now() - std::chrono::hours(100)); });
}

TEST_F(RunIndexTest, WhoHoldsARunIsAskedEachTime) {
  read_now();
  const auto held = RunLock::take(runs_ / "run2");
  ASSERT_TRUE(held);
  const auto listed = list();
  EXPECT_EQ(listed.runs, truth());
  EXPECT_EQ(listed.read, 0u);
  const auto runs = list_runs(runs_, kAllRuns);
  EXPECT_EQ(std::count_if(runs.begin(), runs.end(), [](const RunSummary& run) { return run.is_running; }), 1);
}

TEST_F(RunIndexTest, WhatMayStillChangeUnseenIsNotRemembered) {
  EXPECT_EQ(list(0).read, 7u);
  EXPECT_EQ(list(0).read, 7u);
  EXPECT_FALSE(fs::exists(file_));
  // Without a step yet, or with checkpoints that cannot be read, it may be a reader's fault.
  make("empty", 0);
  fs::create_directory(runs_ / "run3/checkpoints");
  read_now();
  EXPECT_EQ(read_now(), 2u);
}

TEST_F(RunIndexTest, RowsOfFoldersThatAreGoneGo) {
  read_now();
  fs::remove_all(runs_ / "run0");
  fs::rename(runs_ / "run1", runs_ / "renamed");
  EXPECT_EQ(read_now(), 1u);
  EXPECT_EQ(rows(), 6);
  for (const auto& entry : fs::directory_iterator(runs_))
    if (entry.is_directory()) fs::remove_all(entry.path());
  EXPECT_THAT(list().runs, IsEmpty());
  EXPECT_EQ(rows(), 0);
  fs::remove_all(runs_);
  EXPECT_THAT(list().runs, IsEmpty());
  EXPECT_FALSE(fs::exists(runs_)) << "nothing is made where nothing is";
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
