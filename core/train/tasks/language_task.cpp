#include "core/train/tasks/language_task.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/model/base/to_vector.h"
#include "core/train/looks/layer_choices.h"

namespace switchyard {
namespace {

RouteTrace::Layer layer_of(const MoeTrace& seen, bool with_router_inputs) {
  RouteTrace::Layer layer;
  static_cast<LayerChoices&>(layer) = layer_choices(seen, choices_of(seen));
  layer.width = static_cast<std::int32_t>(seen.router_input.size(-1));
  if (seen.routing.logits.defined()) layer.router_logits = to_vector<float>(seen.routing.logits);
  if (with_router_inputs) layer.router_input = to_vector<float>(seen.router_input);
  return layer;
}

}  // namespace

LanguageTask::LanguageTask(const Config& config, std::shared_ptr<const Corpus> corpus, bool trainable,
                           const Initializer& init)
    : corpus_(std::move(corpus)), model_(config, corpus_->vocabulary.size(), init) {
  if (!trainable) return;
  sampler_.emplace(corpus_, config.context, static_cast<std::uint64_t>(config.seed));
  prober_.emplace(*corpus_, config.context);
  reconfigured(config);
}

// Tables of hashes follow from how often each token occurs in the training text; weights that were loaded bring
// theirs.
void LanguageTask::reconfigured(const Config& config) {
  if (config.gate == Gate::hash && sampler_) model_.count_tokens(token_counts());
}

std::vector<std::int64_t> LanguageTask::token_counts() const {
  std::vector<std::int64_t> counts(static_cast<std::size_t>(corpus_->vocabulary.size()), 0);
  for (const std::int32_t token : corpus_->train.tokens) ++counts[static_cast<std::size_t>(token)];
  return counts;
}

TaskPass LanguageTask::forward(Batch& batch, const PassContext& context) const {
  const auto tensor = [&](std::vector<std::int64_t>& ids) {
    return at::from_blob(ids.data(), {batch.batch, batch.context}, at::kLong).clone();
  };
  TaskPass through;
  through.sequences = batch.batch;
  through.targets = tensor(batch.targets).flatten();
  const at::Tensor inputs = tensor(batch.inputs);
  through.inputs = inputs.flatten();
  through.pass = model_.forward(inputs, context);
  through.logits = through.pass.logits.flatten(0, 1);
  through.unknown = corpus_->vocabulary.unknown();
  if (through.unknown >= 0)
    through.unknown_nats =
        corpus_->facts.unknown.nats() *
        static_cast<double>(std::count(batch.targets.begin(), batch.targets.end(), through.unknown)) /
        static_cast<double>(batch.targets.size());
  return through;
}

TaskPass LanguageTask::train(std::int64_t examples, const PassContext& context, std::int64_t drawn) {
  Batch batch = sampler_->at(drawn, examples);
  return forward(batch, context);
}

Evaluation LanguageTask::validate(const Config& config, const PassContext& context, RankGroup* replicas) {
  Evaluation sum;
  const std::int64_t own = replicas ? replicas->rank() : 0, step = replicas ? replicas->size() : 1;
  for (std::int64_t i = own; i < config.val_batches; i += step) {
    Batch batch = validation_batch(*corpus_, config.context, config.batch_size, i, config.val_batches);
    const TaskPass through = forward(batch, context);
    sum.loss +=
        at::cross_entropy_loss(through.logits, through.targets.to(through.logits.device())).item<double>() +
        through.unknown_nats;
    sum.accuracy += static_cast<double>(count_right(through.logits, through.targets, through.unknown)) /
                    static_cast<double>(through.targets.numel());
  }
  if (replicas) {
    const at::Tensor all = torch::tensor({sum.loss, sum.accuracy}, at::kDouble);
    replicas->sum(all);
    sum = {all.data_ptr<double>()[0], all.data_ptr<double>()[1]};
  }
  const double batches = static_cast<double>(config.val_batches);
  return {sum.loss / batches, sum.accuracy / batches};
}

Snapshot LanguageTask::look(const Config& config, const PassContext& context, const Watch& watch) {
  return prober_->look(model_, context, config, watch);
}

Result<Inspection> LanguageTask::inspect(const Config& config, const PassContext& context, std::int32_t layer,
                                         std::int32_t token) {
  return prober_->inspect(model_, context, config, layer, token);
}

void LanguageTask::inspect_more(const PassContext& context, Inspection& inspection) {
  prober_->inspect_more(model_, context, inspection);
}

const Prober& LanguageTask::tried_by(const Config& config, std::int64_t tokens) {
  if (tokens <= 0) return *prober_;
  if (!wider_ || wider_tokens_ != tokens) wider_.emplace(*corpus_, config.context, tokens), wider_tokens_ = tokens;
  return *wider_;
}

std::int64_t LanguageTask::tokens_to_try(const Config& config, std::int64_t tokens) {
  return tried_by(config, tokens).size();
}

Trial LanguageTask::try_out(const Config& config, const PassContext& asked, std::int64_t tokens) {
  PassContext context = asked;
  const LayerEdits* edits = context.routing.edits.get();
  // A model with another gate has not counted.
  if (config.gate != Gate::hash && edits &&
      std::any_of(edits->begin(), edits->end(), [](const LayerEdit& edit) { return edit.gate == Gate::hash; }))
    context.routing.hash_tables = hash_tables(torch::tensor(token_counts(), at::kLong).to(at::kFloat),
                                              context.routing.experts, context.routing.top_k);
  return tried_by(config, tokens).try_out(model_, context);
}

Result<RouteTrace> LanguageTask::route(const Config& config, const PassContext& context, const std::string& text,
                                       bool with_router_inputs) {
  const Vocabulary& vocabulary = corpus_->vocabulary;
  const auto encoded = vocabulary.encode(text);
  if (!encoded) return encoded.error();
  const std::vector<std::int32_t>& ids = encoded->ids;
  if (ids.empty() || static_cast<std::int64_t>(ids.size()) > config.context)
    return usage_error(
        fmt::format("text has {} tokens: allowed is 1 to context = {}", ids.size(), config.context));
  at::NoGradGuard no_grad;
  const at::Tensor input =
      torch::tensor(std::vector<std::int64_t>(ids.begin(), ids.end()), at::kLong).unsqueeze(0);
  const ForwardPass pass = model_.forward(input, context);
  RouteTrace trace;
  trace.vocabulary = vocabulary.size();
  trace.unknown = encoded->unknown;
  trace.left_out = encoded->left_out;
  for (const std::int32_t id : ids) trace.tokens.push_back(vocabulary.token(id));
  trace.logits = to_vector<float>(pass.logits);
  for (const MoeTrace& seen : pass.trace) trace.layers.push_back(layer_of(seen, with_router_inputs));
  return trace;
}

Result<void> LanguageTask::start_generation(const std::string& prompt, double temperature, std::int64_t top_k,
                                            std::uint64_t seed) {
  const auto encoded = corpus_->vocabulary.encode(prompt.empty() ? "\n" : prompt);
  if (!encoded) return encoded.error();
  std::vector<std::int64_t> ids(encoded->ids.begin(), encoded->ids.end());
  if (ids.empty()) ids.push_back(0);
  text_.emplace(std::move(ids), temperature, top_k, seed);
  return {};
}

Result<GeneratedToken> LanguageTask::generate_token(const Config& config, const PassContext& context) {
  if (!text_) return usage_error("no text to continue: start one first");
  return text_->next(model_, context, corpus_->vocabulary, config.context);
}

}  // namespace switchyard
