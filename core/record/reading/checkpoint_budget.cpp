#include "core/record/reading/checkpoint_budget.h"

#include <algorithm>
#include <optional>
#include <system_error>
#include <utility>

#include "core/record/checkpoint/checkpoint_store.h"
#include "core/record/folder/run_description.h"
#include "core/record/folder/run_lock.h"
#include "core/record/folder/trash.h"

namespace switchyard {
namespace {

namespace fs = std::filesystem;

template <class Take>
void for_each_run(const fs::path& directory, Take take) {
  std::error_code code;
  for (fs::directory_iterator at(directory, code), end; !code && at != end; at.increment(code)) {
    std::error_code ignored;
    if (fs::is_directory(at->path() / kCheckpointFolder, ignored)) take(at->path());
  }
}

// Every run of the directory may be a child, also one without checkpoints of its own.
std::vector<RunPoint> forks_of(const fs::path& directory) {
  std::vector<RunPoint> forks;
  std::error_code code;
  for (fs::directory_iterator at(directory, code), end; !code && at != end; at.increment(code))
    if (const auto description = read_run_description(at->path()); description && description->run.parent)
      forks.push_back(*description->run.parent);
  return forks;
}

std::uint64_t bytes_of_run(const fs::path& run) {
  std::uint64_t bytes = 0;
  std::error_code code;
  for (fs::directory_iterator at(run / kCheckpointFolder, code), end; !code && at != end; at.increment(code)) {
    std::error_code unknown;
    const std::uintmax_t size = at->file_size(unknown);
    if (!unknown) bytes += size;
  }
  return bytes;
}

}  // namespace

std::uint64_t checkpoint_bytes(const fs::path& directory) {
  std::uint64_t bytes = 0;
  for_each_run(directory, [&](const fs::path& run) { bytes += bytes_of_run(run); });
  return bytes;
}

CheckpointStore::Kept keep_run_within(const fs::path& run_folder, const std::string& run, std::uint64_t budget_bytes,
                                      std::vector<std::int64_t> pinned_steps) {
  // Who its children are matters only where something has to go.
  if (bytes_of_run(run_folder) > budget_bytes)
    for (const RunPoint& fork : forks_of(run_folder.parent_path()))
      if (fork.run == run) pinned_steps.push_back(fork.step);
  return CheckpointStore(run_folder).keep_within(budget_bytes, pinned_steps);
}

CheckpointStore::Kept keep_runs_within(const fs::path& directory, std::uint64_t budget_bytes,
                                       std::span<const fs::path> held, std::span<const RunPoint> pinned) {
  const std::uint64_t bytes = checkpoint_bytes(directory);
  if (const Trash trash(directory); bytes + trash.bytes() > budget_bytes)
    trash.shrink_to(budget_bytes - std::min(bytes, budget_bytes));
  if (bytes <= budget_bytes) return {bytes, 0, {}};
  std::vector<RunPoint> pins = forks_of(directory);
  pins.insert(pins.end(), pinned.begin(), pinned.end());
  std::vector<std::vector<KeptCheckpoint>> kept;
  std::vector<std::vector<CheckpointHeader>> headers;
  std::vector<RunLock> locks;  // so that nobody goes on in a run while it is thinned
  for_each_run(directory, [&](const fs::path& run) {
    const bool is_own = std::any_of(held.begin(), held.end(), [&](const fs::path& own) {
      std::error_code code;
      return fs::equivalent(own, run, code) && !code;
    });
    bool is_others = false;
    if (!is_own) {
      auto lock = RunLock::take(run);
      is_others = !lock;
      if (lock) locks.push_back(std::move(*lock));
    }
    headers.push_back(CheckpointStore(run).list().checkpoints);
    std::vector<KeptCheckpoint>& all = kept.emplace_back();
    for (const CheckpointHeader& at : headers.back()) {
      const bool needed = std::find(pins.begin(), pins.end(), RunPoint{at.label.run, at.label.step}) != pins.end();
      all.push_back({at.label.step, at.bytes, at.label.val_loss, is_others || needed || !at.label.name.empty()});
    }
  });
  const Thinning plan = thin_checkpoints(kept, budget_bytes);
  CheckpointStore::Kept done{plan.bytes, 0, thinning_warning(plan, budget_bytes, directory.native())};
  for (const auto& [run, index] : plan.drop) {
    const CheckpointHeader& gone = headers[run][index];
    if (CheckpointStore(gone.file.parent_path().parent_path()).remove(gone)) ++done.dropped;
    else done.bytes += gone.bytes;
  }
  return done;
}

}  // namespace switchyard
