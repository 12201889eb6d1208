#include "core/model/functions/expert_spans.h"

#include <algorithm>

namespace switchyard {
namespace {

// Experts are split at whole panels of tokens (panels.h).
constexpr std::int64_t kSplitRows = 32;

// Those of the largest expert first. How experts are split does not change their order.
void largest_first(std::vector<Span>& spans, const DispatchPlan& plan) {
  const auto size = [&](const Span& span) {
    return plan.offset[static_cast<std::size_t>(span.expert) + 1] - plan.offset[static_cast<std::size_t>(span.expert)];
  };
  std::stable_sort(spans.begin(), spans.end(), [&](const Span& a, const Span& b) { return size(a) > size(b); });
  for (std::size_t i = 0; i < spans.size(); ++i) spans[i].place = static_cast<std::int64_t>(i);
}

}  // namespace

std::int64_t kept_bytes(const Stack& weights, const DispatchPlan& plan, std::int64_t element) {
  return plan.rows() * weights.hidden * element * (weights.gated() ? 2 : 1) + plan.tokens * weights.width * 4;
}

std::int64_t rows_of_block(const BlockBytes& bytes, std::int64_t width, std::int64_t most) {
  // Measured peaks are somewhat above the estimate: the sums over tokens wait for one another as chance will have
  // it.
  constexpr double share = 0.18, least = 768 << 10;
  const double budget = std::max(least, share * static_cast<double>(bytes.kept) / at::get_num_threads());
  const std::int64_t waiting = 3 * width * 4;  // a row's results on their way to its token (token_sums.h)
  const auto rows = static_cast<std::int64_t>((budget - static_cast<double>(bytes.thread)) /
                                              static_cast<double>(bytes.row + waiting));
  return std::clamp(rows / kSplitRows * kSplitRows, 2 * kSplitRows, most);
}

std::vector<Span> shares_of(const DispatchPlan& plan) {
  std::vector<Span> spans;
  const std::int64_t threads = at::get_num_threads(), share = std::max<std::int64_t>(1, plan.rows() / threads);
  std::int64_t spare = plan.experts;
  for (std::int64_t e = 0; e < plan.experts; ++e) {
    const std::int64_t rows = plan.offset[e + 1] - plan.offset[e];
    if (rows == 0) continue;
    const std::int64_t parts = threads == 1 ? 1 : std::clamp<std::int64_t>((rows + share / 2) / share, 1, threads);
    const auto cut = [&](std::int64_t part) { return part == parts ? rows : rows * part / parts / kSplitRows * kSplitRows; };
    bool is_first = true;
    for (std::int64_t p = 0; p < parts; ++p) {
      const std::int64_t begin = cut(p), count = cut(p + 1) - begin;
      if (count == 0) continue;
      spans.push_back({e, plan.offset[e] + begin, count, is_first ? e : spare++});
      is_first = false;
    }
  }
  largest_first(spans, plan);
  return spans;
}

}  // namespace switchyard
