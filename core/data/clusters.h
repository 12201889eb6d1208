// Synthetic points with known classes, and for the mixture known kinds: a task whose truth can be drawn.
//
//   blobs         a Gaussian a class, std = noise; centres far from each other in [-1, 1]^d (of 32 candidates the
//                 one farthest from those before it; Mitchell 1991)
//   moons         half circles, every second one upside down and between its neighbours
//   spirals       one arm a class: angle 2 pi (c / C + 1.25 t), radius t, t uniform in [0.08, 1]
//   checkerboard  a board over [-1, 1]^2, tile (i, j) of class i + j mod 2, or i + 2 j mod C for C > 2
//   mixture       nine kinds: three lines, three Gaussians of std 0.1, 0.5 and 1, two arms of a spiral about one
//                 centre (a single turn, each in a plane of its own where d > 2), uniform noise; all reach 3
//                 units, their centres lie far from each other in [-2, 2]^d. Kind j is of class floor(j C / 9): of
//                 nine classes each is a kind
//
// Plane shapes are turned into a random plane where d > 2; noise is on all d coordinates. Class c has
// n_c = max(10, round(n r^(-c / (C - 1)))) points, r the imbalance (long tail of Cui 2019, 1901.05555); 30 % of
// each class are for testing. Then every coordinate is standardised: mean 0 and standard deviation 1 over the
// training split.
//
// The same on every platform: nothing but RandomStream and Philox decide. Thread safety: pure functions, a sampler
// belongs to one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/base/philox.h"
#include "core/base/random.h"
#include "core/base/text_facts.h"
#include "core/config/config.h"

namespace switchyard {

struct PointSet {
  std::vector<float> x;             // [points, dims]
  std::vector<std::int32_t> label;  // [points] class
  std::vector<std::uint8_t>
      kind;  // [points] index into ClusterData::kind_names; of all shapes but the mixture the class
  std::int64_t size() const { return static_cast<std::int64_t>(label.size()); }
};

struct ClusterData {
  std::string name;  // of the shape, or of the file without its folders
  std::int64_t dims = 2, classes = 2;
  std::vector<std::string> class_names, kind_names;
  // Each in random order, so that its first points are a fair sample.
  PointSet train, test;
  double largest_share = 0;  // of a class in the test split: what always guessing it scores

  // Of a file (own_points.h), else empty.
  std::string path;  // absolute, as Config::points holds it
  Fingerprint source;
  std::shared_ptr<const std::string> bytes;  // as Corpus::bytes
  std::string form;                          // PointsTable::form
  std::vector<std::string> axis_names;       // [dims]
  std::vector<double> centre, spread;        // [dims] the file's own numbers are centre + spread x
};

// From the seed and the cluster_ settings alone; the configuration must be valid.
std::shared_ptr<const ClusterData> make_clusters(const Config& config);

// 0 .. count - 1, any order as likely.
std::vector<std::int64_t> shuffled(RandomStream& stream, std::int64_t count);

// n_c of every class.
std::vector<std::int64_t> class_sizes(std::int64_t classes, std::int64_t points, double imbalance);

// The training split in a random order that follows from the seed and the epoch alone (philox.h), dealt out batch
// by batch; a batch may reach over the end of an epoch. A position in the data is the number of points drawn so
// far.
class PointSampler {
 public:
  PointSampler(std::shared_ptr<const ClusterData> data, std::uint64_t seed);
  // Points first .. first + batch - 1: indices into the training split.
  std::vector<std::int64_t> at(std::int64_t first, std::int64_t batch);

 private:
  std::shared_ptr<const ClusterData> data_;
  PhiloxKey key_;
  std::vector<std::int64_t> order_;  // of `epoch_`, the last that was asked for
  std::int64_t epoch_ = -1;
};

}  // namespace switchyard
