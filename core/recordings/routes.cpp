#include "core/recordings/routes.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace switchyard {
namespace {

constexpr float kSumTolerance = 0.02F;  // of bf16, over some hundred experts

}  // namespace

void for_each_step(const RecordedChunk& chunk,
                   const std::function<void(std::int64_t, std::span<const std::uint32_t>, std::int64_t)>& visit) {
  std::vector<std::uint32_t> rows(chunk.tokens());
  std::iota(rows.begin(), rows.end(), 0U);
  if (!std::is_sorted(chunk.step.begin(), chunk.step.end()))
    std::stable_sort(rows.begin(), rows.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return chunk.step[a] < chunk.step[b]; });
  std::size_t next = 0, counted = 0;
  while (next < rows.size() || counted < chunk.counted_step.size()) {
    const bool has_rows = next < rows.size(), has_counts = counted < chunk.counted_step.size();
    const std::int64_t step = !has_counts ? chunk.step[rows[next]]
                              : !has_rows ? chunk.counted_step[counted]
                                          : std::min(chunk.step[rows[next]], chunk.counted_step[counted]);
    const std::size_t begin = next;
    while (next < rows.size() && chunk.step[rows[next]] == step) ++next;
    const bool is_counted = has_counts && chunk.counted_step[counted] == step;
    visit(step, std::span(rows).subspan(begin, next - begin),
          is_counted ? static_cast<std::int64_t>(counted++) : -1);
  }
}

bool tells_first(ChoiceOrder order, const RecordedCells& cells) {
  return order == ChoiceOrder::gate || !cells.weight.empty() || !cells.logits.empty();
}

Assignments assignments_of(const RecordedChunk& chunk, std::size_t layer, ChoiceOrder order, Choice choice) {
  std::vector<std::uint32_t> rows(chunk.tokens());
  std::iota(rows.begin(), rows.end(), 0U);
  return assignments_of(chunk, layer, order, choice, rows);
}

Assignments assignments_of(const RecordedChunk& chunk, std::size_t layer, ChoiceOrder order, Choice choice,
                           std::span<const std::uint32_t> rows) {
  Assignments made;
  const RecordedCells& cells = chunk.cells[layer];
  if (!cells.has_choices() || (choice == Choice::first && !tells_first(order, cells))) return made;
  made.experts = cells.experts;
  made.start.reserve(rows.size() + 1);
  made.start.push_back(0);
  const auto n = static_cast<std::size_t>(cells.experts), k = static_cast<std::size_t>(cells.top_k);
  struct Given {
    std::int32_t expert = 0;
    float rank = 0;
  };
  std::vector<Given> given;
  for (const std::size_t t : rows) {
    const std::size_t begin = cells.start.empty() ? t * k : static_cast<std::size_t>(cells.start[t]);
    const std::size_t end = cells.start.empty() ? begin + k : static_cast<std::size_t>(cells.start[t + 1]);
    given.clear();
    bool is_ranked = true;
    for (std::size_t at = begin; at < end; ++at) {
      const std::int32_t expert = cells.expert[at];
      if (expert == kNoExpert) continue;
      float rank = 0;
      if (order == ChoiceOrder::id) {
        if (!cells.weight.empty()) rank = cells.weight[at];
        else if (!cells.logits.empty()) rank = cells.logits[t * n + static_cast<std::size_t>(expert)];
      }
      is_ranked &= !std::isnan(rank);
      given.push_back({expert, std::isnan(rank) ? -HUGE_VALF : rank});
    }
    if (order == ChoiceOrder::id)
      std::stable_sort(given.begin(), given.end(), [](const Given& a, const Given& b) { return a.rank > b.rank; });
    // Where one of them is not ranked, which came first is not known.
    if (choice == Choice::first && given.size() > 1) given.resize(is_ranked ? 1 : 0);
    for (const Given& one : given) made.expert.push_back(one.expert);
    made.start.push_back(static_cast<std::int32_t>(made.expert.size()));
  }
  return made;
}

std::vector<Stability> stability(const RecordedChunk& now, const RecordedChunk& reference, ChoiceOrder order) {
  std::vector<Stability> layers;
  if (now.token.empty() || now.token != reference.token || now.cells.size() != reference.cells.size())
    return layers;
  for (std::size_t l = 0; l < now.cells.size(); ++l)
    layers.push_back(stability(assignments_of(now, l, order), assignments_of(reference, l, order)));
  return layers;
}

bool are_probabilities(const RecordedCells& cells) {
  const auto n = static_cast<std::size_t>(cells.experts);
  if (cells.logits.empty() || n < 2) return false;
  bool has_row = false;
  for (std::size_t at = 0; at < cells.logits.size(); at += n) {
    const std::span<const float> row = std::span(cells.logits).subspan(at, n);
    // A token without logits among those that have them.
    if (!std::all_of(row.begin(), row.end(), [](float one) { return std::isfinite(one); })) continue;
    has_row = true;
    float sum = 0;
    for (const float one : row) {
      if (one < 0) return false;
      sum += one;
    }
    if (std::abs(sum - 1) > kSumTolerance) return false;
  }
  return has_row;
}

void probabilities_of(const float* row, bool is_probability, std::vector<double>& p) {
  if (is_probability) {
    std::copy_n(row, p.size(), p.begin());
    return;
  }
  const double top = *std::max_element(row, row + p.size());
  double sum = 0;
  for (std::size_t i = 0; i < p.size(); ++i) sum += p[i] = std::exp(row[i] - top);
  for (double& one : p) one /= sum;
}

}  // namespace switchyard
