#include "core/measure/pca.h"

#include <ATen/ops/linalg_eigh.h>
#include <ATen/ops/linalg_svd.h>

#include <cstring>

namespace switchyard {

Projection StablePca::project(const at::Tensor& x) {
  at::NoGradGuard no_grad;
  const at::Tensor points = x.detach().to(at::kCPU, at::kDouble);
  const at::Tensor centred = points - points.mean(0, true);
  const at::Tensor covariance = centred.t().mm(centred) / static_cast<double>(points.size(0) - 1);
  const auto [values, vectors] = at::linalg_eigh(covariance);
  at::Tensor basis = vectors.narrow(1, vectors.size(1) - 2, 2).flip(1).contiguous();

  if (basis_.defined() && basis_.size(0) == basis.size(0)) {
    const auto [u, s, vh] = at::linalg_svd(basis.t().mm(basis_), false);
    basis = basis.mm(u.mm(vh));
  } else {
    const at::Tensor largest = basis.abs().argmax(0, true);
    basis = basis * basis.gather(0, largest).sign();
  }
  basis_ = basis;

  const at::Tensor shown = centred.mm(basis);
  const double total = values.clamp_min(0).sum().item<double>();
  const at::Tensor variance = shown.square().sum(0) / static_cast<double>(points.size(0) - 1);
  Projection result;
  const at::Tensor plain = shown.to(at::kFloat).contiguous();
  result.points.resize(plain.numel());
  std::memcpy(result.points.data(), plain.data_ptr<float>(), result.points.size() * sizeof(float));
  for (int axis = 0; axis < 2; ++axis)
    result.explained[axis] = total > 0 ? static_cast<float>(variance[axis].item<double>() / total) : 0.0F;
  return result;
}

}  // namespace switchyard
