#include "core/model/rows.h"

#include <bit>
#include <cmath>

// The sanitizers come up later than the choice among clones is made.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define SWITCHYARD_EACH_VECTOR_UNIT __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define SWITCHYARD_EACH_VECTOR_UNIT
#endif

namespace switchyard::rows {
namespace {

// exp to two units in the last place, without a branch so that loops over it vectorise: x = n ln 2 + r,
// 2^n put together from bits, e^r by its Taylor polynomial on |r| <= ln 2 / 2.
[[gnu::always_inline]] inline float exp_of(float x) {
  x = x < -87.0F ? -87.0F : x;
  x = x > 88.0F ? 88.0F : x;
  const float scaled = x * 1.44269504F;
  const auto n = static_cast<std::int32_t>(scaled + (scaled < 0 ? -0.5F : 0.5F));
  const auto whole = static_cast<float>(n);
  const float r = (x - whole * 0.693145752F) - whole * 1.42860677e-6F;
  float p = 1.0F / 5040;
  p = p * r + 1.0F / 720;
  p = p * r + 1.0F / 120;
  p = p * r + 1.0F / 24;
  p = p * r + 1.0F / 6;
  p = p * r + 0.5F;
  p = p * r + 1.0F;
  p = p * r + 1.0F;
  return p * std::bit_cast<float>((n + 127) << 23);
}

[[gnu::always_inline]] inline float sigmoid(float x) { return 1.0F / (1.0F + exp_of(-x)); }

// In lanes, since a maximum that must heed NaN is not reordered by the compiler. One NaN or more: any element.
[[gnu::always_inline]] inline float largest(const float* row, std::int64_t n) {
  constexpr std::int64_t lanes = 16;
  float tops[lanes];
  for (std::int64_t l = 0; l < lanes; ++l) tops[l] = row[0];
  std::int64_t i = 0;
  for (; i + lanes <= n; i += lanes)
    for (std::int64_t l = 0; l < lanes; ++l) tops[l] = row[i + l] > tops[l] ? row[i + l] : tops[l];
  for (; i < n; ++i) tops[0] = row[i] > tops[0] ? row[i] : tops[0];
  for (std::int64_t l = 1; l < lanes; ++l) tops[0] = tops[l] > tops[0] ? tops[l] : tops[0];
  return tops[0];
}

// Phi and the density of the standard normal. Phi: Abramowitz and Stegun 7.1.26, error below 1e-7.
struct Normal {
  float cumulative, density;
};
[[gnu::always_inline]] inline Normal normal(float x) {
  const float z = std::fabs(x) * 0.707106781F;
  const float t = 1.0F / (1.0F + 0.3275911F * z);
  const float e = exp_of(-z * z);
  const float tail =
      0.5F * e * t * (0.254829592F + t * (-0.284496736F + t * (1.421413741F + t * (-1.453152027F + t * 1.061405429F))));
  return {x < 0 ? tail : 1.0F - tail, 0.398942280F * e};
}

[[gnu::always_inline]] inline Bf16 rounded(float x) {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  const std::uint32_t nearest = (bits + 0x7FFFU + ((bits >> 16) & 1U)) >> 16;
  // Rounding could carry a NaN's last bits into infinity.
  return static_cast<Bf16>(x != x ? (bits >> 16) | 0x40U : nearest);
}
[[gnu::always_inline]] inline float widened(Bf16 x) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(x) << 16);
}

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
  return p * std::bit_cast<float>((static_cast<std::int32_t>(n) + 127) << 23);
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

SWITCHYARD_EACH_VECTOR_UNIT
void round(Bf16* __restrict to, const float* __restrict from, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) to[i] = rounded(from[i]);
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

namespace {

// Each input bit changes every output bit about half the time; for masks, not for secrets.
[[gnu::always_inline]] inline std::uint32_t mixed(std::uint32_t x) {
  x ^= x >> 16;
  x *= 0x7FEB352DU;
  x ^= x >> 15;
  x *= 0x846CA68BU;
  return x ^ (x >> 16);
}

[[gnu::always_inline]] inline bool stays(const DropMask& mask, std::int64_t column) {
  return mixed(mask.key ^ (static_cast<std::uint32_t>(column) * 0x9E3779B9U)) >= mask.threshold;
}

}  // namespace

DropMask::DropMask(double chance, std::uint64_t seed, std::int64_t row)
    : key(mixed(static_cast<std::uint32_t>(seed) ^ mixed(static_cast<std::uint32_t>(seed >> 32) + static_cast<std::uint32_t>(row)))),
      threshold(static_cast<std::uint32_t>(chance * 4294967296.0)),
      scale(static_cast<float>(1 / (1 - chance))) {}

SWITCHYARD_EACH_VECTOR_UNIT
void drop(float* row, const DropMask& mask, std::int64_t first, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) row[i] = stays(mask, first + i) ? row[i] * mask.scale : 0.0F;
}

SWITCHYARD_EACH_VECTOR_UNIT
void drop(Bf16* row, const DropMask& mask, std::int64_t first, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) row[i] = stays(mask, first + i) ? rounded(widened(row[i]) * mask.scale) : Bf16{0};
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
