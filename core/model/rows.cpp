#include "core/model/rows.h"

#include "core/model/row_parts.h"

namespace switchyard::rows {
namespace {

[[gnu::always_inline]] inline float sigmoid(float x) { return 1.0F / (1.0F + exp_of(-x)); }

}  // namespace

SWITCHYARD_EACH_VECTOR_UNIT
void scale(float* __restrict to, const float* __restrict from, float weight, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) to[i] = weight * from[i];
}

SWITCHYARD_EACH_VECTOR_UNIT
void add_scaled(float* __restrict to, const float* __restrict from, float weight, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) to[i] += weight * from[i];
}

SWITCHYARD_EACH_VECTOR_UNIT
float dot(const float* __restrict a, const float* __restrict b, std::int64_t n) {
  float sum = 0;
  for (std::int64_t i = 0; i < n; ++i) sum += a[i] * b[i];
  return sum;
}

SWITCHYARD_EACH_VECTOR_UNIT
void softmax(float* row, float scale, std::int64_t n) {
  const float top = largest(row, n);
  float sum = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    row[i] = exp_of((row[i] - top) * scale);
    sum += row[i];
  }
  const float inverse = 1.0F / sum;
  for (std::int64_t i = 0; i < n; ++i) row[i] *= inverse;
}

SWITCHYARD_EACH_VECTOR_UNIT
void softmax_backward(float* __restrict grad, const float* __restrict probs, float scale, std::int64_t n) {
  float sum = 0;
  for (std::int64_t i = 0; i < n; ++i) sum += grad[i] * probs[i];
  for (std::int64_t i = 0; i < n; ++i) grad[i] = probs[i] * (grad[i] - sum) * scale;
}

SWITCHYARD_EACH_VECTOR_UNIT
void swiglu(float* a, const float* h1, const float* h3, std::int64_t n) {
#pragma GCC ivdep
  for (std::int64_t i = 0; i < n; ++i) a[i] = h1[i] * sigmoid(h1[i]) * h3[i];
}

SWITCHYARD_EACH_VECTOR_UNIT
float swiglu_backward(float* __restrict grad, float* __restrict grad_h3, float* __restrict weighted_a,
                      const float* __restrict h1, const float* __restrict h3, float weight, std::int64_t n) {
  float sum = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    const float s = sigmoid(h1[i]), silu = h1[i] * s, a = silu * h3[i], g = weight * grad[i];
    sum += grad[i] * a;
    weighted_a[i] = weight * a;
    grad_h3[i] = g * silu;
    grad[i] = g * h3[i] * (s + silu * (1.0F - s));
  }
  return sum;
}

SWITCHYARD_EACH_VECTOR_UNIT
void relu(float* a, const float* h1, std::int64_t n) {
#pragma GCC ivdep
  for (std::int64_t i = 0; i < n; ++i) a[i] = h1[i] < 0 ? 0.0F : h1[i];
}

SWITCHYARD_EACH_VECTOR_UNIT
float relu_backward(float* __restrict grad, float* __restrict weighted_a, const float* __restrict h1, float weight,
                    std::int64_t n) {
  float sum = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    const float a = h1[i] < 0 ? 0.0F : h1[i];
    sum += grad[i] * a;
    weighted_a[i] = weight * a;
    grad[i] = h1[i] > 0 ? weight * grad[i] : 0.0F;
  }
  return sum;
}

SWITCHYARD_EACH_VECTOR_UNIT
void gelu(float* a, const float* h1, std::int64_t n) {
#pragma GCC ivdep
  for (std::int64_t i = 0; i < n; ++i) a[i] = h1[i] * normal(h1[i]).cumulative;
}

SWITCHYARD_EACH_VECTOR_UNIT
float gelu_backward(float* __restrict grad, float* __restrict weighted_a, const float* __restrict h1, float weight,
                    std::int64_t n) {
  float sum = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    const Normal p = normal(h1[i]);
    const float a = h1[i] * p.cumulative;
    sum += grad[i] * a;
    weighted_a[i] = weight * a;
    grad[i] *= weight * (p.cumulative + h1[i] * p.density);
  }
  return sum;
}

SWITCHYARD_EACH_VECTOR_UNIT
void geglu(float* a, const float* h1, const float* h3, std::int64_t n) {
#pragma GCC ivdep
  for (std::int64_t i = 0; i < n; ++i) a[i] = h1[i] * normal(h1[i]).cumulative * h3[i];
}

SWITCHYARD_EACH_VECTOR_UNIT
float geglu_backward(float* __restrict grad, float* __restrict grad_h3, float* __restrict weighted_a,
                     const float* __restrict h1, const float* __restrict h3, float weight, std::int64_t n) {
  float sum = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    const Normal p = normal(h1[i]);
    const float gelu = h1[i] * p.cumulative, a = gelu * h3[i], g = weight * grad[i];
    sum += grad[i] * a;
    weighted_a[i] = weight * a;
    grad_h3[i] = g * gelu;
    grad[i] = g * h3[i] * (p.cumulative + h1[i] * p.density);
  }
  return sum;
}

DropMask::DropMask(double chance, std::uint64_t seed, std::int64_t row)
    : key(mixed(static_cast<std::uint32_t>(seed) ^ mixed(static_cast<std::uint32_t>(seed >> 32) + static_cast<std::uint32_t>(row)))),
      threshold(static_cast<std::uint32_t>(chance * 4294967296.0)),
      scale(static_cast<float>(1 / (1 - chance))) {}

SWITCHYARD_EACH_VECTOR_UNIT
void drop(float* row, const DropMask& mask, std::int64_t first, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) row[i] = stays(mask, first + i) ? row[i] * mask.scale : 0.0F;
}

SWITCHYARD_EACH_VECTOR_UNIT
void adamw(float* __restrict w, float* __restrict m, float* __restrict v, const float* __restrict grad,
           const AdamStep& step, std::int64_t n) {
  const AdamStep s = step;
  for (std::int64_t i = 0; i < n; ++i) {
    const float slope = grad[i] * s.grad_scale;
    m[i] = s.beta1 * m[i] + (1.0F - s.beta1) * slope;
    v[i] = s.beta2 * v[i] + (1.0F - s.beta2) * slope * slope;
    w[i] = s.keep * w[i] - s.rate * m[i] / (std::sqrt(v[i] * s.inverse_second) + 1e-8F);
  }
}

}  // namespace switchyard::rows
