// One token of the probe in every layer, and its counterfactual in one: an Inspection (core/base/looks.h), a part
// at a time. What is said of tokens holds for points. Thread safety: the trainer's thread.
#pragma once

#include <functional>
#include <string>

#include "core/base/looks.h"
#include "core/base/result.h"
#include "core/config/config.h"
#include "core/model/layers/transformer.h"

namespace switchyard {

// Beyond this many sets of experts a sample of so many is tried.
inline constexpr std::int64_t kMostRouteSets = 1000;
// Tried in one pass, the own route beside them: the pass that they branch off from is not too dear then.
inline constexpr std::int64_t kRouteSetsAtOnce = 255;

// layers, own and planned of the token; `pass` is the probe's. layer below 0: the distributions alone.
Inspection inspection_of(const ForwardPass& pass, std::int32_t layer, std::int32_t token, const Config& config);

// Losses [S] of the token for each row of experts [S, k].
using RerouteLoss = std::function<at::Tensor(const Detour&)>;

// The next kRouteSetsAtOnce of the sets; sets done when there is none left. Deterministic: which sets they are
// follows from the inspection and from who is muted in `context`.
void try_more_sets(Inspection& inspection, const PassContext& context, const RerouteLoss& loss_of);

}  // namespace switchyard
