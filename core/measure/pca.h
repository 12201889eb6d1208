// Principal components of a cloud of points, with a basis that stays put from one look to the next.
//
// The plane is that of the two leading eigenvectors of the covariance (Jolliffe 2002): by
// eigendecomposition the first time, by subspace iteration from the last look's leading eigenvectors
// afterwards (Rutishauser 1969), to a residual of 1e-6 of the largest eigenvalue; should that not be reached,
// by eigendecomposition again. A model moves little between looks, and a full decomposition would cost more than the
// forward pass it looks at. Inside the plane the axes are free, and eigenvectors flip and swap as a model
// learns; so the axes are rotated or mirrored to lie as near the previous ones as they can (orthogonal
// Procrustes, Schoenemann 1966). The first call shows the eigenvectors themselves, largest entry
// positive.
// Thread safety: belongs to one thread.
#pragma once

#include <array>
#include <vector>

#include "core/model/base/torch.h"

namespace switchyard {

struct Projection {
  std::vector<float> points;          // [n, 2] centred on the mean
  std::array<float, 2> explained{};   // share of the total variance along each shown axis
  at::Tensor basis;                   // [d, 2] double, orthonormal: the axes
};

class StablePca {
 public:
  // x [n, d] fp32, n >= 2, d >= 2.
  Projection project(const at::Tensor& x);

 private:
  at::Tensor leading_;  // [d, up to 8] double, eigenvectors of the previous call, largest last
  at::Tensor basis_;    // [d, 2] double, axes of the previous call
};

}  // namespace switchyard
