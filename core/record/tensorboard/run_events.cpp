#include "core/record/tensorboard/run_events.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string_view>

#include "core/base/json.h"
#include "core/base/load_spread.h"
#include "core/config/json.h"
#include "core/record/tensorboard/event_file.h"

namespace switchyard {
namespace {

struct StepTag {
  const char* tag;
  double StepRecord::*figure;
  bool in_every_step = false;
};
constexpr StepTag kStepTags[] = {{"loss/train", &StepRecord::loss, true},
                                 {"loss/val", &StepRecord::val_loss},
                                 {"loss/total", &StepRecord::total_loss, true},
                                 {"accuracy/train", &StepRecord::train_accuracy},
                                 {"accuracy/val", &StepRecord::val_accuracy},
                                 {"optimizer/lr", &StepRecord::learning_rate},
                                 {"optimizer/grad_norm", &StepRecord::grad_norm, true},
                                 {"speed/tokens_per_s", &StepRecord::tokens_per_s},
                                 {"speed/step_ms", &StepRecord::step_ms},
                                 {"progress/wall_s", &StepRecord::wall_s}};

struct LayerTag {
  const char* tag;
  float LayerRecord::*figure;
};
constexpr LayerTag kLayerTags[] = {{"entropy", &LayerRecord::token_entropy},
                                   {"load_entropy", &LayerRecord::load_entropy},
                                   {"max_violation", &LayerRecord::max_violation},
                                   {"drop_rate", &LayerRecord::assignment_drop_rate},
                                   {"token_drop_rate", &LayerRecord::token_drop_rate},
                                   {"router_grad_norm", &LayerRecord::router_grad_norm},
                                   {"expert_grad_norm", &LayerRecord::expert_grad_norm}};

struct SpreadTag {
  const char* tag;
  double LoadSpread::*figure;
};
constexpr SpreadTag kSpreadTags[] = {{"tokens_min", &LoadSpread::min}, {"tokens_max", &LoadSpread::max},
                                     {"tokens_std", &LoadSpread::std}, {"tokens_p50", &LoadSpread::p50},
                                     {"tokens_p75", &LoadSpread::p75}, {"tokens_p90", &LoadSpread::p90},
                                     {"tokens_p95", &LoadSpread::p95}};

void add_if_there(std::string& summary, const ScalarTag& tag, double value) {
  if (!std::isnan(value)) tag.add(summary, static_cast<float>(value));
}

// As a block of code, out of which no name can break.
std::string config_text(const Config& config) {
  std::string text = "    ";
  for (const char c : dump_json(to_shared_json(config), 2)) {
    text += c;
    if (c == '\n') text += "    ";
  }
  return text;
}

}  // namespace

RunEvents::RunEvents(std::span<const std::int32_t> blocks) : tokens_("progress/tokens") {
  for (const StepTag& figure : kStepTags) figures_.emplace_back(figure.tag);
  for (const AuxLoss loss : kAuxLosses) aux_.emplace_back(fmt::format("aux/{}", key_of(loss)));
  for (const std::int32_t block : blocks) {
    Layer& layer = layers_.emplace_back();
    layer.block = block;
    for (const LayerTag& figure : kLayerTags)
      layer.figures.emplace_back(fmt::format("layer{}/{}", block, figure.tag));
    for (const AuxLoss loss : kAuxLosses) layer.aux.emplace_back(fmt::format("layer{}/{}", block, key_of(loss)));
    for (const SpreadTag& figure : kSpreadTags)
      layer.spread.emplace_back(fmt::format("layer{}/{}", block, figure.tag));
  }
}

std::string RunEvents::head(const Config& config, std::int64_t step, double unix_s) {
  std::string summary;
  add_text(summary, "config", config_text(config));
  return framed(version_event(unix_s)) + framed(start_event(unix_s)) +
         framed(summary_event(unix_s, step, summary));
}

std::string RunEvents::scalars(const StepRecord& record, double unix_s) const {
  std::string summary;
  summary.reserve(32 * (figures_.size() + 1 + aux_.size() + layers_.size() * 24));
  // A validation that came to no number is one all the same.
  const bool was_validated = !std::isnan(record.val_accuracy);
  for (std::size_t i = 0; i < figures_.size(); ++i) {
    const StepTag& figure = kStepTags[i];
    const bool exists = figure.in_every_step || (figure.figure == &StepRecord::val_loss && was_validated);
    if (exists) figures_[i].add(summary, static_cast<float>(record.*figure.figure));
    else add_if_there(summary, figures_[i], record.*figure.figure);
  }
  tokens_.add(summary, static_cast<float>(record.tokens));
  for (std::size_t i = 0; i < aux_.size(); ++i) add_if_there(summary, aux_[i], record.aux.values[i]);
  for (const Layer& tags : layers_) {
    const auto layer = std::find_if(record.layers.begin(), record.layers.end(),
                                    [&](const LayerRecord& one) { return one.block == tags.block; });
    if (layer == record.layers.end()) continue;
    for (std::size_t i = 0; i < tags.figures.size(); ++i)
      add_if_there(summary, tags.figures[i], (*layer).*kLayerTags[i].figure);
    for (std::size_t i = 0; i < tags.aux.size(); ++i) add_if_there(summary, tags.aux[i], layer->aux.values[i]);
    const LoadSpread spread = load_spread(layer->counts);
    for (std::size_t i = 0; i < tags.spread.size(); ++i)
      add_if_there(summary, tags.spread[i], spread.*kSpreadTags[i].figure);
  }
  return framed(summary_event(unix_s, record.step, summary));
}

std::string RunEvents::loads(std::span<const RecordingState::Window> windows, std::int64_t step, double unix_s) {
  std::string summary;
  for (const RecordingState::Window& window : windows)
    if (window.steps > 0) add_histogram(summary, fmt::format("layer{}/tokens", window.block), window.counts);
  return summary.empty() ? std::string() : framed(summary_event(unix_s, step, summary));
}

std::string RunEvents::happening(const RunEvent& event, const Config& config, double unix_s) {
  std::string summary, text;
  if (event.kind == EventKind::set || event.kind == EventKind::operate) {
    if (event.kind == EventKind::operate) text = fmt::format("`{}`", event.message);
    for (const RunEvent::Change& change : event.changes)
      text += fmt::format("{}`{}`: {} → {}", text.empty() ? "" : "; ", change.key, change.before, change.after);
    if (text.empty()) return {};
    add_text(summary, "edits", text);
    add_text(summary, "config", config_text(config));
  } else if (event.kind == EventKind::routes) {
    add_text(summary, "routes", event.message);
  } else if (event.kind == EventKind::verdict) {
    add_text(summary, "verdicts", event.message);
  } else if (event.kind == EventKind::alert || event.kind == EventKind::health ||
             event.kind == EventKind::health_end) {
    // Of two texts of one tag and step TensorBoard shows one.
    std::string tag = "alerts/training";
    if (event.health) tag = fmt::format("alerts/layer{}/{}", event.health->block, key_of(event.health->kind));
    add_text(summary, tag, event.kind == EventKind::health_end ? "ended: " + event.message : event.message);
  } else {
    return {};
  }
  return framed(summary_event(unix_s, event.step, summary));
}

}  // namespace switchyard
