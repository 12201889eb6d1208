#include "core/model/base/parameter.h"

#include <cmath>

namespace switchyard {

at::Tensor Initializer::normal(at::IntArrayRef shape, double std) const {
  // Drawn on the CPU so that a seed gives the same model on every device.
  at::Tensor drawn = at::empty(shape, at::kFloat);
  if (generator.defined()) drawn.normal_(0.0, std, generator);
  return drawn.to(device).requires_grad_();
}

at::Tensor Initializer::matrix(at::IntArrayRef shape, double gain) const {
  return normal(shape, gain / std::sqrt(static_cast<double>(shape.back())));
}

at::Tensor Initializer::sinusoids(std::int64_t length, std::int64_t width, double amplitude) const {
  at::Tensor waves = at::empty({length, width}, at::kFloat);
  float* out = waves.data_ptr<float>();
  for (std::int64_t t = 0; t < length; ++t)
    for (std::int64_t i = 0; i < width; ++i) {
      const double octave = static_cast<double>(i / 2 * 2) / static_cast<double>(width);
      const double angle = static_cast<double>(t) * std::pow(static_cast<double>(length), -octave);
      *out++ = static_cast<float>(amplitude * (i % 2 == 0 ? std::sin(angle) : std::cos(angle)));
    }
  return waves.to(device).requires_grad_();
}

at::Tensor Initializer::constant(at::IntArrayRef shape, double value) const {
  return at::full(shape, value, at::TensorOptions(at::kFloat).device(device)).requires_grad_();
}

}  // namespace switchyard
