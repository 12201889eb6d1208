// AVX512-BF16: a lane multiplies a pair of bf16 by another and adds both products to its sum. Operands are laid out in the same
// vectors, for AMX too.
#include "core/model/kernels/bf16_units.h"

#if SWITCHYARD_BF16_X86
#include <immintrin.h>

#include <algorithm>
#include <cstring>

#define SWITCHYARD_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")))

namespace switchyard::avx512_bf16 {
namespace {

// --- laying out

__mmask32 first(std::int64_t n) { return n >= 32 ? ~__mmask32{0} : (__mmask32{1} << std::max<std::int64_t>(n, 0)) - 1; }

// 32 elements of a row, zeros past the n-th.
SWITCHYARD_AVX512 inline __m512i load(const Bf16* from, std::int64_t n) {
  return _mm512_maskz_loadu_epi16(first(n), from);
}
SWITCHYARD_AVX512 inline __m512i load(const float* from, std::int64_t n) {
  const __mmask32 mask = first(n);
  const __m512 low = _mm512_maskz_loadu_ps(static_cast<__mmask16>(mask), from);
  const __m512 high = _mm512_maskz_loadu_ps(static_cast<__mmask16>(mask >> 16), from + 16);
  return reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(high, low));
}

// 16 rows of 16 pairs to their transpose: whole halves last, so that every step stays within its vectors.
SWITCHYARD_AVX512 inline void transpose_pairs(__m512i (&v)[16]) {
  __m512i t[16];
  for (int i = 0; i < 16; i += 2) {
    t[i] = _mm512_unpacklo_epi32(v[i], v[i + 1]);
    t[i + 1] = _mm512_unpackhi_epi32(v[i], v[i + 1]);
  }
  for (int i = 0; i < 16; i += 4) {
    v[i] = _mm512_unpacklo_epi64(t[i], t[i + 2]);
    v[i + 1] = _mm512_unpackhi_epi64(t[i], t[i + 2]);
    v[i + 2] = _mm512_unpacklo_epi64(t[i + 1], t[i + 3]);
    v[i + 3] = _mm512_unpackhi_epi64(t[i + 1], t[i + 3]);
  }
  for (int i = 0; i < 4; ++i) {
    t[i] = _mm512_shuffle_i32x4(v[i], v[i + 4], 0x88);
    t[i + 4] = _mm512_shuffle_i32x4(v[i], v[i + 4], 0xDD);
    t[i + 8] = _mm512_shuffle_i32x4(v[i + 8], v[i + 12], 0x88);
    t[i + 12] = _mm512_shuffle_i32x4(v[i + 8], v[i + 12], 0xDD);
  }
  for (int i = 0; i < 8; ++i) {
    v[i] = _mm512_shuffle_i32x4(t[i], t[i + 8], 0x88);
    v[i + 8] = _mm512_shuffle_i32x4(t[i], t[i + 8], 0xDD);
  }
}

// Rows 2 p and 2 p + 1 side by side in pairs, for 16 columns: element (k, c) of the source for 32 k.
template <class T>
SWITCHYARD_AVX512 inline void load_pairs(__m512i (&v)[16], const T* from, std::int64_t stride, std::int64_t rows,
                                         std::int64_t columns) {
  const __m512i interleave = _mm512_set_epi16(47, 15, 46, 14, 45, 13, 44, 12, 43, 11, 42, 10, 41, 9, 40, 8, 39, 7, 38, 6, 37,
                                              5, 36, 4, 35, 3, 34, 2, 33, 1, 32, 0);
  const std::int64_t wide = std::min<std::int64_t>(columns, 16);
  for (int p = 0; p < 16; ++p) {
    const __m512i even = load(from + 2 * p * stride, 2 * p < rows ? wide : 0);
    const __m512i odd = load(from + (2 * p + 1) * stride, 2 * p + 1 < rows ? wide : 0);
    v[p] = _mm512_permutex2var_epi16(even, interleave, odd);
  }
}

template <class T>
SWITCHYARD_AVX512 inline void load_rows(__m512i (&v)[16], const T* from, std::int64_t stride, std::int64_t rows,
                                        std::int64_t columns) {
  for (int r = 0; r < 16; ++r) v[r] = load(from + r * stride, r < rows ? columns : 0);
}

template <class T>
SWITCHYARD_AVX512 void pack_rows(const Bf16Rows& to, const MatrixOf<T>& from) {
  if (!from.flipped) {
    for (std::int64_t r = 0; r < from.rows; ++r)
      for (std::int64_t k = 0; k < from.columns; k += kBf16Inner)
        _mm512_storeu_si512(to.row(r) + k, load(from.row(r) + k, from.columns - k));
    return;
  }
  __m512i v[16];
  for (std::int64_t k = 0; k < from.columns; k += kBf16Inner)
    for (std::int64_t r = 0; r < from.rows; r += 16) {
      load_pairs(v, from.data + k * from.stride + r, from.stride, from.columns - k, from.rows - r);
      transpose_pairs(v);
      for (int i = 0; i < 16; ++i) _mm512_storeu_si512(to.row(r + i) + k, v[i]);
    }
}

// Weights come from memory, 32 rows a block: more streams than the processor follows by itself.
template <class T>
SWITCHYARD_AVX512 inline void fetch(const T* from, std::int64_t stride, std::int64_t rows, std::int64_t columns) {
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t c = 0; c < columns; c += 64 / static_cast<std::int64_t>(sizeof(T)))
      _mm_prefetch(reinterpret_cast<const char*>(from + r * stride + c), _MM_HINT_T0);
}

template <class T>
SWITCHYARD_AVX512 void pack_panels(const Bf16Panels& to, const MatrixOf<T>& from) {
  __m512i v[16];
  if (from.flipped) {
    for (std::int64_t c = 0; c < from.columns; c += kBf16Panel) {
      const T* strip = from.data + c * from.stride;
      const std::int64_t high = std::min(kBf16Panel, from.columns - c);
      Bf16* panel = to.data + c / kBf16Panel * to.panel;
      for (std::int64_t k = 0; k < from.rows; k += kBf16Inner) {
        const std::int64_t ahead = k + 2 * kBf16Inner, past = ahead - round_up(from.rows, kBf16Inner);
        if (past < 0) fetch(strip + ahead, from.stride, high, kBf16Inner);
        else if (c + 2 * kBf16Panel <= from.columns) fetch(strip + kBf16Panel * from.stride + past, from.stride, high, kBf16Inner);
        load_rows(v, strip + k, from.stride, from.columns - c, from.rows - k);
        transpose_pairs(v);
        for (int p = 0; p < 16; ++p) _mm512_storeu_si512(panel + (k + 2 * p) * kBf16Panel, v[p]);
      }
    }
    return;
  }
  for (std::int64_t k = 0; k < from.rows; k += kBf16Inner) {
    const T* strip = from.data + k * from.stride;
    for (std::int64_t c = 0; c < from.columns; c += kBf16Panel) {
      const std::int64_t high = std::min(kBf16Inner, from.rows - k);
      const std::int64_t ahead = c + 2 * kBf16Panel, past = ahead - round_up(from.columns, kBf16Panel);
      if (past < 0) fetch(strip + ahead, from.stride, high, kBf16Panel);
      else if (k + 2 * kBf16Inner <= from.rows) fetch(strip + kBf16Inner * from.stride + past, from.stride, high, kBf16Panel);
      load_pairs(v, strip + c, from.stride, from.rows - k, from.columns - c);
      Bf16* to_block = to.data + c / kBf16Panel * to.panel + k * kBf16Panel;
      for (int p = 0; p < 16; ++p) _mm512_storeu_si512(to_block + 2 * p * kBf16Panel, v[p]);
    }
  }
}

// --- products

constexpr int kDotRows = 14;

// out (+)= a b for inner elements begin .. end - 1, kHigh rows at r and the 16 columns at n, or 32 with kTwo, summed in registers.
template <int kHigh, bool kTwo>
SWITCHYARD_AVX512 inline void dot_tile(const Matrix& out, const Bf16Rows& a, const Bf16Panels& b, std::int64_t r, std::int64_t n,
                                       std::int64_t begin, std::int64_t end, bool add) {
  const auto mask = [&](std::int64_t c) { return static_cast<__mmask16>(first(std::min<std::int64_t>(16, out.columns - c))); };
  const __mmask16 low_columns = mask(n), high_columns = kTwo ? mask(n + 16) : __mmask16{0};
  const Bf16 *left[(kHigh + 2) / 3], *b0 = b.data + n / kBf16Panel * b.panel + begin * kBf16Panel, *b1 = b0 + (kTwo ? b.panel : 0);
  __m512 low[kHigh], high[kHigh];
#pragma GCC unroll 16
  for (int i = 0; i < kHigh; ++i) low[i] = high[i] = _mm512_setzero_ps();
#pragma GCC unroll 16
  for (int g = 0; g < (kHigh + 2) / 3; ++g) left[g] = a.row(r + 3 * g);
  for (std::int64_t k = begin; k < end; k += 2, b0 += 2 * kBf16Panel, b1 += 2 * kBf16Panel) {
    const auto right0 = reinterpret_cast<__m512bh>(_mm512_loadu_si512(b0));
    const auto right1 = kTwo ? reinterpret_cast<__m512bh>(_mm512_loadu_si512(b1)) : right0;
#pragma GCC unroll 16
    for (int i = 0; i < kHigh; ++i) {
      int pair;
      std::memcpy(&pair, left[i / 3] + (i % 3) * a.stride + k, sizeof pair);
      const auto both = reinterpret_cast<__m512bh>(_mm512_set1_epi32(pair));
      low[i] = _mm512_dpbf16_ps(low[i], both, right0);
      if constexpr (kTwo) high[i] = _mm512_dpbf16_ps(high[i], both, right1);
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < kHigh; ++i) {
    float* to = out.row(r + i) + n;
    if (add) low[i] = _mm512_add_ps(low[i], _mm512_maskz_loadu_ps(low_columns, to));
    _mm512_mask_storeu_ps(to, low_columns, low[i]);
    if constexpr (kTwo) {
      if (add) high[i] = _mm512_add_ps(high[i], _mm512_maskz_loadu_ps(high_columns, to + 16));
      _mm512_mask_storeu_ps(to + 16, high_columns, high[i]);
    }
  }
}

template <bool kTwo>
SWITCHYARD_AVX512 void dot_tile_of(std::int64_t rows, const Matrix& out, const Bf16Rows& a, const Bf16Panels& b, std::int64_t r,
                                   std::int64_t n, std::int64_t begin, std::int64_t end, bool add) {
  switch (rows) {
#define SWITCHYARD_HIGH(high) \
  case high: return dot_tile<high, kTwo>(out, a, b, r, n, begin, end, add);
    SWITCHYARD_HIGH(1) SWITCHYARD_HIGH(2) SWITCHYARD_HIGH(3) SWITCHYARD_HIGH(4) SWITCHYARD_HIGH(5) SWITCHYARD_HIGH(6) SWITCHYARD_HIGH(7)
    SWITCHYARD_HIGH(8) SWITCHYARD_HIGH(9) SWITCHYARD_HIGH(10) SWITCHYARD_HIGH(11) SWITCHYARD_HIGH(12) SWITCHYARD_HIGH(13)
    SWITCHYARD_HIGH(14)
#undef SWITCHYARD_HIGH
    default: return;
  }
}

}  // namespace

void pack(const Bf16Rows& to, const Matrix& from) { pack_rows(to, from); }
void pack(const Bf16Rows& to, const Bf16Matrix& from) { pack_rows(to, from); }
void pack(const Bf16Panels& to, const Matrix& from) { pack_panels(to, from); }
void pack(const Bf16Panels& to, const Bf16Matrix& from) { pack_panels(to, from); }

// Rows in nearly equal strips, each against every panel.
SWITCHYARD_AVX512 void multiply(const Matrix& out, const Bf16Rows& a, const Bf16Panels& b, Into into) {
  const std::int64_t inner = round_up(a.inner, 2), strips = (out.rows + kDotRows - 1) / kDotRows;
  for (std::int64_t begin = 0; begin < inner; begin += kInnerBlock) {
    const std::int64_t end = std::min(inner, begin + kInnerBlock);
    const bool add = into == Into::add || begin > 0;
    for (std::int64_t s = 0; s < strips; ++s) {
      const std::int64_t r = out.rows * s / strips, high = out.rows * (s + 1) / strips - r;
      for (std::int64_t n = 0; n < out.columns; n += 2 * kBf16Panel)
        (n + kBf16Panel < out.columns ? dot_tile_of<true> : dot_tile_of<false>)(high, out, a, b, r, n, begin, end, add);
    }
  }
}

}  // namespace switchyard::avx512_bf16
#endif
