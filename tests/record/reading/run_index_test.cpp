// What a directory's index remembers of its runs: always what reading them would give, whatever becomes of the
// index.
#include "core/record/reading/run_index.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <thread>

#include "core/config/json.h"
#include "core/record/checkpoint/checkpoint_store.h"
#include "core/record/folder/run_folder.h"
#include "core/record/reading/run_list.h"
#include "core/record/tape/database.h"
#include "core/session/driver.h"
#include "tests/support/fake_trainer.h"
#include "tests/support/mutants.h"
#include "tests/support/small_checkpoint.h"
#include "tests/support/temporary_folder.h"

namespace switchyard {
namespace {

namespace fs = std::filesystem;
using test::text_of_file;
using testing::IsEmpty;

// All that is shown of a run.
std::string told(const RunSummary& run) {
  const CheckpointHeader none, &newest = run.newest ? *run.newest : none;
  const CheckpointLabel& at = newest.label;
  return fmt::format(
      "{} {} {} {} {} {} {} {} {} {} {} {} {} | {} {} {} {} {} {} {} {} | {} {} | {}", run.folder.native(), run.id,
      run.corpus, run.started, run.changed_unix_s, run.steps, run.val_loss, run.val_accuracy, run.loss, run.tokens,
      run.wall_s, run.has_weights, run.is_running, newest.file.native(), newest.bytes, at.run, at.name, at.why,
      at.step, at.val_loss, at.written_unix_s, run.parent ? run.parent->run : "",
      run.parent ? run.parent->step : -1, run.config ? dump_json(to_json(*run.config)) : "not known");
}

class RunIndexTest : public testing::Test {
 protected:
  static constexpr std::int64_t kLater_s = 60;

  RunIndexTest() {
    for (int i = 0; i < 5; ++i) make(fmt::format("run{}", i), 4 + i);
    keep("run1", 5);
    keep("run1", 3);
    folder_.write("runs/torn/metrics.csv", "step,loss\n1,2\n");  // no run, for nothing says what it is
    folder_.write("runs/old/config.json", R"({"config": {"a_knob_of_later": 3}})");
    folder_.write("runs/old/metrics.csv", "step,loss\n1,2\n");
  }
  void make(const std::string& name, int steps) const {
    Config config;
    config.layers = 2, config.val_interval = 2, config.probe_interval = 1000, config.tape_budget_mb = 0;
    config.seed = steps, config.learning_rate = 1.0 / steps;
    test::FakeTrainer trainer(config);
    const auto folder = RunFolder::create(runs_ / name);
    ASSERT_TRUE(folder);
    Driver driver(trainer, folder->get());
    driver.start();
    while (trainer.step() < steps) ASSERT_TRUE(driver.advance());
    ASSERT_TRUE(driver.export_weights());
    driver.finish();
  }
  void keep(const std::string& name, std::int64_t step) const {
    Checkpoint kept = test::small_checkpoint(step);
    ASSERT_TRUE(CheckpointStore(runs_ / name).write(kept));
  }

  struct Listed {
    std::vector<std::string> runs;
    std::size_t read = 0;
  };
  Listed list(std::int64_t later_s = kLater_s) const {
    Listed listed;
    RunIndex index(runs_, later_s);
    read_runs(index, [&](RunSummary&& run) {
      listed.runs.push_back(told(run));
      return true;
    });
    listed.read = index.read_anew();
    return listed;
  }
  // As it would be if there were no index.
  std::vector<std::string> truth() const {
    std::vector<std::string> runs;
    std::vector<RunSummary> found;
    for (const auto& entry : fs::directory_iterator(runs_))
      if (auto run = summarize_run(entry.path())) found.push_back(std::move(*run));
    std::sort(found.begin(), found.end(), [](const RunSummary& a, const RunSummary& b) {
      return std::pair(a.changed_unix_s, a.folder) > std::pair(b.changed_unix_s, b.folder);
    });
    for (const RunSummary& run : found) runs.push_back(told(run));
    return runs;
  }
  // How many were read, all being as they are.
  std::size_t read_now() const {
    const Listed listed = list();
    EXPECT_EQ(listed.runs, truth());
    return listed.read;
  }
  std::int64_t rows() const {
    const auto database = Database::open(file_, Database::For::reading);
    return database ? const_cast<Database&>(*database).number("SELECT count(*) FROM runs").value() : -1;
  }
  void remove_index() const {
    for (const char* with : {"", "-wal", "-shm"}) fs::remove_all(file_.native() + with);
  }

  test::TemporaryFolder folder_;
  fs::path runs_ = folder_.path() / "runs", file_ = runs_ / kIndexFile;
};

TEST_F(RunIndexTest, WhatHasNotChangedIsNotReadAgain) {
  EXPECT_EQ(read_now(), 7u);
  EXPECT_EQ(rows(), 7);
  EXPECT_EQ(read_now(), 0u);
  EXPECT_EQ(list_runs(runs_, kAllRuns).size(), 6u);
  remove_index();
  EXPECT_EQ(read_now(), 7u);
  EXPECT_EQ(read_now(), 0u);
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

// Another version of the program may have it open at this moment.
TEST_F(RunIndexTest, OneOfALaterFormatIsLeftToThatVersion) {
  read_now();
  const std::size_t runs = list().runs.size();
  {
    auto raw = Database::open(file_, Database::For::writing);
    ASSERT_TRUE(raw && raw->run("PRAGMA user_version=2; ALTER TABLE runs RENAME TO rows_of_runs"));
    raw->fold();
  }
  const std::string before = text_of_file(file_);
  EXPECT_EQ(list().runs.size(), runs) << "as right without it";
  EXPECT_EQ(read_now(), 7u);
  EXPECT_EQ(text_of_file(file_), before);
}

TEST_F(RunIndexTest, OneOfAnEarlierFormatOrDamagedIsMadeAnew) {
  read_now();
  for (const char* change :
       {"PRAGMA user_version=0", "DROP TABLE runs", "ALTER TABLE runs RENAME COLUMN sum TO hash"}) {
    {
      auto raw = Database::open(file_, Database::For::writing);
      ASSERT_TRUE(raw && raw->run(change)) << change;
      raw->fold();
    }
    EXPECT_EQ(read_now(), 7u) << change;
    EXPECT_EQ(read_now(), 0u) << change;
  }
  // Its rows are another's, or are cut off.
  {
    auto raw = Database::open(file_, Database::For::writing);
    ASSERT_TRUE(raw && raw->run("UPDATE runs SET row = (SELECT row FROM runs WHERE name = CAST('run4' AS BLOB)), "
                                "sum = (SELECT sum FROM runs WHERE name = CAST('run4' AS BLOB))"));
  }
  EXPECT_EQ(read_now(), 6u);
  {
    auto raw = Database::open(file_, Database::For::writing);
    ASSERT_TRUE(raw && raw->run("UPDATE runs SET row = substr(row, 1, 100)"));
  }
  EXPECT_EQ(read_now(), 7u);
  // Its pages behind the first.
  std::string bytes = text_of_file(file_);
  std::fill(bytes.begin() + 3000, bytes.end(), 'x');
  std::ofstream(file_, std::ios::binary) << bytes;
  EXPECT_EQ(read_now(), 7u);
  EXPECT_EQ(read_now(), 0u);
  fs::resize_file(file_, 1000);
  EXPECT_EQ(read_now(), 7u);
  EXPECT_EQ(read_now(), 0u);
  fs::resize_file(file_, 0);
  EXPECT_EQ(read_now(), 7u);
  EXPECT_EQ(read_now(), 0u);
  fs::resize_file(file_, RunIndex::kMostBytes + 1);
  EXPECT_EQ(read_now(), 7u);
  EXPECT_EQ(read_now(), 0u);
}

TEST_F(RunIndexTest, WhatAnotherProgramPutThereStays) {
  const auto stays = [&] {
    const bool is_file = fs::is_regular_file(file_);
    const std::string before = is_file ? text_of_file(file_) : std::string();
    for (int i = 0; i < 2; ++i) EXPECT_EQ(read_now(), 7u);
    EXPECT_TRUE(!is_file || text_of_file(file_) == before);
    remove_index();
  };
  {
    auto foreign = Database::open(file_, Database::For::writing);
    ASSERT_TRUE(foreign && foreign->run("CREATE TABLE runs(name BLOB, row BLOB, sum INTEGER)"));
    foreign->fold();
  }
  stays();
  std::ofstream(file_) << std::string(5000, 'x');
  stays();
  std::ofstream(file_) << "SQLite format 3";
  stays();
  fs::create_directory(file_);
  stays();
  fs::create_symlink(folder_.path() / "elsewhere", file_);
  stays();
  EXPECT_FALSE(fs::exists(folder_.path() / "elsewhere"));
  ASSERT_EQ(::mkfifo(file_.c_str(), 0600), 0);
  stays();
}

TEST_F(RunIndexTest, NobodyWaitsForWhoHoldsIt) {
  read_now();
  make("run9", 3);
  for (const char* lock :
       {"BEGIN IMMEDIATE", "PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE; DELETE FROM runs"}) {
    auto other = Database::open(file_, Database::For::writing);
    ASSERT_TRUE(other && other->run(lock)) << lock;
    const auto began = std::chrono::steady_clock::now();
    EXPECT_GE(read_now(), 1u) << lock;
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(1)) << lock;
  }
  EXPECT_EQ(read_now(), 1u);
  EXPECT_EQ(read_now(), 0u);
}

TEST_F(RunIndexTest, ManyAtOnceWhileItIsRemoved) {
  const auto right = truth();
  std::atomic<bool> ends = false;
  std::atomic<int> wrong = 0;
  std::vector<pid_t> processes;
  for (int process = 0; process < 2; ++process) {
    const pid_t child = ::fork();
    if (child == 0) {
      bool good = true;
      for (int i = 0; i < 30; ++i) good = list().runs == right && good;
      ::_exit(good ? 0 : 1);
    }
    processes.push_back(child);
  }
  std::vector<std::thread> threads;
  for (int number = 0; number < 3; ++number)
    threads.emplace_back([&] {
      for (int i = 0; i < 30; ++i)
        if (list().runs != right) ++wrong;
    });
  std::thread remover([&] {
    while (!ends) {
      remove_index();
      std::this_thread::sleep_for(std::chrono::milliseconds(7));
    }
  });
  for (std::thread& thread : threads) thread.join();
  ends = true;
  remover.join();
  for (const pid_t child : processes) {
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  EXPECT_EQ(wrong, 0);
  read_now();
  EXPECT_EQ(read_now(), 0u);
}

TEST_F(RunIndexTest, MutantsCostTimeAndNothingElse) {
  read_now();
  const auto right = truth();
  const std::string good = text_of_file(file_);
  const auto try_one = [&](const std::string& bad) {
    remove_index();
    std::ofstream(file_, std::ios::binary) << bad;
    const Listed listed = list();
    EXPECT_EQ(listed.runs, right);
    EXPECT_EQ(list().runs, right);
    return listed.read == 0;
  };
  EXPECT_TRUE(try_one(good));
  const int as_good = test::try_mutants(good, 31, try_one);
  EXPECT_LT(as_good, test::mutant_count());
}

}  // namespace
}  // namespace switchyard
