// What a run tells whoever records it. Called on the thread that drives the trainer, between steps. After
// the first Error it is not called again.
#pragma once

#include <string>

#include "core/base/records.h"
#include "core/base/result.h"
#include "core/config/config.h"
#include "core/train/trainer.h"

namespace switchyard {

class Observer {
 public:
  virtual ~Observer() = default;
  // Once before the first step of a model, and again for every new model (rebuild, reset).
  virtual Result<void> on_model(const Trainer& trainer) = 0;
  virtual Result<void> on_step(const StepRecord& record) = 0;
  // Every probe_interval steps, after on_step. Null: nobody wanted the look at the probe tokens.
  virtual Result<void> on_probe(const Snapshot* snapshot) = 0;
  virtual Result<void> on_event(const RunEvent& event) = 0;
  // At the end of a run, and when the user asks for an export.
  virtual Result<void> on_weights(const Trainer& trainer) = 0;
  // Where it records, for people; empty: nowhere.
  virtual std::string place() const { return {}; }
};

}  // namespace switchyard
