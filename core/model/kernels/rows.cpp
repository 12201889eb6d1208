#include "core/model/kernels/rows.h"

#include "core/model/kernels/row_parts.h"

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
void relu(float* a, const float* h1, std::int64_t n) {
#pragma GCC ivdep
  for (std::int64_t i = 0; i < n; ++i) a[i] = h1[i] < 0 ? 0.0F : h1[i];
}

SWITCHYARD_EACH_VECTOR_UNIT
void gelu(float* a, const float* h1, std::int64_t n) {
#pragma GCC ivdep
  for (std::int64_t i = 0; i < n; ++i) a[i] = h1[i] * normal(h1[i]).cumulative;
}

SWITCHYARD_EACH_VECTOR_UNIT
void geglu(float* a, const float* h1, const float* h3, std::int64_t n) {
#pragma GCC ivdep
  for (std::int64_t i = 0; i < n; ++i) a[i] = h1[i] * normal(h1[i]).cumulative * h3[i];
}

namespace {

// step(place, column) for every element of a panel; whole panels have a width the compiler knows.
template <class Step>
[[gnu::always_inline]] inline void each(std::int64_t n, std::int64_t width, const Step& step) {
  constexpr std::int64_t whole = 32;
  if (width == whole) {
    for (std::int64_t i = 0; i < n; ++i)
#pragma GCC ivdep
      for (std::int64_t j = 0; j < whole; ++j) step(i * whole + j, j);
    return;
  }
  for (std::int64_t i = 0; i < n; ++i)
#pragma GCC ivdep
    for (std::int64_t j = 0; j < width; ++j) step(i * width + j, j);
}
#define SWITCHYARD_INLINE __attribute__((always_inline))

}  // namespace

SWITCHYARD_EACH_VECTOR_UNIT
void swiglu_backward(const PanelGradients& p, const float* h1, const float* h3, const float* weights) {
  each(p.rows, p.width, [&](std::int64_t i, std::int64_t j) SWITCHYARD_INLINE {
    const float s = sigmoid(h1[i]), silu = h1[i] * s, a = silu * h3[i], w = weights[j], g = w * p.grad[i];
    p.slopes[j] += p.grad[i] * a;
    p.weighted_a[i] = w * a;
    p.grad_h3[i] = g * silu;
    p.grad[i] = g * h3[i] * (s + silu * (1.0F - s));
  });
}

SWITCHYARD_EACH_VECTOR_UNIT
void relu_backward(const PanelGradients& p, const float* h1, const float* weights) {
  each(p.rows, p.width, [&](std::int64_t i, std::int64_t j) SWITCHYARD_INLINE {
    const float a = h1[i] < 0 ? 0.0F : h1[i], w = weights[j];
    p.slopes[j] += p.grad[i] * a;
    p.weighted_a[i] = w * a;
    p.grad[i] = h1[i] > 0 ? w * p.grad[i] : 0.0F;
  });
}

SWITCHYARD_EACH_VECTOR_UNIT
void gelu_backward(const PanelGradients& p, const float* h1, const float* weights) {
  each(p.rows, p.width, [&](std::int64_t i, std::int64_t j) SWITCHYARD_INLINE {
    const Normal phi = normal(h1[i]);
    const float a = h1[i] * phi.cumulative, w = weights[j];
    p.slopes[j] += p.grad[i] * a;
    p.weighted_a[i] = w * a;
    p.grad[i] *= w * (phi.cumulative + h1[i] * phi.density);
  });
}

SWITCHYARD_EACH_VECTOR_UNIT
void geglu_backward(const PanelGradients& p, const float* h1, const float* h3, const float* weights) {
  each(p.rows, p.width, [&](std::int64_t i, std::int64_t j) SWITCHYARD_INLINE {
    const Normal phi = normal(h1[i]);
    const float gelu = h1[i] * phi.cumulative, a = gelu * h3[i], w = weights[j], g = w * p.grad[i];
    p.slopes[j] += p.grad[i] * a;
    p.weighted_a[i] = w * a;
    p.grad_h3[i] = g * gelu;
    p.grad[i] = g * h3[i] * (phi.cumulative + h1[i] * phi.density);
  });
}

SWITCHYARD_EACH_VECTOR_UNIT
void add_row_dots(float* sums, const float* panel, const float* weights, std::int64_t n, std::int64_t width) {
  for (std::int64_t i = 0; i < n; ++i) {
    float sum = 0;
    for (std::int64_t j = 0; j < width; ++j) sum += panel[i * width + j] * weights[j];
    sums[i] += sum;
  }
}

SWITCHYARD_EACH_VECTOR_UNIT
void add_weighted_rows(float* sums, const float* panel, const float* weights, std::int64_t n, std::int64_t width) {
  constexpr std::int64_t whole = 32;
  if (width < whole) {
    for (std::int64_t i = 0; i < n; ++i) add_scaled(sums, panel + i * width, weights[i], width);
    return;
  }
  float here[whole] = {};  // in registers
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < whole; ++j) here[j] += panel[i * whole + j] * weights[i];
  for (std::int64_t j = 0; j < whole; ++j) sums[j] += here[j];
}

SWITCHYARD_EACH_VECTOR_UNIT
void drop(float* row, const DropMask& mask, std::int64_t first, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) row[i] = stays(mask, first + i) ? row[i] * mask.scale : 0.0F;
}

SWITCHYARD_EACH_VECTOR_UNIT
void drop(float* panel, const DropMask* masks, std::int64_t first, std::int64_t n, std::int64_t width) {
  each(n, width, [&](std::int64_t i, std::int64_t j) SWITCHYARD_INLINE {
    panel[i] = stays(masks[j], first + i / width) ? panel[i] * masks[j].scale : 0.0F;
  });
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
