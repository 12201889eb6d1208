// The one thread that computes: up to four runs side by side, each with its Link, its model and its folder, in
// turn on one pool of threads. Whatever is sent is heard between slices (micro-batches).
//
// In step: of the runs that train, the one with the fewest steps behind it in this company goes on, of equals in
// turn, a slice at a time. So none is ever more than one step ahead of another, and each does what it would have
// done alone, to the bit. A run that joins, or plays again, begins level with the one that is furthest behind, or,
// where it is to be compared (LiveRunOptions::catches_up), as far from it as its own step is: then it catches up
// first. So does one that is compared and has another model by then: reset, brought back, gone on with. A run that
// waits for nothing takes no time.
//
// Beside them it runs side_work(), whose pieces are another thread's: one a turn, behind the slice; none changes a
// bit of what is learned.
//
// Thread safety: open(), links(), stop(), side_work() and is_over() from any thread; run() on the thread that
// computes, once; state_of() and data_of() there, in a piece of side work.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/config/config.h"
#include "core/session/driving/live_run.h"
#include "core/session/meeting/bell.h"
#include "core/session/meeting/link.h"
#include "core/session/meeting/options.h"
#include "core/session/side_work.h"

namespace switchyard {

class Lab {
 public:
  static constexpr std::size_t kMostRuns = 4;

  // A run begins, by LiveRun's rules, over this Link; it lives until a Stop over it. usage: there are kMostRuns,
  // or the lab is over.
  Result<std::shared_ptr<Link>> open(Config config, MakeTrainer make_trainer, LiveRunOptions options);
  // Of all runs that have not ended, in the order they began.
  std::vector<std::shared_ptr<Link>> links();
  // Stops all runs, and lets no more begin. Their Links: RunStatus says of each what was saved once is_over().
  std::vector<std::shared_ptr<Link>> stop();
  // Closed once the lab is over.
  const std::shared_ptr<SideWork>& side_work() const { return side_work_; }
  // The model of the live run with this id, as of the end of its last step: what a copy is made from. usage: there
  // is no such run here, or it has no model yet.
  Result<TrainerState> state_of(const std::string& run) const;
  // The file that it learns from, as it was read; no bytes: none, or no such run.
  Fingerprint data_of(const std::string& run) const;
  // All runs have ended, their weights written: run() returns.
  bool is_over() const { return is_over_; }

  // Returns once the last run has stopped.
  void run();

 private:
  struct Seat {
    std::shared_ptr<Link> link;
    std::unique_ptr<LiveRun> run;
    std::int64_t steps = 0;  // in this company
    bool trains = false;
    std::uint32_t model = 0;  // whose steps they are
  };
  struct Start {
    std::shared_ptr<Link> link;
    Config config;
    MakeTrainer make_trainer;
    LiveRunOptions options;
  };

  // False once nobody is there any more.
  bool seat_newcomers();
  void turn();
  void end_stopped();
  Seat* next_to_train();

  const std::shared_ptr<Bell> bell_ = std::make_shared<Bell>();
  const std::shared_ptr<SideWork> side_work_ = std::make_shared<SideWork>(bell_);
  std::mutex mutex_;
  std::vector<Start> starts_;                 // not seated yet
  std::vector<std::shared_ptr<Link>> links_;  // of all that have not ended
  bool closed_ = false;
  std::atomic<bool> is_over_ = false;

  std::vector<std::unique_ptr<Seat>> seats_;
  std::size_t first_ = 0;  // the seat behind the one that trained last
};

}  // namespace switchyard
