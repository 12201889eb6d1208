// A pass as the layers of a Trial. Thread safety: pure function.
#pragma once

#include <vector>

#include "core/model/layers/transformer.h"
#include "core/train/interface/trial.h"

namespace switchyard {

std::vector<TrialLayer> trial_layers(const ForwardPass& pass);

}  // namespace switchyard
