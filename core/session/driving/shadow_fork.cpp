#include "core/session/driving/shadow_fork.h"

#include <utility>

namespace switchyard {

Result<ShadowFork> ShadowFork::of(const Trainer& trainer, const MakeTrainer& make,
                                  const MakeTrainerFrom& make_from) {
  TrainerState state;
  if (auto saved = trainer.save(state); !saved) return saved.error();
  auto made = make_from ? make_from(state) : make(state.config);
  if (!made) return made.error();
  if (!make_from)
    if (auto restored = (*made)->restore(state); !restored) return restored.error();
  // The file is read anew, and others write files too.
  if ((*made)->data().text.source != trainer.data().text.source)
    return usage_error("the file that it learns from is another by now");
  return ShadowFork(std::move(*made));
}

Result<void> ShadowFork::go_on() {
  auto advanced = trainer_->advance();
  if (!advanced) return advanced.error();
  record_ = std::move(*advanced);
  return {};
}

Result<std::optional<StepRecord>> ShadowFork::follow(std::int64_t step) {
  if (step <= told_) {
    if (!record_)
      if (auto gone = go_on(); !gone) return gone.error();
    return std::optional<StepRecord>();
  }
  while (!record_)
    if (auto gone = go_on(); !gone) return gone.error();
  told_ = record_->step;
  return std::exchange(record_, std::nullopt);
}

}  // namespace switchyard
