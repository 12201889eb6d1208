// A step under way: what its micro-batches add up to, and the record of it. Thread safety: the trainer's thread.
#pragma once

#include <vector>

#include "core/base/records.h"
#include "core/config/config.h"
#include "core/measure/routing_metrics.h"
#include "core/model/ranks/mesh.h"
#include "core/train/tasks/task.h"

namespace switchyard {

struct StepSums {
  std::int64_t batches = 0, tokens = 0;           // tokens of all ranks, as examples
  std::int64_t examples = 0;                      // of the training split
  std::int64_t right = 0;                         // tokens whose most probable output is the right one
  double loss = 0, total_loss = 0;                // sums over micro-batches
  PerAuxLoss<double> aux;                         // the same, with their coefficients
  std::vector<std::vector<std::int64_t>>
      counts;  // [MoE layers][N] assignments so far; of all ranks with balance_scope = global or global-exact
  double seconds = 0;
  RoutingMeter meter;

  // The pass ahead of the step, without gradients, that balance_scope = global-exact takes its counts from: the
  // same micro-batches with the same draws, so that they choose the same experts.
  struct Ahead {
    std::int64_t batches = 0;
    std::vector<std::vector<std::int64_t>> counts;  // [MoE layers][N], of all ranks
    double seconds = 0;
  } ahead;
  // One more micro-batch of it is to come before the first that is learned from.
  bool is_behind(const Config& config) const;
  // Collective.
  void add_ahead(const TaskPass& through, const Layout& layout = {});

  // Returns what is to be optimised of the micro-batch: its loss and the auxiliary ones. Of a rank's part of a
  // micro-batch: that whose mean over the ranks it is. Sums of losses, right ones and the meter are then this
  // rank's.
  at::Tensor add(const TaskPass& through, const Config& config, const Layout& layout = {});
  // From a rank's sums those of all, the meter's too. Collective; nothing without ranks.
  void join(const Layout& layout);
  // All of a record but step, tokens, revision, model_id, wall clock, learning rate and norms. Empties the meter.
  StepRecord record();
};

// Norms of each layer's router and experts, from AdamW::squared_grads of `parameters`; a router or experts without
// a gradient of any kind keep their NaN.
void note_gradients(const std::vector<Parameter*>& parameters, const std::vector<double>& squares, double batches,
                    std::vector<LayerRecord>& layers);

}  // namespace switchyard
