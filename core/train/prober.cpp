#include "core/train/prober.h"

#include <algorithm>
#include <cmath>

#include "core/data/batches.h"

namespace switchyard {
namespace {

template <class T>
std::vector<T> to_vector(const at::Tensor& tensor) {
  const at::Tensor plain = tensor.detach().to(at::kCPU, c10::CppTypeToScalarType<T>::value).contiguous();
  const T* values = plain.data_ptr<T>();
  return {values, values + plain.numel()};
}

// H(p) / ln N of each token; NaN with one expert.
std::vector<float> normalised_entropy(const at::Tensor& probs) {
  return to_vector<float>(at::special_entr(probs).sum(-1) / std::log(static_cast<double>(probs.size(1))));
}

// The chosen experts in their order, then the others by probability.
at::Tensor ranked_experts(const at::Tensor& probs, const Choices& choices, std::int64_t count) {
  const at::Tensor ahead = at::arange(choices.width + 1, 1, -1, probs.options()).expand(choices.experts.sizes());
  return select_top_k(probs.scatter(1, choices.experts.to(probs.device()), ahead), count);
}

}  // namespace

ProbeLayer layer_view(const MoeTrace& seen, StablePca& pca) {
  const Routing& routing = seen.routing;
  const Choices choices = choices_of(seen);
  ProbeLayer layer;
  layer.block = static_cast<std::int32_t>(seen.block);
  layer.experts = static_cast<std::int32_t>(seen.plan->experts);
  layer.top_k = static_cast<std::int32_t>(choices.width);
  if (routing.probs.defined()) {
    layer.ranked = std::min(layer.experts, std::max(layer.top_k + 2, 4));
    const at::Tensor ranked = ranked_experts(routing.probs, choices, layer.ranked);
    layer.expert = to_vector<std::int32_t>(ranked);
    layer.prob = to_vector<float>(routing.probs.gather(-1, ranked));
    layer.entropy = normalised_entropy(routing.probs);
  } else {
    layer.ranked = layer.top_k;
    layer.expert = to_vector<std::int32_t>(choices.experts);
    layer.prob.assign(layer.expert.size(), static_cast<float>(kMissing));
    layer.entropy.assign(static_cast<std::size_t>(seen.plan->tokens), static_cast<float>(kMissing));
  }
  layer.weight = to_vector<float>(choices.weights);
  layer.kept = choices.kept;
  Projection projection = pca.project(seen.router_input);
  layer.pca = std::move(projection.points);
  layer.explained = projection.explained;
  return layer;
}

Prober::Prober(const Corpus& corpus, std::int64_t context) {
  const std::int64_t sequences = std::max<std::int64_t>(1, kTokens / context);
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

Snapshot Prober::look(const Transformer& model, const PassContext& context) {
  at::NoGradGuard no_grad;
  Snapshot snapshot;
  snapshot.tokens = tokens_;
  const ForwardPass pass = model.forward(ids_, context);

  // Each token's own loss as a prediction of the next one; the last of a sequence has no successor here.
  const std::int64_t length = ids_.size(1);
  at::Tensor loss = at::full(ids_.sizes(), std::nanf(""), at::kFloat);
  if (length > 1) {
    const at::Tensor log_p = at::log_softmax(pass.logits.narrow(1, 0, length - 1), -1).cpu();
    loss.narrow(1, 0, length - 1).copy_(-log_p.gather(-1, ids_.narrow(1, 1, length - 1).unsqueeze(-1)).squeeze(-1));
  }
  snapshot.token_loss = to_vector<float>(loss);

  pca_.resize(pass.trace.size());
  snapshot.layers.reserve(pass.trace.size());
  for (std::size_t l = 0; l < pass.trace.size(); ++l) snapshot.layers.push_back(layer_view(pass.trace[l], pca_[l]));
  return snapshot;
}

}  // namespace switchyard
