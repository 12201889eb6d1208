// Figures of one MoE layer over one optimizer step. Tensors in, plain numbers out.
//
// T tokens, N experts, A assignments (k T where a token has k); c_i those of an expert before capacity, of soft mixing the
// mass of its shares; f_i = c_i / sum c; p = softmax of the
// CLEAN logits; P_i = mean_t p[t, i]. Micro-batches add their counts and average the rest by tokens.
//   token entropy   mean_t H(p_t) / ln N        1: undecided
//   load entropy    H(f) / ln N                 1: even
//   max violation   max_i c_i / mean c - 1      0: even, N/k - 1: collapsed (Wang 2024, 2408.15664)
//   drop rates      1 - kept / A; share of tokens that lost all, or that no expert chose
// Auxiliary losses are the means of the micro-batches' own, weighted by tokens, each as it would be optimised: what a figure
// means does not depend on its coefficient. The Switch, importance and MSE losses follow from f and P of a micro-batch, and
// exist wherever tokens choose by p; the others where they were computed.
// With N = 1 the entropies do not exist (NaN).
// Thread safety: an accumulator belongs to one thread.
#pragma once

#include <vector>

#include "core/base/records.h"
#include "core/model/layers/aux_losses.h"
#include "core/model/layers/moe_layer.h"

namespace switchyard {

// What the auxiliary losses of a micro-batch are over; as LossContext.
struct MeteredBatch {
  BalanceScope scope = BalanceScope::micro;  // with `sequence` the Switch loss is taken from the losses given
  std::int64_t shards = 1;
  RankGroup* shard_ranks = nullptr;
  // [MoE layers][N], with scope global: the step's counts so far. Null: those that were added. With global-exact
  // the Switch loss is that of all that was added, over all ranks, when it is taken.
  const std::vector<std::vector<std::int64_t>>* step_counts = nullptr;
  const ShardFigures* figures =
      nullptr;  // of this batch, where they have been asked for already. Null: they are now
};

class RoutingMeter {
 public:
  // One micro-batch's trace (no gradient is recorded), and each layer's auxiliary losses without coefficient.
  // Collective with shard_ranks.
  void add(const std::vector<MoeTrace>& trace, const std::vector<PerAuxLoss<double>>& losses,
           const MeteredBatch& batch = {});
  // Sums of what was added, as numbers that ranks add up, one behind the other; and back.
  void append_sums(std::vector<double>& to);
  const double* take_sums(const double* from);
  // The step's records; starts afresh.
  std::vector<LayerRecord> take();

 private:
  struct Sum {
    std::int32_t block = 0;
    std::int64_t tokens = 0, assignments = 0, kept = 0, dropped_tokens = 0;
    std::vector<double> counts;
    std::vector<double> prob;  // sum over tokens
    double entropy = 0;        // sum over tokens, nats
    PerAuxLoss<double> aux;    // weighted by tokens
    bool balances_whole = false;  // the Switch loss follows from counts and prob
  };
  // visit(number) of each, to be changed.
  template <class Visit>
  void each_sum(const Visit& visit);
  std::vector<Sum> sums_;
};

}  // namespace switchyard
