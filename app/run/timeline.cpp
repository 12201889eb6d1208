#include "app/run/timeline.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

namespace switchyard::app {
namespace {

constexpr std::size_t kNone = static_cast<std::size_t>(-1);

std::vector<std::size_t> usable(const SnapshotStore& store, bool points) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < store.size(); ++i)
    if (static_cast<bool>(store[i].snapshot->points) == points) out.push_back(i);
  return out;
}

// The place among `places` of the shown snapshot, or of the last one not after it once it was thinned away.
std::size_t place_of_shown(const Timeline& timeline, const SnapshotStore& store, const std::vector<std::size_t>& places) {
  if (places.empty()) return kNone;
  if (timeline.following()) return places.size() - 1;
  std::size_t found = 0;
  for (std::size_t p = 0; p < places.size(); ++p) {
    const Snapshot& kept = *store[places[p]].snapshot;
    if (kept.step > timeline.shown->step) break;
    found = p;
  }
  return found;
}

}  // namespace

void follow(Timeline& timeline) {
  timeline.shown = nullptr;
  timeline.pointed_x = kMissing;
  timeline.kept_file.clear();
  timeline.playing = false;
  timeline.to_newest = true;
}

void show_at(Timeline& timeline, const SnapshotStore& store, double x, bool points) {
  std::size_t best = kNone;
  for (const std::size_t i : usable(store, points))
    if (best == kNone || std::abs(store[i].x - x) < std::abs(store[best].x - x)) best = i;
  if (best == kNone) return follow(timeline);
  timeline.shown = store[best].snapshot;
  timeline.pointed_x = x;
  timeline.playing = false;
  timeline.kept_file.clear();
}

void settle(Timeline& timeline, const SnapshotStore& store, bool points) {
  if (timeline.following() || timeline.playing || std::isnan(timeline.pointed_x)) return;
  const double x = timeline.pointed_x, now = std::abs(shown_x(timeline) - x);
  std::size_t best = kNone;
  for (const std::size_t i : usable(store, points))
    if (const double by = std::abs(store[i].x - x); by < (best == kNone ? now : std::abs(store[best].x - x)))
      best = i;
  if (best != kNone) timeline.shown = store[best].snapshot;
}

void show_kept(Timeline& timeline, const SnapshotStore& store, double step, const std::string& file, bool points) {
  show_at(timeline, store, step, points);
  if (!timeline.following()) timeline.kept_file = file;
}

void show_neighbour(Timeline& timeline, const SnapshotStore& store, int by, bool points) {
  const std::vector<std::size_t> places = usable(store, points);
  const std::size_t now = place_of_shown(timeline, store, places);
  if (now == kNone) return follow(timeline);
  const auto last = static_cast<std::ptrdiff_t>(places.size()) - 1;
  const std::ptrdiff_t to = std::min(last, std::max<std::ptrdiff_t>(0, static_cast<std::ptrdiff_t>(now) + by));
  if (timeline.following() && to == static_cast<std::ptrdiff_t>(now)) return;
  timeline.shown = store[places[static_cast<std::size_t>(to)]].snapshot;
  timeline.pointed_x = kMissing;
  timeline.playing = false;
  timeline.kept_file.clear();
}

void play_or_pause(Timeline& timeline, const SnapshotStore& store, double now_s, bool points) {
  if (timeline.playing) {
    timeline.playing = false;
    return;
  }
  const std::vector<std::size_t> places = usable(store, points);
  if (places.empty()) return;
  if (timeline.following()) timeline.shown = store[places.front()].snapshot;
  timeline.playing = true;
  timeline.pointed_x = kMissing;
  timeline.kept_file.clear();
  timeline.next_at_s = now_s + kSecondsASnapshot;
}

void advance(Timeline& timeline, const SnapshotStore& store, double now_s, bool points) {
  if (!timeline.playing || now_s < timeline.next_at_s) return;
  const std::vector<std::size_t> places = usable(store, points);
  const std::size_t now = place_of_shown(timeline, store, places);
  if (now == kNone || now + 1 >= places.size()) return follow(timeline);
  timeline.shown = store[places[now + 1]].snapshot;
  // A window that draws seldom does not race to catch up.
  timeline.next_at_s = now_s + kSecondsASnapshot;
}

double shown_x(const Timeline& timeline) {
  if (timeline.following()) return std::numeric_limits<double>::quiet_NaN();
  return static_cast<double>(timeline.shown->step);
}

}  // namespace switchyard::app
