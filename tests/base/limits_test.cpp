#include "core/base/limits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/temporary_folder.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using testing::HasSubstr;

constexpr double kMega = 1e6;

// A system of files, made up.
class System : public ::testing::Test {
 protected:
  System() {
    write("proc/meminfo",
          "MemTotal:       20000000 kB\nMemFree:         1000 kB\nMemAvailable:   10000000 kB\n"
          "CommitLimit:    4000000 kB\nCommitted_AS:   3000000 kB\n");
    write("proc/self/status", "Name:\tx\nVmSize:\t  2000000 kB\nVmData:\t  500000 kB\nCpus_allowed_list:\t0-7\n");
    limits("unlimited", "unlimited");
  }
  void write(const std::string& file, const std::string& text) const { folder_.write(file, text); }
  void limits(const std::string& address_space, const std::string& data) const {
    write("proc/self/limits",
          "Limit                     Soft Limit           Hard Limit           Units     \n"
          "Max data size             " +
              data +
              "            unlimited            bytes     \n"
              "Max address space         " +
              address_space + "            unlimited            bytes     \n");
  }
  void version_2(const std::string& own, const std::string& shows = "/") const {
    write("proc/self/cgroup", "0::" + own + "\n");
    write("proc/self/mountinfo", "31 23 0:28 / / rw - ext4 /dev/sda rw\n35 31 0:32 " + shows +
                                     " /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n");
  }
  void version_1(const std::string& own, const std::string& shows = "/") const {
    write("proc/self/cgroup", "9:name=systemd:/\n5:cpu,cpuacct:" + own + "\n4:memory:" + own + "\n0::/\n");
    write("proc/self/mountinfo", "35 31 0:32 " + shows +
                                     " /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n36 31 0:33 " + shows +
                                     " /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
                                     "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n");
  }
  double room() const {
    const auto found = memory_room(root_);
    return found ? found->bytes : NAN;
  }
  std::string bound() const { return memory_room(root_)->bound; }

  static constexpr double kMachine = 10'000'000.0 * 1024;
  test::TemporaryFolder folder_;
  const std::filesystem::path& root_ = folder_.path();
};

TEST_F(System, WithoutLimitsTheMachineIsTheLimit) {
  EXPECT_EQ(room(), kMachine);
  EXPECT_THAT(bound(), HasSubstr("machine"));
  EXPECT_TRUE(std::isinf(cpu_quota(root_)));
  EXPECT_EQ(usable_cores(root_), 8);
  version_2("/a/b");
  EXPECT_EQ(room(), kMachine) << "no file, no limit";
  for (const char* none : {"max\n", "9223372036854771712\n", "18446744073709551615\n",
                           "99999999999999999999999999\n", "\n", "x\n", "-1\n"}) {
    write("sys/fs/cgroup/a/b/memory.max", none);
    write("sys/fs/cgroup/a/b/memory.current", "5000000\n");
    EXPECT_EQ(room(), kMachine) << none;
  }
  write("sys/fs/cgroup/a/b/cpu.max", "max 100000\n");
  EXPECT_TRUE(std::isinf(cpu_quota(root_)));
}

TEST_F(System, NothingToReadIsNothingKnown) {
  EXPECT_FALSE(memory_room(root_ / "nowhere"));
  EXPECT_TRUE(std::isinf(cpu_quota(root_ / "nowhere")));
  EXPECT_GE(usable_cores(root_ / "nowhere"), 1);
}

TEST_F(System, TheTightestOfTheChainCounts) {
  version_2("/pod/box/task");
  write("sys/fs/cgroup/pod/box/task/memory.max", "max\n");
  write("sys/fs/cgroup/pod/box/task/memory.current", "100000000\n");
  write("sys/fs/cgroup/pod/box/memory.max", "800000000\n");
  write("sys/fs/cgroup/pod/box/memory.current", "300000000\n");
  EXPECT_EQ(room(), 500 * kMega);
  EXPECT_THAT(bound(), HasSubstr("container"));
  // A parent with more room in all, but less of it left.
  write("sys/fs/cgroup/pod/memory.max", "900000000\n");
  write("sys/fs/cgroup/pod/memory.current", "850000000\n");
  EXPECT_EQ(room(), 50 * kMega);
  write("sys/fs/cgroup/pod/memory.current", "950000000\n");
  EXPECT_EQ(room(), 0) << "over the limit is no room, not less than none";
}

TEST_F(System, CacheThatCanBeTakenBackIsNotUsedAndHighIsALimit) {
  version_2("/box");
  write("sys/fs/cgroup/box/memory.max", "500000000\n");
  write("sys/fs/cgroup/box/memory.current", "450000000\n");
  write("sys/fs/cgroup/box/memory.stat",
        "anon 40000000\nfile 410000000\ninactive_file 400000000\nactive_file 10000000\n");
  EXPECT_EQ(room(), 450 * kMega);
  write("sys/fs/cgroup/box/memory.high", "300000000\n");
  EXPECT_EQ(room(), 250 * kMega) << "beyond it everything is slowed down to a halt";
}

TEST_F(System, ANamespaceShowsItsTopAsTheRoot) {
  // What a container with a namespace of its own sees.
  version_2("/");
  write("sys/fs/cgroup/memory.max", "500000000\n");
  write("sys/fs/cgroup/memory.current", "100000000\n");
  write("sys/fs/cgroup/cpu.max", "150000 100000\n");
  EXPECT_EQ(room(), 400 * kMega);
  EXPECT_EQ(cpu_quota(root_), 1.5);
  EXPECT_EQ(usable_cores(root_), 1);
  // Moved out of it: the path leads above what can be seen.
  version_2("/../../other");
  EXPECT_EQ(room(), 400 * kMega);
  // Without a namespace the mount shows a branch of the tree, and the path is that of the whole tree.
  version_2("/docker/0abc", "/docker/0abc");
  EXPECT_EQ(room(), 400 * kMega);
  version_2("/docker/0abc/inner", "/docker/0abc");
  write("sys/fs/cgroup/inner/memory.max", "300000000\n");
  EXPECT_EQ(room(), 300 * kMega);
  version_2("/docker/0abcdef", "/docker/0abc");
  EXPECT_EQ(room(), 400 * kMega) << "a sibling of a similar name";
}

TEST_F(System, VersionOneHasFilesOfItsOwn) {
  version_1("/docker/0abc");
  write("sys/fs/cgroup/memory/docker/0abc/memory.limit_in_bytes", "500000000\n");
  write("sys/fs/cgroup/memory/docker/0abc/memory.usage_in_bytes", "300000000\n");
  write("sys/fs/cgroup/memory/docker/0abc/memory.stat",
        "inactive_file 5\nhierarchical_memory_limit 9223372036854771712\n"
        "total_inactive_file 100000000\n");
  write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  write("sys/fs/cgroup/memory/memory.usage_in_bytes", "700000000\n");
  write("sys/fs/cgroup/cpu,cpuacct/docker/0abc/cpu.cfs_quota_us", "-1\n");
  write("sys/fs/cgroup/cpu,cpuacct/docker/0abc/cpu.cfs_period_us", "100000\n");
  write("sys/fs/cgroup/cpu,cpuacct/docker/cpu.cfs_quota_us", "300000\n");
  write("sys/fs/cgroup/cpu,cpuacct/docker/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(room(), 300 * kMega);
  EXPECT_EQ(cpu_quota(root_), 3);
  EXPECT_EQ(usable_cores(root_), 3);
  // An ancestor that cannot be seen is told of in memory.stat.
  version_1("/docker/0abc", "/docker/0abc");
  write("sys/fs/cgroup/memory/memory.stat", "hierarchical_memory_limit 900000000\ntotal_inactive_file 0\n");
  EXPECT_EQ(room(), 200 * kMega);
}

TEST_F(System, BothVersionsMountedBothCount) {
  version_1("/one");
  write("sys/fs/cgroup/memory/one/memory.limit_in_bytes", "500000000\n");
  write("sys/fs/cgroup/memory/one/memory.usage_in_bytes", "0\n");
  write("sys/fs/cgroup/unified/memory.max", "400000000\n");
  EXPECT_EQ(room(), 400 * kMega);
  write("sys/fs/cgroup/unified/memory.max", "600000000\n");
  EXPECT_EQ(room(), 500 * kMega);
}

TEST_F(System, WithoutMountinfoThePlacesAreThoseOfConvention) {
  write("proc/self/cgroup", "0::/box\n");
  write("sys/fs/cgroup/box/memory.max", "500000000\n");
  EXPECT_EQ(room(), 500 * kMega);
  write("proc/self/cgroup", "4:memory:/box\n5:cpu,cpuacct:/box\n");
  write("sys/fs/cgroup/memory/box/memory.limit_in_bytes", "400000000\n");
  write("sys/fs/cgroup/cpu/box/cpu.cfs_quota_us", "50000\n");
  write("sys/fs/cgroup/cpu/box/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(room(), 400 * kMega);
  EXPECT_EQ(cpu_quota(root_), 0.5);
  EXPECT_EQ(usable_cores(root_), 1) << "half a processor is one thread";
}

TEST_F(System, TheShellsLimitsCount) {
  limits("3000000000", "unlimited");
  EXPECT_EQ(room(), 3e9 - 2'000'000.0 * 1024);
  EXPECT_THAT(bound(), HasSubstr("ulimit -v"));
  limits("3000000000", "600000000");
  EXPECT_EQ(room(), 6e8 - 500'000.0 * 1024);
  EXPECT_THAT(bound(), HasSubstr("ulimit -d"));
  limits("unlimited", "unlimited");
  write("proc/sys/vm/overcommit_memory", "2\n");
  EXPECT_EQ(room(), 1'000'000.0 * 1024) << "without overcommitting what is promised is gone";
}

TEST_F(System, HyperthreadsOfACoreCountOnce) {
  for (int cpu = 0; cpu < 8; ++cpu)
    write("sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/topology/thread_siblings_list",
          std::to_string(cpu % 4) + "," + std::to_string(cpu % 4 + 4) + "\n");
  EXPECT_EQ(usable_cores(root_), 4);
  write("proc/self/status", "Cpus_allowed_list:\t1,5,1500-1501\n");
  EXPECT_EQ(usable_cores(root_), 3) << "processors beyond the thousandth are processors too";
}

// This machine, whatever it is.
TEST(Limits, OfThisMachineMakeSense) {
  const auto room = memory_room();
  ASSERT_TRUE(room);
  EXPECT_GT(room->bytes, 0);
  EXPECT_FALSE(room->bound.empty());
  EXPECT_GE(usable_cores(), 1);
}

TEST(Limits, AddressSpaceIsAskedForNotTaken) {
  EXPECT_TRUE(can_map(1 << 20));
  EXPECT_FALSE(can_map(std::ldexp(1.0, 62))) << "more than a processor can address";
  for (int i = 0; i < 50'000; ++i) ASSERT_TRUE(can_map(std::ldexp(1.0, 32))) << "nothing is kept";
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
