#include "core/insight/tsne.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/base/random.h"

namespace switchyard {
namespace {

constexpr double kTiny = 1e-12;
constexpr double kStart = 1e-4;  // deviation of the cloud that points start from
constexpr double kEarlyMomentum = 0.5, kLateMomentum = 0.8;
constexpr float kLeastGain = 0.01F;

// Sums of one point's forces over all others, itself included: its own distance is 0 and its own p is 0, so it
// adds nothing to the forces and 1 to `mass`.
struct Forces {
  float pull_x = 0, pull_y = 0;  // sum of p q (y_i - y_j)
  float push_x = 0, push_y = 0;  // sum of q^2 (y_i - y_j)
  float mass = 0;                // sum of q
};

// Sums may be reordered here, the same way every time: see core/CMakeLists.txt.
Forces forces_of(const float* p, const float* x, const float* y, float own_x, float own_y, std::size_t n) {
  Forces sum;
  for (std::size_t j = 0; j < n; ++j) {
    const float dx = own_x - x[j], dy = own_y - y[j];
    const float q = 1.0F / (1.0F + dx * dx + dy * dy);
    const float pq = p[j] * q, qq = q * q;
    sum.pull_x += pq * dx;
    sum.pull_y += pq * dy;
    sum.push_x += qq * dx;
    sum.push_y += qq * dy;
    sum.mass += q;
  }
  return sum;
}

// [n] squared distances of all points from point i.
void distances(std::span<const float> points, std::size_t dims, std::size_t i, std::vector<double>& squared) {
  const float* own = points.data() + i * dims;
  for (std::size_t j = 0; j < squared.size(); ++j) {
    const float* other = points.data() + j * dims;
    double sum = 0;
    for (std::size_t d = 0; d < dims; ++d) sum += static_cast<double>((own[d] - other[d]) * (own[d] - other[d]));
    squared[j] = sum;
  }
}

}  // namespace

std::vector<double> neighbour_probabilities(std::span<const double> squared, std::size_t i, double perplexity) {
  const double wanted = std::log(perplexity);
  double nearest = std::numeric_limits<double>::infinity(), mean = 0;
  for (std::size_t j = 0; j < squared.size(); ++j)
    if (j != i) {
      nearest = std::min(nearest, squared[j]);
      mean += squared[j] / static_cast<double>(squared.size() - 1);
    }
  std::vector<double> p(squared.size(), 0);
  // Precision 1 / 2 s^2, from the scale of the distances; the entropy falls as it grows.
  double precision = mean > nearest ? 1 / (mean - nearest) : 1, low = 0,
         high = std::numeric_limits<double>::infinity();
  for (int round = 0; round < 100; ++round) {
    double sum = 0, weighted = 0;
    for (std::size_t j = 0; j < squared.size(); ++j) {
      if (j == i) continue;
      const double away = precision * (squared[j] - nearest);
      p[j] = std::exp(-away);
      sum += p[j];
      weighted += p[j] * away;
    }
    for (double& value : p) value /= sum;
    const double entropy = std::log(sum) + weighted / sum;
    if (std::abs(entropy - wanted) < 1e-7) break;
    if (entropy > wanted) {
      low = precision;
      precision = std::isinf(high) ? 2 * precision : (precision + high) / 2;
    } else {
      high = precision;
      precision = (precision + low) / 2;
    }
  }
  return p;
}

Result<Tsne> Tsne::create(std::span<const float> points, std::size_t dims, const TsneOptions& options,
                          const std::function<bool()>& go_on) {
  const std::size_t n = dims > 0 ? points.size() / dims : 0;
  if (n < 7 || n > kMostPoints)
    return usage_error(fmt::format("t-SNE of {} points: allowed is 7 to {}", n, kMostPoints));
  const double most = static_cast<double>(n - 1) / 3;
  if (!(options.perplexity >= 2 && options.perplexity <= most))
    return usage_error(
        fmt::format("t-SNE perplexity {}: allowed is 2 to {:.1f} for {} points", options.perplexity, most, n));
  if (!std::all_of(points.begin(), points.end(), [](float value) { return std::isfinite(value); }))
    return usage_error("t-SNE: a coordinate is not a finite number");

  Tsne made;
  made.n_ = n;
  made.options_ = options;
  made.p_.assign(n * n, 0);
  std::vector<double> squared(n);
  for (std::size_t i = 0; i < n; ++i) {
    if (go_on && !go_on()) return failure("t-SNE was cancelled");
    distances(points, dims, i, squared);
    const std::vector<double> own = neighbour_probabilities(squared, i, options.perplexity);
    for (std::size_t j = 0; j < n; ++j) {
      const auto half = static_cast<float>(own[j] / (2 * static_cast<double>(n)));
      made.p_[i * n + j] += half;
      made.p_[j * n + i] += half;
    }
  }
  for (const float p : made.p_)
    if (p > 0) made.entropy_ += static_cast<double>(p) * std::log(static_cast<double>(p));

  RandomStream stream(options.seed, "t-SNE");
  made.x_.resize(n);
  made.y_.resize(n);
  for (std::size_t i = 0; i < n; ++i) {
    made.x_[i] = static_cast<float>(kStart * stream.normal());
    made.y_[i] = static_cast<float>(kStart * stream.normal());
  }
  made.velocity_.assign(2 * n, 0);
  made.gain_.assign(2 * n, 1);
  return made;
}

double Tsne::advance(int iterations) {
  for (int i = 0; i < iterations; ++i) iterate();
  return divergence();
}

void Tsne::iterate() {
  const bool early = iteration_ < options_.exaggerated;
  const double pulled = early ? options_.exaggeration : 1;
  const auto momentum = static_cast<float>(early ? kEarlyMomentum : kLateMomentum);
  const auto rate =
      static_cast<float>(std::max(50.0, static_cast<double>(n_) / std::max(1.0, options_.exaggeration)));
  std::vector<Forces> forces(n_);
  double mass = 0;
  for (std::size_t i = 0; i < n_; ++i) {
    forces[i] = forces_of(p_.data() + i * n_, x_.data(), y_.data(), x_[i], y_[i], n_);
    mass += static_cast<double>(forces[i].mass) - 1;
  }
  const auto pull = static_cast<float>(4 * pulled), push = static_cast<float>(4 / std::max(mass, kTiny));
  const auto move = [&](float& value, std::size_t at, float slope) {
    // The gain of a coordinate grows while it keeps its direction (Jacobs 1988).
    const bool onward = (slope > 0) != (velocity_[at] > 0);
    gain_[at] = std::max(kLeastGain, onward ? gain_[at] + 0.2F : gain_[at] * 0.8F);
    velocity_[at] = momentum * velocity_[at] - rate * gain_[at] * slope;
    value += velocity_[at];
  };
  for (std::size_t i = 0; i < n_; ++i) {
    move(x_[i], 2 * i, pull * forces[i].pull_x - push * forces[i].push_x);
    move(y_[i], 2 * i + 1, pull * forces[i].pull_y - push * forces[i].push_y);
  }
  for (std::vector<float>* axis : {&x_, &y_}) {
    const auto mean =
        static_cast<float>(std::accumulate(axis->begin(), axis->end(), 0.0) / static_cast<double>(n_));
    for (float& value : *axis) value -= mean;
  }
  ++iteration_;
}

// KL(P || Q) = sum p ln p + sum p ln(1 + d^2) + ln Z, as sum p = 1.
double Tsne::divergence() const {
  double cross = 0, mass = 0;
  for (std::size_t i = 0; i < n_; ++i)
    for (std::size_t j = i + 1; j < n_; ++j) {
      const float dx = x_[i] - x_[j], dy = y_[i] - y_[j];
      const float spread = 1 + dx * dx + dy * dy;
      cross += 2.0 * static_cast<double>(p_[i * n_ + j] * std::log(spread));
      mass += 2.0 / static_cast<double>(spread);
    }
  return entropy_ + cross + std::log(mass);
}

std::vector<float> Tsne::positions() const {
  std::vector<float> all;
  all.reserve(2 * n_);
  for (std::size_t i = 0; i < n_; ++i) all.insert(all.end(), {x_[i], y_[i]});
  return all;
}

}  // namespace switchyard
