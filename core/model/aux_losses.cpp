#include "core/model/aux_losses.h"

#include <numeric>

namespace switchyard {

at::Tensor switch_loss(const at::Tensor& probs, const std::vector<std::int64_t>& counts) {
  const double total = static_cast<double>(std::accumulate(counts.begin(), counts.end(), std::int64_t{0}));
  const double experts = static_cast<double>(counts.size());
  std::vector<float> scaled_load(counts.size());
  for (std::size_t i = 0; i < counts.size(); ++i)
    scaled_load[i] = static_cast<float>(experts * static_cast<double>(counts[i]) / total);
  const at::Tensor load = torch::tensor(scaled_load, probs.options().requires_grad(false));
  return probs.mean(0).dot(load);
}

at::Tensor z_loss(const at::Tensor& logits) { return at::logsumexp(logits, -1).square().mean(); }

}  // namespace switchyard
