// Products in AMX tiles.
#include "core/model/kernels/bf16_units.h"

#if SWITCHYARD_BF16_X86
#include <immintrin.h>

#include <algorithm>

#define SWITCHYARD_AMX __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,amx-tile,amx-bf16")))

namespace switchyard::amx {
namespace {

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

}  // namespace

SWITCHYARD_AMX void multiply(const Matrix& out, const Bf16Rows& a, const Bf16Panels& b, Into into) {
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

}  // namespace switchyard::amx
#endif
