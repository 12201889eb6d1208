// What is worked out of a look once and kept, since it is too dear for every frame: matrices of who serves what, pairs,
// flows, cards, and how well experts and labels agree. `among` are the tokens that count (a selection); empty: all.
//
// What is shown is worked out where it is missing. Of the agreement at all looks of a run a frame takes on a few
// milliseconds' worth; the rest follow in the frames after. Of every kind the last few answers are kept, of agreement
// some 20,000 (6 MB); answers for a selection go with it.
//
// Thread safety: window thread only. References hold until a few other questions of the same kind.
#pragma once

#include <array>
#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "app/run/derived/load_bins.h"
#include "core/base/records.h"
#include "core/insight/agreement.h"
#include "core/insight/co_activation.h"
#include "core/insight/expert_profile.h"
#include "core/insight/layer_flow.h"
#include "core/insight/specialization.h"
#include "core/insight/stability.h"
#include "core/insight/vocabulary.h"

namespace switchyard::app {

struct LayerAgreement {
  Agreement all, first;  // by all of a token's experts, and by the best alone
  double vocabulary = kMissing;  // of texts: vocabulary_specialization().value
};

struct LabelMatrix {
  Labels labels;  // tokens that do not count have none
  Specialization of;
};

// Which tokens a layer flow counts.
struct FlowQuestion {
  Choice choice = Choice::all;
  LabelKind kind = LabelKind::domain;
  std::int32_t label = -1;  // of this label alone; -1: all
  std::optional<FlowFilter::Through> through{};
};

class InsightCache {
 public:
  // From here on new figures of agreement may take `budget_s`; `now_s` tells the time, monotonic.
  void begin_frame(double (*now_s)(), double budget_s = 0.004);

  // Of one layer of a look. Null: not yet worked out, the budget of this frame is spent.
  const LayerAgreement* agreement(const Snapshot& look, std::size_t layer, LabelKind labels, const Among& among = {});
  // Whether a figure had to be put off in this frame: another frame is wanted.
  bool put_off() const { return put_off_; }

  const LabelMatrix& specialization(const Snapshot& look, std::size_t layer, LabelKind labels, const Among& among = {});
  const CoActivation& co_activation(const Snapshot& look, std::size_t layer, const Among& among = {});
  const VocabularySpecialization& vocabulary(const Snapshot& look, std::size_t layer, const Among& among = {});
  const std::vector<LayerFlow>& flow(const Snapshot& look, const FlowQuestion& question, const Among& among = {});
  const ExpertProfile& profile(const Snapshot& look, std::size_t layer, std::int32_t expert, LabelKind labels,
                               const Among& among = {});
  // How many routes two looks share, [layers]; empty of looks at other tokens. In time: null once the budget of this
  // frame is spent. Some 20,000 are kept.
  const std::vector<Stability>& stability(const Snapshot& look, const Snapshot& reference);
  const std::vector<Stability>* stability_in_time(const Snapshot& look, const Snapshot& reference);

  // The figures of an earlier step (core/history/record_at.h), the one asked for last kept; null: there are none.
  const StepRecord* record_at(const History& history, std::int64_t step);

  // Loads and figures over steps, which grow with the history.
  LoadBins& load_bins() { return load_bins_; }
  CurveBins& curve_bins() { return curve_bins_; }
  CurveBins& gradient_bins() { return gradient_bins_; }
  CurveBins& health_bins() { return health_bins_; }  // for plots as small as a cell
  // Answers worked out so far.
  std::size_t worked_out() const { return worked_out_; }
  // Held, but for the last few answers of each kind.
  std::size_t bytes() const;

 private:
  // A look, the tokens that count, and what is asked of them.
  using Question = std::array<std::uint64_t, 10>;
  static Question question(const Snapshot& look, std::uint64_t among, std::size_t layer, std::uint64_t a = 0, std::uint64_t b = 0,
                           std::uint64_t c = 0, std::uint64_t d = 0);

  // The last answers, the newest first.
  template <class Answer>
  class Recent {
   public:
    template <class Make>
    const Answer& get(const Question& asked, std::size_t& made, Make make) {
      for (auto at = kept_.begin(); at != kept_.end(); ++at) {
        if (at->first != asked) continue;
        kept_.splice(kept_.begin(), kept_, at);
        return kept_.front().second;
      }
      if (kept_.size() >= kKept) kept_.pop_back();
      kept_.emplace_front(asked, make());
      ++made;
      return kept_.front().second;
    }

   private:
    static constexpr std::size_t kKept = 4;
    std::list<std::pair<Question, Answer>> kept_;
  };

  using Key = std::tuple<std::uint32_t, std::int64_t, std::uint64_t, std::size_t, LabelKind, std::uint64_t>;
  std::map<Key, LayerAgreement> agreements_;  // rising by model and step, so the first are the oldest
  std::uint64_t selected_ = 0;                // the newest selection that agreement was asked for
  Recent<LabelMatrix> specializations_;
  Recent<CoActivation> co_activations_;
  Recent<VocabularySpecialization> vocabularies_;
  Recent<std::vector<LayerFlow>> flows_;
  Recent<ExpertProfile> profiles_;
  struct Earlier {
    std::uint64_t epochs = 0;  // of the history
    std::int64_t step = 0;
    bool is_settled = false;  // the row that its loads are the mean of is over
    std::optional<StepRecord> record;
  };
  Earlier earlier_;
  LoadBins load_bins_;
  CurveBins curve_bins_, gradient_bins_, health_bins_;
  std::size_t worked_out_ = 0;
  using LookKey = std::tuple<std::uint32_t, std::int64_t, std::uint64_t>;
  static LookKey look_key(const Snapshot& look);
  std::map<std::pair<LookKey, LookKey>, std::vector<Stability>> stable_;
  bool is_spent();
  double (*now_s_)() = nullptr;
  double until_s_ = 0;
  bool put_off_ = false;
};

}  // namespace switchyard::app
