#include "core/train/looks/expert_cards.h"

#include "core/model/base/to_vector.h"
#include "core/train/ranks/whole.h"

namespace switchyard {

ExpertCards expert_cards(Model& model, std::int64_t block, RankGroup* ranks) {
  at::NoGradGuard no_grad;
  ExpertCards cards;
  at::Tensor products;  // [N, N]
  model.visit([&](Parameter& parameter) {
    if (parameter.part != Parameter::Part::experts || parameter.block != block) return;
    const at::Tensor flat = whole(parameter, parameter.value.detach(), ranks).flatten(1);
    cards.experts = static_cast<std::int32_t>(flat.size(0));
    cards.parameters += flat.size(1);
    const at::Tensor own = flat.mm(flat.t()).to(at::kCPU, at::kDouble);
    products = products.defined() ? products + own : own;
  });
  if (!products.defined()) return cards;
  const at::Tensor norm = products.diagonal().sqrt();
  const at::Tensor similarity =
      (products / norm.unsqueeze(1) / norm.unsqueeze(0)).clamp(-1, 1).fill_diagonal_(1.0);
  cards.norm = to_vector<float>(norm);
  cards.similarity = to_vector<float>(similarity);
  return cards;
}

}  // namespace switchyard
