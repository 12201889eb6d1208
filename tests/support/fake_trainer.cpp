#include "tests/support/fake_trainer.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

#include "core/config/knobs.h"
#include "core/insight/route_sets.h"
#include "core/operate/expert_plan.h"
#include "core/operate/plan_words.h"
#include "tests/support/fake_ranks.h"

namespace switchyard::test {

FakeTrainer::FakeTrainer(Config config, FakeOptions options)
    : config_(std::move(config)), options_(std::move(options)), corpus_(fake_corpus()) {
  data_ = {corpus_->name,
           corpus_->vocabulary.tokens(),
           static_cast<std::int64_t>(2 * corpus_->train.tokens.size()),
           corpus_->bigram_loss,
           0.2,
           options_.path,
           options_.text};
}

EngineInfo FakeTrainer::info() const { return {"1.13.1", "fake BLAS", "cpu", 1}; }

Result<void> FakeTrainer::apply(const Config& config, std::uint64_t revision) {
  const auto problems = switchyard::validate(config);
  if (!problems.empty()) return usage_error(problems.front().message);
  if (options_.refuse)
    if (auto error = options_.refuse(config)) return *error;
  const bool rebuilds = change_cost(config_, config) == KnobCost::rebuild;
  config_ = config;
  revision_ = revision;
  return rebuilds ? reset() : Result<void>();
}

Result<std::string> FakeTrainer::operate(const Operation& operation, std::uint64_t revision) {
  const auto plan = plan_of(operation, config_, {});
  if (!plan) return plan.error();
  config_.experts = plan->experts();
  revision_ = revision;
  return sentence_of(operation, *plan);
}

Result<void> FakeTrainer::reset() {
  ++model_id_;
  step_ = slice_ = tokens_ = 0;
  return {};
}

Result<void> FakeTrainer::tell_routes(RouteTap* tap) {
  if (tap && config_.ffn == Ffn::dense) return usage_error("this model has no experts");
  tap_ = tap;
  slice_ = 0;
  return {};
}

Result<void> FakeTrainer::follow_routes(RouteGuide* guide) {
  if (guide && config_.ffn == Ffn::dense) return usage_error("this model has no experts");
  guide_ = guide;
  slice_ = 0;
  return {};
}

StepRoutes FakeTrainer::own_routes() const {
  StepRoutes routes;
  routes.step = step_ + 1;
  routes.sequence_length = config_.context;
  const std::int64_t tokens = config_.batch_size * config_.context * config_.accumulation;
  routes.token.assign(static_cast<std::size_t>(tokens), 0);
  if (config_.ffn == Ffn::dense || config_.gate == Gate::expert_choice) return routes;
  for (const std::int32_t block : moe_blocks(config_)) {
    StepRoutes::Layer layer{
        block, static_cast<std::int32_t>(config_.experts), static_cast<std::int32_t>(config_.top_k), {}};
    for (std::int64_t t = 0; t < tokens; ++t)
      for (std::int64_t k = 0; k < config_.top_k; ++k)
        layer.expert.push_back(static_cast<std::int32_t>((t + k + step_ + 1) % config_.experts));
    routes.layers.push_back(std::move(layer));
  }
  return routes;
}

Result<std::optional<StepRecord>> FakeTrainer::advance() {
  if (options_.before_slice) options_.before_slice();
  if (slice_ + 1 < config_.accumulation) {
    ++slice_;
    return std::optional<StepRecord>();
  }
  if (step_ + 1 == options_.fail_at_step && options_.failures > 0) {
    --options_.failures;
    slice_ = 0;
    return Error{options_.fails_as, "the loss is not finite"};
  }
  if (step_ + 1 == options_.throw_at_step) {
    options_.throw_at_step = -1;
    throw std::runtime_error("a library failed");
  }
  slice_ = 0;
  StepRoutes routes = tap_ ? own_routes() : StepRoutes();
  if (guide_) {
    const auto asked = guide_->routes_of(step_ + 1);
    if (!asked) return asked.error();
    if (auto good = fits(**asked, config_); !good) return good.error();
    routes = **asked;
  }
  if (tap_) tap_->take(routes);
  ++step_;
  tokens_ += config_.batch_size * config_.context * config_.accumulation;
  StepRecord record = fake_record(config_, step_, model_id_);
  record.ranks = fake_ranks(step_, options_.ranks, config_.expert_parallel > 1);
  record.tokens = tokens_;
  record.revision = revision_;
  return std::optional<StepRecord>(std::move(record));
}

Result<Snapshot> FakeTrainer::probe(const Watch& watch) {
  if (options_.probe_fails) return failure("out of memory");
  Snapshot snapshot = fake_snapshot(config_, step_, model_id_, watch);
  snapshot.revision = revision_;
  return snapshot;
}

Result<Inspection> FakeTrainer::inspect(std::int32_t layer, std::int32_t token) {
  Watch watch;
  watch.distributions = true;
  const Snapshot seen = fake_snapshot(config_, step_, model_id_, watch);
  if (token < 0 || static_cast<std::size_t>(token) >= seen.token_loss.size()) return usage_error("no such token");
  if (layer >= static_cast<std::int32_t>(seen.layers.size())) return usage_error("no such layer");
  Inspection inspection;
  inspection.model_id = model_id_;
  inspection.step = step_;
  inspection.layer = layer;
  inspection.token = token;
  inspection.loss = seen.token_loss[static_cast<std::size_t>(token)];
  for (const ProbeLayer& from : seen.layers) {
    Inspection::Layer to{{from.block, from.experts, from.top_k, {}, {}, {}, true}, {}, {}};
    const auto part = [&](const auto& all, std::int32_t width, std::int32_t count, auto& into) {
      const auto begin = all.begin() + static_cast<std::ptrdiff_t>(token) * width;
      into.assign(begin, begin + count);
    };
    part(from.probabilities, from.experts, from.experts, to.probability);
    part(from.logits, from.experts, from.experts, to.logit);
    part(from.expert, from.ranked, from.top_k, to.expert);
    part(from.weight, from.top_k, from.top_k, to.weight);
    part(from.kept, from.top_k, from.top_k, to.kept);
    inspection.layers.push_back(std::move(to));
  }
  inspection.done = layer < 0;
  if (inspection.done) return inspection;
  const Inspection::Layer& asked = inspection.layers[static_cast<std::size_t>(layer)];
  inspection.own = asked.expert;
  std::sort(inspection.own.begin(), inspection.own.end());
  inspection.possible = combinations(asked.experts, asked.top_k) - 1;
  inspection.planned = static_cast<std::int64_t>(std::min(inspection.possible, 1000.0));
  inspection.done = inspection.planned == 0;
  return inspection;
}

// Ten sets a call, so that progress shows.
Result<void> FakeTrainer::inspect_more(Inspection& inspection, double) {
  if (inspection.model_id != model_id_) return usage_error("another model");
  const Inspection::Layer& asked = inspection.layers[static_cast<std::size_t>(inspection.layer)];
  const auto sets = route_sets(asked.experts, asked.top_k, inspection.own, inspection.planned, 1);
  const std::size_t tried = inspection.sets.size(), until = std::min(sets.size(), tried + 10);
  for (std::size_t i = tried; i < until; ++i)
    inspection.sets.push_back({sets[i], 0.05F * static_cast<float>((i * 7 + 3) % 23) - 0.2F});
  std::stable_sort(inspection.sets.begin(), inspection.sets.end(),
                   [](const RouteSet& a, const RouteSet& b) { return a.difference < b.difference; });
  inspection.done = until == sets.size();
  return {};
}

Result<Evaluation> FakeTrainer::validate() {
  const double loss = 1.06 + 2.5 * std::exp(-static_cast<double>(step_) / 180);
  return Evaluation{loss, std::exp(-loss)};
}

std::vector<NamedTensor> FakeTrainer::weights() const {
  if (options_.weights_gone_at >= 0 && step_ >= options_.weights_gone_at) return {};
  const auto value = static_cast<float>(step_);
  return {{"model.embed_tokens.weight", {3, 2}, {0, 1, 2, 3, 4, value}}, {"model.norm.bias", {1}, {value / 3}}};
}

Result<void> FakeTrainer::load_weights(const std::vector<NamedTensor>& weights) {
  if (weights.size() != 2 || weights[0].name != "model.embed_tokens.weight")
    return usage_error("the weights are of another model");
  return {};
}

Result<void> FakeTrainer::save(TrainerState& into) const {
  into.config = config_;
  into.revision = revision_;
  into.step = into.optimizer_steps = step_;
  into.tokens = tokens_;
  into.drawn = step_ * config_.batch_size * config_.accumulation;
  into.wall_s = 0.02 * static_cast<double>(step_);
  into.loads.assign(moe_blocks(config_).size(),
                    std::vector<double>(static_cast<std::size_t>(config_.experts), 1.0));
  into.tensors.entries.clear();
  into.tensors.values.clear();
  for (const NamedTensor& tensor : weights()) {
    into.tensors.entries.push_back({tensor.name, tensor.shape, into.tensors.values.size(), tensor.values.size()});
    into.tensors.values.insert(into.tensors.values.end(), tensor.values.begin(), tensor.values.end());
  }
  into.engine = info();
  into.data_name = data_.name;
  into.outputs = data_.outputs;
  into.examples = data_.examples;
  return {};
}

Result<void> FakeTrainer::restore(const TrainerState& state) {
  const auto problems = switchyard::validate(state.config);
  if (!problems.empty()) return usage_error(problems.front().message);
  if (options_.refuse)
    if (auto error = options_.refuse(state.config)) return *error;
  if (state.outputs != data_.outputs) return usage_error("the state is of data with other outputs");
  if (state.tensors.entries.size() != 2 || state.tensors.values.size() != 7)
    return usage_error("the state is of another model");
  config_ = state.config;
  revision_ = state.revision;
  step_ = state.step;
  tokens_ = state.tokens;
  slice_ = 0;
  ++model_id_;
  return {};
}

Result<RouteTrace> FakeTrainer::route(const std::string& text, bool) {
  RouteTrace trace;
  for (const char c : text) trace.tokens.emplace_back(1, c);
  trace.vocabulary = corpus_->vocabulary.size();
  trace.logits.assign(trace.tokens.size() * static_cast<std::size_t>(trace.vocabulary), 0.0f);
  return trace;
}

Result<void> FakeTrainer::start_generation(const std::string& prompt, double, std::int64_t, std::uint64_t) {
  if (prompt == "refused") return usage_error("prompt: no character of it is in the vocabulary");
  generated_ = 0;
  return {};
}

Result<GeneratedToken> FakeTrainer::generate_token() {
  const std::string text = fake_story();
  GeneratedToken token;
  token.text = text[generated_ % text.size()];
  for (std::size_t l = 0; l < moe_blocks(config_).size(); ++l)
    token.first_expert.push_back(
        static_cast<std::int32_t>((generated_ / 5 + l) % static_cast<std::size_t>(config_.experts)));
  ++generated_;
  return token;
}

}  // namespace switchyard::test
