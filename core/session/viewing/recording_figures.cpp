#include "core/session/viewing/recording_figures.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/recordings/routes.h"
#include "core/session/viewing/others_advice.h"

namespace switchyard {

RecordingFigures::RecordingFigures(std::uint32_t model_id, std::string form, std::string producer)
    : model_id_(model_id), form_(std::move(form)) {
  facts_.producer = std::move(producer);
}

StepFigures::OnStep RecordingFigures::with_events(const OnStep& on_step) {
  return [this, &on_step](StepRecord&& record) {
    record.model_id = model_id_;
    if (std::isnan(began_s_)) began_s_ = record.wall_s;
    record.wall_s = std::isnan(record.wall_s) ? record.wall_s : std::max(0.0, record.wall_s - began_s_);
    facts_.has_losses |= !std::isnan(record.loss);
    HealthFacts of;
    of.top_k = std::max(1, facts_.top_k());
    of.learns = false;  // no gradient was recorded
    std::vector<RunEvent> events;
    for (HealthAlert& alert : health_.take(record, of)) {
      RunEvent& event = events.emplace_back();
      event.kind = alert.ended == 0 ? EventKind::health : EventKind::health_end;
      event.step = record.step, event.model_id = model_id_;
      event.wall_s = std::isnan(record.wall_s) ? 0 : record.wall_s;
      alert.advice = advice_for_other(alert.kind, form_);
      event.message = alert.message;
      event.health = std::move(alert);
    }
    on_step(std::move(record), std::move(events));
  };
}

void RecordingFigures::learn(const RecordedChunk& chunk, const RecordingHead& head) {
  facts_.model = head.model;
  facts_.after_dropping = head.after_dropping;
  facts_.layers.clear();
  for (const RecordedLayer& layer : chunk.layers.size() >= head.layers.size() ? chunk.layers : head.layers)
    facts_.layers.push_back({layer.id, layer.block, layer.experts, layer.top_k});
  for (std::size_t l = 0; l < chunk.cells.size(); ++l) {
    const RecordedCells& cells = chunk.cells[l];
    facts_.has_choices |= cells.has_choices();
    facts_.has_order |= cells.has_choices() && tells_first(head.order, cells);
    facts_.has_weights |= !cells.weight.empty();
    facts_.has_logits |= !cells.logits.empty();
    // What its head leaves open, or a token has at most.
    if (cells.has_choices()) facts_.layers[l].top_k = std::max(facts_.layers[l].top_k, cells.top_k);
  }
  facts_.has_token_ids |= !chunk.token.empty();
  facts_.has_sequences |= !chunk.sequence.empty();
  ranks_.insert(chunk.rank);
  facts_.ranks = static_cast<std::int64_t>(ranks_.size());
}

void RecordingFigures::add(const RecordedChunk& chunk, const RecordingHead& head,
                           std::optional<std::int64_t> below, const OnStep& on_step) {
  learn(chunk, head);
  figures_.add(chunk, below, with_events(on_step));
}

void RecordingFigures::add(const ChunkLoads& loads, const RecordingHead& head, std::optional<std::int64_t> below,
                           const OnStep& on_step) {
  learn(loads.frame, head);
  for (std::size_t l = 0; l < loads.layers.size(); ++l) {
    const ChunkLoads::Layer& layer = loads.layers[l];
    if (!layer.has_choices) continue;
    facts_.has_choices = true;
    facts_.has_order |= head.order == ChoiceOrder::gate || layer.has_weights;
    facts_.has_weights |= layer.has_weights;
  }
  facts_.has_token_ids |= loads.has_token_ids, facts_.has_sequences |= loads.has_sequences;
  figures_.add(loads, below, with_events(on_step));
}

void RecordingFigures::tell_below(std::int64_t below, const OnStep& on_step) {
  figures_.tell_below(below, with_events(on_step));
}

void RecordingFigures::finish(const OnStep& on_step) { figures_.finish(with_events(on_step)); }

std::vector<HealthAlert> RecordingFigures::alerts() const {
  std::vector<HealthAlert> alerts = health_.alerts();
  for (HealthAlert& alert : alerts) alert.advice = advice_for_other(alert.kind, form_);
  return alerts;
}

}  // namespace switchyard
