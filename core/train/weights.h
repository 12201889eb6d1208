// A model's weights as named blocks of numbers, Hugging Face style: stacked experts leave one by one,
// fused projections in their parts. Thread safety: as the model.
#pragma once

#include <vector>

#include "core/base/records.h"
#include "core/base/result.h"
#include "core/model/transformer.h"

namespace switchyard {

std::vector<NamedTensor> export_weights(Transformer& model);

// All or nothing. usage: a name is missing, unknown or has another shape.
Result<void> import_weights(Transformer& model, const std::vector<NamedTensor>& weights);

}  // namespace switchyard
