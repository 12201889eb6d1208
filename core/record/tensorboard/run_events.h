// What a run tells, as events for TensorBoard, framed.
//
// Scalars, an event a row of metrics.csv, under the names of its columns (metrics_lines.h), in groups:
//
//   loss/train, val, total                   loss, val_loss, total_loss
//   accuracy/train, val                      train_accuracy, val_accuracy
//   optimizer/lr, grad_norm                  lr, grad_norm
//   speed/tokens_per_s, step_ms              tokens_per_s, step_ms
//   progress/tokens, wall_s                  tokens, wall_s
//   aux/switch, ...                          aux_switch, ...
//   layer0/entropy, switch, tokens_min, ...  l0_entropy, l0_switch, l0_tokens_min, ...
//
// What does not exist is not written; what every step has is, NaN and infinities too. Histograms: layer0/tokens,
// the assignments of each expert over the steps of a line of routing.jsonl. Texts: config (JSON; of a file its
// name alone) at the beginning and after each edit, edits, routes, alerts/layer0/dead and its
// like.
//
// An event's wall time is when it was told. Thread safety: an object belongs to one thread.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/base/records.h"
#include "core/base/run_point.h"
#include "core/config/config.h"
#include "core/record/tensorboard/event_bytes.h"

namespace switchyard {

class RunEvents {
 public:
  // The tags of a model with these MoE blocks.
  explicit RunEvents(std::span<const std::int32_t> blocks = {});

  // What a file begins with.
  static std::string head(const Config& config, std::int64_t step, double unix_s);
  std::string scalars(const StepRecord& record, double unix_s) const;
  // Of windows that end with this step; empty where nothing was counted.
  static std::string loads(std::span<const RecordingState::Window> windows, std::int64_t step, double unix_s);
  // `config`: after it. Empty: it is not told here.
  static std::string happening(const RunEvent& event, const Config& config, double unix_s);

 private:
  struct Layer {
    std::int32_t block = 0;
    std::vector<ScalarTag> figures, aux, spread;
  };
  ScalarTag tokens_;
  std::vector<ScalarTag> figures_, aux_;
  std::vector<Layer> layers_;
};

}  // namespace switchyard
