// AdamW (Loshchilov & Hutter 2019) over the model's parameters, one fused pass over each:
//   m = b1 m + (1 - b1) g,  v = b2 v + (1 - b2) g^2
//   w = w (1 - lr decay) - lr (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + 1e-8)
// Decay on matrices only. The state follows experts through surgery.
// Thread safety: belongs to the trainer's thread.
#pragma once

#include <vector>

#include "core/config/config.h"
#include "core/model/parameter.h"

namespace switchyard {

class AdamW {
 public:
  // The parameters must outlive the optimizer.
  explicit AdamW(std::vector<Parameter*> parameters);

  // Sum of squares of each parameter's gradient, in the constructor's order, in double; below 0 without a gradient.
  std::vector<double> squared_grads() const;
  // Every gradient is multiplied by `grad_scale` first: clipping and accumulation cost no pass of their own.
  void step(const Config& config, double learning_rate, double grad_scale);
  void zero_grad();

  // Dimension 0 of a per-expert parameter and its state: picks `rows` (indices into the old ones).
  // The caller has no gradients pending.
  void select_experts(Parameter& parameter, const std::vector<std::int64_t>& rows);

 private:
  struct State {
    Parameter* parameter;
    at::Tensor first, second;
  };
  std::vector<State> states_;
  std::int64_t steps_ = 0;
};

}  // namespace switchyard
