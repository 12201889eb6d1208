#include "core/model/parameter.h"

namespace switchyard {

at::Tensor Initializer::normal(at::IntArrayRef shape, double std) const {
  // Drawn on the CPU so that a seed gives the same model on every device.
  return at::empty(shape, at::kFloat).normal_(0.0, std, generator).to(device).requires_grad_();
}

at::Tensor Initializer::constant(at::IntArrayRef shape, double value) const {
  return at::full(shape, value, at::TensorOptions(at::kFloat).device(device)).requires_grad_();
}

}  // namespace switchyard
