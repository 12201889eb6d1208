#include "core/train/trainer_impl.h"

#include <fmt/format.h>

#include <chrono>
#include <cmath>

#include "core/config/gates.h"
#include "core/config/knobs.h"
#include "core/model/aux_losses.h"
#include "core/train/device.h"
#include "core/train/expert_cards.h"
#include "core/train/guarded.h"
#include "core/train/memory.h"
#include "core/train/schedule.h"
#include "core/train/surgery.h"
#include "core/train/threads.h"
#include "core/train/weights.h"

namespace switchyard {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

at::Generator seeded(std::int64_t seed, std::string_view purpose) {
  return at::detail::createCPUGenerator(RandomStream(static_cast<std::uint64_t>(seed), purpose).next_u64());
}

std::vector<Parameter*> parameters_of(Model& model) {
  std::vector<Parameter*> parameters;
  model.visit([&](Parameter& parameter) { parameters.push_back(&parameter); });
  return parameters;
}

// Of squares some of which do not exist; one that is not a number makes the sum none.
double sum_of_known(const std::vector<double>& squares) {
  double sum = 0;
  for (const double square : squares)
    if (!(square < 0)) sum += square;
  return sum;
}

Error first_problem(const std::vector<ConfigProblem>& problems) { return usage_error(problems.front().message); }

}  // namespace

TrainerImpl::Run::Run(const Config& config, std::shared_ptr<const TaskData> data)
    : init_noise(seeded(config.seed, "initial weights")),
      task(make_task(config, std::move(data), Initializer{init_noise, *device_of(config.device)})),
      parameters(parameters_of(task->model())),
      optimizer(parameters) {}

TrainerImpl::TrainerImpl(Config config, std::shared_ptr<const TaskData> data)
    : config_(std::move(config)), data_(std::move(data)) {
  threads_ = set_threads(config_.threads);
  run_ = std::make_unique<Run>(config_, data_);
}

Result<std::unique_ptr<Trainer>> TrainerImpl::make(const Config& config, Result<std::shared_ptr<const TaskData>> data) {
  if (!data) return data.error();
  if (const auto device = device_of(config.device); !device) return device.error();
  const auto outputs = static_cast<std::int64_t>((*data)->info.outputs.size());
  if (auto fits = check_memory(config, outputs); !fits) return fits.error();
  if (auto fits = check_address_space(config, outputs); !fits) return fits.error();
  return guarded([&]() -> Result<std::unique_ptr<Trainer>> {
    return std::unique_ptr<Trainer>(new TrainerImpl(config, std::move(*data)));
  });
}

Result<std::unique_ptr<Trainer>> TrainerImpl::create(const Config& config) {
  if (const auto problems = switchyard::validate(config); !problems.empty()) return first_problem(problems);
  return make(config, load_data(config));
}

Result<std::unique_ptr<Trainer>> TrainerImpl::create_for_weights(const Config& config,
                                                                 const std::vector<std::string>& outputs) {
  if (const auto problems = switchyard::validate(config); !problems.empty()) return first_problem(problems);
  return make(config, data_for_weights(config, outputs));
}

EngineInfo TrainerImpl::info() const { return engine_info(threads_, *device_of(config_.device)); }

Result<void> TrainerImpl::apply(const Config& config, std::uint64_t revision) {
  if (const auto problems = switchyard::validate(config); !problems.empty()) return first_problem(problems);
  return guarded([&]() -> Result<void> {
    const auto data = reload_data(config, config_, data_);
    if (!data) return data.error();
    if (const auto device = device_of(config.device); !device) return device.error();
    const bool rebuilds = change_cost(config_, config) == KnobCost::rebuild;
    // What needs no more memory than there is already in use is never refused, however little is left.
    const StandingModel before = standing(config_, outputs());
    const auto now_outputs = static_cast<std::int64_t>((*data)->info.outputs.size());
    if (rebuilds || standing(config, now_outputs).bytes > before.bytes)
      if (auto fits = check_memory(config, now_outputs, before); !fits) return fits;

    if (rebuilds) {
      // Built beside the old one, so that a failure leaves that one whole.
      auto rebuilt = std::make_unique<Run>(config, *data);
      run_ = std::move(rebuilt);
      data_ = *data;
      ++generation_;
    } else {
      // A half-done step would mix two configurations: it starts over, with the batches it began with.
      forget_partial_step();
      if (config.experts != config_.experts && config.ffn == Ffn::moe) {
        resize_experts(run_->task->model(), run_->optimizer, run_->loads, config.experts,
                       static_cast<std::uint64_t>(config.seed), run_->step);
        run_->loads.clear();
      }
    }
    run_->task->reconfigured(config);
    if (config.threads != config_.threads) threads_ = set_threads(config.threads);
    config_ = config;
    revision_ = revision;
    return {};
  });
}

Result<void> TrainerImpl::reset() {
  return guarded([&]() -> Result<void> {
    if (auto fits = check_memory(config_, outputs(), standing(config_, outputs())); !fits) return fits;
    auto fresh = std::make_unique<Run>(config_, data_);
    run_ = std::move(fresh);
    ++generation_;
    return {};
  });
}

void TrainerImpl::micro_batch() {
  PartialStep& partial = run_->partial;
  Draws draws;
  draws.step = run_->step + 1;
  draws.first = partial.tokens;
  const TaskPass through =
      run_->task->train(config_, pass_context(config_, true, draws), run_->drawn + partial.examples);
  const ForwardPass& pass = through.pass;
  const at::Tensor loss = at::cross_entropy_loss(through.logits, through.targets.to(through.logits.device()));
  at::Tensor total = loss;
  partial.counts.resize(pass.trace.size());
  // What is reported is read in one go: each read would wait for the device.
  struct Reported {
    std::size_t layer;
    AuxLoss which;
  };
  std::vector<Reported> reported;
  std::vector<at::Tensor> values;
  for (std::size_t l = 0; l < pass.trace.size(); ++l) {
    const MoeTrace& layer = pass.trace[l];
    std::vector<std::int64_t>& counts = partial.counts[l];
    counts.resize(layer.plan->counts.size());
    for (std::size_t e = 0; e < counts.size(); ++e) counts[e] += layer.plan->counts[e];
    const LossContext context{through.sequences, config_.balance_scope, &counts};
    for (const AuxLoss which : kAuxLosses) {
      const double coefficient = config_.*coefficient_of(which);
      // Those that follow from counts and P the meter knows by itself; of the others only the z-loss is cheap, and
      // the Switch loss within sequences is asked for.
      const bool shown = which == AuxLoss::z ||
                         (which == AuxLoss::switch_balance && config_.balance_scope == BalanceScope::sequence);
      if (coefficient == 0 && !shown) continue;
      const at::AutoGradMode with_gradient(coefficient != 0);
      const at::Tensor value = aux_loss(which, layer, context);
      if (!value.defined()) continue;
      reported.push_back({l, which});
      values.push_back(value.detach());
      if (coefficient != 0) total = total + value * coefficient;
    }
  }
  values.push_back(loss.detach());
  values.push_back(total.detach());
  const at::Tensor read = at::stack(values).to(at::kCPU, at::kDouble);
  const double* next = read.data_ptr<double>();
  std::vector<PerAuxLoss<double>> losses(pass.trace.size(), PerAuxLoss<double>::filled(kMissing));
  for (const auto& [layer, which] : reported) {
    losses[layer][which] = *next++;
    if (const double coefficient = config_.*coefficient_of(which); coefficient != 0)
      partial.aux[which] += coefficient * losses[layer][which];
  }
  partial.loss += *next++ + through.unknown_nats;
  partial.total_loss += *next + through.unknown_nats;
  partial.meter.add(pass.trace, losses, config_.balance_scope);
  partial.tokens += through.targets.numel();
  partial.examples += config_.batch_size;
  partial.right += count_right(through.logits, through.targets, through.unknown);
  ++partial.batches;
  if (std::isfinite(partial.total_loss)) total.backward();
}

void TrainerImpl::forget_partial_step() {
  run_->optimizer.zero_grad();
  run_->partial = {};
}

Error TrainerImpl::not_finite(const char* what, double value) const {
  return failure(fmt::format("step {}: {} is {}; the weights are still those of step {}. A lower learning_rate or a "
                             "smaller grad_clip usually helps",
                             run_->step + 1, what, value, run_->step));
}

Result<std::optional<StepRecord>> TrainerImpl::advance() {
  if (!data_->trainable) return usage_error("this model was loaded without its data: it can route and generate, not train");
  auto done = guarded([&]() -> Result<std::optional<StepRecord>> {
    const auto start = Clock::now();
    PartialStep& partial = run_->partial;
    micro_batch();
    if (!std::isfinite(partial.total_loss)) return not_finite("the loss", partial.total_loss);
    if (partial.batches < config_.accumulation) {
      partial.seconds += seconds_since(start);
      return std::optional<StepRecord>();
    }

    const double batches = static_cast<double>(partial.batches);
    const std::vector<double> squares = run_->optimizer.squared_grads();
    const double norm = std::sqrt(sum_of_known(squares)) / batches;
    if (!std::isfinite(norm)) return not_finite("the gradient's norm", norm);
    const double clip = config_.grad_clip > 0 && norm > config_.grad_clip ? config_.grad_clip / norm : 1.0;
    const double rate = learning_rate_at(config_, run_->step + 1);
    run_->optimizer.step(config_, rate, clip / batches);
    run_->optimizer.zero_grad();
    partial.seconds += seconds_since(start);
    return std::optional<StepRecord>(finish_step(squares, norm, rate));
  });
  // What it has of the step is worth nothing: the next try begins where this one did.
  if (!done) forget_partial_step();
  return done;
}

StepRecord TrainerImpl::finish_step(const std::vector<double>& squares, double grad_norm, double learning_rate) {
  const auto start = Clock::now();
  PartialStep partial = std::exchange(run_->partial, {});
  const double batches = static_cast<double>(partial.batches);
  StepRecord record;
  record.step = ++run_->step;
  record.tokens = run_->tokens += partial.tokens;
  run_->drawn += partial.examples;
  record.generation = generation_;
  record.revision = revision_;
  record.step_ms = partial.seconds * 1e3;
  record.tokens_per_s = static_cast<double>(partial.tokens) / partial.seconds;
  record.loss = partial.loss / batches;
  record.total_loss = partial.total_loss / batches;
  record.train_accuracy = static_cast<double>(partial.right) / static_cast<double>(partial.tokens);
  for (const AuxLoss which : kAuxLosses) record.aux[which] = partial.aux[which] / batches;
  record.learning_rate = learning_rate;
  record.grad_norm = grad_norm;
  record.layers = partial.meter.take();
  note_gradients(squares, batches, record.layers);
  note_loads(record);
  run_->task->model().balance(record.layers, config_.bias_rate);
  if (record.step == 1 || record.step % config_.val_interval == 0)
    if (const auto seen = validate()) record.val_loss = seen->loss, record.val_accuracy = seen->accuracy;
  run_->wall_s += partial.seconds + seconds_since(start);
  record.wall_s = run_->wall_s;
  return record;
}

// A router or experts without a gradient of any kind keep their NaN.
void TrainerImpl::note_gradients(const std::vector<double>& squares, double batches, std::vector<LayerRecord>& layers) {
  const std::vector<Parameter*>& parameters = run_->parameters;
  for (LayerRecord& layer : layers) {
    const auto norm_of = [&](Parameter::Part part) {
      double sum = kMissing;
      for (std::size_t i = 0; i < parameters.size(); ++i) {
        const Parameter& parameter = *parameters[i];
        const bool here = parameter.block == layer.block || parameter.block < 0;
        if (parameter.part == part && here && squares[i] >= 0) sum = (std::isnan(sum) ? 0 : sum) + squares[i];
      }
      return static_cast<float>(std::sqrt(sum) / batches);
    };
    layer.router_grad_norm = norm_of(Parameter::Part::router);
    layer.expert_grad_norm = norm_of(Parameter::Part::experts);
  }
}

void TrainerImpl::note_loads(const StepRecord& record) {
  constexpr double decay = 0.9;
  run_->loads.resize(record.layers.size());
  for (std::size_t l = 0; l < record.layers.size(); ++l) {
    const std::vector<float>& counts = record.layers[l].counts;
    run_->loads[l].resize(counts.size(), 0.0);
    for (std::size_t e = 0; e < counts.size(); ++e) run_->loads[l][e] = decay * run_->loads[l][e] + counts[e];
  }
}

Result<Snapshot> TrainerImpl::probe(const Watch& watch) {
  if (!data_->trainable) return usage_error("this model was loaded without its data: there is nothing to probe");
  return guarded([&]() -> Result<Snapshot> {
    Snapshot snapshot = run_->task->look(config_, pass_context(config_, false, {}), watch);
    if (watch.experts)
      for (ProbeLayer& layer : snapshot.layers) layer.card = expert_cards(run_->task->model(), layer.block);
    snapshot.revision = revision_;
    snapshot.generation = generation_;
    snapshot.step = run_->step;
    return snapshot;
  });
}

Result<Inspection> TrainerImpl::inspect(std::int32_t layer, std::int32_t token) {
  if (!data_->trainable) return usage_error("this model was loaded without its data: there is no token to inspect");
  return guarded([&]() -> Result<Inspection> {
    auto inspection = run_->task->inspect(config_, pass_context(config_, false, {}), layer, token);
    if (!inspection) return inspection;
    inspection->generation = generation_;
    inspection->step = run_->step;
    return inspection;
  });
}

Result<void> TrainerImpl::inspect_more(Inspection& inspection, double seconds) {
  const auto layer = static_cast<std::size_t>(inspection.layer);
  const bool same = inspection.generation == generation_ &&
                    (inspection.done || (layer < inspection.layers.size() && traits(config_.gate).top_k &&
                                         inspection.layers[layer].experts == config_.experts &&
                                         inspection.layers[layer].top_k == config_.top_k));
  if (!same) return usage_error("the token was looked at in a model with other experts: look again");
  return guarded([&]() -> Result<void> {
    const auto start = Clock::now();
    do {
      run_->task->inspect_more(pass_context(config_, false, {}), inspection);
    } while (!inspection.done && seconds_since(start) < seconds);
    return {};
  });
}

Result<Evaluation> TrainerImpl::validate() {
  if (!data_->trainable) return usage_error("this model was loaded without its data: there is nothing to validate on");
  return guarded([&]() -> Result<Evaluation> {
    at::NoGradGuard no_grad;
    return run_->task->validate(config_, pass_context(config_, false, {}));
  });
}

std::vector<NamedTensor> TrainerImpl::weights() const { return export_weights(run_->task->model()); }

Result<void> TrainerImpl::load_weights(const std::vector<NamedTensor>& weights) {
  return guarded([&] { return import_weights(run_->task->model(), weights); });
}

Result<RouteTrace> TrainerImpl::route(const std::string& text, bool with_router_inputs) {
  return guarded([&] { return run_->task->route(config_, text, with_router_inputs); });
}

Result<void> TrainerImpl::start_generation(const std::string& prompt, double temperature, std::int64_t top_k,
                                           std::uint64_t seed) {
  return run_->task->start_generation(prompt, temperature, top_k, seed);
}

Result<GeneratedToken> TrainerImpl::generate_token() {
  return guarded([&] { return run_->task->generate_token(config_); });
}

}  // namespace switchyard
