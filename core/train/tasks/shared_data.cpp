#include "core/train/tasks/shared_data.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <mutex>
#include <optional>
#include <vector>

#include "core/base/file_name.h"

namespace switchyard {
namespace {

constexpr std::int64_t kCoarseClock_s = 2;

// Of what bytes a name stands for; all zero: of no file.
using Stamp = std::array<std::int64_t, 5>;

// Nothing: there is no such file, or it may change without its stamp.
std::optional<Stamp> stamp_of(const Config& config) {
  if (!learns_from_file(config)) return Stamp{};
  struct stat at {};
  if (::stat(path_of_text(config.*data_knob(config.task).file).c_str(), &at) != 0) return std::nullopt;
  if (at.st_ctim.tv_sec + kCoarseClock_s >= std::time(nullptr)) return std::nullopt;
  return Stamp{static_cast<std::int64_t>(at.st_dev), static_cast<std::int64_t>(at.st_ino),
               static_cast<std::int64_t>(at.st_size), static_cast<std::int64_t>(at.st_ctim.tv_sec),
               static_cast<std::int64_t>(at.st_ctim.tv_nsec)};
}

struct InUse {
  Config config;
  Stamp stamp;
  std::weak_ptr<const TaskData> data;
};

class AllInUse {
 public:
  std::shared_ptr<const TaskData> find(const Config& config, const Stamp& stamp) {
    const std::lock_guard lock(mutex_);
    for (const InUse& one : entries_)
      if (one.stamp == stamp && learns_from_the_same(config, one.config))
        if (auto data = one.data.lock()) return data;
    return nullptr;
  }

  void add(const Config& config, const Stamp& stamp, const std::shared_ptr<const TaskData>& data) {
    const std::lock_guard lock(mutex_);
    std::erase_if(entries_, [](const InUse& one) { return one.data.expired(); });
    entries_.push_back({config, stamp, data});
  }

 private:
  std::mutex mutex_;
  std::vector<InUse> entries_;
};

AllInUse& all_in_use() {
  static AllInUse all;
  return all;
}

}  // namespace

Result<std::shared_ptr<const TaskData>> shared_data(const Config& config) {
  const auto before = stamp_of(config);
  if (before)
    if (auto data = all_in_use().find(config, *before)) return data;
  auto data = load_data(config);
  if (data && before && before == stamp_of(config)) all_in_use().add(config, *before, *data);
  return data;
}

}  // namespace switchyard
