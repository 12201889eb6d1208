// Where a run stands, and where its record does: what a checkpoint and a run's config.json name.
//
// Thread safety: values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace switchyard {

// A step of a run, by the run's id (core/record/folder/run_place.h).
struct RunPoint {
  std::string run;
  std::int64_t step = 0;
  bool operator==(const RunPoint&) const = default;
};

// How far a run's files reached at the end of a step, lines that still waited for their disk included; and what
// routing.jsonl will say of the steps since its last line.
struct RecordingState {
  std::int64_t metrics_bytes = 0, routing_bytes = 0, events_bytes = 0;
  std::int64_t tensorboard_bytes = 0;  // of the file that TensorBoard reads; 0: there is none, -1: it is not known
  std::int64_t tape_events = -1;  // events on the tape; -1: there is none, or it is not known

  // Of one MoE layer.
  struct Window {
    std::int32_t block = 0;
    std::vector<double> counts, prob_sum;  // [N] sums over the steps
    double dropped = 0;
    std::int64_t steps = 0;
    bool operator==(const Window&) const = default;
  };
  std::vector<Window> windows;
  bool operator==(const RecordingState&) const = default;
};

}  // namespace switchyard
