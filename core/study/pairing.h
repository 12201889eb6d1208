// Which settings decide what a model sees: where they are alike, two runs of one seed learn from the same batches
// and are held against the same text, so that they are a pair and much of what differs between seeds cancels.
//
// Thread safety: pure functions.
#pragma once

#include <vector>

#include "core/config/config.h"
#include "core/config/knobs.h"

namespace switchyard {

// Those of them in which the two differ; empty: they are paired, seed by seed. Noise and weights may differ
// (weight_seed): they are the model's own.
std::vector<const Knob*> unpaired_knobs(const Config& a, const Config& b);

// Of those the ones that change what is learned, not only in what portions: what the losses of the two measure is
// not the same thing.
std::vector<const Knob*> other_data_knobs(const Config& a, const Config& b);

}  // namespace switchyard
