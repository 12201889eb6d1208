#include <algorithm>

#include "core/config/cost.h"
#include "core/model/routing/router.h"

namespace switchyard {

Routing route_expert_choice(const GateScores& scores, const RoutingContext& context) {
  Routing routing;
  routing.logits = scores.clean;
  routing.probs = at::softmax(scores.clean, -1);
  const at::Tensor probs = scores.noisy.is_same(scores.clean) ? routing.probs : at::softmax(scores.noisy, -1);
  const std::int64_t tokens = probs.size(0), experts = probs.size(1), length = tokens / context.sequences;
  const std::int64_t room = expert_capacity(context.capacity_factor, 1, length, experts);

  // Each expert of each sequence looks along the tokens.
  const at::Tensor seen = probs.detach().view({context.sequences, length, experts}).transpose(1, 2);
  const at::Tensor taken = select_top_k(seen.reshape({context.sequences * experts, length}), room).cpu();
  const at::Tensor host = probs.detach().to(at::kCPU).contiguous();
  const float* p = host.data_ptr<float>();
  const std::int64_t* token = taken.data_ptr<std::int64_t>();

  // Flat indices t N + e, token by token, the surest expert first.
  std::vector<std::int64_t> flat;
  flat.reserve(static_cast<std::size_t>(taken.numel()));
  const at::Tensor banned = context.banned().defined() ? context.banned().cpu().contiguous() : at::Tensor();
  const bool* barred = banned.defined() ? banned.data_ptr<bool>() : nullptr;
  const bool by_token = barred && banned.dim() == 2;
  for (std::int64_t row = 0; row < taken.size(0); ++row)
    for (std::int64_t c = 0; c < room; ++c) {
      const std::int64_t at = (row / experts * length + token[row * room + c]) * experts + row % experts;
      if (!barred || !barred[by_token ? at : row % experts]) flat.push_back(at);
    }
  std::sort(flat.begin(), flat.end(), [&](std::int64_t a, std::int64_t b) {
    if (a / experts != b / experts) return a < b;
    return p[a] != p[b] ? p[a] > p[b] : a < b;
  });
  routing.start.assign(static_cast<std::size_t>(tokens + 1), 0);
  for (const std::int64_t at : flat) ++routing.start[static_cast<std::size_t>(at / experts + 1)];
  for (std::int64_t t = 0; t < tokens; ++t) routing.start[t + 1] += routing.start[t];

  const at::Tensor chosen = torch::tensor(flat, at::kLong).to(probs.device());
  routing.experts = chosen.remainder(experts);
  routing.weights = probs.reshape({-1}).gather(0, chosen);
  return routing;
}

}  // namespace switchyard
