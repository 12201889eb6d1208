// The step of the trainer: micro-batches until there are enough, then the optimizer.
#include <fmt/format.h>

#include <chrono>
#include <cmath>

#include "core/config/expert_names.h"
#include "core/train/means/guarded.h"
#include "core/train/optimizer/schedule.h"
#include "core/train/ranks/gradient_sums.h"
#include "core/train/ranks/rank_records.h"
#include "core/train/trainer_impl.h"

namespace switchyard {
namespace {

using StepClock = std::chrono::steady_clock;

double passed_since(StepClock::time_point start) {
  return std::chrono::duration<double>(StepClock::now() - start).count();
}

// Of squares some of which do not exist; one that is not a number makes the sum none.
double sum_of_known(const std::vector<double>& squares) {
  double sum = 0;
  for (const double square : squares)
    if (!(square < 0)) sum += square;
  return sum;
}

MutedExperts muted_of(const Config& config) {
  MutedExperts muted;
  if (config.muted == kNobody || config.bias_rate <= 0) return muted;
  for (NamedInLayer& layer : named_in_layers(config.muted, config)) muted.push_back(std::move(layer.experts));
  return muted;
}

}  // namespace

Result<TaskPass> TrainerImpl::micro_batch(std::int64_t batches) {
  const Layout& layout = model_->layout;
  const std::int64_t examples = examples_here();
  PassContext context = training_context(batches);
  if (guide_)
    if (auto guided = take_guided(context, batches); !guided) return guided.error();
  TaskPass seen = model_->task->train(examples, context,
                                      model_->drawn + (batches * layout.ranks() + layout.rank()) * examples);
  if (guide_)
    if (auto same = check_guided(seen, batches); !same) return same.error();
  return seen;
}

Error TrainerImpl::not_finite(const char* what, double value) const {
  return {ErrorKind::diverged,
          fmt::format("step {}: {} is {}; the weights are still those of step {}. A lower learning_rate or a "
                      "smaller grad_clip usually helps",
                      model_->step + 1, what, value, model_->step)};
}

Result<std::optional<StepRecord>> TrainerImpl::advance() {
  if (!data_->trainable)
    return usage_error("this model was loaded without its data: it can route and generate, not train");
  auto done = computing([&]() -> Result<std::optional<StepRecord>> {
    const auto start = StepClock::now();
    StepSums& partial = model_->partial;
    if (partial.batches + partial.ahead.batches == 0 && !model_->layout.one()) model_->layout.mesh->traffic() = {};
    if (partial.is_behind(running_)) {
      at::NoGradGuard no_grad;
      // Its time and bytes count; its assignments come again.
      Mesh* const mesh = model_->layout.mesh;
      const std::vector<std::int64_t> rows = mesh ? mesh->traffic().rows : std::vector<std::int64_t>();
      auto ahead = micro_batch(partial.ahead.batches);
      if (!ahead) return ahead.error();
      partial.add_ahead(*ahead, model_->layout);
      if (mesh) mesh->traffic().rows = rows;
      partial.ahead.seconds += passed_since(start);
      partial.seconds += passed_since(start);
      return std::optional<StepRecord>();
    }
    {
      auto seen = micro_batch(partial.batches);
      if (!seen) return seen.error();
      if (tap_)
        if (auto noted = note_routes(*seen, partial.batches); !noted) return noted.error();
      const at::Tensor total = partial.add(TaskPass(std::move(*seen)), running_, model_->layout);
      // One rank's loss is not all's: they look at it together, below.
      if (model_->layout.one() && !std::isfinite(partial.total_loss))
        return not_finite("the loss", partial.total_loss);
      total.backward();
    }
    if (partial.batches < running_.accumulation) {
      partial.seconds += passed_since(start);
      return std::optional<StepRecord>();
    }

    partial.join(model_->layout);
    if (!std::isfinite(partial.total_loss)) return not_finite("the loss", partial.total_loss);
    sum_gradients(model_->parameters, model_->layout);
    const FrozenParts frozen(running_, model_->optimizer);
    // Gradients are sums over micro-batches and ranks.
    const double batches = static_cast<double>(partial.batches * model_->layout.ranks());
    std::vector<double> squares = model_->optimizer.squared_grads();
    join_squares(squares, model_->parameters, model_->layout);
    const double norm = std::sqrt(sum_of_known(squares)) / batches;
    if (!std::isfinite(norm)) return not_finite("the gradient's norm", norm);
    const double clip = running_.grad_clip > 0 && norm > running_.grad_clip ? running_.grad_clip / norm : 1.0;
    const double rate = learning_rate_at(running_, model_->step + 1);
    model_->optimizer.step(running_, rate, clip / batches);
    model_->optimizer.zero_grad();
    partial.seconds += passed_since(start);
    return std::optional<StepRecord>(finish_step(squares, norm, rate, frozen));
  });
  // What it has of the step is worth nothing: the next try begins where this one did.
  if (!done) model_->forget_partial_step();
  return done;
}

StepRecord TrainerImpl::finish_step(const std::vector<double>& squares, double grad_norm, double learning_rate,
                                    const FrozenParts& frozen) {
  const auto start = StepClock::now();
  StepSums partial = std::exchange(model_->partial, {});
  StepRecord record = partial.record();
  record.step = ++model_->step;
  record.tokens = model_->tokens += partial.tokens;
  model_->drawn += partial.examples;
  record.model_id = model_id_;
  record.revision = revision_;
  record.learning_rate = learning_rate;
  record.ranks = rank_records(model_->layout, partial.seconds + passed_since(start));
  record.grad_norm = grad_norm;
  note_gradients(model_->parameters, squares, static_cast<double>(partial.batches * model_->layout.ranks()),
                 record.layers);
  model_->note_loads(record);
  model_->task->model().balance(record.layers, running_.bias_rate, running_.bias_rule, muted_of(running_));
  frozen.put_back();
  if (record.step == 1 || record.step % running_.val_interval == 0)
    if (const auto seen = validate()) record.val_loss = seen->loss, record.val_accuracy = seen->accuracy;
  if (tap_) {
    routes_.loss = record.loss;
    tap_->take(routes_);
  }
  model_->wall_s += partial.seconds + passed_since(start);
  record.wall_s = model_->wall_s;
  return record;
}

}  // namespace switchyard
