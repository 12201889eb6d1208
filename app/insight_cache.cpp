#include "app/insight_cache.h"

#include <limits>

#include "core/insight/vocabulary.h"

namespace switchyard::app {
namespace {

// A figure is some 300 bytes.
constexpr std::size_t kMost = 20'000;

LayerAgreement work_out(const Snapshot& look, const ProbeLayer& layer, LabelKind kind) {
  const Labels labels = labels_of(look, kind);
  const Assignments all = assignments_of(layer);
  LayerAgreement found{agreement(all, labels), agreement(assignments_of(layer, Choice::first), labels), kMissing};
  if (look.tokens) found.vocabulary = vocabulary_specialization(all, *look.tokens).value;
  return found;
}

}  // namespace

void InsightCache::begin_frame(double (*now_s)(), double budget_s) {
  now_s_ = now_s;
  until_s_ = now_s ? now_s() + budget_s : std::numeric_limits<double>::infinity();
  put_off_ = false;
}

const LayerAgreement* InsightCache::agreement(const Snapshot& look, std::size_t layer, LabelKind labels) {
  if (layer >= look.layers.size()) return nullptr;
  const Key key{look.generation, look.step, look.revision, layer, labels};
  if (const auto found = kept_.find(key); found != kept_.end()) return &found->second;
  if (is_spent()) return nullptr;
  if (kept_.size() >= kMost) kept_.erase(kept_.begin());
  return &kept_.emplace(key, work_out(look, look.layers[layer], labels)).first->second;
}

const std::vector<Stability>* InsightCache::stability(const Snapshot& look, const Snapshot& reference) {
  const auto key_of = [](const Snapshot& one) { return LookKey{one.generation, one.step, one.revision}; };
  const std::pair key(key_of(look), key_of(reference));
  if (const auto found = stable_.find(key); found != stable_.end()) return &found->second;
  if (is_spent()) return nullptr;
  if (stable_.size() >= kMost) stable_.erase(stable_.begin());
  return &stable_.emplace(key, switchyard::stability(look, reference)).first->second;
}

bool InsightCache::is_spent() {
  put_off_ = put_off_ || (now_s_ && now_s_() > until_s_);
  return put_off_;
}

}  // namespace switchyard::app
