// Looks at a model through a fixed set of validation tokens and reports what it sees as a Snapshot.
// Thread safety: the trainer's thread.
#pragma once

#include <memory>
#include <vector>

#include "core/base/records.h"
#include "core/base/result.h"
#include "core/data/corpus.h"
#include "core/measure/pca.h"
#include "core/model/layers/transformer.h"
#include "core/train/interface/trial.h"

namespace switchyard {

// The planes of one MoE layer, whose axes stay put from look to look.
struct LayerPlanes {
  StablePca input, logits;
};

// What one MoE layer did with the tokens it was shown. Of what `watch` asks for: the tensors of the pass, `with_input`
// this layer's input.
ProbeLayer layer_view(const MoeTrace& seen, LayerPlanes& planes, const Watch& watch, bool with_input);

// All layers of a pass. With watch.gradients the pass must have been made with its graph; `loss` is its cross-entropy.
std::vector<ProbeLayer> layer_views(const ForwardPass& pass, std::vector<LayerPlanes>& planes, const Watch& watch,
                                    const at::Tensor& loss, const Config& config, std::int64_t sequences);

class Prober {
 public:
  // About kTokens tokens, as whole sequences of the context's length, at least one: five at the default
  // context, one for each domain of the built-in stories.
  static constexpr std::int64_t kTokens = 640;
  Prober(const Corpus& corpus, std::int64_t context, std::int64_t tokens = kTokens);
  std::int64_t size() const { return ids_.numel(); }

  // Everything but revision, model_id and step is filled in.
  Snapshot look(const Transformer& model, const PassContext& context, const Config& config, const Watch& watch);

  // Contract: Trainer::inspect and inspect_more.
  Result<Inspection> inspect(const Transformer& model, const PassContext& context, const Config& config,
                             std::int32_t layer, std::int32_t token) const;
  void inspect_more(const Transformer& model, const PassContext& context, Inspection& inspection) const;
  // Contract: Trainer::try_out. Everything but model_id and step is filled in.
  Trial try_out(const Transformer& model, const PassContext& context) const;

 private:
  // [sequences, length] each token's own loss as a prediction of the next; the last of a sequence is NaN.
  // `mean`, if wanted: with its graph, without what <unk> is charged; undefined where there is none.
  at::Tensor losses_of(const at::Tensor& logits, at::Tensor* mean = nullptr) const;
  // [S] loss of one token for each row of a detour.
  at::Tensor detour_loss(const Transformer& model, const PassContext& context, const Detour& detour) const;
  // Of a target that is <unk> (UnknownCharacters): every loss of it has this on top.
  float charge(std::int64_t target) const { return target == unknown_ ? unknown_nats_ : 0; }

  std::shared_ptr<const ProbeTokens> tokens_;
  at::Tensor ids_;  // [sequences, length]
  std::int64_t unknown_;  // -1: none
  float unknown_nats_;
  std::vector<LayerPlanes> planes_;
  StablePca embedding_;
};

}  // namespace switchyard
