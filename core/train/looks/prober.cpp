#include "core/train/looks/prober.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/data/batches.h"
#include "core/model/base/to_vector.h"
#include "core/train/looks/gate_gradients.h"
#include "core/train/looks/inspector.h"
#include "core/train/looks/layer_choices.h"
#include "core/train/looks/trial_view.h"

namespace switchyard {
namespace {

// H(p) / ln N of each token; NaN with one expert.
std::vector<float> normalised_entropy(const at::Tensor& probs) {
  return to_vector<float>(at::special_entr(probs).sum(-1) / std::log(static_cast<double>(probs.size(1))));
}

// The chosen experts in their order, then the others by probability.
at::Tensor ranked_experts(const at::Tensor& probs, const Choices& choices, std::int64_t count) {
  const at::Tensor ahead = at::arange(choices.width + 1, 1, -1, probs.options()).expand(choices.experts.sizes());
  return select_top_k(probs.scatter(1, choices.experts.to(probs.device()), ahead), count);
}

// Stretches that lie side by side.
std::int64_t most_sequences(const Corpus& corpus, std::int64_t context) {
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(corpus.validation.tokens.size()) / context);
}

}  // namespace

ProbeLayer layer_view(const MoeTrace& seen, LayerPlanes& planes, const Watch& watch, bool with_input) {
  at::NoGradGuard no_grad;
  const Routing& routing = seen.routing;
  const Choices choices = choices_of(seen);
  ProbeLayer layer;
  static_cast<LayerChoices&>(layer) = layer_choices(seen, choices);
  if (routing.probs.defined()) {
    layer.ranked = std::min(layer.experts, std::max(layer.top_k + 2, 4));
    const at::Tensor ranked = ranked_experts(routing.probs, choices, layer.ranked);
    layer.expert = to_vector<std::int32_t>(ranked);
    layer.prob = to_vector<float>(routing.probs.gather(-1, ranked));
    layer.entropy = normalised_entropy(routing.probs);
  } else {
    layer.ranked = layer.top_k;
    layer.prob.assign(layer.expert.size(), static_cast<float>(kMissing));
    layer.entropy.assign(static_cast<std::size_t>(seen.plan->tokens), static_cast<float>(kMissing));
  }
  Projection projection = planes.input.project(seen.router_input);
  layer.pca = std::move(projection.points);
  layer.explained = projection.explained;
  if (seen.gate.defined()) layer.gate_pca = to_vector<float>(seen.gate.to(at::kCPU, at::kDouble).mm(projection.basis));
  layer.choices = !seen.soft;
  if (watch.distributions) {
    if (routing.probs.defined()) layer.probabilities = to_vector<float>(routing.probs);
    if (routing.logits.defined() && !seen.soft) layer.logits = to_vector<float>(routing.logits);
  }
  // One logit spans no plane; those of soft mixing are of slots.
  if (watch.logit_plane && routing.logits.defined() && !seen.soft && routing.logits.size(1) > 1) {
    Projection logits = planes.logits.project(routing.logits);
    layer.logit_plane = {std::move(logits.points), logits.explained, to_vector<float>(logits.basis)};
  }
  if (with_input) {
    layer.input = to_vector<float>(seen.router_input);
    layer.input_width = static_cast<std::int32_t>(seen.router_input.size(1));
  }
  return layer;
}

std::vector<ProbeLayer> layer_views(const ForwardPass& pass, std::vector<LayerPlanes>& planes, const Watch& watch,
                                    const at::Tensor& loss, const Config& config, std::int64_t sequences) {
  std::vector<ProbeLayer> layers;
  planes.resize(pass.trace.size());
  layers.reserve(pass.trace.size());
  for (std::size_t l = 0; l < pass.trace.size(); ++l)
    layers.push_back(layer_view(pass.trace[l], planes[l], watch, watch.input == static_cast<std::int32_t>(l)));
  if (watch.gradients && loss.defined()) {
    std::vector<GateGradients> gradients = gate_gradients(pass, loss, config, sequences);
    for (std::size_t l = 0; l < layers.size(); ++l) layers[l].gradient = std::move(gradients[l]);
  }
  return layers;
}

Prober::Prober(const Corpus& corpus, std::int64_t context, std::int64_t wanted)
    : unknown_(corpus.vocabulary.unknown()), unknown_nats_(static_cast<float>(corpus.facts.unknown.nats())) {
  const std::int64_t sequences = std::clamp<std::int64_t>(wanted / context, 1, most_sequences(corpus, context));
  const std::vector<std::int64_t> starts = probe_starts(corpus, context, sequences);
  auto tokens = std::make_shared<ProbeTokens>();
  tokens->domain_names = corpus.domains;
  tokens->sequence_length = static_cast<std::int32_t>(context);
  std::vector<std::int64_t> ids;
  for (const std::int64_t start : starts)
    for (std::int64_t i = start; i < start + context; ++i) {
      const std::int32_t id = corpus.validation.tokens[i];
      ids.push_back(id);
      tokens->id.push_back(id);
      tokens->text.push_back(corpus.vocabulary.token(id));
      if (!corpus.validation.domain.empty()) tokens->domain.push_back(corpus.validation.domain[i]);
    }
  ids_ = torch::tensor(ids, at::kLong).view({static_cast<std::int64_t>(starts.size()), context});
  tokens_ = std::move(tokens);
}

at::Tensor Prober::losses_of(const at::Tensor& logits, at::Tensor* mean) const {
  const std::int64_t length = ids_.size(1);
  at::Tensor loss = at::full(ids_.sizes(), std::nanf(""), at::kFloat);
  if (length <= 1) return loss;
  const at::Tensor log_p = at::log_softmax(logits.narrow(1, 0, length - 1), -1);
  const at::Tensor next = ids_.narrow(1, 1, length - 1).unsqueeze(-1).to(log_p.device());
  const at::Tensor own = -log_p.gather(-1, next).squeeze(-1);
  if (mean) *mean = own.mean();
  loss.narrow(1, 0, length - 1).copy_(own.detach());
  if (unknown_ >= 0)
    loss.narrow(1, 0, length - 1).add_(ids_.narrow(1, 1, length - 1).eq(unknown_).to(at::kFloat), unknown_nats_);
  return loss;
}

Trial Prober::try_out(const Transformer& model, const PassContext& context) const {
  at::NoGradGuard no_grad;
  const ForwardPass pass = model.forward(ids_, context);
  const std::int64_t length = ids_.size(1);
  Trial trial;
  trial.tokens = tokens_;
  trial.loss = to_vector<float>(losses_of(pass.logits));
  trial.predicted = to_vector<std::int32_t>(pass.logits.argmax(-1));
  at::Tensor target = at::roll(ids_, -1, 1);
  target.select(1, length - 1).fill_(-1);
  trial.target = to_vector<std::int32_t>(target);
  trial.layers = trial_layers(pass);
  return trial;
}

Snapshot Prober::look(const Transformer& model, const PassContext& context, const Config& config, const Watch& watch) {
  const at::AutoGradMode with_graph(watch.gradients);
  Snapshot snapshot;
  snapshot.tokens = tokens_;
  const ForwardPass pass = model.forward(ids_, context);
  at::Tensor mean;
  snapshot.token_loss = to_vector<float>(losses_of(pass.logits, &mean));
  snapshot.layers = layer_views(pass, planes_, watch, mean, config, ids_.size(0));
  if (watch.embedding_plane || watch.embeddings) {
    at::NoGradGuard no_grad;
    const at::Tensor embedding = model.embed(ids_).flatten(0, 1);
    if (watch.embeddings) {
      snapshot.embedding = to_vector<float>(embedding);
      snapshot.embedding_width = static_cast<std::int32_t>(embedding.size(1));
    }
    if (watch.embedding_plane) {
      Projection plane = embedding_.project(embedding);
      snapshot.embedding_plane = {std::move(plane.points), plane.explained, {}};
    }
  }
  return snapshot;
}

Result<Inspection> Prober::inspect(const Transformer& model, const PassContext& context, const Config& config,
                                   std::int32_t layer, std::int32_t token) const {
  at::NoGradGuard no_grad;
  if (token < 0 || token >= ids_.numel())
    return usage_error(fmt::format("token {}: the probe has tokens 0 to {}", token, ids_.numel() - 1));
  const ForwardPass pass = model.forward(ids_, context);
  if (layer >= static_cast<std::int32_t>(pass.trace.size()))
    return usage_error(fmt::format("layer {}: the model has {} MoE layers", layer, pass.trace.size()));
  Inspection inspection = inspection_of(pass, layer, token, config);
  const std::int64_t length = ids_.size(1), sequence = token / length, position = token % length;
  if (position + 1 == length) {
    inspection.loss = static_cast<float>(kMissing);
    if (layer >= 0 && inspection.no_regret.empty())
      inspection.no_regret = "the last token of a stretch has no successor here, and so no loss";
    inspection.done = true;
    return inspection;
  }
  const at::Tensor log_p = at::log_softmax(pass.logits[sequence][position], -1);
  const auto next = ids_[sequence][position + 1].item<std::int64_t>();
  inspection.loss = -log_p[next].item<float>() + charge(next);
  return inspection;
}

at::Tensor Prober::detour_loss(const Transformer& model, const PassContext& context, const Detour& detour) const {
  const std::int64_t length = ids_.size(1), sequence = detour.token / length, position = detour.token % length;
  const std::int64_t next = ids_[sequence][position + 1].item<std::int64_t>();
  // A token sees its own sequence alone; but random routes are those of a draw over all of them.
  if (context.routing.gate == Gate::random)
    return charge(next) - at::log_softmax(model.reroute(ids_, detour, context), -1).select(1, next);
  Detour within = detour;
  within.token = position;
  const at::Tensor logits = model.reroute(ids_.narrow(0, sequence, 1), within, context);
  return charge(next) - at::log_softmax(logits, -1).select(1, next);
}

void Prober::inspect_more(const Transformer& model, const PassContext& context, Inspection& inspection) const {
  at::NoGradGuard no_grad;
  try_more_sets(inspection, context, [&](const Detour& detour) { return detour_loss(model, context, detour); });
}

}  // namespace switchyard
