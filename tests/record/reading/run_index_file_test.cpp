// The file of a directory's index: of another version, damaged, held or removed, it costs time and nothing else.
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <thread>

#include "tests/record/reading/run_index_fixture.h"
#include "tests/support/mutants.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

namespace fs = std::filesystem;
using test::RunIndexTest;
using test::text_of_file;

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

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
