// Who is said to be gone, and who only silent. Beats are numbers in a store; here it is one of this process.
#include "core/train/crew/heartbeat.h"

#include <gmock/gmock.h>
#include <torch/csrc/distributed/c10d/HashStore.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "tests/support/torch_gtest.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr double kSilence_s = 0.4;

class Hearts : public ::testing::Test {
 protected:
  std::unique_ptr<Heartbeat> heart(std::int64_t rank, bool reaches_store = true) {
    return std::make_unique<Heartbeat>(
        [this, reaches_store]() -> c10::intrusive_ptr<c10d::Store> {
          if (!reaches_store) throw std::runtime_error("nobody answers");
          return store_;
        },
        rank, std::vector<std::string>{"rank 0", "rank 1", "rank 2"}, 0, kSilence_s,
        [this](std::int64_t of, const std::string& text) {
          const std::lock_guard lock(mutex_);
          told_.emplace_back(of, text);
        });
  }
  bool is_told(std::int64_t rank, const std::string& what) {
    const std::lock_guard lock(mutex_);
    return std::any_of(told_.begin(), told_.end(), [&](const auto& news) {
      return news.first == rank && news.second.find(what) != std::string::npos;
    });
  }
  bool comes_true(const std::function<bool()>& so) {
    for (int tries = 0; tries < 500; ++tries) {
      if (so()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return false;
  }

  c10::intrusive_ptr<c10d::Store> store_ = c10::make_intrusive<c10d::HashStore>();
  std::mutex mutex_;
  std::vector<std::pair<std::int64_t, std::string>> told_;
};

TEST_F(Hearts, WhoStopsIsNamedAndIsBackWhenHeBeatsAgain) {
  const auto first = heart(0);
  auto second = heart(1), third = heart(2);
  std::this_thread::sleep_for(std::chrono::duration<double>(kSilence_s));
  second.reset();
  EXPECT_TRUE(comes_true([&] { return is_told(1, "has been silent"); }));
  EXPECT_EQ(first->missing(5), 1);
  EXPECT_EQ(third->missing(5), 1);
  second = heart(1);
  EXPECT_TRUE(comes_true([&] { return is_told(1, "is back after"); }));
}

TEST_F(Hearts, WithoutTheStoreItsKeeperIsMissing) {
  const auto third = heart(2, /*reaches_store=*/false);
  EXPECT_EQ(third->missing(5), 0);
  EXPECT_TRUE(comes_true([&] { return is_told(0, "has been silent"); }));
  EXPECT_FALSE(is_told(1, "")) << "nobody knows of the others";
}

TEST_F(Hearts, WhoKeepsTheStoreAndCannotUseItAccusesNobody) {
  const auto first = heart(0, /*reaches_store=*/false);
  std::this_thread::sleep_for(std::chrono::duration<double>(2 * kSilence_s));
  EXPECT_EQ(first->missing(0.1), std::nullopt);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
