#include "core/recordings/step_figures.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/base/load_balance.h"
#include "core/recordings/routes.h"

namespace switchyard {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

// Every figure that a recording of another program's does not have is missing until it is known.
LayerRecord empty_layer(const RecordedLayer& layer) {
  LayerRecord record;
  record.block = layer.id;
  record.dropped = record.token_entropy = record.load_entropy = record.max_violation = kNaN;
  record.assignment_drop_rate = record.token_drop_rate = kNaN;
  return record;
}

template <class OfRank>
OfRank& of_rank(std::vector<OfRank>& ranks, std::int32_t rank) {
  const auto at = std::find_if(ranks.begin(), ranks.end(), [&](const OfRank& one) { return one.rank == rank; });
  if (at != ranks.end()) return *at;
  ranks.emplace_back();
  ranks.back().rank = rank;
  return ranks.back();
}

// The loss of a step that a chunk tells: step by step, or of its last one.
double loss_of(const RecordedChunk& chunk, std::int64_t counted) {
  const auto at = static_cast<std::size_t>(counted);
  if (counted >= 0 && at < chunk.step_loss.size()) return static_cast<double>(chunk.step_loss[at]);
  return counted >= 0 && chunk.step_loss.empty() && at + 1 == chunk.counted_step.size() ? chunk.loss : kMissing;
}

bool has_loads_or_loss(const RecordedChunk& chunk, std::int64_t counted) {
  return counted >= 0 && (!std::isnan(loss_of(chunk, counted)) ||
                          std::any_of(chunk.cells.begin(), chunk.cells.end(),
                                      [](const RecordedCells& cells) { return !cells.counts.empty(); }));
}

StepRecord empty_step(std::int64_t number) {
  StepRecord record;
  record.step = number;
  record.model_id = 1;
  record.wall_s = record.step_ms = record.tokens_per_s = record.loss = record.total_loss = record.learning_rate =
      record.grad_norm = kMissing;
  record.aux = PerAuxLoss<double>::filled(kMissing);
  return record;
}

}  // namespace

void StepFigures::begin_chunk(const RecordedChunk& chunk) {
  if (chunk.layers.size() >= named_.size()) named_ = chunk.layers;
  probabilities_.resize(std::max(probabilities_.size(), chunk.cells.size()), 0);
  given_as_p_.assign(chunk.cells.size(), 0);
  for (std::size_t l = 0; l < chunk.cells.size(); ++l)
    probabilities_[l] |= given_as_p_[l] = are_probabilities(chunk.cells[l]);
}

void StepFigures::take_step(const RecordedChunk& chunk, std::int64_t number, std::size_t rows,
                            std::int64_t counted, const AddRows& add_rows, std::optional<std::int64_t> below,
                            const OnStep& on_step) {
  if (told_ && number < *told_) {
    late_ += rows == 0 ? has_loads_or_loss(chunk, counted) : static_cast<std::int64_t>(rows);
    return;
  }
  add_step(chunk, number, rows, counted, add_rows);
  tell(std::min(number + 1, below.value_or(number + 1)), on_step);
  while (held_ > most_held_ && !steps_.empty()) tell(steps_.begin()->first + 1, on_step);
}

void StepFigures::add(const RecordedChunk& chunk, std::optional<std::int64_t> below, const OnStep& on_step) {
  begin_chunk(chunk);
  for_each_step(chunk, [&](std::int64_t number, std::span<const std::uint32_t> rows, std::int64_t counted) {
    const auto add_them = [&](Layer& layer, std::size_t l) {
      if (chunk.cells[l].has_choices() || !chunk.cells[l].logits.empty()) add_rows(layer, chunk, l, rows);
    };
    take_step(chunk, number, rows.size(), counted, add_them, below, on_step);
  });
}

void StepFigures::add(const ChunkLoads& loads, std::optional<std::int64_t> below, const OnStep& on_step) {
  const RecordedChunk& chunk = loads.frame;
  begin_chunk(chunk);
  std::size_t next = 0, counted = 0;
  while (next < loads.steps.size() || counted < chunk.counted_step.size()) {
    std::int64_t number = kMostRecordedStep;
    if (next < loads.steps.size()) number = loads.steps[next].step;
    if (counted < chunk.counted_step.size()) number = std::min(number, chunk.counted_step[counted]);
    const bool has_rows = next < loads.steps.size() && loads.steps[next].step == number;
    const bool is_counted = counted < chunk.counted_step.size() && chunk.counted_step[counted] == number;
    const std::size_t rows = has_rows ? static_cast<std::size_t>(loads.steps[next].count()) : 0;
    const auto add_them = [&](Layer& layer, std::size_t l) {
      if (!loads.layers[l].has_choices) return;
      OfRank& rank = of_rank(layer.ranks, chunk.rank);
      rank.rows += static_cast<std::int64_t>(rows);
      const auto n = static_cast<std::size_t>(chunk.cells[l].experts);
      layer.experts = std::max(layer.experts, n);
      if (rank.is_counted) return;
      for (std::size_t e = 0; e < n; ++e)
        if (const std::uint32_t count = loads.layers[l].loads[next * n + e]; count > 0)
          layer.loads.add(e, count, n);
    };
    take_step(chunk, number, rows, is_counted ? static_cast<std::int64_t>(counted) : -1, add_them, below, on_step);
    next += has_rows, counted += is_counted;
  }
}

void StepFigures::add_step(const RecordedChunk& chunk, std::int64_t number, std::size_t rows, std::int64_t counted,
                           const AddRows& add_rows) {
  if (rows == 0 && !has_loads_or_loss(chunk, counted)) return;
  const double loss = loss_of(chunk, counted);
  Step& step = steps_[number];
  held_ -= step.bytes;
  if (step.layers.size() < chunk.cells.size()) step.layers.resize(chunk.cells.size());
  if (!std::isnan(chunk.wall_s))
    step.wall_s = std::isnan(step.wall_s) ? chunk.wall_s : std::max(step.wall_s, chunk.wall_s);
  if (!std::isnan(loss)) {
    const auto same =
        std::find_if(step.loss.begin(), step.loss.end(), [&](const auto& one) { return one.first == chunk.rank; });
    if (same == step.loss.end()) step.loss.emplace_back(chunk.rank, loss);
    else same->second = loss;
  }
  step.bytes = sizeof(Step) + step.layers.size() * sizeof(Layer);
  for (std::size_t l = 0; l < chunk.cells.size(); ++l) {
    const RecordedCells& cells = chunk.cells[l];
    Layer& layer = step.layers[l];
    if (!cells.empty()) layer.experts = std::max(layer.experts, static_cast<std::size_t>(cells.experts));
    if (counted >= 0 && !cells.counts.empty()) add_counts(layer, chunk, cells, counted);
    if (rows > 0) add_rows(layer, l);
    step.bytes +=
        layer.loads.bytes() + layer.ranks.capacity() * sizeof(OfRank) + layer.prob.capacity() * sizeof(double);
  }
  held_ += step.bytes;
}

void StepFigures::add_counts(Layer& layer, const RecordedChunk& chunk, const RecordedCells& cells,
                             std::int64_t counted) {
  const auto n = static_cast<std::size_t>(cells.experts);
  const std::span<const std::int64_t> counts =
      std::span(cells.counts).subspan(static_cast<std::size_t>(counted) * n, n);
  if (std::any_of(counts.begin(), counts.end(), [](std::int64_t count) { return count < 0; })) return;
  of_rank(layer.ranks, chunk.rank).is_counted = true;
  for (std::size_t i = 0; i < n; ++i)
    if (counts[i] > 0 || i == 0) layer.loads.add(i, static_cast<double>(counts[i]), n);
}

void StepFigures::add_rows(Layer& layer, const RecordedChunk& chunk, std::size_t l,
                           std::span<const std::uint32_t> rows) {
  const RecordedCells& cells = chunk.cells[l];
  const auto n = static_cast<std::size_t>(cells.experts);
  OfRank& rank = of_rank(layer.ranks, chunk.rank);
  rank.rows += static_cast<std::int64_t>(rows.size());
  if (!rank.is_counted) {
    const Assignments given = assignments_of(chunk, l, ChoiceOrder::gate, Choice::all, rows);
    if (given.expert.size() < n) {
      for (const std::int32_t expert : given.expert) layer.loads.add(static_cast<std::size_t>(expert), 1, n);
    } else {
      std::vector<double> counts(n, 0);
      for (const std::int32_t expert : given.expert) ++counts[static_cast<std::size_t>(expert)];
      for (std::size_t i = 0; i < n; ++i)
        if (counts[i] > 0) layer.loads.add(i, counts[i], n);
    }
  }
  if (cells.logits.empty()) return;
  layer.prob.resize(std::max(n, layer.prob.size()), 0);
  std::vector<double> p(n);
  for (const std::uint32_t t : rows) {
    const float* row = cells.logits.data() + t * n;
    if (!std::all_of(row, row + n, [](float logit) { return std::isfinite(logit); })) continue;
    probabilities_of(row, given_as_p_[l] != 0, p);
    for (std::size_t i = 0; i < n; ++i) layer.prob[i] += p[i];
    layer.entropy += entropy_of(p);
    ++layer.tokens;
  }
}

StepRecord StepFigures::record_of(std::int64_t number, const Step& step) const {
  StepRecord record = empty_step(number);
  record.wall_s = step.wall_s;
  double loss = 0;
  for (const auto& [rank, one] : step.loss) loss += one / static_cast<double>(step.loss.size());
  if (!step.loss.empty()) record.loss = loss;
  for (std::size_t l = 0; l < step.layers.size(); ++l) {
    const Layer& layer = step.layers[l];
    LayerRecord& made = record.layers.emplace_back(empty_layer(named_[l]));
    const std::vector<double> loads = layer.loads.all(layer.experts);
    made.counts.assign(loads.begin(), loads.end());
    if (!loads.empty()) {
      made.load_entropy = static_cast<float>(load_entropy(loads));
      made.max_violation = static_cast<float>(max_violation(loads));
    }
    made.mean_prob.assign(made.counts.size(), kNaN);
    if (layer.tokens == 0) continue;
    made.mean_prob.clear();
    const auto tokens = static_cast<double>(layer.tokens), n = static_cast<double>(layer.prob.size());
    for (const double p : layer.prob) made.mean_prob.push_back(static_cast<float>(p / tokens));
    if (n > 1) made.token_entropy = static_cast<float>(std::clamp(layer.entropy / tokens / std::log(n), 0.0, 1.0));
  }
  return record;
}

void StepFigures::tell(std::optional<std::int64_t> below, const OnStep& on_step) {
  while (!steps_.empty() && (!below || steps_.begin()->first < *below)) {
    const auto& [number, step] = *steps_.begin();
    // A rank may tell of some layers in one chunk and of others in another: the tokens are the same.
    std::vector<OfRank> ranks;
    for (const Layer& layer : step.layers)
      for (const OfRank& one : layer.ranks) {
        std::int64_t& rows = of_rank(ranks, one.rank).rows;
        rows = std::max(rows, one.rows);
      }
    for (const OfRank& one : ranks) tokens_ += one.rows;
    StepRecord record = record_of(number, step);
    record.tokens = tokens_;
    told_ = number + 1;
    held_ -= step.bytes;
    steps_.erase(steps_.begin());
    on_step(std::move(record));
  }
}

}  // namespace switchyard
