// The passes of rows.h that read or write bf16.
#include "core/model/kernels/row_parts.h"
#include "core/model/kernels/rows.h"

namespace switchyard::rows {
namespace {

// e^x to 2e-5, which is well within bf16: x = n ln 2 + f ln 2, 2^f by its polynomial on |f| <= 1/2.
[[gnu::always_inline]] inline float rough_exp(float x) {
  x = -87.0F > x ? -87.0F : x;
  x = 87.0F < x ? 87.0F : x;
  const float scaled = x * 1.44269504F, n = std::rint(scaled), f = scaled - n;
  float p = 0.00961812911F;
  p = p * f + 0.0555041087F;
  p = p * f + 0.240226507F;
  p = p * f + 0.693147181F;
  p = p * f + 1.0F;
  return p * std::bit_cast<float>((nearest_to(n) + 127) << 23);
}

// An activation and its slope at x.
struct Curve {
  float value, slope;
};
struct Relu {
  [[gnu::always_inline]] static Curve at(float x) { return {x < 0 ? 0.0F : x, x > 0 ? 1.0F : 0.0F}; }
};
struct Silu {
  [[gnu::always_inline]] static Curve at(float x) {
    const float s = 1.0F / (1.0F + rough_exp(-x)), value = x * s;
    return {value, s + value * (1.0F - s)};
  }
};
struct Gelu {
  [[gnu::always_inline]] static Curve at(float x) {
    const Normal p = normal(x);
    return {x * p.cumulative, p.cumulative + x * p.density};
  }
};

template <class Activation>
[[gnu::always_inline]] inline void plain_forward(Bf16* __restrict a, Bf16* __restrict kept1, const float* __restrict h1,
                                                 const float* __restrict b1, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) {
    const float x = h1[i] + b1[i];
    kept1[i] = rounded(x);
    a[i] = rounded(Activation::at(x).value);
  }
}

template <class Activation>
[[gnu::always_inline]] inline void gated_forward(Bf16* __restrict a, Bf16* __restrict kept1, Bf16* __restrict kept3,
                                                 const float* __restrict h1, const float* __restrict h3,
                                                 const float* __restrict b1, const float* __restrict b3, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) {
    const float x = h1[i] + b1[i], y = h3[i] + b3[i];
    kept1[i] = rounded(x);
    kept3[i] = rounded(y);
    a[i] = rounded(Activation::at(x).value * y);
  }
}

template <class Activation>
[[gnu::always_inline]] inline float plain_backward(Bf16* __restrict grad_h1, Bf16* __restrict weighted_a,
                                                   float* __restrict sum1, const float* __restrict grad,
                                                   const Bf16* __restrict h1, float weight, std::int64_t n) {
  float sum = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    const Curve curve = Activation::at(widened(h1[i]));
    const float slope = weight * grad[i] * curve.slope;
    sum += grad[i] * curve.value;
    sum1[i] += slope;
    grad_h1[i] = rounded(slope);
    weighted_a[i] = rounded(weight * curve.value);
  }
  return sum;
}

template <class Activation>
[[gnu::always_inline]] inline float gated_backward(Bf16* __restrict grad_h1, Bf16* __restrict grad_h3,
                                                   Bf16* __restrict weighted_a, float* __restrict sum1,
                                                   float* __restrict sum3, const float* __restrict grad,
                                                   const Bf16* __restrict h1, const Bf16* __restrict h3, float weight,
                                                   std::int64_t n) {
  float sum = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    const float y = widened(h3[i]), g = weight * grad[i];
    const Curve curve = Activation::at(widened(h1[i]));
    const float slope1 = g * y * curve.slope, slope3 = g * curve.value, a = curve.value * y;
    sum += grad[i] * a;
    sum1[i] += slope1;
    sum3[i] += slope3;
    grad_h1[i] = rounded(slope1);
    grad_h3[i] = rounded(slope3);
    weighted_a[i] = rounded(weight * a);
  }
  return sum;
}

}  // namespace

SWITCHYARD_EACH_VECTOR_UNIT
void round(Bf16* __restrict to, const float* __restrict from, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) to[i] = rounded(from[i]);
}

SWITCHYARD_EACH_VECTOR_UNIT
void round(float* row, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) row[i] = widened(rounded(row[i]));
}

SWITCHYARD_EACH_VECTOR_UNIT
void round_into(float* __restrict to, const float* __restrict from, std::int64_t n) {
  constexpr std::int64_t some = 64, line = 16, ahead = 512;
  std::int64_t i = 0;
  for (; i + some <= n; i += some) {
    for (std::int64_t l = 0; l < some; l += line) __builtin_prefetch(from + i + l + ahead);
    for (std::int64_t l = 0; l < some; ++l) to[i + l] = widened(rounded(from[i + l]));
  }
  for (; i < n; ++i) to[i] = widened(rounded(from[i]));
}

SWITCHYARD_EACH_VECTOR_UNIT
void widen(float* __restrict to, const Bf16* __restrict from, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) to[i] = widened(from[i]);
}

SWITCHYARD_EACH_VECTOR_UNIT
void softmax(Bf16* __restrict to, float* __restrict row, float scale, std::int64_t n, std::int64_t room) {
  const float top = largest(row, n);
  float sum = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    row[i] = rough_exp((row[i] - top) * scale);
    sum += row[i];
  }
  const float inverse = 1.0F / sum;
  for (std::int64_t i = 0; i < n; ++i) to[i] = rounded(row[i] * inverse);
  for (std::int64_t i = n; i < room; ++i) to[i] = 0;
}

SWITCHYARD_EACH_VECTOR_UNIT
void softmax_backward(Bf16* __restrict to, const float* __restrict grad, const Bf16* __restrict probs, float scale,
                      std::int64_t n) {
  float sum = 0;
  for (std::int64_t i = 0; i < n; ++i) sum += grad[i] * widened(probs[i]);
  for (std::int64_t i = 0; i < n; ++i) to[i] = rounded(widened(probs[i]) * (grad[i] - sum) * scale);
}

SWITCHYARD_EACH_VECTOR_UNIT
void swiglu(Bf16* a, Bf16* kept1, Bf16* kept3, const float* h1, const float* h3, const float* b1, const float* b3,
            std::int64_t n) {
  gated_forward<Silu>(a, kept1, kept3, h1, h3, b1, b3, n);
}

SWITCHYARD_EACH_VECTOR_UNIT
float swiglu_backward(Bf16* grad_h1, Bf16* grad_h3, Bf16* weighted_a, float* sum1, float* sum3, const float* grad,
                      const Bf16* h1, const Bf16* h3, float weight, std::int64_t n) {
  return gated_backward<Silu>(grad_h1, grad_h3, weighted_a, sum1, sum3, grad, h1, h3, weight, n);
}

SWITCHYARD_EACH_VECTOR_UNIT
void geglu(Bf16* a, Bf16* kept1, Bf16* kept3, const float* h1, const float* h3, const float* b1, const float* b3,
           std::int64_t n) {
  gated_forward<Gelu>(a, kept1, kept3, h1, h3, b1, b3, n);
}

SWITCHYARD_EACH_VECTOR_UNIT
float geglu_backward(Bf16* grad_h1, Bf16* grad_h3, Bf16* weighted_a, float* sum1, float* sum3, const float* grad,
                     const Bf16* h1, const Bf16* h3, float weight, std::int64_t n) {
  return gated_backward<Gelu>(grad_h1, grad_h3, weighted_a, sum1, sum3, grad, h1, h3, weight, n);
}

SWITCHYARD_EACH_VECTOR_UNIT
void relu(Bf16* a, Bf16* kept1, const float* h1, const float* b1, std::int64_t n) {
  plain_forward<Relu>(a, kept1, h1, b1, n);
}

SWITCHYARD_EACH_VECTOR_UNIT
float relu_backward(Bf16* grad_h1, Bf16* weighted_a, float* sum1, const float* grad, const Bf16* h1, float weight,
                    std::int64_t n) {
  return plain_backward<Relu>(grad_h1, weighted_a, sum1, grad, h1, weight, n);
}

SWITCHYARD_EACH_VECTOR_UNIT
void gelu(Bf16* a, Bf16* kept1, const float* h1, const float* b1, std::int64_t n) {
  plain_forward<Gelu>(a, kept1, h1, b1, n);
}

SWITCHYARD_EACH_VECTOR_UNIT
float gelu_backward(Bf16* grad_h1, Bf16* weighted_a, float* sum1, const float* grad, const Bf16* h1, float weight,
                    std::int64_t n) {
  return plain_backward<Gelu>(grad_h1, weighted_a, sum1, grad, h1, weight, n);
}

SWITCHYARD_EACH_VECTOR_UNIT
void drop(Bf16* row, const DropMask& mask, std::int64_t first, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) row[i] = stays(mask, first + i) ? rounded(widened(row[i]) * mask.scale) : Bf16{0};
}

}  // namespace switchyard::rows
