#include "core/data/clusters.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "core/config/knobs.h"

namespace switchyard {
namespace {

constexpr double kTestShare = 0.3;
constexpr double kTurns = 1.25, kMixtureTurns = 1;  // of a spiral's arm
constexpr const char* kKindNames[kMixtureKinds] = {"line A", "line B",   "line C",   "std 0.1", "std 0.5",
                                                   "std 1",  "spiral A", "spiral B", "uniform"};
// The mixture: how far lines, spirals and uniform noise reach, and where their centres lie.
constexpr double kReach = 3, kCentreReach = 2;

using Vector = std::vector<double>;

struct Point2 {
  double x, y;
};

Vector normal_vector(RandomStream& stream, std::size_t dims) {
  Vector v(dims);
  for (double& each : v) each = stream.normal();
  return v;
}

double dot(const Vector& a, const Vector& b) { return std::inner_product(a.begin(), a.end(), b.begin(), 0.0); }

void normalise(Vector& v) {
  const double length = std::sqrt(dot(v, v));
  for (double& each : v) each /= length;
}

// Two orthonormal axes; in the plane itself x and y, so that a picture stands upright.
struct Plane {
  Vector first, second;
  static Plane random(RandomStream& stream, std::size_t dims) {
    if (dims == 2) return {{1, 0}, {0, 1}};
    Plane plane{normal_vector(stream, dims), normal_vector(stream, dims)};
    normalise(plane.first);
    const double shared = dot(plane.first, plane.second);
    for (std::size_t i = 0; i < dims; ++i) plane.second[i] -= shared * plane.first[i];
    normalise(plane.second);
    return plane;
  }
  Vector at(Point2 p) const {
    Vector v(first.size());
    for (std::size_t i = 0; i < v.size(); ++i) v[i] = p.x * first[i] + p.y * second[i];
    return v;
  }
};

// `count` centres in [-reach, reach]^d that keep away from each other.
std::vector<Vector> spread_centres(RandomStream& stream, std::size_t count, std::size_t dims, double reach) {
  std::vector<Vector> centres;
  while (centres.size() < count) {
    Vector best;
    double best_distance = -1;
    for (int candidate = 0; candidate < 32; ++candidate) {
      Vector v(dims);
      for (double& each : v) each = reach * (2 * stream.uniform() - 1);
      double nearest = INFINITY;
      for (const Vector& centre : centres) {
        double squares = 0;
        for (std::size_t i = 0; i < dims; ++i) squares += (v[i] - centre[i]) * (v[i] - centre[i]);
        nearest = std::min(nearest, squares);
      }
      if (nearest > best_distance) {
        best_distance = nearest;
        best = std::move(v);
      }
    }
    centres.push_back(std::move(best));
  }
  return centres;
}

Point2 on_spiral(RandomStream& stream, double arm, double arms, double turns) {
  const double t = 0.08 + 0.92 * stream.uniform();
  const double angle = 2 * std::numbers::pi * (arm / arms + turns * t);
  return {t * std::cos(angle), t * std::sin(angle)};
}

// Chained so that each half circle reaches between its neighbours; the chain lies in [-1, 1].
Point2 on_moon(RandomStream& stream, std::int64_t moon, std::int64_t moons) {
  const double angle = std::numbers::pi * stream.uniform();
  const bool upper = moon % 2 == 0;
  const double length = 1.15 * static_cast<double>(moons - 1) + 2;  // from the first one's left end
  const double x = 1.15 * static_cast<double>(moon) + 1 + std::cos(angle);
  const double y = upper ? std::sin(angle) - 0.25 : 0.25 - std::sin(angle);
  return {2 * x / length - 1, 2 * y / length};
}

Point2 on_board(RandomStream& stream, std::int64_t label, std::int64_t classes) {
  const std::int64_t side = std::max<std::int64_t>(4, (classes + 4) / 3);  // every class has a tile
  const std::int64_t slope = classes == 2 ? 1 : 2;
  const auto tiles = static_cast<std::uint64_t>(side);
  for (;;) {
    const auto i = static_cast<std::int64_t>(stream.below(tiles)),
               j = static_cast<std::int64_t>(stream.below(tiles));
    if ((i + slope * j) % classes != label) continue;
    const double width = 2 / static_cast<double>(side);
    return {-1 + width * (static_cast<double>(i) + stream.uniform()),
            -1 + width * (static_cast<double>(j) + stream.uniform())};
  }
}

void add_noise(RandomStream& stream, Vector& v, double deviation) {
  for (double& each : v) each += deviation * stream.normal();
}

// Draws points of one shape; where things lie is decided once, in the constructor.
class Artist {
 public:
  explicit Artist(const Config& config)
      : config_(config),
        dims_(static_cast<std::size_t>(config.cluster_dims)),
        places_(static_cast<std::uint64_t>(config.seed), "cluster places"),
        stream_(static_cast<std::uint64_t>(config.seed), "cluster points") {
    const bool mixture = config.cluster_shape == ClusterShape::mixture;
    plane_ = Plane::random(places_, dims_);
    second_plane_ = Plane::random(places_, dims_);
    centres_ = spread_centres(places_, static_cast<std::size_t>(mixture ? kMixtureKinds : config.cluster_classes),
                              dims_, mixture ? kCentreReach : 1);
    for (int line = 0; line < 3; ++line) {
      directions_.push_back(normal_vector(places_, dims_));
      normalise(directions_.back());
    }
  }

  Vector point(std::int64_t label, std::size_t kind) {
    const double arms = static_cast<double>(config_.cluster_classes);
    Vector v;
    switch (config_.cluster_shape) {
      case ClusterShape::blobs:
        v = centres_[static_cast<std::size_t>(label)];
        break;
      case ClusterShape::moons:
        v = plane_.at(on_moon(stream_, label, config_.cluster_classes));
        break;
      case ClusterShape::spirals:
        v = plane_.at(on_spiral(stream_, static_cast<double>(label), arms, kTurns));
        break;
      case ClusterShape::checkerboard:
        v = plane_.at(on_board(stream_, label, config_.cluster_classes));
        break;
      case ClusterShape::mixture:
        return of_kind(kind);
    }
    add_noise(stream_, v, config_.cluster_noise);
    return v;
  }

 private:
  Vector of_kind(std::size_t kind) {
    constexpr double deviations[] = {0.1, 0.5, 1.0};
    Vector v = centres_[kind];
    if (kind < 3) {
      const double t = kReach * (2 * stream_.uniform() - 1);
      for (std::size_t i = 0; i < dims_; ++i) v[i] += t * directions_[kind][i];
      add_noise(stream_, v, config_.cluster_noise);
    } else if (kind < 6) {
      add_noise(stream_, v, deviations[kind - 3]);
    } else if (kind < 8) {
      v = centres_[6];  // both arms turn about one centre, each in its own plane
      const Point2 p = on_spiral(stream_, static_cast<double>(kind - 6), 2, kMixtureTurns);
      const Vector arm = (kind == 6 ? plane_ : second_plane_).at({kReach * p.x, kReach * p.y});
      for (std::size_t i = 0; i < dims_; ++i) v[i] += arm[i];
      add_noise(stream_, v, config_.cluster_noise);
    } else {
      for (double& each : v) each = kReach * (2 * stream_.uniform() - 1);
    }
    return v;
  }

  const Config& config_;
  std::size_t dims_;
  RandomStream places_, stream_;
  Plane plane_, second_plane_;
  std::vector<Vector> centres_, directions_;
};

void append(PointSet& to, const PointSet& from, std::int64_t index, std::int64_t dims) {
  const auto first = from.x.begin() + index * dims;
  to.x.insert(to.x.end(), first, first + dims);
  to.label.push_back(from.label[static_cast<std::size_t>(index)]);
  to.kind.push_back(from.kind[static_cast<std::size_t>(index)]);
}

PointSet reordered(const PointSet& points, RandomStream& stream, std::int64_t dims) {
  PointSet out;
  for (const std::int64_t i : shuffled(stream, points.size())) append(out, points, i, dims);
  return out;
}

void standardise(ClusterData& data) {
  const auto dims = static_cast<std::size_t>(data.dims);
  const double count = static_cast<double>(data.train.size());
  for (std::size_t i = 0; i < dims; ++i) {
    double sum = 0, squares = 0;
    for (std::size_t at = i; at < data.train.x.size(); at += dims) sum += data.train.x[at];
    const double mean = sum / count;
    for (std::size_t at = i; at < data.train.x.size(); at += dims)
      squares += (data.train.x[at] - mean) * (data.train.x[at] - mean);
    const double deviation = squares > 0 ? std::sqrt(squares / count) : 1;
    for (PointSet* split : {&data.train, &data.test})
      for (std::size_t at = i; at < split->x.size(); at += dims)
        split->x[at] = static_cast<float>((split->x[at] - mean) / deviation);
  }
}

}  // namespace

std::vector<std::int64_t> shuffled(RandomStream& stream, std::int64_t count) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[stream.below(i)]);
  return order;
}

std::vector<std::int64_t> class_sizes(std::int64_t classes, std::int64_t points, double imbalance) {
  std::vector<std::int64_t> sizes;
  for (std::int64_t c = 0; c < classes; ++c) {
    const double share =
        std::pow(imbalance, -static_cast<double>(c) / static_cast<double>(std::max<std::int64_t>(1, classes - 1)));
    sizes.push_back(std::max<std::int64_t>(10, std::llround(static_cast<double>(points) * share)));
  }
  return sizes;
}

std::shared_ptr<const ClusterData> make_clusters(const Config& config) {
  const bool mixture = config.cluster_shape == ClusterShape::mixture;
  auto data = std::make_shared<ClusterData>();
  data->name = to_text(find_knob("cluster_shape")->get(config));
  data->dims = config.cluster_dims;
  data->classes = config.cluster_classes;
  const std::int64_t kinds = mixture ? kMixtureKinds : data->classes;
  for (std::int64_t j = 0; j < kinds; ++j)
    data->kind_names.push_back(mixture ? kKindNames[j] : fmt::format("class {}", j));
  for (std::int64_t c = 0; c < data->classes; ++c)
    data->class_names.push_back(kinds == data->classes ? data->kind_names[static_cast<std::size_t>(c)]
                                                       : fmt::format("class {}", c));

  Artist artist(config);
  RandomStream split(static_cast<std::uint64_t>(config.seed), "cluster split");
  const std::vector<std::int64_t> sizes =
      class_sizes(data->classes, config.cluster_points, config.cluster_imbalance);
  PointSet train, test;
  std::int64_t largest = 0;
  for (std::int64_t c = 0; c < data->classes; ++c) {
    std::vector<std::int64_t> kinds_of_class;
    for (std::int64_t j = 0; j < kinds; ++j)
      if (j * data->classes / kinds == c) kinds_of_class.push_back(j);
    PointSet all;
    for (std::int64_t i = 0; i < sizes[static_cast<std::size_t>(c)]; ++i) {
      const std::int64_t kind = kinds_of_class[static_cast<std::size_t>(i) % kinds_of_class.size()];
      for (const double value : artist.point(c, static_cast<std::size_t>(kind)))
        all.x.push_back(static_cast<float>(value));
      all.label.push_back(static_cast<std::int32_t>(c));
      all.kind.push_back(static_cast<std::uint8_t>(kind));
    }
    const auto for_test = std::llround(kTestShare * static_cast<double>(all.size()));
    largest = std::max<std::int64_t>(largest, for_test);
    std::int64_t taken = 0;
    for (const std::int64_t i : shuffled(split, all.size()))
      append(taken++ < for_test ? test : train, all, i, data->dims);
  }
  data->train = reordered(train, split, data->dims);
  data->test = reordered(test, split, data->dims);
  data->largest_share = static_cast<double>(largest) / static_cast<double>(data->test.size());
  standardise(*data);
  return data;
}

PointSampler::PointSampler(std::shared_ptr<const ClusterData> data, std::uint64_t seed)
    : data_(std::move(data)), key_(philox_key(seed, "batches")) {}

std::vector<std::int64_t> PointSampler::at(std::int64_t first, std::int64_t batch) {
  const std::int64_t points = data_->train.size();
  std::vector<std::int64_t> drawn;
  drawn.reserve(static_cast<std::size_t>(batch));
  for (std::int64_t i = first; i < first + batch; ++i) {
    if (const std::int64_t epoch = i / points; epoch != epoch_) {
      order_.resize(static_cast<std::size_t>(points));
      std::iota(order_.begin(), order_.end(), std::int64_t{0});
      for (std::size_t place = order_.size(); place > 1; --place)
        std::swap(order_[place - 1], order_[philox_below(key_, static_cast<std::uint64_t>(epoch), place, place)]);
      epoch_ = epoch;
    }
    drawn.push_back(order_[static_cast<std::size_t>(i % points)]);
  }
  return drawn;
}

}  // namespace switchyard
