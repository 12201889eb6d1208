// Principal components of a cloud of points, with a basis that stays put from one look to the next.
//
// The plane is that of the two leading eigenvectors of the covariance (Jolliffe 2002), exact, by
// eigendecomposition. Inside the plane the axes are free, and eigenvectors flip and swap as a model
// learns; so the axes are rotated or mirrored to lie as near the previous ones as they can (orthogonal
// Procrustes, Schoenemann 1966). The first call shows the eigenvectors themselves, largest entry
// positive.
// Thread safety: belongs to one thread.
#pragma once

#include <array>
#include <vector>

#include "core/model/torch.h"

namespace switchyard {

struct Projection {
  std::vector<float> points;          // [n, 2] centred on the mean
  std::array<float, 2> explained{};   // share of the total variance along each shown axis
};

class StablePca {
 public:
  // x [n, d] fp32, n >= 2, d >= 2.
  Projection project(const at::Tensor& x);

 private:
  at::Tensor basis_;  // [d, 2] double, of the previous call
};

}  // namespace switchyard
