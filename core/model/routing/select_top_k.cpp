#include "core/model/routing/router.h"

namespace switchyard {

at::Tensor select_top_k(const at::Tensor& scores, std::int64_t k) {
  const at::Tensor plain = scores.detach().contiguous();
  if (!plain.is_cpu())
    return std::get<1>(plain.sort(/*stable=*/true, /*dim=*/-1, /*descending=*/true)).narrow(-1, 0, k).contiguous();

  const std::int64_t tokens = plain.size(0), experts = plain.size(1);
  at::Tensor chosen = at::empty({tokens, k}, at::kLong);
  const float* rows = plain.data_ptr<float>();
  std::int64_t* out = chosen.data_ptr<std::int64_t>();
  at::parallel_for(0, tokens, 256, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t t = begin; t < end; ++t) {
      const float* row = rows + t * experts;
      std::int64_t* best = out + t * k;
      // Insertion into a sorted list of k: k is small, and ids come in rising order, so a strict
      // comparison leaves ties to the lower id.
      std::int64_t filled = 0;
      for (std::int64_t e = 0; e < experts; ++e) {
        if (filled == k && !(row[e] > row[best[k - 1]])) continue;
        std::int64_t at = filled < k ? filled++ : k - 1;
        while (at > 0 && row[e] > row[best[at - 1]]) {
          best[at] = best[at - 1];
          --at;
        }
        best[at] = e;
      }
    }
  });
  return chosen;
}

}  // namespace switchyard
