#include "core/model/kernels/sgemm.h"

#include <dlfcn.h>

namespace switchyard {
namespace {

using Sgemm = void(const char*, const char*, const int*, const int*, const int*, const float*, const float*,
                   const int*, const float*, const int*, const float*, float*, const int*);

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

}  // namespace

void gemm_fp32(const Matrix& out, const Matrix& a, const Matrix& b, Into into) {
  if (out.rows == 0 || out.columns == 0) return;
  const float one = 1, keep = into == Into::add ? 1.0F : 0.0F;
  if (Sgemm* sgemm = blas_sgemm()) {
    // BLAS reads columns first: the transposes, in the other order.
    const auto m = static_cast<int>(out.columns), n = static_cast<int>(out.rows), k = static_cast<int>(a.columns);
    const auto a_stride = static_cast<int>(a.stride), b_stride = static_cast<int>(b.stride);
    const auto out_stride = static_cast<int>(out.stride);
    sgemm(b.flipped ? "T" : "N", a.flipped ? "T" : "N", &m, &n, &k, &one, b.data, &b_stride, a.data, &a_stride,
          &keep, out.data, &out_stride);
    return;
  }
  at::Tensor to = view(out);
  at::addmm_out(to, to, view(a), view(b), keep, one);
}

}  // namespace switchyard
