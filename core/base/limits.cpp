#include "core/base/limits.h"

#include <sys/mman.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <limits>
#include <set>
#include <sstream>
#include <string_view>
#include <thread>
#include <vector>

namespace switchyard {
namespace {

using Path = std::filesystem::path;

constexpr double kNoLimit = std::numeric_limits<double>::infinity();

Path below(const Path& root, const std::string& absolute) {
  return root / absolute.substr(std::min(absolute.find_first_not_of('/'), absolute.size()));
}

std::vector<std::string> lines_of(const Path& file) {
  std::ifstream in(file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(std::move(line));
  return lines;
}

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream in(line);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(std::move(word));
  return words;
}

// A number; nothing for "max", "unlimited" and whatever else is none.
std::optional<double> number_in(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value) || value < 0) return {};
  return value;
}

std::optional<double> number_of(const Path& file) {
  const auto lines = lines_of(file);
  if (lines.empty()) return {};
  const auto words = words_of(lines.front());
  return words.empty() ? std::nullopt : number_in(words.front());
}

// The number behind a key, "inactive_file 4096" or "VmData:   120 kB".
std::optional<double> value_of(const Path& file, std::string_view key) {
  for (const std::string& line : lines_of(file)) {
    const auto words = words_of(line);
    if (words.size() < 2 || words[0] != key) continue;
    const auto value = number_in(words[1]);
    return value && words.size() > 2 && words[2] == "kB" ? *value * 1024 : value;
  }
  return {};
}

bool lists(const std::string& comma_separated, std::string_view wanted) {
  std::istringstream in(comma_separated);
  for (std::string item; std::getline(in, item, ',');)
    if (item == wanted) return true;
  return false;
}

// Spaces and the like stand in mountinfo as octal numbers.
std::string unescaped(const std::string& text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto octal = [&](std::size_t at) { return at < text.size() && text[at] >= '0' && text[at] <= '7'; };
    if (text[i] == '\\' && octal(i + 1) && octal(i + 2) && octal(i + 3)) {
      plain += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
      i += 3;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

struct Mount {
  std::string shows;  // the cgroup at its top
  std::string point;
};

// Where a hierarchy is mounted: of version 1 the one with the controller, of version 2 the only one.
std::vector<Mount> mounts_of(const Path& root, std::string_view controller) {
  std::vector<Mount> mounts;
  for (const std::string& line : lines_of(below(root, "/proc/self/mountinfo"))) {
    const auto words = words_of(line);
    const auto dash = std::find(words.begin(), words.end(), "-");
    if (words.size() < 6 || words.end() - dash < 4) continue;
    const std::string &type = dash[1], &options = dash[3];
    if (controller.empty() ? type == "cgroup2" : type == "cgroup" && lists(options, controller))
      mounts.push_back({unescaped(words[3]), unescaped(words[4])});
  }
  if (!mounts.empty()) return mounts;
  // Where they lie by convention.
  const std::string top = "/sys/fs/cgroup";
  if (controller.empty()) return {{"/", top}, {"/", top + "/unified"}};
  return {{"/", top + "/" + std::string(controller)}, {"/", top + "/cpu,cpuacct"}};
}

// The folder of this process's cgroup and those of its ancestors, as far up as they can be seen. No controller:
// version 2.
std::vector<Path> cgroup_folders(const Path& root, std::string_view controller) {
  std::vector<Path> folders;
  for (const std::string& line : lines_of(below(root, "/proc/self/cgroup"))) {
    const std::size_t first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    if (controller.empty() ? !controllers.empty() : !lists(controllers, controller)) continue;
    const std::string own = line.substr(second + 1);
    for (const Mount& mount : mounts_of(root, controller)) {
      // In a container without a namespace of its own the mount shows a part of the tree; a path outside of what
      // it shows
      // ("/..", another branch) says no more than that the top of the mount is an ancestor.
      std::string within;
      if (mount.shows == "/") within = own;
      else if (own.starts_with(mount.shows + "/")) within = own.substr(mount.shows.size());
      if (within.find("/..") != std::string::npos) within.clear();
      for (;;) {
        folders.push_back(below(root, mount.point) /
                          within.substr(std::min(within.find_first_not_of('/'), within.size())));
        const std::size_t cut = within.find_last_not_of('/');
        if (cut == std::string::npos) break;
        const std::size_t slash = within.rfind('/', cut);
        within.resize(slash == std::string::npos ? 0 : slash);
      }
    }
  }
  return folders;
}

class Least {
 public:
  void offer(std::optional<double> bytes, const char* bound) {
    if (!bytes || !(*bytes < least_.bytes)) return;
    least_ = {std::max(0.0, *bytes), bound};
  }
  std::optional<MemoryRoom> take() const {
    return std::isfinite(least_.bytes) ? std::optional(least_) : std::nullopt;
  }

 private:
  MemoryRoom least_{kNoLimit, ""};
};

std::optional<double> left_of(double limit, std::optional<double> used) {
  if (!std::isfinite(limit)) return {};
  return limit - used.value_or(0);
}

// used less what of it is page cache that nobody has touched for long: the kernel takes that back before it
// refuses.
std::optional<double> held(const std::optional<double>& used, const std::optional<double>& cache) {
  if (!used) return {};
  return std::max(0.0, *used - cache.value_or(0));
}

void offer_cgroups(Least& least, const Path& root) {
  constexpr const char* bound = "the memory limit of the container (cgroup)";
  for (const Path& folder : cgroup_folders(root, "")) {
    const double limit = std::min(number_of(folder / "memory.max").value_or(kNoLimit),
                                  number_of(folder / "memory.high").value_or(kNoLimit));
    if (!std::isfinite(limit)) continue;
    least.offer(left_of(limit, held(number_of(folder / "memory.current"),
                                    value_of(folder / "memory.stat", "inactive_file"))),
                bound);
  }
  for (const Path& folder : cgroup_folders(root, "memory")) {
    const double limit =
        std::min(number_of(folder / "memory.limit_in_bytes").value_or(kNoLimit),
                 value_of(folder / "memory.stat", "hierarchical_memory_limit").value_or(kNoLimit));
    if (!std::isfinite(limit)) continue;
    auto cache = value_of(folder / "memory.stat", "total_inactive_file");
    if (!cache) cache = value_of(folder / "memory.stat", "inactive_file");
    least.offer(left_of(limit, held(number_of(folder / "memory.usage_in_bytes"), cache)), bound);
  }
}

// The soft limit in a line of /proc/self/limits, "Max address space   unlimited   unlimited   bytes".
double shell_limit(const Path& root, std::string_view name) {
  for (const std::string& line : lines_of(below(root, "/proc/self/limits"))) {
    if (!line.starts_with(name)) continue;
    const auto words = words_of(line.substr(name.size()));
    return words.empty() ? kNoLimit : number_in(words.front()).value_or(kNoLimit);
  }
  return kNoLimit;
}

// "0-3,8" as processors.
std::vector<int> processors_in(const std::string& list) {
  std::vector<int> found;
  std::istringstream in(list);
  for (std::string part; std::getline(in, part, ',');) {
    const std::size_t dash = part.find('-');
    const auto first = number_in(part.substr(0, dash));
    const auto last = dash == std::string::npos ? first : number_in(part.substr(dash + 1));
    if (!first || !last || *last - *first > 1e6) continue;
    for (int cpu = static_cast<int>(*first); cpu <= static_cast<int>(*last); ++cpu) found.push_back(cpu);
  }
  return found;
}

}  // namespace

bool can_map(double bytes) {
  const auto size = static_cast<std::size_t>(bytes);
  void* const room = ::mmap(nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (room == MAP_FAILED) return false;
  ::munmap(room, size);
  return true;
}

std::optional<MemoryRoom> memory_room(const Path& root) {
  Least least;
  const Path meminfo = below(root, "/proc/meminfo"), status = below(root, "/proc/self/status");
  least.offer(value_of(meminfo, "MemAvailable:"), "the machine's free memory");
  // 2: what is asked for must be there, used or not.
  if (number_of(below(root, "/proc/sys/vm/overcommit_memory")) == 2.0)
    if (const auto limit = value_of(meminfo, "CommitLimit:"))
      least.offer(left_of(*limit, value_of(meminfo, "Committed_AS:")), "what the machine can still commit");
  offer_cgroups(least, root);
  least.offer(left_of(shell_limit(root, "Max address space"), value_of(status, "VmSize:")),
              "the limit on address space (ulimit -v)");
  least.offer(left_of(shell_limit(root, "Max data size"), value_of(status, "VmData:")),
              "the limit on data (ulimit -d)");
  return least.take();
}

double cpu_quota(const Path& root) {
  double least = kNoLimit;
  const auto offer = [&](std::optional<double> quota, std::optional<double> period) {
    if (quota && period && *quota > 0 && *period > 0) least = std::min(least, *quota / *period);
  };
  for (const Path& folder : cgroup_folders(root, "")) {
    const auto lines = lines_of(folder / "cpu.max");
    const auto words = lines.empty() ? std::vector<std::string>() : words_of(lines.front());
    if (words.size() == 2) offer(number_in(words[0]), number_in(words[1]));
  }
  for (const Path& folder : cgroup_folders(root, "cpu"))
    offer(number_of(folder / "cpu.cfs_quota_us"), number_of(folder / "cpu.cfs_period_us"));
  return least;
}

std::int32_t usable_cores(const Path& root) {
  std::set<std::string> cores;
  for (const std::string& line : lines_of(below(root, "/proc/self/status"))) {
    const auto words = words_of(line);
    if (words.size() != 2 || words[0] != "Cpus_allowed_list:") continue;
    for (const int cpu : processors_in(words[1])) {
      const auto siblings = lines_of(
          below(root, "/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/topology/thread_siblings_list"));
      cores.insert(siblings.empty() ? std::to_string(cpu) : siblings.front());
    }
  }
  double count =
      cores.empty() ? std::max(1U, std::thread::hardware_concurrency()) : static_cast<double>(cores.size());
  count = std::min(count, std::floor(cpu_quota(root) + 1e-9));
  return std::max<std::int32_t>(1, static_cast<std::int32_t>(count));
}

}  // namespace switchyard
