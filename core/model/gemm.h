// One matrix product on the calling thread: C (+)= op(A) op(B) on windows of row-major matrices. Products are
// spread over threads by what calls this (parallel.h), never inside one: threads that share a product
// wait for each other at every panel, and on a busy machine that waiting is most of a training step.
//
// fp32 goes straight to the BLAS that torch is bound to, or to torch where that one hides its symbols;
// bf16 rounds both operands and keeps an fp32 result (bf16.h, for those who use an operand more than once).
// Thread safety: reentrant. Errors: none.
#pragma once

#include <cstdint>

#include "core/model/rows.h"
#include "core/model/torch.h"

namespace switchyard {

// A window [rows, columns] on memory with `stride` elements from row to row. flipped: read as its transpose
// (rows and columns are then those of the transpose).
template <class T>
struct MatrixOf {
  T* data = nullptr;
  std::int64_t rows = 0, columns = 0, stride = 0;
  bool flipped = false;

  MatrixOf t() const { return {data, columns, rows, stride, !flipped}; }
  // Rows begin .. begin + count - 1, columns likewise.
  MatrixOf some_rows(std::int64_t begin, std::int64_t count) const {
    return {data + begin * (flipped ? 1 : stride), count, columns, stride, flipped};
  }
  MatrixOf some_columns(std::int64_t begin, std::int64_t count) const {
    return {data + begin * (flipped ? stride : 1), rows, count, stride, flipped};
  }
  T* row(std::int64_t r) const { return data + r * stride; }
};
using Matrix = MatrixOf<float>;
using Bf16Matrix = MatrixOf<Bf16>;

// A contiguous fp32 tensor, its last dimension the columns.
Matrix matrix_of(const at::Tensor& tensor);

// Every row becomes `bias`.
void fill_rows(const Matrix& to, const float* bias);

enum class Into { replace, add };

// out [m, n], never flipped; a [m, k]; b [k, n]. compute: kFloat or kBFloat16.
void gemm(const Matrix& out, const Matrix& a, const Matrix& b, Into into = Into::replace,
          at::ScalarType compute = at::kFloat);

}  // namespace switchyard
