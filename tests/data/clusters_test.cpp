#include "core/data/clusters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using testing::ElementsAre;

Config points(ClusterShape shape, std::int64_t classes, std::int64_t dims) {
  Config config;
  config.task = TaskKind::clusters;
  config.cluster_shape = shape;
  config.cluster_classes = classes;
  config.cluster_dims = dims;
  config.cluster_points = 100;
  return config;
}

std::map<std::int32_t, std::int64_t> count_by_class(const PointSet& set) {
  std::map<std::int32_t, std::int64_t> counts;
  for (const std::int32_t label : set.label) ++counts[label];
  return counts;
}

constexpr ClusterShape kShapes[] = {ClusterShape::blobs, ClusterShape::moons, ClusterShape::spirals,
                                    ClusterShape::checkerboard, ClusterShape::mixture};

TEST(Clusters, EveryClassIsSplitSeventyToThirty) {
  for (const ClusterShape shape : kShapes)
    for (const std::int64_t dims : {2, 7}) {
      const auto data = make_clusters(points(shape, 5, dims));
      EXPECT_EQ(data->train.size(), 350);
      EXPECT_EQ(data->test.size(), 150);
      for (const PointSet* set : {&data->train, &data->test}) {
        EXPECT_EQ(static_cast<std::int64_t>(set->x.size()), set->size() * dims);
        EXPECT_EQ(set->kind.size(), set->label.size());
        EXPECT_TRUE(std::all_of(set->x.begin(), set->x.end(), [](float v) { return std::isfinite(v); }));
      }
      for (const auto& [label, count] : count_by_class(data->train)) EXPECT_EQ(count, 70) << label;
      for (const auto& [label, count] : count_by_class(data->test)) EXPECT_EQ(count, 30) << label;
      EXPECT_DOUBLE_EQ(data->largest_share, 0.2);
    }
}

TEST(Clusters, ImbalanceIsALongTail) {
  EXPECT_THAT(class_sizes(3, 1000, 1), ElementsAre(1000, 1000, 1000));
  EXPECT_THAT(class_sizes(3, 1000, 100), ElementsAre(1000, 100, 10));
  EXPECT_THAT(class_sizes(5, 160, 16), ElementsAre(160, 80, 40, 20, 10));
  EXPECT_THAT(class_sizes(2, 100, 50), ElementsAre(100, 10)) << "never fewer than ten";
  Config config = points(ClusterShape::blobs, 3, 2);
  config.cluster_imbalance = 4;
  const auto data = make_clusters(config);
  EXPECT_THAT(count_by_class(data->test), ElementsAre(std::pair(0, 30), std::pair(1, 15), std::pair(2, 8)));
  EXPECT_DOUBLE_EQ(data->largest_share, 30.0 / 53);
}

TEST(Clusters, CoordinatesAreStandardisedOverTheTrainingSplit) {
  for (const ClusterShape shape : kShapes) {
    const auto data = make_clusters(points(shape, 4, 5));
    for (std::size_t i = 0; i < 5; ++i) {
      double sum = 0, squares = 0;
      for (std::size_t at = i; at < data->train.x.size(); at += 5) {
        sum += data->train.x[at];
        squares += data->train.x[at] * data->train.x[at];
      }
      const double count = static_cast<double>(data->train.size());
      EXPECT_NEAR(sum / count, 0, 1e-5);
      EXPECT_NEAR(squares / count, 1, 1e-4);
    }
  }
}

TEST(Clusters, OneSeedIsOneSetOfPointsAndAnotherIsAnother) {
  for (const ClusterShape shape : kShapes) {
    Config config = points(shape, 4, 3);
    const auto one = make_clusters(config), again = make_clusters(config);
    EXPECT_EQ(one->train.x, again->train.x);
    EXPECT_EQ(one->test.label, again->test.label);
    config.seed = 2;
    EXPECT_NE(make_clusters(config)->train.x, one->train.x);
  }
}

TEST(Clusters, NoPointIsInBothSplits) {
  const auto data = make_clusters(points(ClusterShape::blobs, 3, 2));
  std::set<std::pair<float, float>> train;
  for (std::size_t i = 0; i < data->train.x.size(); i += 2) train.insert({data->train.x[i], data->train.x[i + 1]});
  for (std::size_t i = 0; i < data->test.x.size(); i += 2)
    EXPECT_EQ(train.count({data->test.x[i], data->test.x[i + 1]}), 0u);
}

TEST(Clusters, TheMixtureSharesItsKindsOutAmongTheClasses) {
  const auto nine = make_clusters(points(ClusterShape::mixture, 9, 10));
  EXPECT_EQ(nine->kind_names.size(), 9u);
  EXPECT_EQ(nine->class_names, nine->kind_names);
  for (std::int64_t i = 0; i < nine->train.size(); ++i)
    EXPECT_EQ(nine->train.label[static_cast<std::size_t>(i)], nine->train.kind[static_cast<std::size_t>(i)]);
  const auto three = make_clusters(points(ClusterShape::mixture, 3, 10));
  EXPECT_EQ(three->class_names.size(), 3u);
  std::map<int, std::set<int>> kinds;
  for (std::int64_t i = 0; i < three->train.size(); ++i)
    kinds[three->train.label[static_cast<std::size_t>(i)]].insert(three->train.kind[static_cast<std::size_t>(i)]);
  EXPECT_THAT(kinds[0], ElementsAre(0, 1, 2)) << "the lines";
  EXPECT_THAT(kinds[1], ElementsAre(3, 4, 5)) << "the Gaussians";
  EXPECT_THAT(kinds[2], ElementsAre(6, 7, 8)) << "the spirals and the noise";
}

// Without noise the geometry is exact, but for the standardisation, which is an affine map of each axis.
TEST(Clusters, TwoMoonsInterlockWithoutTouching) {
  Config config = points(ClusterShape::moons, 2, 2);
  config.cluster_noise = 0;
  const auto data = make_clusters(config);
  float nearest = INFINITY;
  for (std::size_t i = 0; i < data->train.label.size(); ++i)
    for (std::size_t j = 0; j < data->train.label.size(); ++j)
      if (data->train.label[i] != data->train.label[j])
        nearest = std::min(nearest, std::hypot(data->train.x[2 * i] - data->train.x[2 * j],
                                               data->train.x[2 * i + 1] - data->train.x[2 * j + 1]));
  EXPECT_GT(nearest, 0.2F);
}

TEST(Clusters, PlaneShapesLieInAPlane) {
  Config config = points(ClusterShape::spirals, 3, 4);
  config.cluster_noise = 0;
  const auto data = make_clusters(config);
  // Rank two: of the 4 x 4 second moments every 3 x 3 minor vanishes.
  double m[4][4] = {};
  for (std::size_t p = 0; p < data->train.label.size(); ++p)
    for (std::size_t i = 0; i < 4; ++i)
      for (std::size_t j = 0; j < 4; ++j)
        m[i][j] += data->train.x[4 * p + i] * data->train.x[4 * p + j] / static_cast<double>(data->train.size());
  for (std::size_t skip = 0; skip < 4; ++skip) {
    std::size_t k[3], n = 0;
    for (std::size_t i = 0; i < 4; ++i)
      if (i != skip) k[n++] = i;
    const double minor = m[k[0]][k[0]] * (m[k[1]][k[1]] * m[k[2]][k[2]] - m[k[1]][k[2]] * m[k[2]][k[1]]) -
                         m[k[0]][k[1]] * (m[k[1]][k[0]] * m[k[2]][k[2]] - m[k[1]][k[2]] * m[k[2]][k[0]]) +
                         m[k[0]][k[2]] * (m[k[1]][k[0]] * m[k[2]][k[1]] - m[k[1]][k[1]] * m[k[2]][k[0]]);
    EXPECT_NEAR(minor, 0, 1e-4);
  }
}

TEST(Clusters, EveryClassHasATileOnTheBoard) {
  for (std::int64_t classes = 2; classes <= 32; ++classes) {
    const auto data = make_clusters(points(ClusterShape::checkerboard, classes, 2));
    EXPECT_EQ(count_by_class(data->train).size(), static_cast<std::size_t>(classes));
  }
}

TEST(PointSampler, AnEpochHoldsEveryPointOnce) {
  const auto data = make_clusters(points(ClusterShape::blobs, 2, 2));  // 140 to learn from
  PointSampler sampler(data, 1), same(data, 1), other(data, 2);
  std::vector<std::int64_t> two_epochs;
  for (int i = 0; i < 4; ++i) {
    const auto batch = sampler.at(i * 70, 70);
    EXPECT_EQ(batch.size(), 70u);
    EXPECT_EQ(same.at(i * 70, 70), batch);
    EXPECT_NE(other.at(i * 70, 70), batch);
    two_epochs.insert(two_epochs.end(), batch.begin(), batch.end());
  }
  std::vector<std::int64_t> all(140);
  std::iota(all.begin(), all.end(), 0);
  for (int epoch = 0; epoch < 2; ++epoch) {
    std::vector<std::int64_t> seen(two_epochs.begin() + epoch * 140, two_epochs.begin() + (epoch + 1) * 140);
    std::sort(seen.begin(), seen.end());
    EXPECT_EQ(seen, all);
  }
  EXPECT_FALSE(std::equal(two_epochs.begin(), two_epochs.begin() + 140, two_epochs.begin() + 140))
      << "each in an order of its own";
  const auto far = PointSampler(data, 1).at(0, 1000);
  EXPECT_EQ(far.size(), 1000u) << "more than there are: several epochs";
  EXPECT_EQ(PointSampler(data, 1).at(130, 20), (std::vector<std::int64_t>(far.begin() + 130, far.begin() + 150)))
      << "from anywhere";
  EXPECT_EQ(sampler.at(0, 70), (std::vector<std::int64_t>(far.begin(), far.begin() + 70))) << "and back";
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
