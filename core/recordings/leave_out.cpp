#include "core/recordings/leave_out.h"

#include <algorithm>
#include <utility>

namespace switchyard {
namespace {

void keep_varying_rows(RecordedCells& cells, const std::vector<std::int64_t>& steps, std::int64_t below) {
  std::vector<std::int64_t> start{0};
  std::size_t kept = 0;
  for (std::size_t t = 0; t < steps.size(); ++t) {
    if (steps[t] >= below) continue;
    const auto end = static_cast<std::size_t>(cells.start[t + 1]);
    for (auto at = static_cast<std::size_t>(cells.start[t]); at < end; ++at, ++kept) {
      cells.expert[kept] = cells.expert[at];
      if (!cells.weight.empty()) cells.weight[kept] = cells.weight[at];
    }
    start.push_back(static_cast<std::int64_t>(kept));
  }
  cells.expert.resize(kept);
  if (!cells.weight.empty()) cells.weight.resize(kept);
  cells.start = std::move(start);
}

}  // namespace

void leave_out_from(RecordedChunk& chunk, std::int64_t step) {
  const std::vector<std::int64_t> steps = chunk.step;
  const auto keep_rows = [&](auto& values, std::size_t columns) {
    if (values.empty()) return;
    std::size_t kept = 0;
    for (std::size_t t = 0; t < steps.size(); ++t) {
      if (steps[t] >= step) continue;
      for (std::size_t i = 0; i < columns; ++i) values[kept++] = values[t * columns + i];
    }
    values.resize(kept);
  };
  const auto counted = static_cast<std::size_t>(
      std::lower_bound(chunk.counted_step.begin(), chunk.counted_step.end(), step) - chunk.counted_step.begin());
  for (RecordedCells& cells : chunk.cells) {
    const auto n = static_cast<std::size_t>(cells.experts), k = static_cast<std::size_t>(cells.top_k);
    if (cells.start.empty()) {
      keep_rows(cells.expert, k);
      keep_rows(cells.weight, k);
    } else {
      keep_varying_rows(cells, steps, step);
    }
    keep_rows(cells.logits, n);
    keep_rows(cells.hidden, static_cast<std::size_t>(cells.hidden_width));
    if (!cells.counts.empty()) cells.counts.resize(counted * n);
  }
  keep_rows(chunk.token, 1);
  keep_rows(chunk.sequence, 1);
  keep_rows(chunk.step, 1);
  chunk.counted_step.resize(counted);
  if (!chunk.step_loss.empty()) chunk.step_loss.resize(counted);
  chunk.loss = kMissing;
}

}  // namespace switchyard
