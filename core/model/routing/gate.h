// The linear gate of an MoE layer: z = x W^T (+ bias), with the noise of training, and the selection bias b that
// balances without a loss. Holds every parameter that routing has, so that routers stay exchangeable.
//
// What steers a layer (layer_edit.h) is added to z before all else. Noise, training only, in this order on the
// router's copy of what it sees:
//   jitter         x times U(1 - e, 1 + e), element by element (Switch, Fedus 2021)
//   logit dropout  a logit becomes 0 with chance p, the others are divided by 1 - p
//   Gaussian       z + noise_std eps
//   learned        z + eps (softplus(x W_n^T (+ bias)) + 0.01), eps normal (Shazeer 2017): W and W_n start at 0
//   uniform        z + u softplus(x W_n^T), u in [0, 1)
// Thread safety: as the model that holds it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/model/base/parameter.h"
#include "core/model/routing/router.h"

namespace switchyard {

class LinearGate {
 public:
  LinearGate(const Config& config, const std::string& prefix, const Initializer& init);

  // x [T, d].
  GateScores score(const at::Tensor& x, const RoutingContext& context) const;

  // b_i += rate sign(mean count - count_i), once an optimizer step, on all its micro-batches' counts (Wang 2024,
  // 2408.15664). sign(0) = 0. centred: after that b_i -= mean over the experts of b. Only differences of b choose,
  // of groups of experts too, so the choices are the same but for rounding. A rate of 0 leaves b as it is. Experts
  // that are muted ([N] 1; empty: none is) have no part in the mean, and no sign.
  void balance(const std::vector<float>& counts, double rate, BiasRule rule = BiasRule::sign,
               const std::vector<std::uint8_t>& muted = {});

  // W [N, d], without gradient.
  at::Tensor rows() const { return weight_.value.detach(); }

  // The block it routes; none where layers share it.
  void belongs_to(std::int64_t block);
  void visit(const ParameterVisitor& visitor);

 private:
  Parameter weight_, bias_, noise_, noise_bias_;  // [N, d] [N] [N, d] [N]; all but the first may be absent
  Parameter correction_;             // [N] b
  // Whether b is anything but zeros. Asking the tensor in each pass would wait for a device; whoever visits may
  // have written to it, and it is asked again.
  mutable std::optional<bool> corrects_;
};

}  // namespace switchyard
