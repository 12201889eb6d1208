#include <algorithm>
#include <numeric>
#include <set>

#include "core/model/routing/router.h"

namespace switchyard {

at::Tensor hash_tables(const at::Tensor& counts, std::int64_t experts, std::int64_t top_k) {
  const at::Tensor host = counts.detach().to(at::kCPU, at::kFloat).contiguous();
  const float* count = host.data_ptr<float>();
  const std::int64_t ids = host.numel();
  std::vector<std::int64_t> order(static_cast<std::size_t>(ids));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) { return count[a] > count[b]; });

  at::Tensor tables = at::empty({top_k, ids}, at::kLong);
  std::int64_t* expert_of = tables.data_ptr<std::int64_t>();
  for (std::int64_t table = 0; table < top_k; ++table) {
    // Emptiest first. Ids that never occur count a little, so that they spread as well.
    std::set<std::pair<double, std::int64_t>> loads;
    for (std::int64_t e = 0; e < experts; ++e) loads.emplace(0.0, e);
    for (const std::int64_t id : order) {
      const auto is_taken = [&](std::int64_t expert) {
        for (std::int64_t earlier = 0; earlier < table; ++earlier)
          if (expert_of[earlier * ids + id] == expert) return true;
        return false;
      };
      const auto emptiest = std::find_if(loads.begin(), loads.end(), [&](const auto& load) { return !is_taken(load.second); });
      const auto [load, expert] = *emptiest;
      loads.erase(emptiest);
      loads.emplace(load + std::max(static_cast<double>(count[id]), 1e-3), expert);
      expert_of[table * ids + id] = expert;
    }
  }
  return tables;
}

namespace {

// [T, k] with the next expert by number that a token lacks in place of each that is banned.
at::Tensor around_banned(const at::Tensor& chosen, const at::Tensor& banned) {
  const at::Tensor host = chosen.to(at::kCPU, at::kLong, /*non_blocking=*/false, /*copy=*/true).contiguous();
  const at::Tensor barred = banned.to(at::kCPU).contiguous();
  const bool* is_barred = barred.data_ptr<bool>();
  const std::int64_t tokens = host.size(0), k = host.size(1), experts = barred.size(-1);
  std::int64_t* row = host.data_ptr<std::int64_t>();
  const std::int64_t a_token = barred.dim() == 2 ? experts : 0;
  for (std::int64_t t = 0; t < tokens; ++t, row += k, is_barred += a_token)
    for (std::int64_t j = 0; j < k; ++j)
      while (is_barred[row[j]] || std::count(row, row + k, row[j]) > 1) row[j] = (row[j] + 1) % experts;
  return host.to(chosen.device());
}

}  // namespace

Routing route_hash(const GateScores& scores, const RoutingContext& context) {
  Routing routing;
  if (context.forced.defined()) {
    routing.experts = context.forced;
  } else {
    routing.experts = context.hash_tables.index_select(1, context.ids).t().contiguous();
    if (context.banned().defined()) routing.experts = around_banned(routing.experts, context.banned());
  }
  routing.weights = at::full(routing.experts.sizes(), 1.0 / static_cast<double>(context.top_k),
                             scores.clean.options().requires_grad(false));
  return routing;
}

}  // namespace switchyard
