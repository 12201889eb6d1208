// fp32 matrix products for experts, on the calling thread: one operand lies in panels of 32 columns, the other is read
// where it is.
//
// A BLAS lays out both operands anew for every product. An expert sees few rows, so that is a fifth of its time; and it
// multiplies the same rows by two weights, forward and backward. Here tokens lie side by side in panels, laid out once
// while they are gathered: xT, hT, aT, and their gradients. Weights are then always the left operand, which a tile reads one
// number at a time, along a row or down a column, and never needs laying out. Results come out as panels too, ready for the next
// product; what passes over them (rows.h) meets 32 tokens in a vector's order.
// A tile keeps up to 14 x 32 sums in registers (AVX-512; 6 x 16 with AVX2, 6 x 8 else). Measured on an AVX-512 processor, one
// thread, products of 128 tokens: 1.2 to 1.3 times OpenBLAS's, laying out included; 1.0 to 1.1 times on large ones.
// Thread safety: reentrant. Errors: none.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>

#include "core/model/kernels/matrix.h"

namespace switchyard {

constexpr std::int64_t kPanel = 32;

// A matrix [rows, columns], 32 columns at a time; within a panel row follows row. The last panel is as narrow as what is left,
// so nothing is padded. As the right operand of a product it is read up to kPanel floats past its end: those must
// belong to the storage, their content does not matter.
struct Panels {
  float* data = nullptr;
  std::int64_t rows = 0, columns = 0;
  std::int64_t first = 0, height = 0;  // a window of rows first .. first + rows - 1 on panels of `height` rows

  static Panels on(float* data, std::int64_t rows, std::int64_t columns) { return {data, rows, columns, 0, rows}; }
  static std::int64_t size(std::int64_t rows, std::int64_t columns) { return rows * columns + kPanel; }
  // begin: a multiple of kPanel; what follows up to a whole panel belongs to the window, or there is nothing.
  Panels some_columns(std::int64_t begin, std::int64_t count) const { return {data + begin * height, rows, count, first, height}; }
  Panels some_rows(std::int64_t begin, std::int64_t count) const { return {data, count, columns, first + begin, height}; }

  std::int64_t count() const { return (columns + kPanel - 1) / kPanel; }
  std::int64_t width(std::int64_t p) const { return std::min(kPanel, columns - p * kPanel); }
  // Rows of panel p, each width(p) long.
  float* panel(std::int64_t p) const { return data + p * kPanel * height + first * width(p); }
};

// Vector units a product knows, narrowest first; each needs a processor that has it.
enum class Vectors { any, avx2, avx512 };
Vectors widest_vectors();

// out (+)= a b; a [m, k], which may be flipped; b [k, n]; out [m, n] in panels as b is. With a bias [m], which replaces what was
// there, row i begins at bias[i].
void multiply(const Panels& out, const Matrix& a, const Panels& b, Into into, Vectors vectors = widest_vectors());
void multiply_with_bias(const Panels& out, const Matrix& a, const Panels& b, const float* bias, Vectors vectors = widest_vectors());
// out (+)= a b; a [m, k] in panels, b [k, n] in panels, out [m, n] a plain matrix.
void multiply(const Matrix& out, const Panels& a, const Panels& b, Into into, Vectors vectors = widest_vectors());

// Panels of the rows `row(0)` .. `row(count - 1)`: as they are ([count, width], panels of 32 of their columns), or side by side as
// columns ([width, count]). rows: pointers, each to `width` floats.
void pack_rows(const Panels& to, const float* const* rows);
void pack_columns(const Panels& to, const float* const* rows, Vectors vectors = widest_vectors());
// Panels [m, n] of the transpose of panels [n, m].
void pack_flipped(const Panels& to, const Panels& from, Vectors vectors = widest_vectors());
// Back to rows: row t of `rows` becomes column t.
void unpack_columns(float* const* rows, const Panels& from, Vectors vectors = widest_vectors());

// Windows of weights as left operands, one at a time: as they are, or a copy where their stride would have a tile's rows or columns push
// one another out of the cache, or where they are to be rounded to bf16.
class LeftOperand {
 public:
  explicit LeftOperand(bool rounds = false) : rounds_(rounds) {}
  // Holds until the next.
  Matrix operator()(const Matrix& window);
  // Floats of the copy; 0 where there is none.
  static std::int64_t room(const Matrix& window, bool rounds);

 private:
  bool rounds_;
  std::unique_ptr<float[]> room_{};
  std::int64_t size_ = 0;
};

}  // namespace switchyard
