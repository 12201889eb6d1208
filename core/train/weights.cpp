#include "core/train/weights.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstring>
#include <map>

namespace switchyard {
namespace {

std::string with_part(const std::string& name, std::string_view part) {
  std::string filled = name;
  if (const auto at = filled.find("{}"); at != std::string::npos) filled.replace(at, 2, part);
  return filled;
}

struct Part {
  std::string name;
  at::Tensor view;  // shares the parameter's memory
};

std::vector<Part> parts_of(const Parameter& parameter) {
  const at::Tensor value = parameter.value.detach();
  std::vector<Part> parts;
  switch (parameter.exported) {
    case Parameter::Export::whole: parts.push_back({parameter.name, value}); break;
    case Parameter::Export::parts: {
      const auto chunks = value.chunk(static_cast<std::int64_t>(parameter.parts.size()), 0);
      for (std::size_t i = 0; i < chunks.size(); ++i)
        parts.push_back({with_part(parameter.name, parameter.parts[i]), chunks[i]});
      break;
    }
    case Parameter::Export::experts:
      for (std::int64_t e = 0; e < value.size(0); ++e)
        parts.push_back({with_part(parameter.name, std::to_string(e)), value[e]});
      break;
  }
  return parts;
}

}  // namespace

std::vector<NamedTensor> export_weights(Model& model) {
  std::vector<NamedTensor> weights;
  model.visit([&](Parameter& parameter) {
    if (!parameter.trained && parameter.value.count_nonzero().item<std::int64_t>() == 0) return;
    for (const Part& part : parts_of(parameter)) {
      const at::Tensor plain = part.view.to(at::kCPU, at::kFloat).contiguous();
      const float* values = plain.data_ptr<float>();
      weights.push_back({part.name, part.view.sizes().vec(), {values, values + plain.numel()}});
    }
  });
  return weights;
}

Result<void> import_weights(Model& model, const std::vector<NamedTensor>& weights) {
  std::map<std::string, const NamedTensor*> by_name;
  for (const NamedTensor& tensor : weights) by_name[tensor.name] = &tensor;
  std::vector<std::pair<at::Tensor, const NamedTensor*>> copies;  // null: zeros
  std::string problem;
  model.visit([&](Parameter& parameter) {
    for (const Part& part : parts_of(parameter)) {
      const auto found = by_name.find(part.name);
      if (found == by_name.end()) {
        if (!parameter.trained) {
          copies.emplace_back(part.view, nullptr);
          continue;
        }
        if (problem.empty()) problem = fmt::format("weights: tensor '{}' is missing", part.name);
        continue;
      }
      if (problem.empty() && (found->second->shape != part.view.sizes().vec() ||
                              found->second->values.size() != static_cast<std::size_t>(part.view.numel())))
        problem = fmt::format("weights: tensor '{}' has shape [{}], this model needs [{}]", part.name,
                              fmt::join(found->second->shape, ", "), fmt::join(part.view.sizes().vec(), ", "));
      copies.emplace_back(part.view, found->second);
      by_name.erase(found);
    }
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
