// What the trainer does to experts of its model.
#include <fmt/format.h>

#include <cmath>

#include "core/base/random.h"
#include "core/operate/after_plan.h"
#include "core/operate/plan_words.h"
#include "core/operate/remodel.h"
#include "core/train/means/guarded.h"
#include "core/train/means/memory.h"
#include "core/train/optimizer/remodelled.h"
#include "core/train/optimizer/surgery.h"
#include "core/train/placement.h"
#include "core/train/ranks/agreement.h"
#include "core/train/ranks/shared_state.h"
#include "core/train/trainer_impl.h"

namespace switchyard {
namespace {

// The running configuration is drawn by this seed at a step, and at another step by another.
Config drawn_anew(Config config, std::int64_t step) {
  config.weight_seed = static_cast<std::int64_t>(
      1 + RandomStream(draw_seed(config), fmt::format("drawn anew at {}", step)).below(1'000'000'000));
  return config;
}

// Nats a token; NaN: there are none.
double mean_loss(const Trial& trial) {
  double sum = 0, count = 0;
  for (const float loss : trial.loss)
    if (!std::isnan(loss)) sum += loss, ++count;
  return sum / count;
}

}  // namespace

Result<std::string> TrainerImpl::operate(const Operation& operation, std::uint64_t revision) {
  // What these are meant to keep is measured; where several ranks share the model, all of them measure it.
  const bool measures = (remodels(operation) || operation.kind == OperationKind::split) && data_->trainable;
  const auto loss = [&] {
    const auto trial = measures ? try_out({}, {}) : Result<Trial>(failure("not wanted"));
    return trial ? mean_loss(*trial) : kMissing;
  };
  const double before = loss();
  auto done = remodels(operation) ? remodel(operation, revision) : operate_in_place(operation, revision);
  if (!done || !measures) return done;
  const double after = loss();
  if (std::isnan(before)) return done;
  return *done + fmt::format("; loss on the fixed probe {:.4f} before, {:.4f} after", before, after);
}

Result<std::string> TrainerImpl::remodel(const Operation& operation, std::uint64_t revision) {
  auto config = remodelled(operation, config_);
  if (!config) return config.error();
  Mesh* const mesh = model_->layout.mesh;
  if (auto good = check_config(*config, mesh); !good) return good.error();
  return computing([&]() -> Result<std::string> {
    auto running = remodelled(operation, running_);
    if (!running) return running.error();
    const Layout layout = layout_of(*running, mesh);
    // Beside both models stand the states that the one is turned into the other by.
    StandingModel beside = standing(running_, outputs());
    beside.state += beside.built + standing(*running, outputs()).built;
    if (auto fits = agreed(layout, check_memory(*running, outputs(), beside)); !fits) return fits.error();
    // Aside on all ranks, or on none.
    std::unique_ptr<LiveModel> made;
    const Result<void> built = guarded([&]() -> Result<void> {
      made = std::make_unique<LiveModel>(drawn_anew(*running, model_->step), data_, FirstWeights::drawn, layout);
      return {};
    });
    if (auto all = agreed(layout, built); !all) return all.error();
    TrainerState before, after;
    model_->save(before);
    made->save(after);
    before.config = running_;
    after.config = *running;
    if (mesh) share_state(before, *layout.all()), share_state(after, *layout.all());
    Result<void> taken = take_over(operation, before, after);
    if (taken) taken = made->load(after);
    if (auto all = agreed(layout, taken); !all) return all.error();
    made->task->reconfigured(*running);
    const std::string done = sentence_of(operation, config_, *config);
    model_ = std::move(made);
    config_ = std::move(*config);
    running_ = std::move(*running);
    revision_ = revision;
    return done;
  });
}

Result<std::string> TrainerImpl::operate_in_place(const Operation& operation, std::uint64_t revision) {
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
    const Result<void> built = guarded([&]() -> Result<void> {
      fresh = std::make_unique<LiveModel>(drawn_anew(running_, model_->step), data_, FirstWeights::drawn,
                                          model_->layout);
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
