#include "core/train/weights.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstring>
#include <map>

#include "core/train/ranks/whole.h"

namespace switchyard {
namespace {

std::string with_part(const std::string& name, std::string_view part) {
  std::string filled = name;
  if (const auto at = filled.find("{}"); at != std::string::npos) filled.replace(at, 2, part);
  return filled;
}

}  // namespace

void each_part(const Parameter& parameter, const at::Tensor& tensor,
               const std::function<void(const std::string& name, const at::Tensor& view)>& part) {
  switch (parameter.exported) {
    case Parameter::Export::whole:
      part(parameter.name, tensor);
      break;
    case Parameter::Export::parts: {
      const auto chunks = tensor.chunk(static_cast<std::int64_t>(parameter.parts.size()), 0);
      for (std::size_t i = 0; i < chunks.size(); ++i)
        part(with_part(parameter.name, parameter.parts[i]), chunks[i]);
      break;
    }
    case Parameter::Export::experts:
      for (std::int64_t e = 0; e < tensor.size(0); ++e)
        part(with_part(parameter.name, std::to_string(e)), tensor[e]);
      break;
  }
}

void each_part_of_all(const Parameter& parameter, const at::Tensor& tensor,
                      const std::function<void(const std::string& name, const at::Tensor& view)>& part) {
  if (!parameter.in_parts()) return each_part(parameter, tensor, part);
  for (std::int64_t e = 0; e < parameter.all_experts; ++e) {
    const std::int64_t own = e - parameter.first_expert;
    part(with_part(parameter.name, std::to_string(e)),
         own >= 0 && own < tensor.size(0) ? tensor[own] : at::Tensor());
  }
}

std::vector<NamedTensor> export_weights(Model& model, RankGroup* experts) {
  std::vector<NamedTensor> weights;
  model.visit([&](Parameter& parameter) {
    if (!parameter.trained && parameter.value.count_nonzero().item<std::int64_t>() == 0) return;
    const at::Tensor value = whole_at_first(parameter, parameter.value.detach(), experts);
    if (!value.defined()) return;
    each_part(parameter, value, [&](const std::string& name, const at::Tensor& view) {
      const at::Tensor plain = view.to(at::kCPU, at::kFloat).contiguous();
      const float* values = plain.data_ptr<float>();
      weights.push_back({name, view.sizes().vec(), {values, values + plain.numel()}});
    });
  });
  return weights;
}

Result<void> import_weights(Model& model, const std::vector<NamedTensor>& weights) {
  std::map<std::string, const NamedTensor*> by_name;
  for (const NamedTensor& tensor : weights) by_name[tensor.name] = &tensor;
  std::vector<std::pair<at::Tensor, const NamedTensor*>> copies;  // null: zeros
  std::string problem;
  model.visit([&](Parameter& parameter) {
    each_part_of_all(parameter, parameter.value.detach(), [&](const std::string& name, const at::Tensor& view) {
      const auto found = by_name.find(name);
      if (found == by_name.end()) {
        if (!parameter.trained) copies.emplace_back(view, nullptr);
        else if (problem.empty()) problem = fmt::format("weights: tensor '{}' is missing", name);
        return;
      }
      if (!view.defined()) {
        by_name.erase(found);
        return;
      }
      if (problem.empty() && (found->second->shape != view.sizes().vec() ||
                              found->second->values.size() != static_cast<std::size_t>(view.numel())))
        problem = fmt::format("weights: tensor '{}' has shape [{}], this model needs [{}]", name,
                              fmt::join(found->second->shape, ", "), fmt::join(view.sizes().vec(), ", "));
      copies.emplace_back(view, found->second);
      by_name.erase(found);
    });
  });
  if (problem.empty() && !by_name.empty())
    problem = fmt::format("weights: tensor '{}' does not belong to this model", by_name.begin()->first);
  if (!problem.empty()) return usage_error(problem);
  for (auto& [view, tensor] : copies) {
    if (tensor) view.copy_(torch::tensor(tensor->values).view(view.sizes()));
    else view.zero_();
  }
  return {};
}

}  // namespace switchyard
