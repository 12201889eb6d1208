#include "core/record/reading/run_list.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

namespace switchyard {

void read_runs(const std::filesystem::path& directory, const std::function<bool(RunSummary&&)>& take) {
  RunIndex index(directory);
  read_runs(index, take);
}

void read_runs(RunIndex& index, const std::function<bool(RunSummary&&)>& take, RunDetail detail,
               const std::function<void(const std::string& name)>& unreadable) {
  std::vector<std::pair<std::int64_t, std::string>> folders;
  for (std::string& name : index.folders())
    if (const std::int64_t changed = index.changed_unix_s(name); changed >= 0)
      folders.emplace_back(changed, std::move(name));
  std::sort(folders.rbegin(), folders.rend());
  for (const auto& [changed, name] : folders) {
    if (auto run = index.read(name, detail)) {
      if (!take(std::move(*run))) return;
    } else if (unreadable) {
      unreadable(name);
    }
  }
  std::vector<std::string> names;
  for (auto& [changed, name] : folders) names.push_back(std::move(name));
  index.keep_only(std::move(names));
}

std::vector<RunSummary> list_runs(const std::filesystem::path& directory, std::size_t most) {
  std::vector<RunSummary> runs;
  if (most == 0) return runs;
  read_runs(directory, [&](RunSummary&& run) {
    runs.push_back(std::move(run));
    return runs.size() < most;
  });
  return runs;
}

}  // namespace switchyard
