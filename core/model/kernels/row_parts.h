// What passes over rows are made of (rows.cpp, rows_bf16.cpp, draws.cpp alone): functions of one number, small
// enough to vanish into loops that vectorise, and the mark that has a pass compiled for each vector unit.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

#include "core/model/kernels/row_types.h"

// The sanitizers come up later than the choice among clones is made.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define SWITCHYARD_EACH_VECTOR_UNIT __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define SWITCHYARD_EACH_VECTOR_UNIT
#endif

namespace switchyard::rows {

// The nearest integer of |x| < 2^22, out of the last bits of a sum too large for any behind the point; of NaN,
// which has none, some integer. Not a cast behind a guard: where only NaN fails the guard g++ 14 loses it.
[[gnu::always_inline]] inline std::int32_t nearest_to(float x) {
  constexpr float far = 12582912;  // 1.5 * 2^23
  return std::bit_cast<std::int32_t>(x + far) - std::bit_cast<std::int32_t>(far);
}

// What stands in it is worked out as it stands, though sums may be reordered elsewhere.
#if defined(__has_builtin)
#if __has_builtin(__builtin_assoc_barrier)
#define SWITCHYARD_AS_IT_STANDS(sum) __builtin_assoc_barrier(sum)
#endif
#endif
#ifndef SWITCHYARD_AS_IT_STANDS
#define SWITCHYARD_AS_IT_STANDS(sum) (sum)
#endif

// exp to two units in the last place, without a branch so that loops over it vectorise: x = n ln 2 + r,
// 2^n put together from bits, e^r by its Taylor polynomial on |r| <= ln 2 / 2.
[[gnu::always_inline]] inline float exp_of(float x) {
  x = x < -87.0F ? -87.0F : x;
  x = x > 88.0F ? 88.0F : x;
  const std::int32_t n = nearest_to(x * 1.44269504F);
  const auto whole = static_cast<float>(n);
  // ln 2 in two parts: of the first the product is exact.
  const float r = SWITCHYARD_AS_IT_STANDS(x - whole * 0.693145752F) - whole * 1.42860677e-6F;
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

// Each input bit changes every output bit about half the time; for masks, not for secrets.
[[gnu::always_inline]] inline std::uint32_t mixed(std::uint32_t x) {
  x ^= x >> 16;
  x *= 0x7FEB352DU;
  x ^= x >> 15;
  x *= 0x846CA68BU;
  return x ^ (x >> 16);
}

[[gnu::always_inline]] inline bool stays(const DropMask& mask, std::int64_t column) {
  return mixed(mask.key ^ (static_cast<std::uint32_t>(column) * 0x9E3779B9U)) + mask.turn >= mask.threshold;
}

}  // namespace switchyard::rows
