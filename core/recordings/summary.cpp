#include "core/recordings/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <new>
#include <numeric>
#include <set>
#include <utility>

#include "core/recordings/step_figures.h"

namespace switchyard {
namespace {

// A mean of what there is.
struct MeanOf {
  double sum = 0;
  std::int64_t count = 0;
  void add(double value) {
    if (std::isnan(value)) return;
    sum += value;
    ++count;
  }
  double value() const { return count > 0 ? sum / static_cast<double>(count) : kMissing; }
};

struct LayerMeans {
  MeanOf load_entropy, max_violation, token_entropy;
};

void take(RecordingSummary& summary, std::vector<LayerMeans>& means, const StepRecord& record) {
  if (summary.steps++ == 0) summary.first_step = record.step;
  summary.last_step = record.step, summary.tokens = record.tokens;
  if (!std::isnan(record.loss)) {
    if (std::isnan(summary.first_loss)) summary.first_loss = record.loss;
    summary.last_loss = record.loss;
  }
  summary.layers.resize(std::max(summary.layers.size(), record.layers.size()));
  means.resize(summary.layers.size());
  for (std::size_t l = 0; l < record.layers.size(); ++l) {
    const LayerRecord& layer = record.layers[l];
    RecordedLayerSummary& of = summary.layers[l];
    means[l].load_entropy.add(layer.load_entropy);
    means[l].max_violation.add(layer.max_violation);
    means[l].token_entropy.add(layer.token_entropy);
    if (layer.counts.empty()) continue;
    ++of.steps;
    of.counts.resize(std::max(of.counts.size(), layer.counts.size()), 0);
    for (std::size_t e = 0; e < layer.counts.size(); ++e) of.counts[e] += static_cast<double>(layer.counts[e]);
    if (!(layer.max_violation <= of.worst_violation) && !std::isnan(layer.max_violation)) {
      of.worst_violation = layer.max_violation;
      of.worst_step = record.step;
    }
  }
}

Result<RecordingSummary> whole_summary_of(RecordingReader& reader,
                                          const std::function<Result<void>(RecordedChunk&&)>& on_chunk,
                                          const std::function<void(double)>& on_progress) {
  RecordingSummary summary;
  summary.form = reader.form();
  std::vector<LayerMeans> means;
  std::set<std::int32_t> ranks;
  StepFigures figures;
  const auto on_step = [&](StepRecord&& record) { take(summary, means, record); };
  const auto has_part = [&](std::int32_t rank, std::size_t layers) {
    ++summary.chunks;
    ranks.insert(rank);
    summary.layers.resize(std::max(summary.layers.size(), layers));
  };
  while (true) {
    if (on_progress && !std::isnan(reader.read_share())) on_progress(reader.read_share());
    auto loads = on_chunk ? Result(std::optional<ChunkLoads>()) : reader.next_loads();
    if (!loads) return loads.error();
    if (*loads) {
      has_part((*loads)->frame.rank, (*loads)->layers.size());
      for (std::size_t l = 0; l < (*loads)->layers.size(); ++l)
        summary.layers[l].has_weights |= (*loads)->layers[l].has_weights;
      for (std::size_t l = 0; l < (*loads)->frame.cells.size() && l < summary.layers.size(); ++l)
        summary.layers[l].has_hidden |= (*loads)->frame.cells[l].hidden_width > 0;
      figures.add(**loads, reader.next_step(), on_step);
      continue;
    }
    auto chunk = reader.next();
    if (!chunk) return chunk.error();
    if (!*chunk) break;
    has_part((*chunk)->rank, (*chunk)->cells.size());
    for (std::size_t l = 0; l < (*chunk)->cells.size(); ++l) {
      summary.layers[l].has_weights |= !(*chunk)->cells[l].weight.empty();
      summary.layers[l].has_logits |= !(*chunk)->cells[l].logits.empty();
      summary.layers[l].has_hidden |= !(*chunk)->cells[l].hidden.empty();
    }
    figures.add(**chunk, reader.next_step(), on_step);
    if (on_chunk)
      if (auto taken = on_chunk(std::move(**chunk)); !taken) return taken.error();
  }
  figures.finish(on_step);
  summary.head = reader.head(), summary.notes = reader.notes();
  summary.ranks = static_cast<std::int64_t>(ranks.size()), summary.late = figures.late();
  summary.layers.resize(std::max(summary.layers.size(), summary.head.layers.size()));
  means.resize(summary.layers.size());
  for (std::size_t l = 0; l < summary.layers.size(); ++l) {
    RecordedLayerSummary& of = summary.layers[l];
    if (l < summary.head.layers.size()) of.layer = summary.head.layers[l];
    of.load_entropy = means[l].load_entropy.value(), of.max_violation = means[l].max_violation.value();
    of.token_entropy = means[l].token_entropy.value();
    of.logits_are_probabilities = l < figures.probabilities().size() && figures.probabilities()[l] != 0;
    if (of.logits_are_probabilities)
      summary.notes.push_back(fmt::format("what layer {}{}{} has for logits are probabilities, and taken as such",
                                          of.layer.block, of.layer.block.empty() ? "" : " ", of.layer.id));
    const double total = std::accumulate(of.counts.begin(), of.counts.end(), 0.0);
    if (total <= 0) continue;
    const auto most = std::max_element(of.counts.begin(), of.counts.end());
    of.largest = static_cast<std::int32_t>(most - of.counts.begin()), of.largest_share = *most / total;
    of.unused = static_cast<std::int32_t>(std::count(of.counts.begin(), of.counts.end(), 0.0));
  }
  if (summary.late > 0)
    summary.notes.push_back(fmt::format(
        "{} tokens, or loads of a step, came after their step was past and are left out of the figures",
        summary.late));
  if (summary.head.after_dropping)
    summary.notes.push_back(
        "these count as the choices that capacity left: loads may look more even than the router made them");
  return summary;
}

}  // namespace

Result<RecordingSummary> summary_of(RecordingReader& reader,
                                    const std::function<Result<void>(RecordedChunk&&)>& on_chunk,
                                    const std::function<void(double)>& on_progress) {
  try {
    return whole_summary_of(reader, on_chunk, on_progress);
  } catch (const std::bad_alloc&) {
    return failure(fmt::format("{}: no memory for what it holds", reader.form()));
  }
}

}  // namespace switchyard
