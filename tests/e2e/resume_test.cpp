// The real program killed and gone on with: what it leaves is what a run without a stop would have left, to the bit.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "core/record/folder/run_lock.h"
#include "core/record/tensorboard/event_file.h"
#include "tests/e2e/run_files.h"

namespace switchyard::test {
namespace SWITCHYARD_TEST_FILE {

using testing::AllOf;
using testing::HasSubstr;

// Killed twice, and gone on with each time; then as many steps in one go.
void expect_exact(const std::vector<std::string>& settings) {
  const ScratchFolder folder;
  const fs::path killed = folder / "killed", straight = folder / "straight";
  for (int kill = 0; kill < 2; ++kill) {
    const std::int64_t begun = newest_step(killed);
    Program program(kill == 0 ? run_of(settings, {"--steps", "1000000", "--out", killed.string()})
                              : std::vector<std::string>{"--headless", "--resume", killed.string(), "--steps", "1000000"});
    ASSERT_TRUE(program.wait_until([&] { return newest_step(killed) > begun + 3; })) << program.end().err;
    program.send(SIGKILL);
    EXPECT_EQ(program.end().code, 128 + SIGKILL);
  }
  const Outcome resumed = run_program({"--headless", "--resume", killed.string(), "--steps", "7"});
  ASSERT_EQ(resumed.code, 0) << resumed.err;
  EXPECT_THAT(resumed.err, HasSubstr("goes on at step"));
  const std::int64_t steps = rows_on_disk(killed);
  const Outcome whole = run_program(run_of(settings, {"--steps", std::to_string(steps), "--out", straight.string()}));
  ASSERT_EQ(whole.code, 0) << whole.err;
  EXPECT_EQ(metrics_of(killed), metrics_of(straight));
  EXPECT_EQ(weights_of(killed), weights_of(straight));
  EXPECT_EQ(read_text(killed / "routing.jsonl"), read_text(straight / "routing.jsonl"));
  // Up to its times, which are as long as each other.
  const auto bytes_for_tensorboard = [](const fs::path& run) {
    const std::string name = find_event_file(run);
    return name.empty() ? 0 : fs::file_size(run / name);
  };
  EXPECT_GT(bytes_for_tensorboard(killed), 1000u);
  EXPECT_EQ(bytes_for_tensorboard(killed), bytes_for_tensorboard(straight));
}

// The engine's own test goes through every gate and setting (tests/train/state_test.cpp); here the files and the program do.
TEST(Resume, AfterAKillIsExact) {
  expect_exact({"noise_std=0.5", "overflow=drop-random", "capacity_factor=1", "expert_dropout=0.1",
                "accumulation=2", "log_tensorboard=true"});
}
TEST(Resume, AfterAKillIsExactOnPoints) {
  expect_exact({"task=clusters", "bias_rate=0.01", "jitter=0.05", "log_tensorboard=true"});
}

TEST(Resume, ARunThatIsRunningIsRefusedWithItsProcess) {
  const ScratchFolder folder;
  const fs::path run = folder / "run";
  Program program(run_of({}, {"--steps", "1000000", "--out", run.string()}));
  ASSERT_TRUE(program.wait_until([&] { return newest_step(run) > 0; }));
  const Outcome second = run_program({"--headless", "--resume", run.string(), "--steps", "5"});
  EXPECT_EQ(second.code, 2);
  EXPECT_THAT(second.err, HasSubstr(std::to_string(program.process())));
  program.send(SIGTERM);
  EXPECT_EQ(program.end().code, 130);
  // Its last step is kept, and nothing lies behind it.
  EXPECT_EQ(newest_step(run), rows_on_disk(run));
  const std::int64_t steps = rows_on_disk(run);
  const Outcome third = run_program({"--headless", "--resume", run.string(), "--steps", "2"});
  EXPECT_EQ(third.code, 0) << third.err;
  EXPECT_EQ(rows_on_disk(run), steps + 2);
}

TEST(Resume, WhatCannotBeGoneOnWithIsAMessage) {
  const ScratchFolder folder;
  const auto refused = [&](const std::string& where, const char* why) {
    const Outcome outcome = run_program({"--headless", "--resume", where, "--steps", "1"});
    EXPECT_EQ(outcome.code, 2) << where;
    EXPECT_THAT(outcome.err, HasSubstr(why)) << where;
  };
  refused(folder / "nowhere", "nowhere");
  refused(folder.path().string(), folder.path().filename().c_str());
  const std::string run = folder / "run";
  ASSERT_EQ(run_program(run_of({}, {"--steps", "6", "--out", run})).code, 0);
  refused(run + "@77", "77");
  refused(run + "@nobody", "nobody");
  EXPECT_EQ(run_program({"--headless", "--resume", run, "--set", "experts=2"}).code, 2);
  // An older step, and what lay behind it is set aside until it is passed.
  const auto listed = CheckpointStore(run).list().checkpoints;
  ASSERT_GE(listed.size(), 2u);
  const std::int64_t step = listed.front().label.step;
  const Outcome back = run_program({"--headless", "--resume", run + "@" + std::to_string(step), "--steps", "1"});
  ASSERT_EQ(back.code, 0) << back.err;
  EXPECT_EQ(rows_on_disk(run), step + 1);
}

TEST(Resume, ATextIsFoundAgainThoughNoCheckpointSaysWhereItLies) {
  const ScratchFolder folder;
  std::string text;
  for (int i = 0; i < 400; ++i) text += "The fox met an owl by the river.\n";
  const std::string book = folder.write("book.txt", text), run = folder / "run";
  auto arguments = run_of({}, {"--steps", "4", "--out", run, "--corpus", book});
  ASSERT_EQ(run_program(arguments).code, 0);
  const auto newest = CheckpointStore(run).find("");
  ASSERT_TRUE(newest) << newest.error().message;
  EXPECT_EQ(read_text(newest->file).find(folder.path().native()), std::string::npos);
  EXPECT_EQ(run_program({"--headless", "--resume", run, "--steps", "2"}).code, 0);
  EXPECT_EQ(rows_on_disk(run), 6);
  // Another text by that name is not gone on with: it has its own.
  folder.write("book.txt", text + "One word more.\n");
  const Outcome own = run_program({"--headless", "--resume", run, "--steps", "2"});
  EXPECT_EQ(own.code, 0);
  EXPECT_THAT(own.err, HasSubstr("book.txt is another text by now"));
  fs::remove_all(run + "/text");
  fs::remove_all(folder / ".texts");
  const Outcome other = run_program({"--headless", "--resume", run, "--steps", "2"});
  EXPECT_EQ(other.code, 2);
  EXPECT_THAT(other.err, AllOf(HasSubstr("book.txt"), HasSubstr("another text")));
  EXPECT_EQ(run_program({"--headless", "--resume", run, "--steps", "2", "--corpus", book}).code, 2);
  const std::string moved = folder.write("moved.txt", text);
  EXPECT_EQ(run_program({"--headless", "--resume", run, "--steps", "2", "--corpus", moved}).code, 0);
  EXPECT_EQ(read_text(run + "/text/moved.txt"), text);
}

// cp -r to another machine: its folder is all that is there.
TEST(Resume, ACarriedFolderGoesOnToTheBit) {
  const ScratchFolder folder, far;
  std::string text = "\xEF\xBB\xBF";  // as it lies there, a mark and line ends of another system included
  for (int i = 0; i < 400; ++i) text += "The fox met an owl by the river.\r\n";
  const std::string book = folder.write("book.txt", text);
  const fs::path run = folder / "run", carried = far / "carried", straight = far / "straight",
                 child = far / "child";
  ASSERT_EQ(run_program(run_of({}, {"--steps", "9", "--out", straight.string(), "--corpus", book})).code, 0);
  ASSERT_EQ(run_program(run_of({}, {"--steps", "4", "--out", run.string(), "--corpus", book})).code, 0);
  EXPECT_EQ(read_text(run / "text/book.txt"), text);
  fs::copy(run, carried, fs::copy_options::recursive);
  fs::remove_all(run);
  fs::remove_all(folder / ".texts");
  fs::remove(book);
  const Outcome resumed = run_program({"--headless", "--resume", carried.string(), "--steps", "5"});
  ASSERT_EQ(resumed.code, 0) << resumed.err;
  EXPECT_EQ(metrics_of(carried), metrics_of(straight));
  EXPECT_EQ(weights_of(carried), weights_of(straight));
  // And so on to a child, which has it under the same name; there the file is one for all three.
  const Outcome forked =
      run_program({"--headless", "--fork", carried.string() + "@4", "--steps", "5", "--out", child.string()});
  ASSERT_EQ(forked.code, 0) << forked.err;
  EXPECT_EQ(weights_of(child), weights_of(straight));
  EXPECT_EQ(read_text(child / "text/book.txt"), text);
  EXPECT_TRUE(fs::equivalent(child / "text/book.txt", straight / "text/book.txt"));
  EXPECT_TRUE(fs::equivalent(carried / "text/book.txt", straight / "text/book.txt"));
}

// Points of one's own go the same way as a text.
TEST(Resume, AFileOfPointsIsKeptAndFoundAndGoneOnWithToTheBit) {
  const ScratchFolder folder, far;
  std::string rows = "width;height;kind\r\n";
  for (int i = 0; i < 120; ++i)
    rows += fmt::format("{},5;{};{}\r\n", 10 + i % 7 + 20 * (i % 4), 100 + i % 5 - 30 * (i % 4),
                        i % 4 == 0 ? "oak" : fmt::format("elm {}", i % 4));
  const std::string file = folder.write("trees.csv", rows);
  const fs::path run = folder / "run", carried = far / "carried", straight = far / "straight",
                 child = far / "child";
  ASSERT_EQ(run_program(run_of({}, {"--steps", "9", "--out", straight.string(), "--points", file})).code, 0);
  const Outcome first = run_program(run_of({}, {"--steps", "4", "--out", run.string(), "--points", file}));
  ASSERT_EQ(first.code, 0) << first.err;
  EXPECT_THAT(first.err + first.out,
              HasSubstr("coordinates width, height; class kind; between semicolons, decimal comma"));
  EXPECT_EQ(read_text(run / "text/trees.csv"), rows);
  const auto newest = CheckpointStore(run).find("");
  ASSERT_TRUE(newest);
  EXPECT_EQ(read_text(newest->file).find(folder.path().native()), std::string::npos)
      << "its place is the record's own";

  // Another file by that name is not gone on with: it has its own.
  fs::copy(run, carried, fs::copy_options::recursive);
  folder.write("trees.csv", rows + "1;2;oak\r\n");
  const Outcome own = run_program({"--headless", "--resume", run.string(), "--steps", "5"});
  EXPECT_EQ(own.code, 0) << own.err;
  EXPECT_THAT(own.err, HasSubstr("trees.csv is another file of points by now"));
  EXPECT_EQ(weights_of(run), weights_of(straight));
  EXPECT_EQ(metrics_of(run), metrics_of(straight));
  fs::remove_all(run / "text");
  fs::remove_all(folder / ".texts");
  const Outcome other = run_program({"--headless", "--resume", run.string(), "--steps", "2"});
  EXPECT_EQ(other.code, 2);
  EXPECT_THAT(other.err,
              AllOf(HasSubstr("trees.csv"), HasSubstr("another file of points"), HasSubstr("--points")));
  EXPECT_EQ(run_program({"--headless", "--resume", run.string(), "--steps", "2", "--points", file}).code, 2);
  EXPECT_EQ(run_program({"--headless", "--resume", run.string(), "--steps", "2", "--corpus", file}).code, 2);

  // cp -r to another machine.
  fs::remove_all(folder.path());
  const Outcome resumed = run_program({"--headless", "--resume", carried.string(), "--steps", "5"});
  ASSERT_EQ(resumed.code, 0) << resumed.err;
  EXPECT_EQ(metrics_of(carried), metrics_of(straight));
  EXPECT_EQ(weights_of(carried), weights_of(straight));
  const Outcome forked =
      run_program({"--headless", "--fork", carried.string() + "@4", "--steps", "5", "--out", child.string()});
  ASSERT_EQ(forked.code, 0) << forked.err;
  EXPECT_EQ(weights_of(child), weights_of(straight));
  EXPECT_TRUE(fs::equivalent(child / "text/trees.csv", straight / "text/trees.csv"));
  // And from its description, at step 0.
  const fs::path again = far / "again";
  const Outcome anew = run_program(
      {"--headless", "--config", (carried / "config.json").string(), "--steps", "9", "--out", again.string()});
  ASSERT_EQ(anew.code, 0) << anew.err;
  EXPECT_EQ(weights_of(again), weights_of(straight));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::test
