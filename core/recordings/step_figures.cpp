#include "core/recordings/step_figures.h"

#include <algorithm>
#include <cmath>

#include "core/base/load_balance.h"
#include "core/recordings/routes.h"

namespace switchyard {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

// p of a row of logits, or the row itself where it is p already.
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

// Every figure that a recording of another program's does not have is missing until it is known.
LayerRecord empty_layer(const RecordedLayer& layer) {
  LayerRecord record;
  record.block = layer.id;
  record.dropped = record.token_entropy = record.load_entropy = record.max_violation = kNaN;
  record.assignment_drop_rate = record.token_drop_rate = kNaN;
  return record;
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

StepFigures::Step* StepFigures::step_at(std::int64_t number, const RecordedChunk& chunk) {
  if (taken_ && number < *taken_) return nullptr;
  Step& step = steps_[number];
  if (step.layers.size() < chunk.cells.size()) step.layers.resize(chunk.cells.size());
  if (step.named.size() < chunk.layers.size()) step.named = chunk.layers;
  if (!std::isnan(chunk.wall_s))
    step.wall_s = std::isnan(step.wall_s) ? chunk.wall_s : std::max(step.wall_s, chunk.wall_s);
  return &step;
}

void StepFigures::add(const RecordedChunk& chunk) {
  probabilities_.resize(std::max(probabilities_.size(), chunk.cells.size()), 0);
  std::vector<std::uint8_t> given_as_p(chunk.cells.size());
  for (std::size_t l = 0; l < chunk.cells.size(); ++l)
    probabilities_[l] |= given_as_p[l] = are_probabilities(chunk.cells[l]);
  for (const auto& [number, rows] : rows_by_step(chunk)) {
    Step* step = step_at(number, chunk);
    if (!step) {
      late_ += static_cast<std::int64_t>(rows.size());
      continue;
    }
    for (std::size_t l = 0; l < chunk.cells.size(); ++l) {
      const RecordedCells& cells = chunk.cells[l];
      const auto n = static_cast<std::size_t>(cells.experts);
      Layer& layer = step->layers[l];
      const Assignments given = assignments_of(chunk, l, ChoiceOrder::gate, Choice::all, rows);
      if (cells.has_choices() || !cells.logits.empty())
        layer.ranks[chunk.rank].rows += static_cast<std::int64_t>(rows.size());
      if (!given.expert.empty()) {
        Loads& loads = layer.ranks[chunk.rank];
        loads.chosen.resize(std::max(n, loads.chosen.size()), 0);
        for (const std::int32_t expert : given.expert) ++loads.chosen[static_cast<std::size_t>(expert)];
      }
      if (cells.logits.empty()) continue;
      layer.prob.resize(std::max(n, layer.prob.size()), 0);
      std::vector<double> p(n);
      for (const std::size_t t : rows) {
        const float* row = cells.logits.data() + t * n;
        if (!std::all_of(row, row + n, [](float logit) { return std::isfinite(logit); })) continue;
        probabilities_of(row, given_as_p[l], p);
        for (std::size_t i = 0; i < n; ++i) layer.prob[i] += p[i];
        layer.entropy += entropy_of(p);
        ++layer.tokens;
      }
    }
  }
  for (std::size_t s = 0; s < chunk.counted_step.size(); ++s) {
    const bool is_last = s + 1 == chunk.counted_step.size();
    double loss = s < chunk.step_loss.size() ? static_cast<double>(chunk.step_loss[s]) : kMissing;
    if (std::isnan(loss) && is_last && chunk.step_loss.empty()) loss = chunk.loss;
    const bool is_counted = std::any_of(chunk.cells.begin(), chunk.cells.end(),
                                        [](const RecordedCells& c) { return !c.counts.empty(); });
    if (std::isnan(loss) && !is_counted) continue;
    Step* step = step_at(chunk.counted_step[s], chunk);
    if (!step) continue;
    if (!std::isnan(loss)) step->loss[chunk.rank] = loss;
    for (std::size_t l = 0; l < chunk.cells.size(); ++l) {
      const RecordedCells& cells = chunk.cells[l];
      const auto n = static_cast<std::size_t>(cells.experts);
      if (cells.counts.empty() || cells.counts[s * n] < 0) continue;
      Loads& loads = step->layers[l].ranks[chunk.rank];
      loads.counted.resize(std::max(n, loads.counted.size()), 0);
      for (std::size_t i = 0; i < n; ++i)
        loads.counted[i] += static_cast<double>(std::max<std::int64_t>(0, cells.counts[s * n + i]));
    }
  }
}

StepRecord StepFigures::record_of(std::int64_t number, const Step& step) {
  StepRecord record = empty_step(number);
  record.wall_s = step.wall_s;
  double loss = 0;
  for (const auto& [rank, one] : step.loss) loss += one / static_cast<double>(step.loss.size());
  if (!step.loss.empty()) record.loss = loss;
  for (std::size_t l = 0; l < step.layers.size(); ++l) {
    const Layer& layer = step.layers[l];
    LayerRecord& made = record.layers.emplace_back(empty_layer(step.named[l]));
    std::vector<double> loads;
    for (const auto& [rank, of_rank] : layer.ranks) {
      const std::vector<double>& own = of_rank.counted.empty() ? of_rank.chosen : of_rank.counted;
      loads.resize(std::max(loads.size(), own.size()), 0);
      for (std::size_t i = 0; i < own.size(); ++i) loads[i] += own[i];
    }
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

std::vector<StepRecord> StepFigures::take(std::optional<std::int64_t> below) {
  std::vector<StepRecord> records;
  while (!steps_.empty() && (!below || steps_.begin()->first < *below)) {
    const auto& [number, step] = *steps_.begin();
    // A rank may tell of some layers in one chunk and of others in another: the tokens are the same.
    std::map<std::int32_t, std::int64_t> tokens;
    for (const Layer& layer : step.layers)
      for (const auto& [rank, loads] : layer.ranks) tokens[rank] = std::max(tokens[rank], loads.rows);
    for (const auto& [rank, of_rank] : tokens) tokens_ += of_rank;
    records.push_back(record_of(number, step));
    records.back().tokens = tokens_;
    taken_ = number + 1;
    steps_.erase(steps_.begin());
  }
  return records;
}

}  // namespace switchyard
