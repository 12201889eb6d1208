// The figures of every layer's health, now: what the health panel shows and its export writes.
//
// Thread safety: window thread only. Reads, never writes.
#pragma once

#include <cstdint>
#include <vector>

#include "app/run/run_view.h"

namespace switchyard::app {

struct LayerHealth {
  std::size_t experts = 0;               // N
  double max_violation = kMissing;       // of the last step; 0 to most_violation
  double most_violation = kMissing;      // N / k - 1
  double load_entropy = kMissing;        // 0 to 1
  double token_entropy = kMissing;       // 0 to 1
  double effective = kMissing;           // exp(H(f)) over a window of 100 choices an expert; 1 to N
  double decisiveness = kMissing;        // H(P) - mean H(p_t), nats; 0 to ln N
  double churn = kMissing;               // of routes since the look before; 0 to 1
  double churn_chance = kMissing;        // of two looks that know nothing of each other
  std::int64_t churn_steps = 0;          // between the two looks
  double saturation = kMissing;          // share of the routes half-way through the run that are still taken; 0 to 1
  double saturation_chance = kMissing;   // as for churn
  double dropped = kMissing;             // share of assignments
  double router_grad = kMissing, expert_grad = kMissing;  // norms, last step
};

// [layers] of the run's current model at the step of `record`, null: the last; `shown` is the look whose churn is told, against the one kept before it; it
// may be null. k: mean choices a token, for most_violation.
std::vector<LayerHealth> layer_health(const RunView& run, const Snapshot* shown, double k,
                                      const StepRecord* record = nullptr);

}  // namespace switchyard::app
