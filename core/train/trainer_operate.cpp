// What the trainer does to experts of its model.
#include <fmt/format.h>

#include "core/base/random.h"
#include "core/train/means/guarded.h"
#include "core/train/means/memory.h"
#include "core/train/optimizer/surgery.h"
#include "core/train/placement.h"
#include "core/train/ranks/agreement.h"
#include "core/train/trainer_impl.h"

namespace switchyard {

Result<std::string> TrainerImpl::operate(const Operation& operation, std::uint64_t revision) {
  const auto plan = plan_of(operation, running_, model_->loads);
  if (!plan) return plan.error();
  auto config = config_after(*plan, config_);
  if (!config) return config.error();
  if (auto good = check_config(*config, model_->layout.mesh); !good) return good.error();
  return computing([&]() -> Result<std::string> {
    auto running = config_after(*plan, running_);
    if (!running) return running.error();
    const StandingModel before = standing(running_, outputs());
    // A model drawn anew stands beside this one for a moment.
    Result<void> fits;
    if (plan->needs_fresh() || standing(*running, outputs()).bytes > before.bytes)
      fits = check_memory(*running, outputs(), before);
    if (fits = agreed(model_->layout, fits); !fits) return fits.error();
    if (auto done = carry_out(*plan, operation); !done) return done.error();
    model_->task->reconfigured(*running);
    model_->forget_partial_step();
    config_ = std::move(*config);
    running_ = std::move(*running);
    revision_ = revision;
    return sentence_of(operation, *plan);
  });
}

Result<void> TrainerImpl::carry_out(const ExpertPlan& plan, const Operation& operation) {
  Surgery surgery{plan, draw_seed(running_), model_->step, nullptr, &operation.donor};
  std::unique_ptr<LiveModel> fresh;
  if (plan.needs_fresh()) {
    // Its own draws, and others at another step.
    Config drawn = running_;
    drawn.weight_seed = static_cast<std::int64_t>(
        1 + RandomStream(draw_seed(running_), fmt::format("drawn anew at {}", model_->step)).below(1'000'000'000));
    const Result<void> built = guarded([&]() -> Result<void> {
      fresh = std::make_unique<LiveModel>(drawn, data_, FirstWeights::drawn, model_->layout);
      return {};
    });
    if (auto all = agreed(model_->layout, built); !all) return all;
    surgery.fresh = &fresh->task->model();
  }
  // Aside on all ranks, or on none.
  auto made = guarded([&] {
    return operated_experts(model_->task->model(), model_->optimizer, surgery, model_->layout.experts());
  });
  if (auto all = agreed(model_->layout, made ? Result<void>() : made.error()); !all) return all;
  for (AdamW::Selection& selection : *made) model_->optimizer.adopt(std::move(selection));
  model_->loads = loads_after(plan, model_->loads);
  return {};
}

}  // namespace switchyard
