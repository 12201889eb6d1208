// A model that goes on as if an operation on its experts had not been: made of the trainer's state before it, and
// taken along a slice at a time, so that it learns the same batches with the same draws and is never behind a step
// that the run has done. Nobody records it, and nothing of the run depends on it.
//
// Thread safety: one thread, the trainer's.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "core/base/records.h"
#include "core/base/result.h"
#include "core/session/meeting/options.h"
#include "core/train/interface/trainer.h"

namespace switchyard {

class ShadowFork {
 public:
  // make_from may be empty. Errors: the trainer's, as there is no room for it beside the model; usage: its data's
  // file has changed since it was read, so that it would learn other batches.
  static Result<ShadowFork> of(const Trainer& trainer, const MakeTrainer& make, const MakeTrainerFrom& make_from);

  // To be called after each slice of the run, which has done `step` steps: one slice more, or as many as the record
  // of `step` takes. None: the run is within the next one. Errors: the trainer's.
  Result<std::optional<StepRecord>> follow(std::int64_t step);

 private:
  explicit ShadowFork(std::unique_ptr<Trainer> trainer) : trainer_(std::move(trainer)), told_(trainer_->step()) {}
  Result<void> go_on();

  std::unique_ptr<Trainer> trainer_;
  std::int64_t told_;                 // the last step whose record was given out
  std::optional<StepRecord> record_;  // of the one behind it, once it is done
};

}  // namespace switchyard
