#include "core/train/looks/trial_view.h"

#include <cmath>

#include "core/model/base/to_vector.h"
#include "core/train/looks/layer_choices.h"

namespace switchyard {

std::vector<TrialLayer> trial_layers(const ForwardPass& pass) {
  at::NoGradGuard no_grad;
  std::vector<TrialLayer> layers;
  for (const MoeTrace& seen : pass.trace) {
    TrialLayer& layer = layers.emplace_back();
    static_cast<LayerChoices&>(layer) = layer_choices(seen, choices_of(seen));
    const at::Tensor& probs = seen.routing.probs;
    if (probs.defined() && !seen.soft)
      layer.entropy =
          to_vector<float>(at::special_entr(probs).sum(-1) / std::log(static_cast<double>(probs.size(1))));
    else layer.entropy.assign(static_cast<std::size_t>(seen.plan->tokens), static_cast<float>(kMissing));
    if (seen.norms.defined() && seen.routing.start.empty()) layer.norm = to_vector<float>(seen.norms);
  }
  return layers;
}

}  // namespace switchyard
