// A trainable tensor with what the optimizer, expert surgery and export need to know of it.
// Thread safety: as the model that holds it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/model/base/torch.h"

namespace switchyard {

struct Parameter {
  // How dimension 0 is written out: whole, as equal named parts (fused projections), or one tensor an
  // expert, "{}" in the name standing for its number.
  enum class Export { whole, parts, experts };

  // What it belongs to, for figures by layer: the router of an MoE block, its experts, or anything else.
  enum class Part { other, router, experts };

  std::string name;      // Hugging Face style
  at::Tensor value;      // leaf, fp32, contiguous, requires grad
  bool per_expert = false;  // dimension 0 counts experts
  Export exported = Export::whole;
  std::vector<std::string> parts;  // exported == parts: what replaces "{}" for each

  // AdamW decays matrices only: not biases, norms. A stack of biases is two-dimensional and still none.
  bool decays = false;
  Part part = Part::other;
  std::int64_t block = -1;  // of part router or experts; -1: of a router that layers share

  // Of a stack of experts that ranks share out: dimension 0 holds those from first_expert on, of all_experts. 0:
  // whole.
  std::int64_t first_expert = 0, all_experts = 0;
  bool in_parts() const { return all_experts > 0; }

  // Not learned by gradient, and no part of the model while all zero: written only if it is not, read as zero
  // if missing.
  bool trained = true;
};

using ParameterVisitor = std::function<void(Parameter&)>;

// Draws for initialization, in a fixed order from one generator, so that a seed means one model.
struct Initializer {
  at::Generator generator;  // undefined: what would be drawn is left as memory is, for weights that will be loaded
  at::Device device = at::kCPU;
  // Scales the matrices that write to the residual stream, 1 / sqrt(how many there are) (GPT-2).
  double residual_gain = 1;
  // Stacks of experts are drawn whole and kept in part, where ranks share them out: see ExpertRange.
  std::int64_t expert_rank = 0, expert_ranks = 1;

  at::Tensor normal(at::IntArrayRef shape, double std) const;
  // [..., out, in]: normal(0, gain / sqrt(in)), so that a product keeps the size of what it is fed.
  at::Tensor matrix(at::IntArrayRef shape, double gain = 1) const;
  // [length, width]: sines and cosines of Vaswani et al. 2017, wavelengths from 2 pi to 2 pi length.
  at::Tensor sinusoids(std::int64_t length, std::int64_t width, double amplitude) const;
  at::Tensor constant(at::IntArrayRef shape, double value) const;
};

}  // namespace switchyard
