// Time in the window: the views of a snapshot follow the newest one, stand at one of those kept, or play through them.
// Training goes on whatever is shown.
//
// Pure functions of Timeline and the store. Thread safety: window thread only.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/base/records.h"
#include "core/history/snapshot_store.h"

namespace switchyard::app {

struct Timeline {
  std::shared_ptr<const Snapshot> shown;  // null: following
  bool playing = false;                   // through the kept ones
  double pointed_x = kMissing;            // where one pointed: a nearer look may come of a recording
  std::string kept_file;                  // of the kept step one went to, while its look is shown
  double next_at_s = 0;                   // when the next one is due
  // What the panel shows of the run; fit: all of it.
  bool fit = true;
  bool to_newest = false;  // x_max is the newest step, and x_min moves with it
  double x_min = 0, x_max = 1;

  bool following() const { return !shown; }
};

// What was looked at in another run, on its way into one that nobody has stood in yet (arriving.h).
struct Arriving {
  std::int64_t step = -1;                 // the moment; -1: none
  std::shared_ptr<const Snapshot> shown;  // stands for it, of those that are known so far
  bool chosen = false;                    // experts and tokens are still those of the run before,
  std::uint64_t probe = 0;                // whose probe this is

  // Nobody has gone elsewhere since.
  bool goes_on(const Timeline& timeline) const { return timeline.shown == shown && !timeline.playing; }
};

inline constexpr double kSecondsASnapshot = 0.125;  // while playing

// Back to the newest; what is shown of the run ends with it, as wide as it was.
void follow(Timeline& timeline);

// Snapshots of a text are of no use to the views of points, and the reverse: `points` says which kind counts.
// Stands at the kept snapshot nearest to x; follows where there is none.
void show_at(Timeline& timeline, const SnapshotStore& store, double x, bool points);
// At the one nearest to a step that is kept whole, in this file.
void show_kept(Timeline& timeline, const SnapshotStore& store, double step, const std::string& file, bool points);
// The kept snapshot `by` places after (before) the shown one; while following that is the newest. Stays at the ends.
void show_neighbour(Timeline& timeline, const SnapshotStore& store, int by, bool points);
// Begins at the shown one, from following at the oldest; ends by itself in following.
void play_or_pause(Timeline& timeline, const SnapshotStore& store, double now_s, bool points);
// The one nearest to where one pointed, if it has come since.
void settle(Timeline& timeline, const SnapshotStore& store, bool points);
// Goes on where one is due; once a frame.
void advance(Timeline& timeline, const SnapshotStore& store, double now_s, bool points);

// What the views show.
inline std::shared_ptr<const Snapshot> shown_snapshot(const Timeline& timeline,
                                                      const std::shared_ptr<const Snapshot>& newest) {
  return timeline.shown ? timeline.shown : newest;
}
// Where the shown one is in the run; NaN while following.
double shown_x(const Timeline& timeline);

}  // namespace switchyard::app
