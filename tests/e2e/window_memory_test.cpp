// What the window holds grows with the run's history alone, not with every step or look.
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>

#include "tests/e2e/program.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

double resident_mb(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/statm");
  double total = 0, resident = 0;
  EXPECT_TRUE(file >> total >> resident);
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE)) / 1048576;
}

TEST(WindowMemory, DoesNotGrowWithEveryStep) {
  const test::ScratchFolder scratch;
  const std::string run = scratch / "run";
  test::RunOptions options;
  options.display = true;
  test::Program program({"--out", run, "--workspace", "train", "--set", "threads=1", "--set", "layers=1", "--set",
                         "d_model=32", "--set", "context=32", "--set", "batch_size=8"},
                        options);
  const auto rows = [&] {
    const std::string text = test::read_text(run + "/metrics.csv");
    return std::count(text.begin(), text.end(), '\n');
  };
  ASSERT_TRUE(program.wait_until([&] { return rows() > 600; }));
  const double before_mb = resident_mb(program.process());
  ASSERT_TRUE(program.wait_until([&] { return rows() > 2000; }));
  EXPECT_LT(resident_mb(program.process()), before_mb + 60);
  program.send(SIGTERM);
  program.end();
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
