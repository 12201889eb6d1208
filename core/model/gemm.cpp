#include "core/model/gemm.h"

#include <dlfcn.h>

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

// In bf16, rows rounded up with zeros: oneDNN compiles a kernel for every shape it meets, and the number
// of tokens an expert gets is new at every step.
constexpr std::int64_t kBucket = 64;
at::Tensor rounded(const Matrix& m, std::int64_t rows, std::int64_t columns) {
  at::Tensor out = at::empty({rows, columns}, at::kBFloat16);
  if (rows != m.rows || columns != m.columns) out.zero_();
  out.narrow(0, 0, m.rows).narrow(1, 0, m.columns).copy_(view(m));
  return out;
}

std::int64_t bucket(std::int64_t n) { return (n + kBucket - 1) / kBucket * kBucket; }

void gemm_bf16(const Matrix& out, const Matrix& a, const Matrix& b, Into into) {
  const std::int64_t m = bucket(a.rows), k = bucket(a.columns);
  const at::Tensor product =
      at::mm(rounded(a, m, k), rounded(b, k, b.columns)).narrow(0, 0, a.rows);
  at::Tensor to = view(out);
  if (into == Into::add) to.add_(product);
  else to.copy_(product);
}

}  // namespace

Matrix matrix_of(const at::Tensor& tensor) {
  const std::int64_t columns = tensor.size(-1);
  return {tensor.data_ptr<float>(), columns == 0 ? 0 : tensor.numel() / columns, columns, columns};
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
