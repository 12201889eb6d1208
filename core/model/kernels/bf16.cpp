#include "core/model/kernels/bf16.h"

#include <algorithm>
#include <vector>

#if defined(__x86_64__) && defined(__GNUC__)
#define SWITCHYARD_X86 1
#include <cpuid.h>
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>
#else
#define SWITCHYARD_X86 0
#endif

#include "core/model/kernels/rows.h"
#include "core/model/kernels/sgemm.h"

namespace switchyard {
namespace {

constexpr std::int64_t kPairs = kBf16Inner / 2;

// --- any processor

const Bf16* rounded(const Bf16* row, std::int64_t, std::vector<Bf16>&) { return row; }
const Bf16* rounded(const float* row, std::int64_t n, std::vector<Bf16>& room) {
  room.resize(static_cast<std::size_t>(n));
  rows::round(room.data(), row, n);
  return room.data();
}

// place(row, column) for every element of `from`, as it lies in memory.
template <class T, class Place>
void scatter(const MatrixOf<T>& from, const Place& place) {
  std::vector<Bf16> room;
  const MatrixOf<T> lying = from.flipped ? from.t() : from;
  for (std::int64_t r = 0; r < lying.rows; ++r) {
    const Bf16* row = rounded(lying.row(r), lying.columns, room);
    for (std::int64_t c = 0; c < lying.columns; ++c) *(from.flipped ? place(c, r) : place(r, c)) = row[c];
  }
}

Bf16* place_in(const Bf16Panels& to, std::int64_t k, std::int64_t c) {
  return to.data + c / kBf16Panel * to.panel + (k / 2 * kBf16Panel + c % kBf16Panel) * 2 + k % 2;
}

template <class T>
void pack_rows_plainly(const Bf16Rows& to, const MatrixOf<T>& from) {
  for (std::int64_t r = 0; r < from.rows; ++r) std::fill_n(to.row(r), round_up(from.columns, kBf16Inner), Bf16{0});
  scatter(from, [&](std::int64_t r, std::int64_t c) { return to.row(r) + c; });
}

template <class T>
void pack_panels_plainly(const Bf16Panels& to, const MatrixOf<T>& from) {
  for (std::int64_t c = 0; c < from.columns; c += kBf16Panel)
    std::fill_n(place_in(to, 0, c), round_up(from.rows, kBf16Inner) * kBf16Panel, Bf16{0});
  scatter(from, [&](std::int64_t k, std::int64_t c) { return place_in(to, k, c); });
}

// Widened again and given to the BLAS.
void multiply_plainly(const Matrix& out, const Bf16Rows& a, const Bf16Panels& b, Into into) {
  std::vector<float> room(static_cast<std::size_t>(a.inner * (out.rows + out.columns)));
  const Matrix left{room.data(), out.rows, a.inner, a.inner}, right{left.row(out.rows), a.inner, out.columns, out.columns};
  for (std::int64_t r = 0; r < out.rows; ++r) rows::widen(left.row(r), a.row(r), a.inner);
  for (std::int64_t c = 0; c < out.columns; c += kBf16Panel)
    for (std::int64_t k = 0; k < a.inner; k += 2) {
      float pairs[2 * kBf16Panel];
      rows::widen(pairs, place_in(b, k, c), 2 * kBf16Panel);
      for (std::int64_t i = 0; i < std::min(kBf16Panel, out.columns - c); ++i) {
        right.row(k)[c + i] = pairs[2 * i];
        if (k + 1 < a.inner) right.row(k + 1)[c + i] = pairs[2 * i + 1];
      }
    }
  gemm_fp32(out, left, right, into);
}

#if SWITCHYARD_X86
#define SWITCHYARD_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")))
#define SWITCHYARD_AMX __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,amx-tile,amx-bf16")))

// --- AMX, and the vectors that lay out its operands

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

// Inner elements done before the next: what two panels need of it stays in the first-level cache.
constexpr std::int64_t kInnerBlock = 512;

// Keeps the compiler from moving ordinary reads and writes across tile instructions, which it does not see through.
inline void settle() { __asm__ volatile("" ::: "memory"); }

// What of a tile at (r, n) belongs to out goes there by way of `edge`.
void leave_edge(const Matrix& out, std::int64_t r, std::int64_t n, const float* edge, bool add) {
  for (std::int64_t i = 0; i < std::min<std::int64_t>(16, out.rows - r); ++i)
    for (std::int64_t j = 0; j < std::min<std::int64_t>(16, out.columns - n); ++j) {
      float& to = out.row(r + i)[n + j];
      to = add ? to + edge[i * 16 + j] : edge[i * 16 + j];
    }
}

// The number of a tile is part of its instructions, so these are no functions.
#define SWITCHYARD_ENTER(tile, r_at, n_at)                                           \
  do {                                                                               \
    if (add && (r_at) + 16 <= out.rows && (n_at) + 16 <= out.columns)                \
      _tile_loadd(tile, out.row(r_at) + (n_at), out.stride * 4);                     \
    else                                                                             \
      _tile_zero(tile);                                                              \
  } while (false)
#define SWITCHYARD_LEAVE(tile, r_at, n_at)                                           \
  do {                                                                               \
    if ((r_at) + 16 <= out.rows && (n_at) + 16 <= out.columns) {                     \
      _tile_stored(tile, out.row(r_at) + (n_at), out.stride * 4);                    \
    } else {                                                                         \
      _tile_stored(tile, edge, 64);                                                  \
      leave_edge(out, r_at, n_at, edge, add);                                        \
    }                                                                                \
  } while (false)

// out (+)= a b for inner elements begin .. end - 1 and the 32 rows and columns at (r, n), whose sums stay in four tiles.
SWITCHYARD_AMX void multiply_tiles(const Matrix& out, const Bf16Rows& a, const Bf16Panels& b, std::int64_t r, std::int64_t n,
                                   std::int64_t begin, std::int64_t end, bool add, float* edge) {
  const bool two_panels = n + 16 < out.columns, two_rows = r + 16 < out.rows;
  const Bf16 *const a0 = a.row(r), *const a1 = a.row(two_rows ? r + 16 : r);
  const Bf16 *const b0 = b.data + n / kBf16Panel * b.panel, *const b1 = b0 + (two_panels ? b.panel : 0);
  SWITCHYARD_ENTER(0, r, n);
  if (two_panels) SWITCHYARD_ENTER(1, r, n + 16);
  if (two_rows) SWITCHYARD_ENTER(2, r + 16, n);
  if (two_rows && two_panels) SWITCHYARD_ENTER(3, r + 16, n + 16);
  for (std::int64_t k = begin; k < end; k += kBf16Inner) {
    _tile_loadd(6, b0 + k * kBf16Panel, 64);
    _tile_loadd(4, a0 + k, a.stride * 2);
    _tile_dpbf16ps(0, 4, 6);
    if (two_rows) {
      _tile_loadd(5, a1 + k, a.stride * 2);
      _tile_dpbf16ps(2, 5, 6);
    }
    if (two_panels) {
      _tile_loadd(7, b1 + k * kBf16Panel, 64);
      _tile_dpbf16ps(1, 4, 7);
      if (two_rows) _tile_dpbf16ps(3, 5, 7);
    }
  }
  SWITCHYARD_LEAVE(0, r, n);
  if (two_panels) SWITCHYARD_LEAVE(1, r, n + 16);
  if (two_rows) SWITCHYARD_LEAVE(2, r + 16, n);
  if (two_rows && two_panels) SWITCHYARD_LEAVE(3, r + 16, n + 16);
}

SWITCHYARD_AMX void multiply_amx(const Matrix& out, const Bf16Rows& a, const Bf16Panels& b, Into into) {
  struct alignas(64) Tiles {
    std::uint8_t palette = 1, start_row = 0, reserved[14] = {};
    std::uint16_t bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
    std::uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
  };
  static constexpr Tiles tiles;
  alignas(64) float edge[16 * 16];
  const std::int64_t steps = round_up(a.inner, kBf16Inner);
  // The longer side outside: the other operand then stays in the cache.
  const bool by_rows = out.rows > out.columns;
  const std::int64_t outer = by_rows ? out.rows : out.columns, inner = by_rows ? out.columns : out.rows;
  settle();
  _tile_loadconfig(&tiles);
  for (std::int64_t begin = 0; begin < steps; begin += kInnerBlock) {
    const std::int64_t end = std::min(steps, begin + kInnerBlock);
    for (std::int64_t i = 0; i < outer; i += 32)
      for (std::int64_t j = 0; j < inner; j += 32)
        multiply_tiles(out, a, b, by_rows ? i : j, by_rows ? j : i, begin, end, into == Into::add || begin > 0, edge);
  }
  _tile_release();
  settle();
}

struct Leaf {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  Leaf(unsigned leaf, unsigned part) { __get_cpuid_count(leaf, part, &eax, &ebx, &ecx, &edx); }
};

// What the system saves for a thread: XCR0.
std::uint64_t saved_state() {
  if (!(Leaf(1, 0).ecx & (1U << 27))) return 0;
  unsigned low = 0, high = 0;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (static_cast<std::uint64_t>(high) << 32) | low;
}

bool has_avx512_bf16() {
  constexpr std::uint64_t vectors = 0xE6;
  __builtin_cpu_init();
  return (saved_state() & vectors) == vectors && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") && (Leaf(7, 1).eax & (1U << 5));
}

// Linux grants the tiles' 8 KiB of state on request, to all threads of the process.
bool has_amx() {
  constexpr unsigned bf16 = 1U << 22, tile = 1U << 24;
  constexpr std::uint64_t tile_state = 3U << 17;
  constexpr long request_permission = 0x1023, tile_data = 18;
  return (Leaf(7, 0).edx & (bf16 | tile)) == (bf16 | tile) && (saved_state() & tile_state) == tile_state &&
         syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
}
#endif

}  // namespace

bool has_fast_bf16() {
#if SWITCHYARD_X86
  static const bool found = has_avx512_bf16() && has_amx();
  return found;
#else
  return false;
#endif
}

#if SWITCHYARD_X86
#define SWITCHYARD_PACK(vectors, plainly) \
  if (has_fast_bf16()) vectors(to, from); \
  else plainly(to, from)
#else
#define SWITCHYARD_PACK(vectors, plainly) plainly(to, from)
#endif
void pack(const Bf16Rows& to, const Matrix& from) { SWITCHYARD_PACK(pack_rows, pack_rows_plainly); }
void pack(const Bf16Rows& to, const Bf16Matrix& from) { SWITCHYARD_PACK(pack_rows, pack_rows_plainly); }
void pack(const Bf16Panels& to, const Matrix& from) { SWITCHYARD_PACK(pack_panels, pack_panels_plainly); }
void pack(const Bf16Panels& to, const Bf16Matrix& from) { SWITCHYARD_PACK(pack_panels, pack_panels_plainly); }

void multiply(const Matrix& out, const Bf16Rows& a, const Bf16Panels& b, Into into) {
  if (a.inner == 0) {
    for (std::int64_t r = 0; into == Into::replace && r < out.rows; ++r) std::fill_n(out.row(r), out.columns, 0.0F);
    return;
  }
#if SWITCHYARD_X86
  if (has_fast_bf16()) return multiply_amx(out, a, b, into);
#endif
  multiply_plainly(out, a, b, into);
}

void multiply_widened(const Matrix& out, const Bf16Rows& a, const Bf16Panels& b, Into into) {
  multiply_plainly(out, a, b, into);
}

}  // namespace switchyard
