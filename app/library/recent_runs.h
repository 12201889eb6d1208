// The user's recent runs, for the strip that offers to go on with one: read from the disk on a thread of its own.
//
// Thread safety: RecentRuns belongs to the window's thread; its reader touches files alone.
#pragma once

#include <cstdint>
#include <filesystem>
#include <future>
#include <string>
#include <vector>

#include "core/record/reading/run_list.h"

namespace switchyard::app {

struct RecentRun {
  RunSummary run;
  std::vector<CurvePoint> curve;  // of the training loss, evenly over the run
};

inline constexpr std::size_t kMostRecent = 4;

// Those of a directory, and those in `folders` beside it, that can be gone on with and that nobody holds, the
// newest first. What is no run is passed over; a folder that is not there any more is among `gone`.
std::vector<RecentRun> recent_runs(const std::filesystem::path& directory,
                                   const std::vector<std::filesystem::path>& folders = {},
                                   std::vector<std::filesystem::path>* gone = nullptr,
                                   std::size_t most = kMostRecent);

// "just now", "3 min ago", "2 h ago", "5 days ago".
std::string age_text(std::int64_t seconds);
// A sentence where the newest one ended without keeping its last step (a crash, a kill, a power cut); empty otherwise.
std::string unfinished_text(const std::vector<RecentRun>& runs);

class RecentRuns {
 public:
  // Begins to read; `wake` is called from the reader's thread when it is done.
  void read(const std::filesystem::path& directory, const std::vector<std::filesystem::path>& folders,
            void (*wake)());
  // True once: what was read is in `into`.
  bool take(std::vector<RecentRun>& into);
  // Of the folders, once it is read.
  const std::vector<std::filesystem::path>& gone() const { return gone_; }

 private:
  struct Found {
    std::vector<RecentRun> runs;
    std::vector<std::filesystem::path> gone;
  };
  std::future<Found> reading_;
  std::vector<std::filesystem::path> gone_;
};

}  // namespace switchyard::app
