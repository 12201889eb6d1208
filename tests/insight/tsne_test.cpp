#include "core/insight/tsne.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/base/random.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

// `count` points around each of three centres, ten deviations apart, in five dimensions.
std::vector<float> blobs(std::size_t count) {
  RandomStream stream(3, "blobs");
  std::vector<float> points;
  for (std::size_t b = 0; b < 3; ++b)
    for (std::size_t i = 0; i < count; ++i)
      for (std::size_t d = 0; d < 5; ++d)
        points.push_back(static_cast<float>(stream.normal() + (d == b ? 14.0 : 0.0)));
  return points;
}

double distance(const std::vector<float>& y, std::size_t i, std::size_t j) {
  return std::hypot(y[2 * i] - y[2 * j], y[2 * i + 1] - y[2 * j + 1]);
}

TEST(Tsne, BandwidthsMeetThePerplexity) {
  RandomStream stream(1, "distances");
  std::vector<double> squared(200);
  for (double& d : squared) d = 100 * stream.uniform() + 3;
  squared[17] = 0;
  for (const double perplexity : {2.0, 5.0, 30.0, 66.0}) {
    const std::vector<double> p = neighbour_probabilities(squared, 17, perplexity);
    EXPECT_EQ(p[17], 0);
    EXPECT_NEAR(std::accumulate(p.begin(), p.end(), 0.0), 1, 1e-12);
    double entropy = 0;
    for (const double x : p)
      if (x > 0) entropy -= x * std::log(x);
    EXPECT_NEAR(std::exp(entropy), perplexity, 1e-4);
    // Nearer is likelier.
    EXPECT_EQ(std::max_element(p.begin(), p.end()) - p.begin(),
              std::min_element(squared.begin(), squared.end(), [](double a, double b) {
                return (a == 0 ? 1e9 : a) < (b == 0 ? 1e9 : b);
              }) - squared.begin());
  }
}

// Four points at squared distances 1, 1, 4 from the first. With precision b: weights 1, 1, e^(-3b); for a
// perplexity of 2 the third must vanish, for 3 all must be equal.
TEST(Tsne, BandwidthsAtTheirLimits) {
  const std::vector<double> squared{0, 1, 1, 4};
  const std::vector<double> few = neighbour_probabilities(squared, 0, 2.001);
  EXPECT_NEAR(few[1], 0.5, 1e-3);
  EXPECT_LT(few[3], 1e-3);
  const std::vector<double> all = neighbour_probabilities(squared, 0, 2.999);
  EXPECT_NEAR(all[3], 1.0 / 3, 0.02);
}

TEST(Tsne, AffinitiesAreSymmetricAndSumToOne) {
  TsneOptions options;
  options.perplexity = 5;
  const auto tsne = Tsne::create(blobs(10), 5, options);
  ASSERT_TRUE(tsne);
  const std::vector<float>& p = tsne->affinities();
  EXPECT_NEAR(std::accumulate(p.begin(), p.end(), 0.0), 1, 1e-5);
  for (std::size_t i = 0; i < 30; ++i) {
    EXPECT_EQ(p[i * 30 + i], 0);
    for (std::size_t j = 0; j < 30; ++j) EXPECT_FLOAT_EQ(p[i * 30 + j], p[j * 30 + i]);
  }
}

TEST(Tsne, TheDivergenceIsTheDefinitions) {
  TsneOptions options;
  options.perplexity = 5;
  auto tsne = Tsne::create(blobs(8), 5, options);
  ASSERT_TRUE(tsne);
  const double shown = tsne->advance(40);
  const std::vector<float> y = tsne->positions();
  const std::vector<float>& p = tsne->affinities();
  double mass = 0, kl = 0;
  for (std::size_t i = 0; i < 24; ++i)
    for (std::size_t j = 0; j < 24; ++j)
      if (i != j) mass += 1 / (1 + std::pow(distance(y, i, j), 2));
  for (std::size_t i = 0; i < 24; ++i)
    for (std::size_t j = 0; j < 24; ++j)
      if (i != j && p[i * 24 + j] > 0)
        kl += p[i * 24 + j] * std::log(p[i * 24 + j] / (1 / (1 + std::pow(distance(y, i, j), 2)) / mass));
  EXPECT_NEAR(shown, kl, 1e-4);
}

TEST(Tsne, TheDivergenceFallsAndBlobsStayApart) {
  const std::size_t count = 60;
  TsneOptions options;
  options.perplexity = 15;
  auto tsne = Tsne::create(blobs(count), 5, options);
  ASSERT_TRUE(tsne);
  const double start = tsne->divergence();
  tsne->advance(250);  // exaggerated: another function is minimised
  double before = tsne->divergence();
  EXPECT_LT(before, start);
  for (int i = 0; i < 5; ++i) {
    const double after = tsne->advance(50);
    EXPECT_LE(after, before + 1e-3);
    before = after;
  }
  EXPECT_EQ(tsne->iteration(), 500);
  EXPECT_LT(before, 0.5 * start);

  // Every point is nearer to the farthest of its own blob's ten nearest than to any other blob.
  const std::vector<float> y = tsne->positions();
  for (std::size_t i = 0; i < 3 * count; ++i) {
    double own = 0, other = 1e9;
    std::vector<double> same;
    for (std::size_t j = 0; j < 3 * count; ++j) {
      if (j == i) continue;
      if (i / count == j / count) same.push_back(distance(y, i, j));
      else other = std::min(other, distance(y, i, j));
    }
    std::nth_element(same.begin(), same.begin() + 9, same.end());
    own = same[9];
    EXPECT_LT(own, other) << "point " << i;
  }
  const double mean = std::accumulate(y.begin(), y.end(), 0.0);
  EXPECT_NEAR(mean, 0, 1e-2) << "centred";
}

TEST(Tsne, RepeatsWithItsSeed) {
  const std::vector<float> points = blobs(10);
  const auto run = [&](std::uint64_t seed, const std::vector<int>& parts) {
    TsneOptions options;
    options.perplexity = 5;
    options.seed = seed;
    auto tsne = Tsne::create(points, 5, options);
    for (const int part : parts) tsne->advance(part);
    return tsne->positions();
  };
  EXPECT_EQ(run(1, {60}), run(1, {20, 1, 39})) << "in parts as in one";
  EXPECT_NE(run(1, {60}), run(2, {60}));
}

TEST(Tsne, PointsThatAreAllAlikeStayFinite) {
  auto tsne = Tsne::create(std::vector<float>(40, 1.5F), 2, {.perplexity = 3});
  ASSERT_TRUE(tsne);
  EXPECT_TRUE(std::isfinite(tsne->advance(300)));
  for (const float y : tsne->positions()) EXPECT_TRUE(std::isfinite(y));
}

TEST(Tsne, RefusesWhatItCannotShow) {
  const std::vector<float> points = blobs(10);
  EXPECT_FALSE(Tsne::create(std::span(points).first(30), 5));  // 6 points
  EXPECT_FALSE(Tsne::create(points, 5, {.perplexity = 11})) << "30 points allow 9.7";
  EXPECT_FALSE(Tsne::create(points, 0));
  EXPECT_FALSE(Tsne::create(std::vector<float>(2 * (Tsne::kMostPoints + 1), 0), 2));
  std::vector<float> broken = points;
  broken[7] = std::nanf("");
  EXPECT_FALSE(Tsne::create(broken, 5, {.perplexity = 5}));
  EXPECT_FALSE(Tsne::create(points, 5, {.perplexity = 5}, [] { return false; })) << "cancelled";
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
