#include "core/history/record_at.h"

#include <algorithm>
#include <cmath>

namespace switchyard {
namespace {

template <class X>
std::size_t first_at_least(const X& x, double value) {
  std::size_t low = 0, high = x.size();
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    if (x[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

// Of a history that is not empty.
std::size_t nearest(const History& history, std::int64_t step) {
  const auto x = history.x();
  const double wanted = static_cast<double>(step);
  const std::size_t at = std::min(first_at_least(x, wanted), x.size() - 1);
  return at > 0 && wanted - x[at - 1] <= x[at] - wanted ? at - 1 : at;
}

// Empty where nothing is kept of its row.
std::vector<float> counts_in_row(const History& history, std::size_t layer, std::size_t row, double choices) {
  std::vector<float> counts;
  for (std::size_t e = 0; e < history.experts_ever(layer); ++e) {
    const float utilisation = history.utilisation(layer, e)[row];
    // Experts stand in a row without a gap: the first that is missing was not there yet.
    if (!std::isfinite(utilisation)) break;
    counts.push_back(utilisation);
  }
  for (float& count : counts) count *= static_cast<float>(choices / static_cast<double>(counts.size()));
  return counts;
}

}  // namespace

std::optional<StepRecord> record_at(const History& history, std::int64_t step) {
  if (history.empty() || !history.last()) return std::nullopt;
  const auto x = history.x();
  const std::size_t at = nearest(history, step);
  const StepRecord& last = *history.last();
  StepRecord record;
  record.step = static_cast<std::int64_t>(x[at]);
  record.model_id = last.model_id;
  record.loss = history.scalar(Scalar::loss)[at];
  record.val_loss = history.scalar(Scalar::val_loss)[at];
  record.total_loss = history.scalar(Scalar::total_loss)[at];
  record.learning_rate = history.scalar(Scalar::learning_rate)[at];
  record.grad_norm = history.scalar(Scalar::grad_norm)[at];
  record.tokens_per_s = history.scalar(Scalar::tokens_per_s)[at];
  record.step_ms = history.scalar(Scalar::step_ms)[at];
  record.train_accuracy = history.scalar(Scalar::train_accuracy)[at];
  const auto rows = history.utilisation_x();
  const std::size_t row = first_at_least(rows, x[at]);
  record.layers.resize(std::min(history.layers(), last.layers.size()));
  for (std::size_t l = 0; l < record.layers.size(); ++l) {
    LayerRecord& layer = record.layers[l];
    const auto figure = [&](LayerScalar which) { return history.layer_scalar(l, which)[at]; };
    layer.block = last.layers[l].block;
    layer.token_entropy = figure(LayerScalar::token_entropy);
    layer.load_entropy = figure(LayerScalar::load_entropy);
    layer.max_violation = figure(LayerScalar::max_violation);
    layer.assignment_drop_rate = figure(LayerScalar::assignment_drop_rate);
    layer.token_drop_rate = figure(LayerScalar::token_drop_rate);
    layer.router_grad_norm = figure(LayerScalar::router_grad_norm);
    layer.expert_grad_norm = figure(LayerScalar::expert_grad_norm);
    for (const AuxLoss loss : kAuxLosses) layer.aux[loss] = figure(scalar_of(loss));
    double choices = 0;
    for (const float count : last.layers[l].counts) choices += static_cast<double>(count);
    // Behind the last row only the newest steps lie, whose row is not full yet.
    if (row < rows.size()) layer.counts = counts_in_row(history, l, row, choices);
    else layer.counts = last.layers[l].counts;
  }
  return record;
}

float figure_at(const History& history, std::size_t layer, LayerScalar which, std::int64_t step) {
  if (history.empty() || layer >= history.layers()) return NAN;
  return history.layer_scalar(layer, which)[nearest(history, step)];
}

}  // namespace switchyard
