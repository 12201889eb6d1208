#include "core/measure/pca.h"

#include <ATen/ops/linalg_svd.h>
#include <gtest/gtest.h>

#include <cmath>

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

at::Tensor cloud(std::uint64_t seed, std::int64_t points, std::int64_t width) {
  at::Generator generator = at::detail::createCPUGenerator(seed);
  const at::Tensor scale = at::arange(width, 0, -1).to(at::kFloat).square();
  return at::empty({points, width}).normal_(0, 1, generator) * scale + 3.0;
}

TEST(StablePca, FirstLookIsTheSingularVectorsPlane) {
  const at::Tensor x = cloud(1, 200, 6);
  const Projection projection = StablePca().project(x);
  const at::Tensor centred = (x - x.mean(0, true)).to(at::kDouble);
  const auto [u, s, vh] = at::linalg_svd(centred, false);
  const at::Tensor total = s.square().sum();
  for (int axis = 0; axis < 2; ++axis) {
    EXPECT_NEAR(projection.explained[axis], (s[axis].square() / total).item<double>(), 1e-5);
    // Scores up to the axis' sign.
    const at::Tensor scores = u.select(1, axis) * s[axis];
    double dot = 0, square = 0;
    for (std::int64_t i = 0; i < x.size(0); ++i) {
      dot += projection.points[2 * i + axis] * scores[i].item<double>();
      square += std::pow(scores[i].item<double>(), 2);
    }
    EXPECT_NEAR(std::abs(dot) / square, 1.0, 1e-5);
  }
}

TEST(StablePca, SignsAndOrderStayWhenTheCloudIsMirroredOrItsAxesSwap) {
  const at::Tensor x = cloud(2, 300, 4);
  // How far an axis of one look goes along one of the other, as a multiple of its own length.
  const auto along = [](const Projection& before, std::size_t axis, const Projection& after, std::size_t other) {
    double dot = 0, norm = 0;
    for (std::size_t i = 0; i < before.points.size(); i += 2) {
      dot += before.points[i + axis] * after.points[i + other];
      norm += before.points[i + axis] * before.points[i + axis];
    }
    return dot / norm;
  };
  StablePca pca;
  const Projection before = pca.project(x);
  // The second axis grows past the first: plain PCA would swap them.
  at::Tensor grown = x.clone();
  grown.select(1, 1).sub_(3.0).mul_(4.0).add_(3.0);
  const Projection after = pca.project(grown);
  EXPECT_NEAR(along(before, 0, after, 0), 1.0, 0.1) << "the horizontal axis still shows the same direction";
  EXPECT_NEAR(along(before, 1, after, 1), 4.0, 0.4) << "and so does the vertical one, four times as long";

  // Mirrored in its first direction: the axes stay, so every point is at its mirror image. Plain PCA, whose signs
  // go by the cloud, would show the points where they were.
  at::Tensor mirrored = x.clone();
  mirrored.select(1, 0).neg_();
  StablePca other;
  const Projection first = other.project(x), flipped = other.project(mirrored);
  EXPECT_NEAR(along(first, 0, flipped, 0), -1.0, 0.1);
  EXPECT_NEAR(along(first, 1, flipped, 1), 1.0, 0.1);
}

// Wide clouds that move from look to look: the shortcut from one look's eigenvectors to the next's has to
// land on the plane of a full decomposition, also when the cloud has become another altogether.
TEST(StablePca, EveryLookShowsThePlaneOfAFullDecomposition) {
  StablePca pca;
  constexpr std::int64_t width = 96;
  const at::Tensor start = cloud(7, 400, width), other = cloud(8, 400, width).flip(1);
  for (int look = 0; look < 12; ++look) {
    const at::Tensor x = look < 8 ? start + 0.1 * look * other : other;
    const Projection projection = pca.project(x);
    const at::Tensor centred = (x - x.mean(0, true)).to(at::kDouble);
    const auto [u, s, vh] = at::linalg_svd(centred, false);
    const double total = s.square().sum().item<double>();
    const double wanted = s.narrow(0, 0, 2).square().sum().item<double>() / total;
    EXPECT_NEAR(projection.explained[0] + projection.explained[1], wanted, 1e-6) << look;
    // Scores lie in the span of the two leading left singular vectors.
    const at::Tensor scores = torch::tensor(projection.points, at::kFloat).view({-1, 2}).to(at::kDouble);
    const at::Tensor plane = u.narrow(1, 0, 2), rest = scores - plane.mm(plane.t().mm(scores));
    EXPECT_LT(rest.norm().item<double>() / scores.norm().item<double>(), 1e-4) << look;
  }
}

TEST(StablePca, PointsWithoutSpreadStayAtTheOrigin) {
  const Projection projection = StablePca().project(at::ones({5, 3}));
  for (const float value : projection.points) EXPECT_NEAR(value, 0, 1e-6);
  EXPECT_EQ(projection.explained[0], 0);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
