#include "core/train/means/memory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/config/cost.h"
#include "tests/support/temporary_folder.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using testing::HasSubstr;

// A machine of 20 GB with a container of 500 MB, of which 100 MB are in use.
class InAContainer : public ::testing::Test {
 protected:
  InAContainer() {
    write("proc/meminfo", "MemAvailable:   20000000 kB\n");
    write("proc/self/cgroup", "0::/box\n");
    write("sys/fs/cgroup/box/memory.max", "500000000\n");
    write("sys/fs/cgroup/box/memory.current", "100000000\n");
  }
  void write(const std::string& file, const std::string& text) const { folder_.write(file, text); }
  static Config large() {
    Config config;
    config.d_model = 512;
    config.d_ff = 1024;
    config.experts = 16;
    return config;
  }
  test::TemporaryFolder folder_;
  const std::filesystem::path& root_ = folder_.path();
};

TEST_F(InAContainer, AModelTooLargeForItIsRefusedByName) {
  EXPECT_TRUE(check_memory(Config{}, 90, {}, root_));
  const auto refused = check_memory(large(), 90, {}, root_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::usage);
  EXPECT_THAT(refused.error().message, HasSubstr("container"));
  EXPECT_THAT(refused.error().message, HasSubstr("381 MiB")) << "400 MB";
  EXPECT_THAT(refused.error().message, HasSubstr("GiB to train"));
  write("sys/fs/cgroup/box/memory.max", "max\n");
  EXPECT_TRUE(check_memory(large(), 90, {}, root_)) << "the machine has room";
}

TEST_F(InAContainer, WhatIsReplacedGivesBackItsRoomButStandsUntilThen) {
  Config config;
  config.experts = 64;
  config.d_ff = 1024;
  const StandingModel before = standing(config, 90);
  const auto parameters = static_cast<double>(model_cost(config, 90).parameters);
  const double bytes = model_cost(config, 90).training_bytes + 12 * parameters;
  EXPECT_EQ(before.bytes, bytes) << "a state of it is kept";
  EXPECT_EQ(before.built, 12 * parameters);
  EXPECT_EQ(before.state, 28 * parameters) << "gradients and the state stay with it";
  const auto leave = [&](double free) {
    write("sys/fs/cgroup/box/memory.max", std::to_string(static_cast<std::int64_t>(free)));
    write("sys/fs/cgroup/box/memory.current", "0\n");
  };
  leave(1.5 * bytes);
  EXPECT_TRUE(check_memory(config, 90, {}, root_));
  leave(1.3 * bytes);
  EXPECT_FALSE(check_memory(config, 90, {}, root_));
  EXPECT_TRUE(check_memory(config, 90, before, root_)) << "another like it, in its place";
  // Enough when the old one is gone, but both do not fit at once.
  leave(0.02 * bytes);
  Config half = config;
  half.experts = 32;
  const auto refused = check_memory(half, 90, before, root_);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("still stands"));
}

TEST_F(InAContainer, WithoutAnythingToReadEverythingIsAllowed) {
  EXPECT_TRUE(check_memory(large(), 90, {}, root_ / "nowhere"));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
