// One matrix product on the calling thread: C (+)= op(A) op(B) on windows of row-major floats. Products are
// spread over threads by what calls this (parallel.h), never inside one: threads that share a product
// wait for each other at every panel, and on a busy machine that waiting is most of a training step.
//
// fp32 goes straight to the BLAS that torch is bound to, or to torch where that one hides its symbols;
// bf16 rounds both operands and keeps an fp32 result. Thread safety: reentrant. Errors: none.
#pragma once

#include <cstdint>

#include "core/model/torch.h"

namespace switchyard {

// A window [rows, columns] on memory with `stride` floats from row to row. flipped: read as its transpose
// (rows and columns are then those of the transpose).
struct Matrix {
  float* data = nullptr;
  std::int64_t rows = 0, columns = 0, stride = 0;
  bool flipped = false;

  Matrix t() const { return {data, columns, rows, stride, !flipped}; }
  // Rows begin .. begin + count - 1, columns likewise.
  Matrix some_rows(std::int64_t begin, std::int64_t count) const {
    return {data + begin * (flipped ? 1 : stride), count, columns, stride, flipped};
  }
  Matrix some_columns(std::int64_t begin, std::int64_t count) const {
    return {data + begin * (flipped ? stride : 1), rows, count, stride, flipped};
  }
  float* row(std::int64_t r) const { return data + r * stride; }
};

// A contiguous fp32 tensor, its last dimension the columns.
Matrix matrix_of(const at::Tensor& tensor);

enum class Into { replace, add };

// out [m, n], never flipped; a [m, k]; b [k, n]. compute: kFloat or kBFloat16.
void gemm(const Matrix& out, const Matrix& a, const Matrix& b, Into into = Into::replace,
          at::ScalarType compute = at::kFloat);

}  // namespace switchyard
