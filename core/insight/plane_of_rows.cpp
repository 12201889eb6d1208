#include "core/insight/plane_of_rows.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

namespace switchyard {
namespace {

// Turns: as many as this many numbers are gone through by all planes, within these bounds.
constexpr std::size_t kWork = 20'000'000, kFewestTurns = 24, kMostTurns = 500;
constexpr double kStill = 1e-12;  // of 1 - |cosine| between two turns

using Vector = std::vector<double>;

double dot(const Vector& a, const Vector& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

double normalise(Vector& v) {
  const double length = std::sqrt(dot(v, v));
  if (length > 0)
    for (double& one : v) one /= length;
  return length;
}

void take_out(Vector& v, const Vector& axis) {
  const double along = dot(v, axis);
  for (std::size_t i = 0; i < v.size(); ++i) v[i] -= along * axis[i];
}

// C v, where C = sum of x x^T over centred rows.
Vector times_covariance(const std::vector<Vector>& rows, const Vector& v) {
  Vector made(v.size(), 0);
  for (const Vector& row : rows) {
    const double along = dot(row, v);
    for (std::size_t i = 0; i < v.size(); ++i) made[i] += along * row[i];
  }
  return made;
}

void point_up(Vector& axis) {
  const auto largest =
      std::max_element(axis.begin(), axis.end(), [](double a, double b) { return std::abs(a) < std::abs(b); });
  if (*largest < 0)
    for (double& one : axis) one = -one;
}

// The two leading axes and their variances, summed over the rows.
std::pair<std::pair<Vector, Vector>, std::pair<double, double>> leading(const std::vector<Vector>& rows,
                                                                        std::size_t width, std::size_t planes) {
  Vector first(width), second(width);
  for (std::size_t i = 0; i < width; ++i) {
    first[i] = 1 + 0.5 * std::sin(1.7 * static_cast<double>(i) + 0.3);
    second[i] = std::cos(2.3 * static_cast<double>(i) + 0.7);
  }
  normalise(first);
  take_out(second, first);
  normalise(second);
  std::pair<double, double> variance{0, 0};
  const std::size_t turns =
      std::clamp(kWork / (std::max<std::size_t>(1, planes) * rows.size() * width), kFewestTurns, kMostTurns);
  for (std::size_t turn = 0; turn < turns; ++turn) {
    Vector next_first = times_covariance(rows, first), next_second = times_covariance(rows, second);
    variance.first = normalise(next_first);
    take_out(next_second, next_first);
    variance.second = normalise(next_second);
    const double moved = std::max(1 - std::abs(dot(first, next_first)),
                                  variance.second > 0 ? 1 - std::abs(dot(second, next_second)) : 0);
    first = std::move(next_first), second = std::move(next_second);
    if (moved < kStill) break;
  }
  return {{std::move(first), std::move(second)}, variance};
}

}  // namespace

ProbePlane plane_of_rows(std::span<const float> x, std::size_t width, std::size_t planes) {
  ProbePlane plane;
  if (width < 2 || x.size() < 2 * width) return plane;
  const std::size_t rows = x.size() / width;
  std::vector<std::size_t> whole;
  for (std::size_t r = 0; r < rows; ++r) {
    const auto row = x.subspan(r * width, width);
    if (std::all_of(row.begin(), row.end(), [](float one) { return std::isfinite(one); })) whole.push_back(r);
  }
  if (whole.size() < 2) return plane;
  Vector mean(width, 0);
  for (const std::size_t r : whole)
    for (std::size_t i = 0; i < width; ++i)
      mean[i] += static_cast<double>(x[r * width + i]) / static_cast<double>(whole.size());
  const auto centred = [&](std::size_t r) {
    Vector row(width);
    for (std::size_t i = 0; i < width; ++i) row[i] = static_cast<double>(x[r * width + i]) - mean[i];
    return row;
  };
  const std::size_t used = std::min(whole.size(), std::max<std::size_t>(2, kMostPlaneNumbers / width));
  std::vector<Vector> cloud;
  double total = 0;
  for (std::size_t i = 0; i < used; ++i) {
    cloud.push_back(centred(whole[i * whole.size() / used]));
    total += dot(cloud.back(), cloud.back());
  }
  if (!(total > 0)) return plane;
  auto [axes, variance] = leading(cloud, width, planes);
  auto& [first, second] = axes;
  point_up(first);
  if (variance.second > 0) point_up(second);
  plane.explained = {static_cast<float>(variance.first / total), static_cast<float>(variance.second / total)};
  for (std::size_t i = 0; i < width; ++i) {
    plane.axes.push_back(static_cast<float>(first[i]));
    plane.axes.push_back(static_cast<float>(second[i]));
  }
  plane.xy.assign(2 * rows, std::numeric_limits<float>::quiet_NaN());
  for (const std::size_t r : whole) {
    const Vector row = centred(r);
    plane.xy[2 * r] = static_cast<float>(dot(row, first));
    plane.xy[2 * r + 1] = static_cast<float>(dot(row, second));
  }
  return plane;
}

}  // namespace switchyard
