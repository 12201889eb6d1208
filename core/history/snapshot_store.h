// The snapshots of a run that are kept to look back at. The newest is always among them; where they no longer fit the
// budget, old ones are thinned so that those left lie about evenly over the run.
//
// Snapshots are shared, never copied. Thread safety: one owner.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/base/records.h"

namespace switchyard {

// Bytes a snapshot holds by itself: every vector's capacity, but not the tokens or points, which all snapshots of a
// model share; and those.
std::size_t bytes_of(const Snapshot& snapshot);
std::size_t probe_bytes(const Snapshot& snapshot);

class SnapshotStore {
 public:
  static constexpr std::size_t kBudget = std::size_t{256} << 20;

  explicit SnapshotStore(std::size_t budget_bytes = kBudget) : budget_(budget_bytes) {}

  struct Kept {
    double x = 0;  // its step: rising
    std::shared_ptr<const Snapshot> snapshot;
    std::size_t bytes = 0;
  };

  // Takes the newest snapshot. The one just taken is nothing new; it replaces those of its step and later ones, which a run
  // that went back has behind it. Then thins until the budget is kept, though never below the newest one: of all
  // but the first and the last, the one goes whose neighbours are nearest to each other; of equals the oldest.
  void add(std::shared_ptr<const Snapshot> snapshot);
  // Takes one of an earlier step, as a run that is read back gives them; of a step that is there nothing.
  void add_past(std::shared_ptr<const Snapshot> snapshot);
  void clear() { *this = SnapshotStore(budget_); }

  std::size_t size() const { return kept_.size(); }
  bool empty() const { return kept_.empty(); }
  const Kept& operator[](std::size_t i) const { return kept_[i]; }  // oldest first
  // The one nearest to x; the earlier of two as near. size() must not be 0.
  std::size_t nearest(double x) const;

  // What is held: snapshots, their probes (each once), this list.
  std::size_t bytes() const;
  std::size_t budget() const { return budget_; }

 private:
  void thin();

  std::size_t budget_;
  std::vector<Kept> kept_;
  std::size_t snapshot_bytes_ = 0;
};

}  // namespace switchyard
