// Which checkpoints of a run stay, and when the next one is due. Never dropped: the newest two, pinned ones (a
// person named them, a run was forked there, undo needs them) and the best by validation. The others thin evenly
// in the logarithm of their age, so that the recent past is fine and the distant one coarse, until they fit a
// budget.
//
// Thread safety: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/base/records.h"

namespace switchyard {

inline constexpr std::uint64_t kRunCheckpointBytes = std::uint64_t{1} << 30;   // of a run
inline constexpr std::uint64_t kAllCheckpointBytes = std::uint64_t{10} << 30;  // of all runs of a directory

struct KeptCheckpoint {
  std::int64_t step = 0;
  std::uint64_t bytes = 0;
  double val_loss = kMissing;
  bool pinned = false;
};

struct Thinning {
  std::vector<std::pair<std::size_t, std::size_t>> drop;  // run, checkpoint; in the order in which they go
  std::uint64_t bytes = 0;                                // of those that stay
  bool over_budget = false;                               // those that must stay are more than the budget
};
// Of several runs within one budget: the run that holds most gives first.
Thinning thin_checkpoints(std::span<const std::vector<KeptCheckpoint>> runs, std::uint64_t budget_bytes);

// A sentence for a person; empty where all fit.
std::string thinning_warning(const Thinning& thinning, std::uint64_t budget_bytes, const std::string& where);

// Least seconds from one automatic checkpoint to the next: 100 x CPU seconds of the last write / threads, so that
// keeping takes at most a hundredth of what the trainer's threads have.
double least_interval_s(double last_write_cpu_s, std::int32_t threads);

}  // namespace switchyard
