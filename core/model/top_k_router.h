// Linear top-k router: z = W_g x without bias; the k largest logits are chosen.
//   softmax_renormalised: weights = softmax over the k chosen logits (Shazeer 2017; Mixtral). At k = 1
//     the weight is 1 and the task gives the router no gradient at all.
//   softmax: weights = the chosen entries of softmax(z) (Switch, Fedus 2021; OLMoE).
// In training Gaussian noise of noise_std logits is added before choosing and weighting (V-MoE's form
// is noise_std = noise / N); losses and metrics see the clean logits.
#pragma once

#include "core/model/router.h"

namespace switchyard {

class TopKRouter final : public Router {
 public:
  TopKRouter(std::int64_t experts, std::int64_t width, const std::string& prefix, const Initializer& init);
  Routing route(const at::Tensor& x, const RoutingContext& context) const override;
  void visit(const ParameterVisitor& visitor) override;

 private:
  Parameter gate_;  // [N, d]
};

}  // namespace switchyard
