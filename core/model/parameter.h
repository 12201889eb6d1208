// A trainable tensor with what the optimizer, expert surgery and export need to know of it.
// Thread safety: as the model that holds it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/model/torch.h"

namespace switchyard {

struct Parameter {
  // How dimension 0 is written out: whole, as equal named parts (fused projections), or one tensor an
  // expert, "{}" in the name standing for its number.
  enum class Export { whole, parts, experts };

  std::string name;      // Hugging Face style
  at::Tensor value;      // leaf, fp32, contiguous, requires grad
  bool per_expert = false;  // dimension 0 counts experts
  Export exported = Export::whole;
  std::vector<std::string> parts;  // exported == parts: what replaces "{}" for each

  // AdamW decays matrices only: not biases, norms. A stack of biases is two-dimensional and still none.
  bool decays = false;
};

using ParameterVisitor = std::function<void(Parameter&)>;

// Draws for initialization, in a fixed order from one generator, so that a seed means one model.
struct Initializer {
  at::Generator generator;
  at::Device device = at::kCPU;

  at::Tensor normal(at::IntArrayRef shape, double std) const;
  at::Tensor constant(at::IntArrayRef shape, double value) const;
};

}  // namespace switchyard
