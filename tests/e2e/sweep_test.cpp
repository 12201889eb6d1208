// The real program on a sweep of points: several processes, printed jobs, a kill; the bits are those of one
// process.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "tests/e2e/program.h"

namespace switchyard::test {
namespace SWITCHYARD_TEST_FILE {

namespace fs = std::filesystem;
using testing::HasSubstr;

std::vector<std::string> sweep(const std::string& out, const std::string& steps,
                               const std::vector<std::string>& more = {}) {
  std::vector<std::string> arguments{"sweep", "clusters-plane", "--set", "top_k=1,2", "--seeds",
                                     "2",     "--steps",        steps,   "--out",     out};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

// Seed by seed in the order of the table: arm, seed, step and losses, without the run's id and the clock.
std::string losses(const std::string& folder) {
  std::istringstream rows(read_text(fs::path(folder) / "runs.csv"));
  std::string out;
  for (std::string row; std::getline(rows, row);) {
    std::vector<std::string> cells;
    std::istringstream line(row);
    for (std::string cell; std::getline(line, cell, ',');) cells.push_back(cell);
    if (cells.size() < 8) continue;
    for (const std::size_t i : {0, 1, 3, 4, 5, 6}) out += cells[i] + ' ';
    out += '\n';
  }
  return out;
}

TEST(Sweep, SeveralProcessesPrintedJobsAndOneProcessGiveTheSameBits) {
  const ScratchFolder folder;
  const Outcome alone = run_program(sweep(folder / "alone", "20", {"--jobs", "1"}));
  ASSERT_EQ(alone.code, 0) << alone.err;
  EXPECT_THAT(alone.out, HasSubstr("2 of 2"));
#ifdef SWITCHYARD_HAS_WINDOW
  EXPECT_THAT(read_text(fs::path(folder / "alone") / "figures" / "sweep.svg"),
              HasSubstr("Validation loss by top_k"));
#endif
  const Outcome together = run_program(sweep(folder / "together", "20", {"--jobs", "2"}));
  ASSERT_EQ(together.code, 0) << together.err;
  EXPECT_EQ(together.out, alone.out);
  EXPECT_EQ(losses(folder / "together"), losses(folder / "alone"));

  const Outcome jobs = run_program(sweep(folder / "printed", "20", {"--print-jobs"}));
  ASSERT_EQ(jobs.code, 0) << jobs.err;
  std::istringstream lines(jobs.out);
  std::string line;
  ASSERT_TRUE(std::getline(lines, line));
  ASSERT_EQ(std::system(("cd / && " + line + " 2>/dev/null").c_str()), 0) << line;
  EXPECT_TRUE(fs::exists(fs::path(folder / "printed") / "runs" / "top_k-1-seed-1" / "result.json"));
  const Outcome merged = run_program({"sweep", "--out", folder / "printed", "--jobs", "2"});
  ASSERT_EQ(merged.code, 0) << merged.err;
  EXPECT_EQ(losses(folder / "printed"), losses(folder / "alone"));
}

// A parent that ignores SIGCHLD leaves it ignored behind exec.
TEST(Sweep, SeesItsProcessesEndWhateverItInherited) {
  const ScratchFolder folder;
  RunOptions options;
  options.ignored = {SIGCHLD};
  const Outcome ended = run_program(sweep(folder / "out", "5", {"--jobs", "2"}), options);
  ASSERT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("2 of 2"));
}

TEST(Sweep, EndsWithAllItsProcessesAndGoesOn) {
  const ScratchFolder folder;
  Outcome ended;
  {
    Program program(sweep(folder / "out", "4000", {"--jobs", "2"}));
    const auto has_steps = [&](const char* run) {
      std::error_code code;
      const fs::path metrics = fs::path(folder / "out") / "runs" / run / "metrics.csv";
      if (!fs::exists(metrics, code)) return false;
      const std::string rows = read_text(metrics);
      return std::count(rows.begin(), rows.end(), '\n') > 2;
    };
    ASSERT_TRUE(program.wait_until([&] { return has_steps("top_k-1-seed-1") && has_steps("top_k-2-seed-1"); }));
    program.send(SIGINT);
    ended = program.end();
  }
  EXPECT_EQ(ended.code, 130) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("goes on from there"));
  std::size_t begun = 0;
  for (const auto& run : fs::directory_iterator(fs::path(folder / "out") / "runs")) {
    if (run.path().filename().native()[0] == '.') continue;
    ++begun;
    EXPECT_FALSE(fs::exists(run.path() / "result.json")) << run.path();
    EXPECT_TRUE(fs::exists(run.path() / "model.safetensors")) << run.path();
  }
  EXPECT_EQ(begun, 2u);
  const Outcome again = run_program({"sweep", "--out", folder / "out", "--print-jobs"});
  EXPECT_EQ(std::count(again.out.begin(), again.out.end(), '\n'), 4) << again.err;
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::test
