// Figures of looks that are too dear for every frame, worked out once a look and kept: how well experts and labels agree.
// A frame spends at most a few milliseconds on new ones; the rest follow in the frames after.
//
// Thread safety: window thread only.
#pragma once

#include <cstdint>
#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include "core/base/records.h"
#include "core/insight/agreement.h"
#include "core/insight/stability.h"

namespace switchyard::app {

struct LayerAgreement {
  Agreement all, first;  // by all of a token's experts, and by the best alone
  double vocabulary = kMissing;  // of texts: vocabulary_specialization().value
};

class InsightCache {
 public:
  // From here on new figures may take `budget_s`; `now_s` tells the time, monotonic.
  void begin_frame(double (*now_s)(), double budget_s = 0.004);

  // Of one layer of a look. Null: not yet worked out, the budget of this frame is spent.
  const LayerAgreement* agreement(const Snapshot& look, std::size_t layer, LabelKind labels);
  // How far routes agree, layer by layer; as above. Looks of other tokens: empty.
  const std::vector<Stability>* stability(const Snapshot& look, const Snapshot& reference);
  // Whether a figure had to be put off in this frame: another frame is wanted.
  bool put_off() const { return put_off_; }

 private:
  using Key = std::tuple<std::uint32_t, std::int64_t, std::uint64_t, std::size_t, LabelKind>;
  using LookKey = std::tuple<std::uint32_t, std::int64_t, std::uint64_t>;
  bool is_spent();
  std::map<std::pair<LookKey, LookKey>, std::vector<Stability>> stable_;
  std::map<Key, LayerAgreement> kept_;  // rising by model and step, so the first are the oldest
  double (*now_s_)() = nullptr;
  double until_s_ = 0;
  bool put_off_ = false;
};

}  // namespace switchyard::app
