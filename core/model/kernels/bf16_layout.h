// How operands of products in bf16 lie, whatever unit multiplies them. Thread safety: values.
#pragma once

#include <cstdint>

#include "core/model/kernels/matrix.h"

namespace switchyard {

constexpr std::int64_t kBf16Inner = 32, kBf16Panel = 16;
constexpr std::int64_t round_up(std::int64_t n, std::int64_t to) { return (n + to - 1) / to * to; }

// The left operand [rows, inner], row-major. A row is padded with zeros to whole steps of 32, and 15 rows
// of any content behind the last belong to the storage.
struct Bf16Rows {
  Bf16* data = nullptr;
  std::int64_t rows = 0, inner = 0, stride = 0;

  static Bf16Rows on(Bf16* data, std::int64_t rows, std::int64_t inner) {
    return {data, rows, inner, round_up(inner, kBf16Inner)};
  }
  static std::int64_t size(std::int64_t rows, std::int64_t inner) { return (rows + 15) * round_up(inner, kBf16Inner); }
  Bf16* row(std::int64_t r) const { return data + r * stride; }
  Bf16Rows some_rows(std::int64_t begin, std::int64_t count) const { return {row(begin), count, inner, stride}; }
  // The first `count` elements of the inner side; what follows up to a whole step must be zeros.
  Bf16Rows first_inner(std::int64_t count) const { return {data, rows, count, stride}; }
  Bf16Matrix matrix() const { return {data, rows, inner, stride}; }
};

// The right operand [inner, columns]: panels of 16 columns; within one, pairs of consecutive inner elements side by
// side. Padded with zeros to whole panels, and to an inner size of whole steps.
struct Bf16Panels {
  Bf16* data = nullptr;
  std::int64_t inner = 0, columns = 0, panel = 0;  // panel: elements from one to the next

  static Bf16Panels on(Bf16* data, std::int64_t inner, std::int64_t columns) {
    return {data, inner, columns, round_up(inner, kBf16Inner) * kBf16Panel};
  }
  static std::int64_t size(std::int64_t inner, std::int64_t columns) {
    return round_up(inner, kBf16Inner) * round_up(columns, kBf16Panel);
  }
  // begin: a multiple of 16, of 32.
  Bf16Panels some_columns(std::int64_t begin, std::int64_t count) const {
    return {data + begin / kBf16Panel * panel, inner, count, panel};
  }
  Bf16Panels some_inner(std::int64_t begin, std::int64_t count) const {
    return {data + begin * kBf16Panel, count, columns, panel};
  }
};

}  // namespace switchyard
