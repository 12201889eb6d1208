// AdamW (Loshchilov & Hutter 2019) over the model's parameters, one fused pass over each:
//   m = b1 m + (1 - b1) g,  v = b2 v + (1 - b2) g^2
//   w = w (1 - lr decay) - lr (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + 1e-8)
// Decay on matrices only. The state follows experts through surgery.
// Thread safety: belongs to the trainer's thread.
#pragma once

#include <vector>

#include "core/config/config.h"
#include "core/model/base/parameter.h"
#include "core/model/ranks/rank_group.h"

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

  struct State {
    Parameter* parameter;
    at::Tensor first, second;
  };
  // In the constructor's order.
  const std::vector<State>& states() const { return states_; }
  // t of the bias correction.
  std::int64_t steps() const { return steps_; }
  void set_steps(std::int64_t steps) { steps_ = steps; }

  // A per-expert parameter and its state with `rows` of dimension 0 (indices into the old ones), made aside.
  // `ranks`: those that share experts out (collective), each of which keeps its part of the new ones.
  struct Selection {
    Parameter* parameter;
    at::Tensor value, first, second;
    std::int64_t first_expert = 0, all_experts = 0;
  };
  Selection selected(Parameter& parameter, const std::vector<std::int64_t>& rows,
                     RankGroup* ranks = nullptr) const;
  // Puts it in place, gradients are gone. Takes no memory and cannot fail.
  void adopt(Selection&& selection) noexcept;

 private:
  std::vector<State> states_;
  std::int64_t steps_ = 0;
};

}  // namespace switchyard
