// All ranks hear one verdict, though rank 0 takes the store with it when it leaves.
#include "core/train/crew/roll_call.h"

#include <gmock/gmock.h>
#include <torch/csrc/distributed/c10d/HashStore.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

#include "tests/support/torch_gtest.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using testing::AllOf;
using testing::HasSubstr;
using namespace std::chrono_literals;

// What a rank sees of rank 0's store: each question takes its time, and none is answered once rank 0 has left.
class SeenFromAfar : public c10d::Store {
 public:
  SeenFromAfar(c10::intrusive_ptr<c10d::Store> store, const std::atomic<bool>& is_gone,
               std::chrono::milliseconds way)
      : store_(std::move(store)), is_gone_(is_gone), way_(way) {}
  void set(const std::string& key, const std::vector<std::uint8_t>& value) override { travel().set(key, value); }
  std::vector<std::uint8_t> get(const std::string& key) override { return travel().get(key); }
  std::int64_t add(const std::string& key, std::int64_t value) override { return travel().add(key, value); }
  bool deleteKey(const std::string& key) override { return travel().deleteKey(key); }
  bool check(const std::vector<std::string>& keys) override { return travel().check(keys); }
  std::int64_t getNumKeys() override { return travel().getNumKeys(); }
  void wait(const std::vector<std::string>& keys) override { travel().wait(keys); }
  void wait(const std::vector<std::string>& keys, const std::chrono::milliseconds& timeout) override {
    travel().wait(keys, timeout);
  }

 private:
  c10d::Store& travel() {
    std::this_thread::sleep_for(way_);
    if (is_gone_) throw std::runtime_error("Broken pipe");
    return *store_;
  }
  c10::intrusive_ptr<c10d::Store> store_;
  const std::atomic<bool>& is_gone_;
  std::chrono::milliseconds way_;
};

Hello with_experts(int experts) {
  return {"0.2.0", "node" + std::to_string(experts), "7", "{\n  \"experts\": " + std::to_string(experts) + "\n}"};
}

// What each of the ranks with hellos heard; a rank without one does not come. A broken connection: in its words.
std::vector<std::string> heard_of(const std::vector<std::optional<Hello>>& hellos, double join_s) {
  const auto store = c10::make_intrusive<c10d::HashStore>();
  std::atomic<bool> is_gone = false;
  std::vector<std::string> heard(hellos.size());
  std::vector<std::thread> ranks;
  for (std::size_t r = 0; r < hellos.size(); ++r)
    if (hellos[r])
      ranks.emplace_back([&, r] {
        SeenFromAfar seen(store, is_gone, r == 0 ? 0ms : 60ms);
        try {
          const auto called = roll_call(
              seen, {static_cast<std::int64_t>(r), static_cast<std::int64_t>(hellos.size()), "node0:1", join_s},
              *hellos[r]);
          heard[r] = called ? std::to_string(called->size()) + " ranks" : called.error().message;
        } catch (const std::exception& error) {
          heard[r] = error.what();
        }
        if (r == 0) is_gone = true;
      });
  for (std::thread& rank : ranks) rank.join();
  return heard;
}

TEST(RollCall, ARefusalIsHeardByAllThoughRank0LeavesWithTheStore) {
  for (int repeat = 0; repeat < 5; ++repeat) {
    const auto heard = heard_of({with_experts(4), with_experts(6), with_experts(4)}, 10);
    for (const std::string& said : heard)
      EXPECT_THAT(said, AllOf(HasSubstr("rank 0 (node4, process 7) has \"experts\": 4"),
                              HasSubstr("rank 1 (node6, process 7) has \"experts\": 6")));
  }
}

TEST(RollCall, OneThatHasNotComeIsNamedToAllThatHave) {
  const auto heard = heard_of({with_experts(4), std::nullopt, with_experts(4)}, 0.5);
  for (const std::size_t rank : {0, 2})
    EXPECT_THAT(heard[rank],
                AllOf(HasSubstr("rank 1 of 3 has not come to node0:1"), HasSubstr("2 of them are there")));
}

TEST(RollCall, WithoutRank0NobodyWaitsForEver) {
  const auto heard = heard_of({std::nullopt, with_experts(4)}, 0.3);
  EXPECT_THAT(heard[1], HasSubstr("rank 0 of 2 has not come to node0:1"));
}

TEST(RollCall, AllThatAreAlikeKnowOfEachOther) {
  const auto store = c10::make_intrusive<c10d::HashStore>();
  std::thread other([&] {
    const auto called = roll_call(*store, {1, 2, "node0:1", 10}, with_experts(4));
    ASSERT_TRUE(called);
    EXPECT_EQ(called->size(), 2u);
  });
  const auto called = roll_call(*store, {0, 2, "node0:1", 10}, with_experts(4));
  other.join();
  ASSERT_TRUE(called);
  EXPECT_EQ((*called)[1].name(1), "rank 1 (node4, process 7)");
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
