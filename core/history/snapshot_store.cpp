#include "core/history/snapshot_store.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

namespace switchyard {
namespace {

template <class T>
std::size_t held(const std::vector<T>& values) {
  return values.capacity() * sizeof(T);
}

// Short texts live inside the string itself.
std::size_t held(const std::vector<std::string>& texts) {
  std::size_t bytes = texts.capacity() * sizeof(std::string);
  for (const std::string& text : texts)
    if (text.capacity() >= sizeof(std::string) / 2) bytes += text.capacity() + 1;
  return bytes;
}

std::size_t held(const ProbePlane& plane) { return held(plane.xy) + held(plane.axes); }

const void* probe_of(const Snapshot& snapshot) {
  if (snapshot.points) return snapshot.points.get();
  return snapshot.tokens.get();
}

}  // namespace

std::size_t bytes_of(const Snapshot& snapshot) {
  std::size_t bytes = sizeof(Snapshot) + held(snapshot.token_loss) + held(snapshot.layers);
  for (const ProbeLayer& layer : snapshot.layers)
    bytes += held(layer.expert) + held(layer.prob) + held(layer.weight) + held(layer.kept) + held(layer.entropy) +
             held(layer.pca) + held(layer.gate_pca) + held(layer.probabilities) + held(layer.logits) + held(layer.input) +
             held(layer.gradient.task_norm) + held(layer.gradient.aux_norm) + held(layer.gradient.cosine) +
             held(layer.card.norm) + held(layer.card.similarity) + held(layer.logit_plane);
  const PointView& view = snapshot.view;
  bytes += held(snapshot.embedding) + held(snapshot.embedding_plane);
  bytes += held(view.predicted) + held(view.confidence) + held(view.confusion) + held(view.plane.predicted) +
           held(view.plane.first_expert);
  for (const std::vector<std::int32_t>& map : view.plane.first_expert) bytes += held(map);
  return bytes;
}

std::size_t probe_bytes(const Snapshot& snapshot) {
  std::size_t bytes = 0;
  if (const ProbeTokens* tokens = snapshot.tokens.get())
    bytes += sizeof(ProbeTokens) + held(tokens->text) + held(tokens->id) + held(tokens->domain) + held(tokens->domain_names);
  if (const ProbePoints* points = snapshot.points.get())
    bytes += sizeof(ProbePoints) + held(points->xy) + held(points->label) + held(points->kind) + held(points->class_names) +
             held(points->kind_names) + held(points->x);
  return bytes;
}

void SnapshotStore::add(std::shared_ptr<const Snapshot> snapshot) {
  if (!snapshot || (!kept_.empty() && kept_.back().snapshot == snapshot)) return;
  const double x = static_cast<double>(snapshot->step);
  while (!kept_.empty() && kept_.back().x >= x) {
    snapshot_bytes_ -= kept_.back().bytes;
    kept_.pop_back();
  }
  const std::size_t bytes = bytes_of(*snapshot);
  kept_.push_back({x, std::move(snapshot), bytes});
  snapshot_bytes_ += bytes;
  thin();
}

void SnapshotStore::add_past(std::shared_ptr<const Snapshot> snapshot) {
  if (!snapshot) return;
  const double x = static_cast<double>(snapshot->step);
  const auto after = std::lower_bound(kept_.begin(), kept_.end(), x, [](const Kept& kept, double at) { return kept.x < at; });
  if (after != kept_.end() && after->x == x) return;
  const std::size_t bytes = bytes_of(*snapshot);
  kept_.insert(after, {x, std::move(snapshot), bytes});
  snapshot_bytes_ += bytes;
  thin();
}

void SnapshotStore::thin() {
  while (kept_.size() > 1 && bytes() > budget_) {
    std::size_t victim = 0;
    double least = INFINITY;
    for (std::size_t i = 1; i + 1 < kept_.size(); ++i) {
      const double gap = kept_[i + 1].x - kept_[i - 1].x;
      if (gap < least) least = gap, victim = i;
    }
    snapshot_bytes_ -= kept_[victim].bytes;
    kept_.erase(kept_.begin() + static_cast<std::ptrdiff_t>(victim));
  }
}

std::size_t SnapshotStore::nearest(double x) const {
  const auto after = std::lower_bound(kept_.begin(), kept_.end(), x, [](const Kept& kept, double at) { return kept.x < at; });
  if (after == kept_.begin()) return 0;
  const auto before = static_cast<std::size_t>(after - kept_.begin()) - 1;
  if (after == kept_.end()) return before;
  return after->x - x < x - kept_[before].x ? before + 1 : before;
}

std::size_t SnapshotStore::bytes() const {
  std::size_t bytes = snapshot_bytes_ + held(kept_);
  // Snapshots of one model stand together.
  const void* counted = nullptr;
  for (const Kept& kept : kept_) {
    const void* probe = probe_of(*kept.snapshot);
    if (probe != counted) bytes += probe_bytes(*kept.snapshot);
    counted = probe;
  }
  return bytes;
}

}  // namespace switchyard
