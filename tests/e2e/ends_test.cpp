// However a run is made to end, and whatever becomes of those who listen to it: what was trained is on disk, and
// what is said of it is true.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>

#include "tests/e2e/program.h"

namespace switchyard::test {
namespace SWITCHYARD_TEST_FILE {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

class Ends : public testing::Test {
 protected:
  std::vector<std::string> arguments(const std::string& steps) const {
    auto all = tiny_model();
    all.insert(all.end(), {"--headless", "--steps", steps, "--out", folder_ / "run"});
    return all;
  }
  std::string run() const { return folder_ / "run"; }
  fs::path weights() const { return fs::path(run()) / "model.safetensors"; }
  // Of the weights on disk; -1: there are none.
  long step_of_weights() const {
    const std::string text = read_text(weights()).substr(0, 1 << 16);
    const std::string key = "\"step\":\"";
    const auto at = text.find(key);
    return at == std::string::npos ? -1 : std::stol(text.substr(at + key.size()));
  }
  long rows() const {
    const std::string text = read_text(fs::path(run()) / "metrics.csv");
    return std::count(text.begin(), text.end(), '\n') - 1;
  }
  // All that a run of so many steps leaves, and nothing of anybody else's in it.
  void expect_whole(long steps) const {
    EXPECT_EQ(step_of_weights(), steps);
    EXPECT_EQ(rows(), steps);
    EXPECT_TRUE(strict_json(read_text(fs::path(run()) / "config.json")).members());
    EXPECT_THAT(read_text(fs::path(run()) / "metrics.csv"), testing::Not(HasSubstr("%")));
  }
  ScratchFolder folder_;
};

TEST_F(Ends, NobodyNeedsToListen) {
  RunOptions full;
  full.err_file = full.out_file = "/dev/full";
  EXPECT_EQ(run_program(arguments("3"), full).code, 0);
  expect_whole(3);
}

TEST_F(Ends, ClosedDescriptorsAreNobodysFiles) {
  RunOptions closed;
  closed.closed = {0, 1, 2};
  EXPECT_EQ(run_program(arguments("3"), closed).code, 0);
  expect_whole(3);
}

TEST_F(Ends, AReaderThatLeavesEndsNothing) {
  Program program(arguments("40"));
  EXPECT_TRUE(program.says("step 1/"));
  program.stop_reading();
  EXPECT_EQ(program.end().code, 0);
  expect_whole(40);
}

// Two of a kind within microseconds, others between them, some inherited as blocked, as batch systems do.
TEST_F(Ends, ManyRequestsAreOne) {
  RunOptions options;
  options.blocked = {SIGTERM, SIGUSR2};
  Program program(arguments("1000000"), options);
  ASSERT_TRUE(program.says("step 1/"));
  for (const int signal : {SIGTERM, SIGTERM, SIGINT, SIGHUP, SIGINT, SIGUSR2, SIGQUIT, SIGXCPU, SIGPIPE, SIGXFSZ})
    program.send(signal);
  const Outcome outcome = program.end();
  EXPECT_EQ(outcome.code, 130) << outcome.err;
  expect_whole(step_of_weights());
  EXPECT_GE(step_of_weights(), 1);
  EXPECT_THAT(outcome.err,
              HasSubstr("the weights of step " + std::to_string(step_of_weights()) + " are saved in " + run()));
}

TEST_F(Ends, BeforeTheFirstStepThereIsNothingToSaveAndThatIsSaid) {
  Program program(arguments("1000000"));
  ASSERT_TRUE(program.wait_until([&] { return program.catches(SIGTERM); }));
  program.send(SIGTERM);
  const Outcome outcome = program.end();
  EXPECT_EQ(outcome.code, 130);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("interrupted by SIGTERM"), HasSubstr("nothing to save")));
  EXPECT_EQ(step_of_weights(), -1);
}

TEST_F(Ends, Usr1SavesAndGoesOnUntilTheTerminalIsGone) {
  RunOptions options;
  options.terminal = true;
  Program program(arguments("1000000"), options);
  ASSERT_TRUE(program.says("step 2"));
  program.send(SIGUSR1);
  ASSERT_TRUE(program.wait_until([&] { return fs::exists(weights()); }));
  const long saved = step_of_weights();
  EXPECT_GE(saved, 1);
  ASSERT_TRUE(program.wait_until([&] { return rows() > saved; })) << "it went on";
  program.stop_reading();
  EXPECT_EQ(program.end().code, 130);
  EXPECT_GT(step_of_weights(), saved);
  expect_whole(step_of_weights());
}

// As under nohup: the terminal is gone and nobody is to notice.
TEST_F(Ends, AnIgnoredHangUpStaysIgnored) {
  RunOptions options;
  options.terminal = true;
  options.ignored = {SIGHUP};
  Program program(arguments("60"), options);
  ASSERT_TRUE(program.says("step 1"));
  program.stop_reading();
  program.send(SIGHUP);
  EXPECT_EQ(program.end().code, 0);
  expect_whole(60);
}

TEST(Asked, WhatWasAskedForArrivesOrFails) {
  for (const char* question : {"--list-knobs", "--help"}) {
    RunOptions full;
    full.out_file = full.err_file = "/dev/full";
    EXPECT_EQ(run_program({question}, full).code, 1) << question;
    RunOptions closed;
    closed.closed = {STDOUT_FILENO};
    const Outcome outcome = run_program({question}, closed);
    EXPECT_EQ(outcome.code, 1) << question;
    EXPECT_THAT(outcome.err, HasSubstr("standard output")) << question;
    Program program({question});
    program.stop_reading();
    EXPECT_EQ(program.end().code, 1) << question;
  }
  RunOptions full;
  full.err_file = "/dev/full";
  EXPECT_EQ(run_program({"--frobnicate"}, full).code, 2) << "the refusal itself cannot be heard";
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::test
