#include "core/train/trainer_impl.h"

#include <fmt/format.h>

#include <chrono>
#include <cmath>

#include "core/config/cost.h"
#include "core/config/knobs.h"
#include "core/model/aux_losses.h"
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

std::vector<Parameter*> parameters_of(Transformer& model) {
  std::vector<Parameter*> parameters;
  model.visit([&](Parameter& parameter) { parameters.push_back(&parameter); });
  return parameters;
}

at::Tensor ids_tensor(std::vector<std::int64_t>& ids, std::int64_t batch, std::int64_t context) {
  return at::from_blob(ids.data(), {batch, context}, at::kLong);
}

at::Tensor cross_entropy(const at::Tensor& logits, const at::Tensor& targets) {
  return at::cross_entropy_loss(logits.flatten(0, 1), targets.flatten());
}

std::vector<std::int64_t> token_counts(const Corpus& corpus) {
  std::vector<std::int64_t> counts(static_cast<std::size_t>(corpus.vocabulary.size()), 0);
  for (const std::uint16_t token : corpus.train.tokens) ++counts[token];
  return counts;
}

Error first_problem(const std::vector<ConfigProblem>& problems) { return usage_error(problems.front().message); }

}  // namespace

TrainerImpl::Run::Run(const Config& config, std::shared_ptr<const Corpus> corpus, bool trainable)
    : init_noise(seeded(config.seed, "initial weights")),
      routing_noise(seeded(config.seed, "routing noise")),
      model(config, corpus->vocabulary.size(), Initializer{init_noise}),
      optimizer(parameters_of(model)) {
  if (!trainable) return;
  if (config.gate == Gate::hash) model.count_tokens(token_counts(*corpus));
  sampler.emplace(corpus, config.context, static_cast<std::uint64_t>(config.seed));
  prober.emplace(*corpus, config.context);
}

TrainerImpl::TrainerImpl(Config config, std::shared_ptr<const Corpus> corpus, bool trainable)
    : config_(std::move(config)), corpus_(std::move(corpus)), trainable_(trainable) {
  threads_ = set_threads(config_.threads);
  run_ = std::make_unique<Run>(config_, corpus_, trainable_);
}

Result<std::unique_ptr<Trainer>> TrainerImpl::create(const Config& config, std::shared_ptr<const Corpus> corpus,
                                                     bool trainable) {
  if (const auto problems = switchyard::validate(config); !problems.empty()) return first_problem(problems);
  if (auto fits = check_memory(config, corpus->vocabulary.size(), 0); !fits) return fits.error();
  return guarded([&]() -> Result<std::unique_ptr<Trainer>> {
    return std::unique_ptr<Trainer>(new TrainerImpl(config, std::move(corpus), trainable));
  });
}

EngineInfo TrainerImpl::info() const { return engine_info(threads_); }

Result<void> TrainerImpl::apply(const Config& config, std::uint64_t revision) {
  if (const auto problems = switchyard::validate(config); !problems.empty()) return first_problem(problems);
  return guarded([&]() -> Result<void> {
    std::shared_ptr<const Corpus> corpus = corpus_;
    if (config.corpus != config_.corpus || config.context != config_.context) {
      auto loaded = load_corpus(config.corpus, config.context);
      if (!loaded) return loaded.error();
      corpus = *loaded;
    }
    const double held = model_cost(config_, corpus_->vocabulary.size()).training_bytes;
    if (auto fits = check_memory(config, corpus->vocabulary.size(), held); !fits) return fits;

    if (change_cost(config_, config) == KnobCost::rebuild) {
      // Built beside the old one, so that a failure leaves that one whole.
      auto rebuilt = std::make_unique<Run>(config, corpus, trainable_);
      run_ = std::move(rebuilt);
      corpus_ = std::move(corpus);
      ++generation_;
      text_.reset();
    } else {
      // A half-done step would mix two configurations: it starts over.
      run_->optimizer.zero_grad();
      run_->partial = {};
      if (config.experts != config_.experts && config.ffn == Ffn::moe) {
        resize_experts(run_->model, run_->optimizer, run_->loads, config.experts, run_->init_noise);
        run_->loads.clear();
      }
    }
    if (config.gate == Gate::hash && trainable_) run_->model.count_tokens(token_counts(*corpus_));
    if (config.threads != config_.threads) threads_ = set_threads(config.threads);
    config_ = config;
    revision_ = revision;
    return {};
  });
}

Result<void> TrainerImpl::reset() {
  return guarded([&]() -> Result<void> {
    run_ = std::make_unique<Run>(config_, corpus_, trainable_);
    ++generation_;
    text_.reset();
    return {};
  });
}

void TrainerImpl::micro_batch() {
  PartialStep& partial = run_->partial;
  Batch batch = run_->sampler->next(config_.batch_size);
  const at::Tensor ids = ids_tensor(batch.inputs, batch.batch, batch.context);
  const at::Tensor targets = ids_tensor(batch.targets, batch.batch, batch.context);

  const ForwardPass pass = run_->model.forward(ids, pass_context(config_, true, run_->routing_noise));
  const at::Tensor loss = cross_entropy(pass.logits, targets);
  at::Tensor total = loss;
  partial.counts.resize(pass.trace.size());
  std::vector<PerAuxLoss<double>> losses;
  for (std::size_t l = 0; l < pass.trace.size(); ++l) {
    const MoeTrace& layer = pass.trace[l];
    std::vector<std::int64_t>& counts = partial.counts[l];
    counts.resize(layer.plan->counts.size());
    for (std::size_t e = 0; e < counts.size(); ++e) counts[e] += layer.plan->counts[e];
    const LossContext context{batch.batch, config_.balance_scope, &counts};
    losses.push_back(PerAuxLoss<double>::filled(kMissing));
    for (const AuxLoss which : kAuxLosses) {
      const double coefficient = config_.*coefficient_of(which);
      // Those that follow from counts and P the meter knows by itself; of the others only the z-loss is cheap.
      if (coefficient == 0 && which != AuxLoss::z) continue;
      const at::AutoGradMode with_gradient(coefficient != 0);
      const at::Tensor value = aux_loss(which, layer, context);
      if (!value.defined()) continue;
      losses.back()[which] = value.item<double>();
      if (coefficient == 0) continue;
      const at::Tensor weighted = value * coefficient;
      total = total + weighted;
      partial.aux[which] += weighted.item<double>();
    }
  }
  partial.loss += loss.item<double>();
  partial.total_loss += total.item<double>();
  partial.meter.add(pass.trace, losses);
  partial.tokens += batch.batch * batch.context;
  ++partial.batches;
  if (std::isfinite(partial.total_loss)) total.backward();
}

Error TrainerImpl::not_finite(const char* what, double value) {
  run_->optimizer.zero_grad();
  run_->partial = {};
  return failure(fmt::format("step {}: {} is {}; the weights are still those of step {}. A lower learning_rate or a "
                             "smaller grad_clip usually helps",
                             run_->step + 1, what, value, run_->step));
}

Result<std::optional<StepRecord>> TrainerImpl::advance() {
  if (!trainable_) return usage_error("this model was loaded without a corpus: it can route and generate, not train");
  return guarded([&]() -> Result<std::optional<StepRecord>> {
    const auto start = Clock::now();
    PartialStep& partial = run_->partial;
    micro_batch();
    if (!std::isfinite(partial.total_loss)) return not_finite("the loss", partial.total_loss);
    if (partial.batches < config_.accumulation) {
      partial.seconds += seconds_since(start);
      return std::optional<StepRecord>();
    }

    const double batches = static_cast<double>(partial.batches);
    const double norm = run_->optimizer.grad_norm() / batches;
    if (!std::isfinite(norm)) return not_finite("the gradient's norm", norm);
    const double clip = config_.grad_clip > 0 && norm > config_.grad_clip ? config_.grad_clip / norm : 1.0;
    const double rate = learning_rate_at(config_, run_->step + 1);
    run_->optimizer.step(config_, rate, clip / batches);
    run_->optimizer.zero_grad();
    partial.seconds += seconds_since(start);
    return std::optional<StepRecord>(finish_step(norm, rate));
  });
}

StepRecord TrainerImpl::finish_step(double grad_norm, double learning_rate) {
  const auto start = Clock::now();
  PartialStep partial = std::exchange(run_->partial, {});
  const double batches = static_cast<double>(partial.batches);
  StepRecord record;
  record.step = ++run_->step;
  record.tokens = run_->tokens += partial.tokens;
  record.generation = generation_;
  record.revision = revision_;
  record.step_ms = partial.seconds * 1e3;
  record.tokens_per_s = static_cast<double>(partial.tokens) / partial.seconds;
  record.loss = partial.loss / batches;
  record.total_loss = partial.total_loss / batches;
  for (const AuxLoss which : kAuxLosses) record.aux[which] = partial.aux[which] / batches;
  record.learning_rate = learning_rate;
  record.grad_norm = grad_norm;
  record.layers = partial.meter.take();
  note_loads(record);
  run_->model.balance(record.layers, config_.bias_rate);
  if (record.step == 1 || record.step % config_.val_interval == 0)
    if (const auto loss = validate()) record.val_loss = *loss;
  run_->wall_s += partial.seconds + seconds_since(start);
  record.wall_s = run_->wall_s;
  return record;
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

Result<Snapshot> TrainerImpl::probe() {
  if (!trainable_) return usage_error("this model was loaded without a corpus: there is nothing to probe");
  return guarded([&]() -> Result<Snapshot> {
    Snapshot snapshot = run_->prober->look(run_->model, pass_context(config_, false, {}));
    snapshot.revision = revision_;
    snapshot.generation = generation_;
    snapshot.step = run_->step;
    return snapshot;
  });
}

Result<double> TrainerImpl::validate() {
  if (!trainable_) return usage_error("this model was loaded without a corpus: there is nothing to validate on");
  return guarded([&]() -> Result<double> {
    at::NoGradGuard no_grad;
    double sum = 0;
    for (std::int64_t i = 0; i < config_.val_batches; ++i) {
      Batch batch = validation_batch(*corpus_, config_.context, config_.batch_size, i, config_.val_batches);
      const ForwardPass pass = run_->model.forward(ids_tensor(batch.inputs, batch.batch, batch.context),
                                                   pass_context(config_, false, {}));
      sum += cross_entropy(pass.logits, ids_tensor(batch.targets, batch.batch, batch.context)).item<double>();
    }
    return sum / static_cast<double>(config_.val_batches);
  });
}

std::vector<NamedTensor> TrainerImpl::weights() const { return export_weights(run_->model); }

Result<void> TrainerImpl::load_weights(const std::vector<NamedTensor>& weights) {
  return guarded([&] { return import_weights(run_->model, weights); });
}

Result<RouteTrace> TrainerImpl::route(const std::string& text, bool with_router_inputs) {
  const auto ids = corpus_->vocabulary.encode(text);
  if (!ids) return ids.error();
  if (ids->empty() || static_cast<std::int64_t>(ids->size()) > config_.context)
    return usage_error(fmt::format("text has {} tokens: allowed is 1 to context = {}", ids->size(), config_.context));
  return guarded([&]() -> Result<RouteTrace> {
    at::NoGradGuard no_grad;
    const at::Tensor input = torch::tensor(std::vector<std::int64_t>(ids->begin(), ids->end()), at::kLong).unsqueeze(0);
    const ForwardPass pass = run_->model.forward(input, pass_context(config_, false, {}));
    const auto floats = [](const at::Tensor& tensor) {
      const at::Tensor plain = tensor.to(at::kCPU, at::kFloat).contiguous();
      return std::vector<float>(plain.data_ptr<float>(), plain.data_ptr<float>() + plain.numel());
    };
    RouteTrace trace;
    trace.vocabulary = corpus_->vocabulary.size();
    for (const std::int32_t id : *ids) trace.tokens.push_back(corpus_->vocabulary.token(id));
    trace.logits = floats(pass.logits);
    for (const MoeTrace& seen : pass.trace) {
      RouteTrace::Layer layer;
      layer.block = static_cast<std::int32_t>(seen.block);
      const Choices choices = choices_of(seen);
      layer.experts = static_cast<std::int32_t>(seen.plan->experts);
      layer.top_k = static_cast<std::int32_t>(choices.width);
      layer.width = static_cast<std::int32_t>(config_.d_model);
      const at::Tensor chosen = choices.experts.to(at::kInt);
      layer.expert.assign(chosen.data_ptr<std::int32_t>(), chosen.data_ptr<std::int32_t>() + chosen.numel());
      layer.weight = floats(choices.weights);
      layer.kept = choices.kept;
      if (seen.routing.logits.defined()) layer.router_logits = floats(seen.routing.logits);
      if (with_router_inputs) layer.router_input = floats(seen.router_input);
      trace.layers.push_back(std::move(layer));
    }
    return trace;
  });
}

Result<void> TrainerImpl::start_generation(const std::string& prompt, double temperature, std::int64_t top_k,
                                           std::uint64_t seed) {
  const auto encoded = corpus_->vocabulary.encode(prompt.empty() ? "\n" : prompt);
  if (!encoded) return encoded.error();
  std::vector<std::int64_t> ids(encoded->begin(), encoded->end());
  if (ids.empty()) ids.push_back(0);
  text_.emplace(std::move(ids), temperature, top_k, seed);
  return {};
}

Result<GeneratedToken> TrainerImpl::generate_token() {
  if (!text_) return usage_error("no text to continue: start one first");
  return guarded([&]() -> Result<GeneratedToken> {
    return text_->next(run_->model, pass_context(config_, false, {}), corpus_->vocabulary, config_.context);
  });
}

}  // namespace switchyard
