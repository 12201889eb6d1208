#include "core/train/trainer_impl.h"

#include <fmt/format.h>

#include <chrono>

#include "core/config/gates.h"
#include "core/config/knobs.h"
#include "core/config/shape.h"
#include "core/train/looks/edits.h"
#include "core/train/looks/expert_cards.h"
#include "core/train/means/device.h"
#include "core/train/means/guarded.h"
#include "core/train/means/threads.h"
#include "core/train/placement.h"
#include "core/train/ranks/agreement.h"
#include "core/train/ranks/shared_state.h"
#include "core/train/tasks/shared_data.h"
#include "core/train/weights.h"

namespace switchyard {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

std::int64_t outputs_of(const TaskData& data) { return static_cast<std::int64_t>(data.info.outputs.size()); }

// usage: the state's model predicts other outputs than the data has now.
Result<void> check_data(const TrainerState& state, const DataInfo& data) {
  if (state.outputs == data.outputs) return {};
  std::size_t same = 0;
  while (same < std::min(state.outputs.size(), data.outputs.size()) && state.outputs[same] == data.outputs[same])
    ++same;
  return usage_error(
      fmt::format("the state is of '{}' with {} outputs, '{}' has {} now, which differ from number {} on: it "
                  "cannot go on here",
                  state.data_name, state.outputs.size(), data.name, data.outputs.size(), same + 1));
}

std::int32_t processes_of(const Mesh* mesh) { return mesh ? static_cast<std::int32_t>(mesh->local_size()) : 1; }

// settled(), on all ranks or on none: one machine may lack the device that another has.
Result<Config> settled_on_all(const Layout& layout, const Config& config, const Means& means) {
  auto own = settled(config, means);
  if (auto all = agreed(layout, own ? Result<void>() : own.error()); !all) return all.error();
  return own;
}

// All ranks learn from the same.
Result<void> check_same_data(const Layout& layout, const Result<std::shared_ptr<const TaskData>>& data) {
  if (layout.one()) return data ? Result<void>() : data.error();
  if (auto all = agreed(layout, data ? Result<void>() : data.error()); !all) return all;
  const DataInfo& info = (*data)->info;
  return same_on_all(
      layout, "the data of two ranks",
      fmt::format("'{}' with {} examples, {} outputs{}", info.name, info.examples, info.outputs.size(),
                  info.text.source.bytes == 0 ? "" : ", SHA-256 " + info.text.source.sha256));
}

}  // namespace

TrainerImpl::TrainerImpl(Config config, const Means& means, Config running, std::shared_ptr<const TaskData> data,
                         std::unique_ptr<LiveModel> model)
    : config_(std::move(config)),
      means_(means),
      running_(std::move(running)),
      data_(std::move(data)),
      model_(std::move(model)) {}

Result<std::unique_ptr<Trainer>> TrainerImpl::make(const Config& config,
                                                   Result<std::shared_ptr<const TaskData>> data, Mesh* mesh) {
  const Layout layout = layout_of(config, mesh);
  if (auto same = check_same_data(layout, data); !same) return same.error();
  const Means means = means_here(config, processes_of(mesh));
  const auto running = settled_on_all(layout, as_data_is(config, **data), means);
  if (!running) return running.error();
  const std::int64_t outputs = outputs_of(**data);
  Result<void> fits = check_memory(*running, outputs);
  if (fits) fits = check_address_space(*running, outputs);
  if (fits = agreed(layout, fits); !fits) return fits.error();
  return guarded([&]() -> Result<std::unique_ptr<Trainer>> {
    set_threads(running->threads);
    auto model = std::make_unique<LiveModel>(*running, *data, FirstWeights::drawn, layout);
    return std::unique_ptr<Trainer>(new TrainerImpl(config, means, *running, std::move(*data), std::move(model)));
  });
}

Result<std::unique_ptr<Trainer>> TrainerImpl::create(const Config& config, Mesh* mesh) {
  if (auto good = check_config(config, mesh); !good) return good.error();
  return make(config, shared_data(config), mesh);
}

Result<std::unique_ptr<Trainer>> TrainerImpl::create_for_weights(const Config& config,
                                                                 const std::vector<std::string>& outputs) {
  if (auto good = check_config(config, nullptr); !good) return good.error();
  return make(config, data_for_weights(config, outputs), nullptr);
}

Result<std::unique_ptr<LiveModel>> TrainerImpl::built_from(const TrainerState& state, const Config& running,
                                                           const std::shared_ptr<const TaskData>& data,
                                                           const StandingModel& before, const Layout& layout) {
  Result<void> fits = check_data(state, data->info);
  if (fits) fits = check_memory(running, outputs_of(*data), before);
  if (fits = agreed(layout, fits); !fits) return fits.error();
  auto model = std::make_unique<LiveModel>(running, data, FirstWeights::none, layout);
  if (auto loaded = agreed(layout, model->load(state)); !loaded) return loaded.error();
  return model;
}

Result<std::unique_ptr<Trainer>> TrainerImpl::create(const TrainerState& state, Mesh* mesh) {
  if (auto good = check_config(state.config, mesh); !good) return good.error();
  return guarded([&]() -> Result<std::unique_ptr<Trainer>> {
    const Means means = means_of(state.engine, state.config, processes_of(mesh));
    const Layout layout = layout_of(state.config, mesh);
    auto data = shared_data(state.config);
    if (auto same = check_same_data(layout, data); !same) return same.error();
    const auto running = settled_on_all(layout, as_data_is(state.config, **data), means);
    if (!running) return running.error();
    if (auto fits = agreed(layout, check_address_space(*running, outputs_of(**data))); !fits) return fits.error();
    set_threads(running->threads);
    auto model = built_from(state, *running, *data, {}, layout);
    if (!model) return model.error();
    auto trainer =
        std::unique_ptr<TrainerImpl>(new TrainerImpl(state.config, means, *running, *data, std::move(*model)));
    trainer->revision_ = state.revision;
    return std::unique_ptr<Trainer>(std::move(trainer));
  });
}

std::shared_ptr<const std::string> TrainerImpl::text() const {
  return std::visit([](const auto& source) { return source->bytes; }, data_->source);
}

EngineInfo TrainerImpl::info() const {
  EngineInfo info = engine_info(static_cast<std::int32_t>(running_.threads), *device_of(running_.device));
  const Layout& layout = model_->layout;
  info.layout = layout.one() ? "1x1" : fmt::format("{}x{}", layout.replica_count(), layout.expert_parallel);
  info.auto_precision = means_.precision == Precision::bf16 ? "bf16" : "fp32";
  return info;
}

Result<void> TrainerImpl::apply(const Config& config, std::uint64_t revision) {
  Mesh* mesh = model_->layout.mesh;
  if (auto good = check_config(config, mesh); !good) return good;
  return computing([&]() -> Result<void> {
    const auto data = reload_data(config, config_, data_);
    if (auto same = check_same_data(model_->layout, data); !same) return same;
    const bool rebuilds = change_cost(config_, config) == KnobCost::rebuild;
    // A model keeps what it was born with.
    const Means means = rebuilds ? means_here(config, processes_of(mesh)) : means_;
    auto running = settled_on_all(model_->layout, as_data_is(config, **data), means);
    if (!running) return running.error();
    // What needs no more memory than there is already in use is never refused, however little is left.
    const StandingModel before = standing(running_, outputs());
    Result<void> fits;
    if (rebuilds || standing(*running, outputs_of(**data)).bytes > before.bytes)
      fits = check_memory(*running, outputs_of(**data), before);
    if (fits = agreed(model_->layout, fits); !fits) return fits;
    Config asked = config;

    // All that can fail is done beside the model that stands; what follows it cannot.
    if (rebuilds) {
      auto rebuilt = std::make_unique<LiveModel>(*running, *data, FirstWeights::drawn, layout_of(config, mesh));
      rebuilt->task->reconfigured(*running);
      model_ = std::move(rebuilt);
      data_ = *data;
      ++model_id_;
    } else {
      if (layout_of(config, mesh).expert_parallel != model_->layout.expert_parallel) {
        auto laid_out = laid_out_anew(config, *running);
        if (!laid_out) return laid_out.error();
        model_ = std::move(*laid_out);
      }
      model_->task->reconfigured(*running);
      const bool resizes = config.experts != config_.experts && config.ffn == Ffn::moe;
      if (resizes)
        if (auto done = carry_out(plan_of_resize(config.experts, running_, model_->loads), {}); !done) return done;
      // A half-done step would mix two configurations: it starts over, with the batches it began with.
      model_->forget_partial_step();
    }
    if (running->threads != running_.threads) set_threads(running->threads);
    config_ = std::move(asked);
    running_ = std::move(*running);
    means_ = means;
    revision_ = revision;
    return {};
  });
}

Result<std::unique_ptr<LiveModel>> TrainerImpl::laid_out_anew(const Config& config, const Config& running) {
  // Of the model as it is: what `config` changes besides comes after.
  Config kept = running_;
  kept.expert_parallel = config.expert_parallel;
  TrainerState state;
  model_->save(state);
  state.config = kept;
  share_state(state, *model_->layout.all());
  auto model =
      std::make_unique<LiveModel>(kept, data_, FirstWeights::none, layout_of(running, model_->layout.mesh));
  if (auto loaded = agreed(model_->layout, model->load(state)); !loaded) return loaded.error();
  return model;
}

PassContext TrainerImpl::training_context(std::int64_t batches) const {
  const Layout& layout = model_->layout;
  const std::int64_t tokens = examples_here() * (running_.task == TaskKind::language ? running_.context : 1);
  Draws draws;
  draws.step = model_->step + 1;
  draws.first = (batches * layout.ranks() + layout.rank()) * tokens;
  PassContext context = pass_context(running_, true, draws);
  context.routing.expert_ranks = layout.experts();
  context.routing.shard_ranks = layout.shard_ranks(running_.shards);
  context.routing.shards = layout.shards_here(running_.shards);
  if (running_.task == TaskKind::clusters) context.routing.sequences = context.routing.shards;
  context.routing.edits = edits_.of(running_, *device_of(running_.device));
  return context;
}

PassContext TrainerImpl::evaluation_context() const {
  PassContext context = pass_context(running_, false, {});
  context.routing.expert_ranks = model_->layout.experts();
  context.routing.edits = edits_.of(running_, *device_of(running_.device));
  return context;
}

Result<void> TrainerImpl::reset() {
  return computing([&]() -> Result<void> {
    if (auto fits = agreed(model_->layout, check_memory(running_, outputs(), standing(running_, outputs())));
        !fits)
      return fits;
    model_ = std::make_unique<LiveModel>(running_, data_, FirstWeights::drawn, model_->layout);
    ++model_id_;
    return {};
  });
}

Result<void> TrainerImpl::save(TrainerState& into) const {
  if (!data_->trainable)
    return usage_error("this model was loaded without its data: there is nothing to go on with");
  return computing([&]() -> Result<void> {
    model_->save(into);
    into.config = config_;
    into.revision = revision_;
    into.engine = info();
    into.data_name = data_->info.name;
    into.outputs = data_->info.outputs;
    into.examples = data_->info.examples;
    return {};
  });
}

Result<void> TrainerImpl::restore(const TrainerState& state) {
  if (!data_->trainable)
    return usage_error("this model was loaded without its data: it has nothing to go on with");
  Mesh* mesh = model_->layout.mesh;
  if (auto good = check_config(state.config, mesh); !good) return good;
  return computing([&]() -> Result<void> {
    const Means means = means_of(state.engine, state.config, processes_of(mesh));
    const auto data = reload_data(state.config, config_, data_);
    if (auto same = check_same_data(model_->layout, data); !same) return same;
    auto running = settled_on_all(model_->layout, as_data_is(state.config, **data), means);
    if (!running) return running.error();
    Config asked = state.config;
    auto model = built_from(state, *running, *data, standing(running_, outputs()), layout_of(state.config, mesh));
    if (!model) return model.error();
    model_ = std::move(*model);
    data_ = *data;
    if (running->threads != running_.threads) set_threads(running->threads);
    config_ = std::move(asked);
    running_ = std::move(*running);
    means_ = means;
    revision_ = state.revision;
    ++model_id_;
    return {};
  });
}

Result<Snapshot> TrainerImpl::probe(const Watch& watch) {
  if (!data_->trainable) return usage_error("this model was loaded without its data: there is nothing to probe");
  return computing([&]() -> Result<Snapshot> {
    Snapshot snapshot = model_->task->look(running_, evaluation_context(), watch);
    if (watch.experts)
      for (ProbeLayer& layer : snapshot.layers)
        layer.card = expert_cards(model_->task->model(), layer.block, model_->layout.experts());
    snapshot.revision = revision_;
    snapshot.model_id = model_id_;
    snapshot.step = model_->step;
    return snapshot;
  });
}

Result<Inspection> TrainerImpl::inspect(std::int32_t layer, std::int32_t token) {
  if (!data_->trainable) return usage_error("this model was loaded without its data: there is no token to inspect");
  return computing([&]() -> Result<Inspection> {
    auto inspection = model_->task->inspect(running_, evaluation_context(), layer, token);
    if (!inspection) return inspection;
    inspection->model_id = model_id_;
    inspection->step = model_->step;
    return inspection;
  });
}

Result<void> TrainerImpl::inspect_more(Inspection& inspection, double seconds) {
  const auto layer = static_cast<std::size_t>(inspection.layer);
  const bool same = inspection.model_id == model_id_ &&
                    (inspection.done || (layer < inspection.layers.size() && traits(config_.gate).top_k &&
                                         inspection.layers[layer].experts == config_.experts &&
                                         inspection.layers[layer].top_k == config_.top_k));
  if (!same) return usage_error("the token was looked at in a model with other experts: look again");
  return computing([&]() -> Result<void> {
    const auto start = Clock::now();
    do {
      model_->task->inspect_more(evaluation_context(), inspection);
    } while (!inspection.done && seconds_since(start) < seconds);
    return {};
  });
}

Result<Trial> TrainerImpl::try_out(const Intervention& asked, const TrialWish& wish) {
  if (!data_->trainable) return usage_error("this model was loaded without its data: there is nothing to try on");
  return computing([&]() -> Result<Trial> {
    at::NoGradGuard no_grad;
    std::vector<std::int64_t> blocks;
    for (std::int64_t b = 0; b < running_.layers; ++b)
      if (is_moe_block(running_, b)) blocks.push_back(b);
    const std::int64_t tokens = model_->task->tokens_to_try(running_, wish.tokens);
    const auto layers = static_cast<std::int64_t>(blocks.size());
    if (auto good = check_intervention(asked, running_, layers, tokens); !good) return good.error();
    // On the model as it is used, with who is muted or steered anyway.
    const Intervention both = on_top_of(standing_intervention(running_), asked);
    if (auto good = check_intervention(both, running_, layers, tokens); !good) return good.error();
    PassContext context = evaluation_context();
    context.routing.edits = edits_of(both, blocks, running_.experts, running_.top_k, *device_of(running_.device));
    context.routing.norms = wish.norms;
    Trial trial = model_->task->try_out(running_, context, wish.tokens);
    trial.model_id = model_id_;
    trial.step = model_->step;
    return trial;
  });
}

Result<Evaluation> TrainerImpl::validate() {
  if (!data_->trainable) return usage_error("this model was loaded without its data: there is nothing to validate on");
  return computing([&]() -> Result<Evaluation> {
    at::NoGradGuard no_grad;
    return model_->task->validate(running_, evaluation_context(), model_->layout.replicas());
  });
}

std::vector<NamedTensor> TrainerImpl::weights() const {
  return export_weights(model_->task->model(), model_->layout.experts());
}

Result<void> TrainerImpl::load_weights(const std::vector<NamedTensor>& weights) {
  return computing([&] { return import_weights(model_->task->model(), weights); });
}

Result<RouteTrace> TrainerImpl::route(const std::string& text, bool with_router_inputs) {
  return computing([&] { return model_->task->route(running_, evaluation_context(), text, with_router_inputs); });
}

Result<void> TrainerImpl::start_generation(const std::string& prompt, double temperature, std::int64_t top_k,
                                           std::uint64_t seed) {
  return model_->task->start_generation(prompt, temperature, top_k, seed);
}

Result<GeneratedToken> TrainerImpl::generate_token() {
  return computing([&] { return model_->task->generate_token(running_, evaluation_context()); });
}

}  // namespace switchyard
