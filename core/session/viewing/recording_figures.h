// Steps and alerts out of the chunks of a recording, as a run of ours tells them, and what there is of it.
//
// Alerts are those of core/insight/health.h, with advice in words (others_advice.h) and never a remedy: there is
// no model whose knobs could be turned. Seconds count from the first that was recorded. Thread safety: an object
// belongs to one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/base/records.h"
#include "core/insight/health.h"
#include "core/recordings/step_figures.h"
#include "core/run/other_recording.h"

namespace switchyard {

class RecordingFigures {
 public:
  using OnStep = std::function<void(StepRecord&&, std::vector<RunEvent>&&)>;

  // form: RecordingForm::name. producer: for people.
  RecordingFigures(std::uint32_t model_id, std::string form, std::string producer);

  // What it has, without its steps.
  void learn(const RecordedChunk& chunk, const RecordingHead& head);
  // As StepFigures::add() and tell_below().
  void add(const RecordedChunk& chunk, const RecordingHead& head, std::optional<std::int64_t> below,
           const OnStep& on_step);
  void add(const ChunkLoads& loads, const RecordingHead& head, std::optional<std::int64_t> below,
           const OnStep& on_step);
  void tell_below(std::int64_t below, const OnStep& on_step);
  void finish(const OnStep& on_step);

  const OtherRecording& facts() const { return facts_; }
  OtherRecording& facts() { return facts_; }
  // That go on, with advice.
  std::vector<HealthAlert> alerts() const;
  std::int64_t late() const { return figures_.late(); }
  // -1: none yet.
  std::int32_t lowest_rank() const { return ranks_.empty() ? -1 : *ranks_.begin(); }

 private:
  StepFigures::OnStep with_events(const OnStep& on_step);

  const std::uint32_t model_id_;
  const std::string form_;
  OtherRecording facts_;
  StepFigures figures_;
  HealthWatch health_;
  std::set<std::int32_t> ranks_;
  double began_s_ = kMissing;
};

}  // namespace switchyard
