#include "core/model/gemm.h"

#include <dlfcn.h>

#include <cstring>

#include "core/model/bf16.h"

namespace switchyard {
namespace {

using Sgemm = void(const char*, const char*, const int*, const int*, const int*, const float*, const float*, const int*,
                   const float*, const int*, const float*, float*, const int*);

// Null where torch carries a BLAS of its own inside.
Sgemm* blas_sgemm() {
  static Sgemm* const found = reinterpret_cast<Sgemm*>(dlsym(RTLD_DEFAULT, "sgemm_"));
  return found;
}

at::Tensor view(const Matrix& m) {
  const at::Tensor plain =
      at::from_blob(m.data, m.flipped ? at::IntArrayRef{m.columns, m.rows} : at::IntArrayRef{m.rows, m.columns},
                    at::IntArrayRef{m.stride, 1}, at::kFloat);
  return m.flipped ? plain.t() : plain;
}

void gemm_bf16(const Matrix& out, const Matrix& a, const Matrix& b, Into into) {
  const Bf16Room room(Bf16Rows::size(a.rows, a.columns) + Bf16Panels::size(b.rows, b.columns));
  const auto right = Bf16Panels::on(room.data(), b.rows, b.columns);
  const auto left = Bf16Rows::on(room.data() + Bf16Panels::size(b.rows, b.columns), a.rows, a.columns);
  pack(right, b);
  pack(left, a);
  multiply(out, left, right, into);
}

}  // namespace

Matrix matrix_of(const at::Tensor& tensor) {
  const std::int64_t columns = tensor.size(-1);
  return {tensor.data_ptr<float>(), columns == 0 ? 0 : tensor.numel() / columns, columns, columns};
}

void fill_rows(const Matrix& to, const float* bias) {
  for (std::int64_t r = 0; r < to.rows; ++r)
    std::memcpy(to.row(r), bias, sizeof(float) * static_cast<std::size_t>(to.columns));
}

void gemm(const Matrix& out, const Matrix& a, const Matrix& b, Into into, at::ScalarType compute) {
  if (out.rows == 0 || out.columns == 0) return;
  if (compute != at::kFloat) return gemm_bf16(out, a, b, into);
  const float one = 1, keep = into == Into::add ? 1.0F : 0.0F;
  if (Sgemm* sgemm = blas_sgemm()) {
    // BLAS reads columns first: the transposes, in the other order.
    const auto m = static_cast<int>(out.columns), n = static_cast<int>(out.rows), k = static_cast<int>(a.columns);
    const auto a_stride = static_cast<int>(a.stride), b_stride = static_cast<int>(b.stride);
    const auto out_stride = static_cast<int>(out.stride);
    sgemm(b.flipped ? "T" : "N", a.flipped ? "T" : "N", &m, &n, &k, &one, b.data, &b_stride, a.data, &a_stride, &keep,
          out.data, &out_stride);
    return;
  }
  at::Tensor to = view(out);
  at::addmm_out(to, to, view(a), view(b), keep, one);
}

}  // namespace switchyard
