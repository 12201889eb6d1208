// Figures of a look that take longer than a frame may: how experts and labels agree, now and over the looks that were
// kept. Worked out when what they are of changes, and over time a few looks a frame.
//
// Thread safety: window thread only.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "app/selection.h"
#include "core/insight/agreement.h"
#include "core/insight/specialization.h"
#include "core/session/snapshot_store.h"

namespace switchyard::app {

// What a snapshot's tokens (or points) can be sorted by, the most telling first.
std::vector<LabelKind> label_kinds(const Snapshot& snapshot);
std::string_view name_of(LabelKind kind);  // "domain"

class LabelInsight {
 public:
  // Brings the figures up to date; `chosen` empty: all tokens.
  void update(const Snapshot& snapshot, std::size_t layer, LabelKind kind, const std::vector<std::uint8_t>& chosen);
  const Specialization& specialization() const { return specialization_; }
  const Agreement& agreement() const { return agreement_; }
  const Labels& labels() const { return labels_; }

  // NMI and ARI of every kept look of the current model, of all tokens. Works out at most `most` more; true while some
  // are missing.
  bool update_over_time(const SnapshotStore& kept, std::uint32_t generation, std::size_t layer, LabelKind kind, int most = 2);
  struct OverTime {
    std::vector<double> x;
    std::vector<float> nmi, ari;
  };
  const OverTime& over_time() const { return over_time_; }

 private:
  // What the figures are of.
  const Snapshot* snapshot_ = nullptr;
  std::int64_t step_ = -1;
  std::uint32_t generation_ = 0;
  std::size_t layer_ = 0;
  LabelKind kind_ = LabelKind::domain;
  std::vector<std::uint8_t> chosen_;
  Specialization specialization_;
  Agreement agreement_;
  Labels labels_;

  std::size_t time_layer_ = 0;
  LabelKind time_kind_ = LabelKind::domain;
  std::uint32_t time_generation_ = 0;
  std::map<std::int64_t, std::pair<float, float>> known_;  // by step
  OverTime over_time_;
};

}  // namespace switchyard::app
