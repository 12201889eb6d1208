#include "app/panels/parts/load_health.h"

#include <algorithm>
#include <cmath>

namespace switchyard::app {

namespace {
constexpr double kChoicesToJudge = 100, kLeastSteps = 10, kStarvingShare = 0.1;
}

std::vector<ExpertLoad> expert_loads(const History& history, std::size_t layer, const StepRecord* record) {
  const StepRecord* last = record ? record : history.last();
  if (!last || layer >= last->layers.size()) return {};
  const std::vector<float>& counts = last->layers[layer].counts;
  double sum = 0;
  for (const float count : counts) sum += count;
  const double fair = sum / std::max<double>(1, static_cast<double>(counts.size()));

  std::vector<ExpertLoad> loads(counts.size());
  for (std::size_t i = 0; i < counts.size(); ++i) loads[i].now = fair > 0 ? counts[i] / fair : 0;

  const std::size_t row_steps = std::max<std::size_t>(1, history.row_steps());
  const double by_row = fair * static_cast<double>(row_steps);
  if (by_row <= 0) return loads;
  const auto rows = static_cast<std::size_t>(
      std::ceil(std::max(kChoicesToJudge / by_row, kLeastSteps / static_cast<double>(row_steps))));
  // Of an earlier step the rows that are over by then.
  std::size_t end = history.rows();
  if (record && record != history.last())
    while (end > 0 && history.utilisation_x()[end - 1] > static_cast<double>(record->step)) --end;
  if (rows > end) return loads;
  const std::size_t known = history.experts_ever(layer);
  for (std::size_t i = 0; i < std::min(counts.size(), known); ++i) {
    const Strided<float> column = history.utilisation(layer, i);
    double total = 0;
    std::size_t present = 0;
    for (std::size_t r = end - rows; r < end; ++r) {
      if (!std::isfinite(column[r])) continue;
      total += column[r];
      ++present;
    }
    // Younger than the window: too early to judge.
    if (present < rows) continue;
    ExpertLoad& load = loads[i];
    load.window_mean = total / static_cast<double>(present);
    load.window_steps = rows * row_steps;
    load.window_expected = by_row * static_cast<double>(rows);
    if (load.window_mean == 0 && load.now == 0) load.state = LoadState::dead;
    else if (load.window_mean < kStarvingShare) load.state = LoadState::starving;
  }
  return loads;
}

std::vector<float> utilisation_in(const StepRecord& record, std::size_t layer) {
  if (layer >= record.layers.size()) return {};
  const std::vector<float>& counts = record.layers[layer].counts;
  double sum = 0;
  for (const float count : counts) sum += count;
  std::vector<float> out;
  for (const float count : counts)
    out.push_back(sum > 0 ? static_cast<float>(count / sum * static_cast<double>(counts.size())) : 0);
  return out;
}

}  // namespace switchyard::app
