// A model's weights as named blocks of numbers, Hugging Face style: stacked experts leave one by one,
// fused projections in their parts. Thread safety: as the model.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/base/records.h"
#include "core/base/result.h"
#include "core/model/base/model.h"
#include "core/model/ranks/rank_group.h"

namespace switchyard {

// part(name, view) for each block that `tensor`, of the parameter's shape, leaves as, in order; views share its
// memory.
void each_part(const Parameter& parameter, const at::Tensor& tensor,
               const std::function<void(const std::string& name, const at::Tensor& view)>& part);

// Of a tensor that ranks share out in parts: the numbers of its experts are those of the whole, and `part` is
// called for experts that are elsewhere too, with an undefined view.
void each_part_of_all(const Parameter& parameter, const at::Tensor& tensor,
                      const std::function<void(const std::string& name, const at::Tensor& view)>& part);

// Without selection biases and counts that are all zero. `experts`: the ranks that share them out (collective), of
// which the first alone gets something.
std::vector<NamedTensor> export_weights(Model& model, RankGroup* experts = nullptr);

// All or nothing. A missing selection bias or table of counts is one of zeros, which are not written. usage: a
// name is missing, unknown or has another shape.
Result<void> import_weights(Model& model, const std::vector<NamedTensor>& weights);

}  // namespace switchyard
