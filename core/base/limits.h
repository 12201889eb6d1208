// What the system, a container and the shell leave this process: memory it may still take, processors it may use.
//
// Read from files alone, all below `root`, so that tests make their own: /proc/meminfo, /proc/self/{status,limits,
// cgroup,mountinfo}, and of cgroups (version 1, version 2, or both mounted) the limits of the process's own and of
// every ancestor that can be seen. A file that is missing or says "max" limits nothing.
// Thread safety: pure apart from reading files and asking the kernel.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace switchyard {

struct MemoryRoom {
  double bytes = 0;
  // What sets the bound, for a sentence: "the memory limit of the container (cgroup)".
  std::string bound;
};

// The least of
//   MemAvailable of the machine, and where it does not overcommit what is left to commit,
//   limit - used of each cgroup, used without the page cache that can be taken back (inactive_file); limit: v2
//     memory.max and memory.high, v1 memory.limit_in_bytes and hierarchical_memory_limit,
//   what the shell's limits on address space and data segment (RLIMIT_AS, RLIMIT_DATA) leave.
// Nothing if none of it can be read.
std::optional<MemoryRoom> memory_room(const std::filesystem::path& root = "/");

// Whether so much address space can be had in one piece. Asked of the kernel itself: what is mapped already, and where, is
// known there alone. Nothing is kept.
bool can_map(double bytes);

// OpenBLAS maps this much for each thread, when it is loaded and at its first product; where it may not it does not say so but
// asks for ever. Whoever is about to let it asks can_map() first.
inline constexpr double kBlasWorkspaceBytes = 128.0 * 1024 * 1024;

// Processors' worth of time that cgroups grant, the least along the chain: v2 cpu.max, v1 cpu.cfs_quota_us over
// cpu.cfs_period_us. Infinity without a quota.
double cpu_quota(const std::filesystem::path& root = "/");

// Physical cores this process may run on (affinity and cpusets; hyperthreads of one count once), but no more than
// whole ones of the quota: a thread beyond it makes all wait at every barrier. At least 1.
std::int32_t usable_cores(const std::filesystem::path& root = "/");

}  // namespace switchyard
