#include "core/model/kernels/parallel.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>
#include <vector>

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

class Parallel : public ::testing::Test {
 protected:
  void TearDown() override { at::set_num_threads(threads_); }
  int threads_ = at::get_num_threads();
};

TEST_F(Parallel, EveryTaskRunsOnce) {
  for (const int threads : {1, 2, 3}) {
    at::set_num_threads(threads);
    std::vector<std::atomic<int>> runs(100);
    parallel_tasks(100, [&](std::int64_t i) { ++runs[static_cast<std::size_t>(i)]; });
    for (const auto& count : runs) EXPECT_EQ(count, 1);
    std::atomic<std::int64_t> covered{0};
    parallel_blocks(103, 10, [&](std::int64_t, std::int64_t count) { covered += count; });
    EXPECT_EQ(covered, 103);
  }
}

// Two tasks that wait for each other finish only where two threads run them. Built without OpenMP, torch's
// parallel loops run on one thread and say nothing.
TEST_F(Parallel, TwoThreadsRunTwoTasksAtOnce) {
  at::set_num_threads(2);
  if (at::get_num_threads() < 2) GTEST_FAIL() << "torch gives one thread when asked for two";
  std::atomic<int> there{0}, met{0};
  parallel_tasks(2, [&](std::int64_t) {
    ++there;
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (there < 2 && std::chrono::steady_clock::now() < limit) std::this_thread::yield();
    if (there == 2) ++met;
  });
  EXPECT_EQ(met, 2);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
