// Any processor: operands are rounded and laid out once as for the others, and widened for a product, which is then that of
// fp32 panels (panels.h). The product of two bf16 is exact in fp32, so only the order of sums is another.
#include <algorithm>
#include <bit>
#include <vector>

#include "core/model/kernels/bf16_units.h"
#include "core/model/kernels/panels.h"
#include "core/model/kernels/row_parts.h"
#include "core/model/kernels/rows.h"

namespace switchyard::any_processor {
namespace {

// Two bf16 side by side in memory.
using Pair = std::uint32_t;
static_assert(std::endian::native == std::endian::little);

[[gnu::always_inline]] inline Pair pair_of(Bf16 first, Bf16 second) { return first | static_cast<Pair>(second) << 16; }

// A row of the source as bf16, with zeros behind it.
void fetch(Bf16* to, const Bf16* from, std::int64_t n, std::int64_t room) {
  std::copy_n(from, n, to);
  std::fill(to + n, to + room, Bf16{0});
}
void fetch(Bf16* to, const float* from, std::int64_t n, std::int64_t room) {
  rows::round(to, from, n);
  std::fill(to + n, to + room, Bf16{0});
}

SWITCHYARD_EACH_VECTOR_UNIT
void side_by_side(Pair* __restrict to, const Bf16* __restrict first, const Bf16* __restrict second, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) to[i] = pair_of(first[i], second[i]);
}

// Pairs of a panel to two rows each.
SWITCHYARD_EACH_VECTOR_UNIT
void to_rows(float* __restrict to, std::int64_t stride, const Bf16* __restrict from, std::int64_t inner, std::int64_t width) {
  const auto* pair = reinterpret_cast<const Pair*>(from);
  for (std::int64_t k = 0; k < inner; k += 2, pair += kBf16Panel)
    for (std::int64_t i = 0; i < width; ++i) {
      to[k * stride + i] = std::bit_cast<float>(pair[i] << 16);
      to[(k + 1) * stride + i] = std::bit_cast<float>(pair[i] & 0xFFFF0000U);
    }
}

template <class T>
void pack_rows(const Bf16Rows& to, const MatrixOf<T>& from) {
  const std::int64_t room = round_up(from.columns, kBf16Inner);
  if (!from.flipped) {
    for (std::int64_t r = 0; r < from.rows; ++r) fetch(to.row(r), from.row(r), from.columns, room);
    return;
  }
  constexpr std::int64_t high = 32;
  Bf16 first[high], second[high];
  for (std::int64_t r = 0; r < from.rows; r += high) {
    const std::int64_t count = std::min(high, from.rows - r);
    for (std::int64_t k = 0; k < room; k += 2) {
      const auto line = [&](Bf16* buffer, std::int64_t at) { fetch(buffer, from.data + at * from.stride + r, at < from.columns ? count : 0, high); };
      line(first, k);
      line(second, k + 1);
      for (std::int64_t i = 0; i < count; ++i) to.row(r + i)[k] = first[i], to.row(r + i)[k + 1] = second[i];
    }
  }
}

template <class T>
void pack_panels(const Bf16Panels& to, const MatrixOf<T>& from) {
  const std::int64_t inner = round_up(from.rows, kBf16Inner), columns = round_up(from.columns, kBf16Panel);
  const auto panel = [&](std::int64_t c) { return reinterpret_cast<Pair*>(to.data + c / kBf16Panel * to.panel); };
  const MatrixOf<T> lying = from.flipped ? from.t() : from;
  std::vector<Bf16> room(static_cast<std::size_t>(2 * (from.flipped ? inner : columns)));
  if (from.flipped) {
    for (std::int64_t c = 0; c < columns; ++c) {
      fetch(room.data(), lying.data + c * lying.stride, c < from.columns ? from.rows : 0, inner);
      Pair* at = panel(c) + c % kBf16Panel;
      for (std::int64_t k = 0; k < inner; k += 2, at += kBf16Panel)
        *at = pair_of(room[static_cast<std::size_t>(k)], room[static_cast<std::size_t>(k + 1)]);
    }
    return;
  }
  for (std::int64_t k = 0; k < inner; k += 2) {
    Bf16 *first = room.data(), *second = first + columns;
    fetch(first, lying.data + k * lying.stride, k < from.rows ? from.columns : 0, columns);
    fetch(second, lying.data + (k + 1) * lying.stride, k + 1 < from.rows ? from.columns : 0, columns);
    for (std::int64_t c = 0; c < columns; c += kBf16Panel)
      side_by_side(panel(c) + k / 2 * kBf16Panel, first + c, second + c, kBf16Panel);
  }
}

}  // namespace

void pack(const Bf16Rows& to, const Matrix& from) { pack_rows(to, from); }
void pack(const Bf16Rows& to, const Bf16Matrix& from) { pack_rows(to, from); }
void pack(const Bf16Panels& to, const Matrix& from) { pack_panels(to, from); }
void pack(const Bf16Panels& to, const Bf16Matrix& from) { pack_panels(to, from); }

void multiply(const Matrix& out, const Bf16Rows& a, const Bf16Panels& b, Into into) {
  const std::int64_t inner = round_up(a.inner, 2), most = std::min(inner, kInnerBlock);
  std::vector<float> room(static_cast<std::size_t>(Panels::size(out.rows, most) + Panels::size(most, out.columns)));
  for (std::int64_t begin = 0; begin < inner; begin += most) {
    const std::int64_t count = std::min(most, inner - begin);
    const Panels left = Panels::on(room.data(), out.rows, count);
    const Panels right = Panels::on(room.data() + Panels::size(out.rows, most), count, out.columns);
    for (std::int64_t p = 0; p < left.count(); ++p)
      for (std::int64_t r = 0; r < out.rows; ++r)
        rows::widen(left.panel(p) + r * left.width(p), a.row(r) + begin + p * kPanel, left.width(p));
    for (std::int64_t c = 0; c < out.columns; c += kBf16Panel) {
      const std::int64_t p = c / kPanel;
      to_rows(right.panel(p) + c % kPanel, right.width(p), b.data + c / kBf16Panel * b.panel + begin * kBf16Panel, count,
              std::min(kBf16Panel, out.columns - c));
    }
    switchyard::multiply(out, left, right, begin > 0 ? Into::add : into);
  }
}

}  // namespace switchyard::any_processor
