// The runs of a directory, the newest first, by their last rows. Of those that have not changed since they were
// last read nothing is but their rows of the directory's index (run_index.h).
//
// Thread safety: pure functions of the file system.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <limits>
#include <vector>

#include "core/record/reading/run_index.h"
#include "core/record/reading/run_summary.h"

namespace switchyard {

inline constexpr std::size_t kAllRuns = std::numeric_limits<std::size_t>::max();

// At most so many; what is no run is passed over.
std::vector<RunSummary> list_runs(const std::filesystem::path& directory, std::size_t most);
// All of them, each as soon as it is read, until `take` returns false: the first time ten thousand take seconds.
void read_runs(const std::filesystem::path& directory, const std::function<bool(RunSummary&&)>& take);
// `unreadable`, where given, hears of each folder that looks like a run's and cannot be read as one.
void read_runs(RunIndex& index, const std::function<bool(RunSummary&&)>& take,
               RunDetail detail = RunDetail::glance,
               const std::function<void(const std::string& name)>& unreadable = {});

}  // namespace switchyard
