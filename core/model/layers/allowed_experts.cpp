#include "core/model/layers/allowed_experts.h"

#include <algorithm>

namespace switchyard {

MoeTrace among_allowed(const MoeTrace& layer) {
  const at::Tensor& probs = layer.routing.probs;
  if (!layer.banned.defined() || !probs.defined() || layer.soft || !layer.routing.start.empty()) return layer;
  const at::Tensor stay = layer.banned.logical_not().nonzero().squeeze(1);
  const auto columns = [&](const at::Tensor& of) { return of.defined() ? of.index_select(-1, stay) : of; };
  MoeTrace among = layer;
  among.banned = at::Tensor();
  const at::Tensor open = columns(probs);
  among.routing.probs = open / open.sum(-1, true).clamp_min(1e-20);
  const at::Tensor place = layer.banned.logical_not().to(at::kLong).cumsum(0) - 1;
  among.routing.experts = place.index_select(0, layer.routing.experts.flatten()).view_as(layer.routing.experts);
  among.scores.clean = columns(layer.scores.clean);
  among.scores.noisy = columns(layer.scores.noisy);
  among.scores.spread = layer.scores.spread.defined() && layer.scores.spread.size(-1) == probs.size(1)
                            ? columns(layer.scores.spread)
                            : layer.scores.spread;
  among.plan = build_dispatch(among.routing.experts, stay.numel(), {});
  return among;
}

const std::vector<MoeTrace>& among_allowed(const std::vector<MoeTrace>& trace, std::vector<MoeTrace>& made) {
  if (std::none_of(trace.begin(), trace.end(), [](const MoeTrace& layer) { return layer.banned.defined(); }))
    return trace;
  for (const MoeTrace& layer : trace) made.push_back(among_allowed(layer));
  return made;
}

std::vector<std::int64_t> of_allowed(const std::vector<std::int64_t>& counts, const at::Tensor& banned) {
  if (!banned.defined()) return counts;
  const at::Tensor barred = banned.to(at::kCPU);
  std::vector<std::int64_t> open;
  for (std::size_t e = 0; e < counts.size(); ++e)
    if (!barred.data_ptr<bool>()[e]) open.push_back(counts[e]);
  return open;
}

}  // namespace switchyard
