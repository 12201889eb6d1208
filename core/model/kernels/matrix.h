// Windows of row-major matrices: what products (gemm.h, bf16.h, panels.h) read and write. Thread safety: values.
#pragma once

#include <cstdint>
#include <cstring>

#include "core/model/base/torch.h"
#include "core/model/kernels/row_types.h"

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
inline Matrix matrix_of(const at::Tensor& tensor) {
  const std::int64_t columns = tensor.size(-1);
  return {tensor.data_ptr<float>(), columns == 0 ? 0 : tensor.numel() / columns, columns, columns};
}

// Every row becomes `bias`.
inline void fill_rows(const Matrix& to, const float* bias) {
  for (std::int64_t r = 0; r < to.rows; ++r)
    std::memcpy(to.row(r), bias, sizeof(float) * static_cast<std::size_t>(to.columns));
}

enum class Into { replace, add };

}  // namespace switchyard
