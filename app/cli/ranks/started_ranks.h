// Further processes of this program, on this machine, with the same command line: the ranks behind rank 0, for
// those who have no launcher. They end by themselves when rank 0 is gone. Thread safety: one thread. start()
// forks: before threads that hold locks.
#pragma once

#include <sys/types.h>

#include <vector>

#include "core/base/result.h"
#include "core/train/interface/ranks.h"

namespace switchyard::app {

// Set for those that were started so.
inline constexpr const char* kStartedRank = "SWITCHYARD_STARTED_RANK";

class StartedRanks {
 public:
  StartedRanks() = default;
  // Waits for all of them; what does not end by itself, though it was told to, is ended.
  ~StartedRanks();
  StartedRanks(const StartedRanks&) = delete;
  StartedRanks& operator=(const StartedRanks&) = delete;

  // Ranks 1 to size - 1 of `place`, which is rank 0's and says where it listens. failure: one does not start.
  Result<void> start(const RankPlace& place);

 private:
  std::vector<pid_t> processes_;
};

}  // namespace switchyard::app
