#include "core/model/kernels/gemm.h"

#include "core/model/kernels/bf16.h"
#include "core/model/kernels/sgemm.h"

namespace switchyard {
namespace {

void gemm_bf16(const Matrix& out, const Matrix& a, const Matrix& b, Into into) {
  const Bf16Room room(Bf16Rows::size(a.rows, a.columns) + Bf16Panels::size(b.rows, b.columns));
  const auto right = Bf16Panels::on(room.data(), b.rows, b.columns);
  const auto left = Bf16Rows::on(room.data() + Bf16Panels::size(b.rows, b.columns), a.rows, a.columns);
  pack(right, b);
  pack(left, a);
  multiply(out, left, right, into);
}

}  // namespace

void gemm(const Matrix& out, const Matrix& a, const Matrix& b, Into into, at::ScalarType compute) {
  if (out.rows == 0 || out.columns == 0) return;
  if (compute != at::kFloat) return gemm_bf16(out, a, b, into);
  gemm_fp32(out, a, b, into);
}

}  // namespace switchyard
