#include "core/measure/pca.h"

#include <ATen/ops/linalg_eigh.h>
#include <ATen/ops/linalg_qr.h>
#include <ATen/ops/linalg_svd.h>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace switchyard {
namespace {

constexpr std::int64_t kLeading = 8, kPowerIterations = 24;
constexpr double kResidual = 1e-6;

// The leading eigenvectors of a symmetric matrix, largest last, from a guess at them; undefined if the
// two largest do not settle.
at::Tensor refine(const at::Tensor& matrix, at::Tensor guess) {
  for (std::int64_t i = 0; i < kPowerIterations; ++i) {
    const at::Tensor image = matrix.mm(guess);
    const auto [values, mix] = at::linalg_eigh(guess.t().mm(image));
    const at::Tensor vectors = guess.mm(mix), images = image.mm(mix);
    const at::Tensor residual = (images - vectors * values).narrow(1, vectors.size(1) - 2, 2).square().sum(0).max();
    if (residual.item<double>() <= std::pow(kResidual * values[-1].item<double>(), 2)) return vectors;
    guess = std::get<0>(at::linalg_qr(images));
  }
  return {};
}

}  // namespace

Projection StablePca::project(const at::Tensor& x) {
  at::NoGradGuard no_grad;
  const at::Tensor points = x.detach().to(at::kCPU, at::kDouble);
  const at::Tensor centred = points - points.mean(0, true);
  const at::Tensor covariance = centred.t().mm(centred) / static_cast<double>(points.size(0) - 1);
  const std::int64_t width = covariance.size(0);
  at::Tensor vectors;
  if (leading_.defined() && leading_.size(0) == width && width > 4 * kLeading) vectors = refine(covariance, leading_);
  if (!vectors.defined()) vectors = std::get<1>(at::linalg_eigh(covariance));
  leading_ = vectors.narrow(1, std::max<std::int64_t>(0, vectors.size(1) - kLeading),
                            std::min(kLeading, vectors.size(1))).contiguous();
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
  const double total = covariance.trace().item<double>();
  const at::Tensor variance = shown.square().sum(0) / static_cast<double>(points.size(0) - 1);
  Projection result;
  result.basis = basis;
  const at::Tensor plain = shown.to(at::kFloat).contiguous();
  result.points.resize(plain.numel());
  std::memcpy(result.points.data(), plain.data_ptr<float>(), result.points.size() * sizeof(float));
  for (int axis = 0; axis < 2; ++axis)
    result.explained[axis] = total > 0 ? static_cast<float>(variance[axis].item<double>() / total) : 0.0F;
  return result;
}

}  // namespace switchyard
