// Runs that are ended at a random moment by a random signal, SIGKILL half of the time: no line is torn, and what
// could be saved is saved.
//
// SWITCHYARD_SOAK_ENDS=100 SWITCHYARD_SOAK_SEED=7 tries more of them (tests/soak.sh); a failure names its seed.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <random>
#include <sstream>
#include <thread>

#include "core/base/json.h"
#include "core/record/checkpoint/checkpoint_store.h"
#include "core/record/files/safetensors.h"
#include "tests/e2e/program.h"
#include "tests/support/soak.h"

namespace switchyard::test {
namespace SWITCHYARD_TEST_FILE {

namespace fs = std::filesystem;

// The lines of a file that grows by whole lines; fails where the last one has no end.
std::vector<std::string> whole_lines(const fs::path& path) {
  const std::string text = read_text(path);
  EXPECT_TRUE(text.empty() || text.back() == '\n') << path << " ends in half a line";
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

// Rows of metrics.csv, all as wide as its header.
long rows_of(const fs::path& run) {
  const std::vector<std::string> lines = whole_lines(run / "metrics.csv");
  for (const std::string& line : lines)
    EXPECT_EQ(std::count(line.begin(), line.end(), ','), std::count(lines[0].begin(), lines[0].end(), ',')) << line;
  return std::max(0L, static_cast<long>(lines.size()) - 1);
}

// Of a run under way, whose last line may be on its way.
bool has_begun(const fs::path& run) {
  const std::string text = read_text(run / "metrics.csv");
  return std::count(text.begin(), text.end(), '\n') > 1;
}

void expect_readable(const fs::path& run) {
  for (const char* name : {"routing.jsonl", "events.jsonl"})
    for (const std::string& line : whole_lines(run / name)) EXPECT_TRUE(parse_json(line, name)) << line;
  if (fs::exists(run / "config.json")) {
    EXPECT_TRUE(parse_json(read_text(run / "config.json"), "config.json"));
  }
}

// Whatever ended it, the run goes on where something of it was kept; where it could say good-bye, from its last step.
void expect_goes_on(const fs::path& run, long rows, bool killed) {
  const auto newest = CheckpointStore(run).find("");
  if (!newest) {
    EXPECT_TRUE(killed || rows == 0) << rows << " steps and nothing kept";
    return;
  }
  if (!killed) {
    EXPECT_EQ(newest->label.step, rows);
  }
  const Outcome outcome = run_program({"--headless", "--resume", run.string(), "--steps", "2"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(rows_of(run), newest->label.step + 2);
  expect_readable(run);
  for (const char* folder : {"", "checkpoints"})
    for (const auto& entry : fs::directory_iterator(run / folder))
      EXPECT_EQ(entry.path().filename().string().find(".tmp"), std::string::npos) << entry.path();
}

TEST(AnyMoment, LosesNothingThatCouldBeSaved) {
  constexpr std::array kRequests{SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR2, SIGXCPU};
  const std::int64_t ends = soak_count("SWITCHYARD_SOAK_ENDS", 4);
  for (std::int64_t i = 0; i < ends; ++i) {
    const std::uint64_t seed = soak_seed() + static_cast<std::uint64_t>(i);
    SCOPED_TRACE("SWITCHYARD_SOAK_ENDS=1 SWITCHYARD_SOAK_SEED=" + std::to_string(seed));
    std::mt19937_64 random(seed);
    const auto below = [&](std::uint64_t bound) { return static_cast<int>(random() % bound); };
    const ScratchFolder folder;
    const fs::path run = folder / "run", weights = run / "model.safetensors";
    auto arguments = tiny_model();
    arguments.insert(arguments.end(),
                     {"--set", "checkpoint_interval_s=0", "--headless", "--steps", "1000000", "--out", run.string()});
    Program program(arguments);
    // Half of them while it is still coming up, half after the first step.
    if (below(2) == 0) program.wait_until([&] { return program.catches(SIGTERM); });
    else program.wait_until([&] { return has_begun(run); });
    std::this_thread::sleep_for(std::chrono::milliseconds(below(400)));
    // A kill finds the weights half written more often where they are being written.
    const bool kill = below(2) == 0;
    if (kill && below(2) == 0) program.send(SIGUSR1);
    program.send(kill ? SIGKILL : kRequests[static_cast<std::size_t>(below(kRequests.size()))]);
    const Outcome outcome = program.end();
    EXPECT_EQ(outcome.code, kill ? 128 + SIGKILL : 130) << outcome.err;
    expect_readable(run);
    const long rows = rows_of(run);
    if (fs::exists(weights)) {
      const auto read = SafetensorsFile::open(weights);
      EXPECT_TRUE(read) << read.error().message;
    } else {
      EXPECT_TRUE(kill || rows == 0) << rows << " steps and no weights: " << outcome.err;
    }
    if (!kill && fs::exists(run)) {
      for (const auto& entry : fs::directory_iterator(run))
        EXPECT_EQ(entry.path().filename().string().find(".tmp"), std::string::npos) << entry.path();
    }
    expect_goes_on(run, rows, kill);
    if (testing::Test::HasFailure()) return;
  }
}

// Killed while experts come and go every other step, a checkpoint before each of them; and while it says good-bye.
TEST(AnyMoment, AKillDuringSurgeryOrQuittingLosesAnIntervalAtMost) {
  const std::int64_t ends = soak_count("SWITCHYARD_SOAK_ENDS", 4);
  for (std::int64_t i = 0; i < ends; ++i) {
    const std::uint64_t seed = soak_seed() + static_cast<std::uint64_t>(i);
    SCOPED_TRACE("SWITCHYARD_SOAK_ENDS=1 SWITCHYARD_SOAK_SEED=" + std::to_string(seed));
    std::mt19937_64 random(seed);
    const ScratchFolder folder;
    const fs::path run = folder / "run";
    auto arguments = tiny_model();
    arguments.insert(arguments.end(),
                     {"--set", "checkpoint_interval_s=0", "--headless", "--steps", "1000000", "--out", run.string()});
    const bool surgery = i % 2 == 0;
    if (surgery) {
      std::string edits;
      for (int step = 2; step < 4000; step += 2)
        edits += "{\"step\":" + std::to_string(step) + ",\"kind\":\"set\",\"changes\":[{\"key\":\"experts\",\"after\":\"" +
                 (step % 4 == 0 ? "4" : "6") + "\"}]}\n";
      arguments.insert(arguments.end(), {"--replay-events", folder.write("edits.jsonl", edits)});
    }
    Program program(arguments);
    ASSERT_TRUE(program.wait_until([&] { return has_begun(run); }));
    std::this_thread::sleep_for(std::chrono::milliseconds(100 + random() % 300));
    if (!surgery) {
      program.send(SIGTERM);
      std::this_thread::sleep_for(std::chrono::microseconds(random() % 30'000));
    }
    program.send(SIGKILL);
    const int code = program.end().code;
    EXPECT_TRUE(code == 128 + SIGKILL || (!surgery && code == 130)) << code;
    expect_readable(run);
    const auto newest = CheckpointStore(run).find("");
    ASSERT_TRUE(newest) << newest.error().message;
    expect_goes_on(run, rows_of(run), true);
    if (testing::Test::HasFailure()) return;
  }
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::test
