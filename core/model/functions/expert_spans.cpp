#include "core/model/functions/expert_spans.h"

#include <algorithm>

#include "core/model/kernels/parallel.h"
#include "core/model/kernels/rows.h"

namespace switchyard {
namespace {

constexpr std::int64_t kCombineBlock = 64;
// Experts are split at whole panels of tokens (panels.h).
constexpr std::int64_t kSplitRows = 32;

void largest_first(std::vector<Span>& spans) {
  std::stable_sort(spans.begin(), spans.end(), [](const Span& a, const Span& b) { return a.count > b.count; });
}

}  // namespace

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
  largest_first(spans);
  return spans;
}

void combine_rows(const Matrix& to, const Matrix& from, const float* scale, const DispatchPlan& plan) {
  parallel_blocks(plan.tokens, kCombineBlock, [&](std::int64_t begin, std::int64_t count) {
    for (std::int64_t t = begin; t < begin + count; ++t) {
      bool empty = true;
      for (std::int64_t a = plan.first(t); a < plan.first(t + 1); ++a) {
        if (plan.row[a] < 0) continue;
        (empty ? rows::scale : rows::add_scaled)(to.row(t), from.row(plan.row[a]), scale ? scale[a] : 1.0F, to.columns);
        empty = false;
      }
      if (empty) std::fill_n(to.row(t), to.columns, 0.0F);
    }
  });
}

}  // namespace switchyard
