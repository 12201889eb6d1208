#include "app/run/derived/insight_cache.h"

#include <cstring>
#include <limits>

#include "core/history/record_at.h"

namespace switchyard::app {
namespace {

// A figure is some 300 bytes.
constexpr std::size_t kMost = 20'000;

// Tells one choice of tokens from another; 0: all of them.
std::uint64_t stamp_of(const Among& among) {
  if (among.empty()) return 0;
  std::uint64_t stamp = 0xcbf29ce484222325ULL ^ among.size();
  const auto take = [&stamp](std::uint64_t word) {
    stamp = (stamp ^ word) * 0x100000001b3ULL;
    stamp ^= stamp >> 29;
  };
  std::size_t at = 0;
  for (; at + 8 <= among.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, among.data() + at, 8);
    take(word);
  }
  for (; at < among.size(); ++at) take(among[at]);
  return stamp == 0 ? 1 : stamp;
}

LayerAgreement work_out(const Snapshot& look, const ProbeLayer& layer, LabelKind kind, const Among& among) {
  const Labels labels = only(labels_of(look, kind), among);
  const Assignments all = assignments_of(layer);
  LayerAgreement found{agreement(all, labels), agreement(assignments_of(layer, Choice::first), labels), kMissing};
  if (look.tokens) found.vocabulary = vocabulary_specialization(all, *look.tokens, among).value;
  return found;
}

}  // namespace

void InsightCache::begin_frame(double (*now_s)(), double budget_s) {
  now_s_ = now_s;
  until_s_ = now_s ? now_s() + budget_s : std::numeric_limits<double>::infinity();
  put_off_ = false;
}

const LayerAgreement* InsightCache::agreement(const Snapshot& look, std::size_t layer, LabelKind labels, const Among& among) {
  if (layer >= look.layers.size()) return nullptr;
  const std::uint64_t stamp = stamp_of(among);
  const Key key{look.model_id, look.step, look.revision, layer, labels, stamp};
  if (const auto found = agreements_.find(key); found != agreements_.end()) return &found->second;
  if (is_spent()) return nullptr;
  if (stamp != 0 && stamp != selected_) {
    selected_ = stamp;
    std::erase_if(agreements_, [](const auto& kept) { return std::get<5>(kept.first) != 0; });
  }
  if (agreements_.size() >= kMost) agreements_.erase(agreements_.begin());
  ++worked_out_;
  return &agreements_.emplace(key, work_out(look, look.layers[layer], labels, among)).first->second;
}

InsightCache::Question InsightCache::question(const Snapshot& look, std::uint64_t among, std::size_t layer, std::uint64_t a,
                                              std::uint64_t b, std::uint64_t c, std::uint64_t d) {
  return {look.model_id, static_cast<std::uint64_t>(look.step), look.revision, look.layers.size(), among, layer, a, b, c, d};
}

const LabelMatrix& InsightCache::specialization(const Snapshot& look, std::size_t layer, LabelKind labels, const Among& among) {
  return specializations_.get(question(look, stamp_of(among), layer, static_cast<std::uint64_t>(labels)), worked_out_, [&] {
    LabelMatrix made{only(labels_of(look, labels), among), {}};
    made.of = switchyard::specialization(assignments_of(look.layers[layer]), made.labels);
    return made;
  });
}

const CoActivation& InsightCache::co_activation(const Snapshot& look, std::size_t layer, const Among& among) {
  return co_activations_.get(question(look, stamp_of(among), layer), worked_out_, [&] {
    return switchyard::co_activation(assignments_of(look.layers[layer]), among);
  });
}

const VocabularySpecialization& InsightCache::vocabulary(const Snapshot& look, std::size_t layer, const Among& among) {
  return vocabularies_.get(question(look, stamp_of(among), layer), worked_out_, [&] {
    return look.tokens ? vocabulary_specialization(assignments_of(look.layers[layer]), *look.tokens, among)
                       : VocabularySpecialization();
  });
}

const std::vector<LayerFlow>& InsightCache::flow(const Snapshot& look, const FlowQuestion& asked, const Among& among) {
  const auto plus_one = [](std::int32_t index) { return static_cast<std::uint64_t>(index + 1); };
  const FlowFilter::Through nowhere{-1, -1}, through = asked.through.value_or(nowhere);
  const std::uint64_t which = static_cast<std::uint64_t>(asked.choice) * 16 + static_cast<std::uint64_t>(asked.kind);
  return flows_.get(question(look, stamp_of(among), plus_one(through.layer), plus_one(through.expert), which, plus_one(asked.label)),
                    worked_out_, [&] {
                      FlowFilter filter{asked.choice, among, asked.through};
                      if (asked.label >= 0) {
                        filter.among = with_label(labels_of(look, asked.kind), asked.label);
                        for (std::size_t t = 0; t < filter.among.size() && t < among.size(); ++t)
                          filter.among[t] = filter.among[t] && among[t];
                      }
                      return layer_flow(look.layers, filter);
                    });
}

const ExpertProfile& InsightCache::profile(const Snapshot& look, std::size_t layer, std::int32_t expert, LabelKind labels,
                                           const Among& among) {
  return profiles_.get(question(look, stamp_of(among), layer, static_cast<std::uint64_t>(labels), static_cast<std::uint64_t>(expert)),
                       worked_out_, [&] { return expert_profile(look, layer, expert, labels, among); });
}

const std::vector<Stability>& InsightCache::stability(const Snapshot& look, const Snapshot& reference) {
  const std::pair key(look_key(look), look_key(reference));
  if (const auto found = stable_.find(key); found != stable_.end()) return found->second;
  if (stable_.size() >= kMost) stable_.erase(stable_.begin());
  ++worked_out_;
  return stable_.emplace(key, switchyard::stability(look, reference)).first->second;
}

const std::vector<Stability>* InsightCache::stability_in_time(const Snapshot& look, const Snapshot& reference) {
  const bool known = stable_.contains({look_key(look), look_key(reference)});
  return known || !is_spent() ? &stability(look, reference) : nullptr;
}

std::size_t InsightCache::bytes() const {
  // Of a tree each entry has three links and a colour.
  constexpr std::size_t kNode = 4 * sizeof(void*);
  std::size_t bytes = agreements_.size() * (sizeof(std::pair<const Key, LayerAgreement>) + kNode);
  for (const auto& [looks, layers] : stable_)
    bytes += sizeof(looks) + sizeof(layers) + kNode + layers.capacity() * sizeof(Stability);
  return bytes + load_bins_.bytes() + curve_bins_.bytes() + gradient_bins_.bytes() + health_bins_.bytes();
}

InsightCache::LookKey InsightCache::look_key(const Snapshot& look) { return {look.model_id, look.step, look.revision}; }

bool InsightCache::is_spent() {
  put_off_ = put_off_ || (now_s_ && now_s_() > until_s_);
  return put_off_;
}

const StepRecord* InsightCache::record_at(const History& history, std::int64_t step) {
  // Rows that are only added leave what a step of a row that is over shows as it is.
  const std::uint64_t epochs = history.rows_epoch() ^ (history.steps_epoch() << 32);
  if (!earlier_.is_settled || earlier_.epochs != epochs || earlier_.step != step) {
    const auto rows = history.utilisation_x();
    const bool is_over = !rows.empty() && rows.back() >= static_cast<double>(step);
    earlier_ = {epochs, step, is_over, switchyard::record_at(history, step)};
  }
  return earlier_.record ? &*earlier_.record : nullptr;
}

}  // namespace switchyard::app
