// A model's weights as named blocks of numbers, Hugging Face style: stacked experts leave one by one,
// fused projections in their parts. Thread safety: as the model.
#pragma once

#include <vector>

#include "core/base/records.h"
#include "core/base/result.h"
#include "core/model/model.h"

namespace switchyard {

std::vector<NamedTensor> export_weights(Model& model);

// All or nothing. A missing selection bias or table of counts is one of zeros, which are not written. usage: a
// name is missing, unknown or has another shape.
Result<void> import_weights(Model& model, const std::vector<NamedTensor>& weights);

}  // namespace switchyard
