#include "core/insight/tsne_runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <condition_variable>
#include <mutex>

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using testing::HasSubstr;

// Counts wakes and lets the test wait for what the runner published.
struct Waker {
  std::mutex mutex;
  std::condition_variable changed;
  int wakes = 0;

  std::function<void()> wake() {
    return [this] {
      {
        const std::lock_guard lock(mutex);
        ++wakes;
      }
      changed.notify_all();
    };
  }
  template <class Condition>
  bool wait_until(Condition condition) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, std::chrono::seconds(60), condition);
  }
};

TsneRequest request(std::uint64_t id, int iterations) {
  TsneRequest made;
  made.id = id;
  made.dims = 2;
  for (int i = 0; i < 60; ++i) {
    made.points.push_back(static_cast<float>(i % 3) * 9 + std::sin(static_cast<float>(i)));
    made.points.push_back(std::cos(static_cast<float>(i) * 2));
  }
  made.options.perplexity = 6;
  made.options.iterations = iterations;
  return made;
}

TEST(TsneRunner, PublishesAsItGoesAndAtItsEnd) {
  Waker waker;
  TsneRunner runner(waker.wake());
  EXPECT_EQ(runner.latest(), nullptr);
  runner.start(request(4, 55));
  ASSERT_TRUE(waker.wait_until([&] { return runner.latest() && runner.latest()->done; }));
  const auto last = runner.latest();
  EXPECT_EQ(last->id, 4u);
  EXPECT_EQ(last->iteration, 55);
  EXPECT_EQ(last->iterations, 55);
  EXPECT_TRUE(last->error.empty());
  EXPECT_EQ(waker.wakes, 6) << "10 20 30 40 50 55";

  TsneOptions options = request(4, 55).options;
  auto alone = Tsne::create(request(4, 55).points, 2, options);
  alone->advance(55);
  EXPECT_EQ(last->positions, alone->positions());
  EXPECT_EQ(last->divergence, alone->divergence());
}

TEST(TsneRunner, TheNewestRequestWins) {
  Waker waker;
  TsneRunner runner(waker.wake());
  runner.start(request(1, 1'000'000'000));
  ASSERT_TRUE(waker.wait_until([&] { return runner.latest() != nullptr; }));
  runner.start(request(2, 20));
  EXPECT_TRUE(!runner.latest() || runner.latest()->id == 2);
  ASSERT_TRUE(waker.wait_until([&] { return runner.latest() && runner.latest()->done; }));
  EXPECT_EQ(runner.latest()->id, 2u);
}

TEST(TsneRunner, NothingIsPublishedAfterCancel) {
  Waker waker;
  TsneRunner runner(waker.wake());
  runner.start(request(1, 1'000'000'000));
  ASSERT_TRUE(waker.wait_until([&] { return runner.latest() != nullptr; }));
  runner.cancel();
  EXPECT_EQ(runner.latest(), nullptr);
  // A later request finds the thread free, so what was cancelled has stopped.
  runner.start(request(2, 10));
  ASSERT_TRUE(waker.wait_until([&] { return runner.latest() && runner.latest()->done; }));
  EXPECT_EQ(runner.latest()->id, 2u);
}

TEST(TsneRunner, ARefusalIsAnAnswer) {
  Waker waker;
  TsneRunner runner(waker.wake());
  TsneRequest bad = request(9, 10);
  bad.options.perplexity = 1000;
  runner.start(std::move(bad));
  ASSERT_TRUE(waker.wait_until([&] { return runner.latest() && runner.latest()->done; }));
  EXPECT_THAT(runner.latest()->error, HasSubstr("perplexity"));
  EXPECT_TRUE(runner.latest()->positions.empty());
}

TEST(TsneRunner, ItsEndDoesNotWaitForTheRequests) {
  const auto start = std::chrono::steady_clock::now();
  {
    TsneRunner runner;
    runner.start(request(1, 1'000'000'000));
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
