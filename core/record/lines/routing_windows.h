// What routing.jsonl says: the counts of each MoE layer over the steps since its last line. A line:
//
//   {"step":20,"layer":1,"counts":[...],"mean_prob":[...],"dropped":0,"window_steps":10}
//
// "layer" is the block, "step" the window's last. mean_prob is null where the layer has no probabilities.
//
// Thread safety: an object belongs to one thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/records.h"
#include "core/base/run_point.h"

namespace switchyard {

class RoutingWindows {
 public:
  void add(const StepRecord& record);
  // The lines of windows that end with this step, a layer each; empty where nothing was counted. They begin anew.
  std::string end(std::int64_t step);
  // The same where nobody wants the lines.
  void begin_anew();

  const std::vector<RecordingState::Window>& state() const { return windows_; }
  void restore(std::vector<RecordingState::Window> windows) { windows_ = std::move(windows); }

 private:
  std::vector<RecordingState::Window> windows_;
};

}  // namespace switchyard
