// All a window holds of one run that is data: its curves, the looks kept of it, the newest one. And the runs of a window:
// the one that is shown, and those that came before it, to be gone back to.
//
// Thread safety: window thread only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/base/records.h"
#include "core/history/history.h"
#include "core/history/snapshot_store.h"
#include "core/run/update.h"

namespace switchyard::app {

struct RunView {
  std::string id;                 // RunBegin::run; empty before the first model
  std::uint32_t model_id = 0;     // of the newest model of it: whose records and looks are this run's
  History history;
  SnapshotStore kept;
  std::shared_ptr<const Snapshot> snapshot;  // the newest
  std::shared_ptr<const Inspection> inspection;
};

class Runs {
 public:
  // What runs that are not shown may hold together; beyond it the oldest let go of their looks, then leave.
  static constexpr std::size_t kBudget = std::size_t{512} << 20;
  static constexpr std::size_t kMost = 50;

  Runs() { views_.push_back(std::make_unique<RunView>()); }

  RunView& shown() { return *views_.back(); }
  const RunView& shown() const { return *views_.back(); }
  // All, in the order they were last shown; shown() is the last.
  const std::vector<std::unique_ptr<RunView>>& all() const { return views_; }

  // Curves of those that were shown before, the newest first, at most so many; none that is empty.
  std::vector<const History*> earlier(std::size_t most = 4) const;

  // A model takes its place: its run is shown from here on. True if another one was before.
  bool begin(const RunBegin& begin);
  // Whose records and looks carry this model_id; the shown one where nobody's do.
  RunView& of(std::uint32_t model_id);

 private:
  void trim();

  std::vector<std::unique_ptr<RunView>> views_;
};

}  // namespace switchyard::app
