#include "app/insights.h"

#include <algorithm>

namespace switchyard::app {

std::vector<LabelKind> label_kinds(const Snapshot& snapshot) {
  if (snapshot.points) {
    if (snapshot.points->kind_names.size() > 1) return {LabelKind::point_class, LabelKind::point_kind};
    return {LabelKind::point_class};
  }
  if (snapshot.tokens && snapshot.tokens->domain_names.size() > 1) return {LabelKind::domain, LabelKind::character};
  return {LabelKind::character};
}

std::string_view name_of(LabelKind kind) {
  switch (kind) {
    case LabelKind::domain:
      return "domain";
    case LabelKind::character:
      return "character";
    case LabelKind::point_class:
      return "class";
    case LabelKind::point_kind:
      return "kind";
  }
  return "";
}

void LabelInsight::update(const Snapshot& snapshot, std::size_t layer, LabelKind kind, const std::vector<std::uint8_t>& chosen) {
  const bool same = snapshot_ == &snapshot && step_ == snapshot.step && generation_ == snapshot.generation;
  if (same && layer_ == layer && kind_ == kind && chosen_ == chosen) return;
  snapshot_ = &snapshot;
  step_ = snapshot.step;
  generation_ = snapshot.generation;
  layer_ = layer;
  kind_ = kind;
  chosen_ = chosen;
  labels_ = only(labels_of(snapshot, kind), chosen);
  const Assignments assignments = assignments_of(snapshot.layers[layer]);
  specialization_ = switchyard::specialization(assignments, labels_);
  agreement_ = switchyard::agreement(assignments, labels_);
}

bool LabelInsight::update_over_time(const SnapshotStore& kept, std::uint32_t generation, std::size_t layer, LabelKind kind, int most) {
  if (time_layer_ != layer || time_kind_ != kind || time_generation_ != generation) known_.clear();
  time_layer_ = layer;
  time_kind_ = kind;
  time_generation_ = generation;
  over_time_ = {};
  bool missing = false;
  std::map<std::int64_t, std::pair<float, float>> still;
  for (std::size_t i = 0; i < kept.size(); ++i) {
    const Snapshot& one = *kept[i].snapshot;
    if (one.generation != generation || layer >= one.layers.size()) continue;
    auto found = known_.find(one.step);
    if (found == known_.end()) {
      if (most-- <= 0) {
        missing = true;
        continue;
      }
      const Agreement all = switchyard::agreement(assignments_of(one.layers[layer]), labels_of(one, kind));
      found = known_.emplace(one.step, std::pair(static_cast<float>(all.nmi), static_cast<float>(all.ari))).first;
    }
    still.insert(*found);
    over_time_.x.push_back(kept[i].x);
    over_time_.nmi.push_back(found->second.first);
    over_time_.ari.push_back(found->second.second);
  }
  known_ = std::move(still);  // of looks thinned away nothing is kept
  return missing;
}

}  // namespace switchyard::app
