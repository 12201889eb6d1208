#include "core/compare/t_test.h"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <limits>
#include <vector>

namespace switchyard {
namespace {

struct Sample {
  double n = 0, mean = 0, variance = 0;  // variance: divisor n - 1
};

Sample sample_of(std::span<const double> values) {
  Sample out;
  out.n = static_cast<double>(values.size());
  if (values.empty()) return out;
  for (const double v : values) out.mean += v / out.n;
  if (values.size() < 2) return out;
  for (const double v : values) out.variance += (v - out.mean) * (v - out.mean) / (out.n - 1);
  return out;
}

// Equal values have no spread, whatever rounding their mean brings.
bool are_equal(std::span<const double> values) {
  return std::all_of(values.begin(), values.end(), [&](double v) { return v == values[0]; });
}

void fill_p(TTest& test) {
  if (test.standard_error > 0) {
    const boost::math::students_t distribution(test.degrees);
    test.p = 2 * boost::math::cdf(
                     boost::math::complement(distribution, std::fabs(test.difference) / test.standard_error));
  } else {
    test.p = test.difference == 0 ? 1 : 0;
  }
}

}  // namespace

TTest paired_t_test(std::span<const double> a, std::span<const double> b) {
  const std::size_t n = std::min(a.size(), b.size());
  std::vector<double> differences(n);
  for (std::size_t i = 0; i < n; ++i) differences[i] = b[i] - a[i];
  const Sample sample = sample_of(differences);
  TTest test;
  if (n == 0) return test;
  test.difference = are_equal(differences) ? differences[0] : sample.mean;
  if (n < 2) return test;
  test.degrees = sample.n - 1;
  test.standard_error = are_equal(differences) ? 0 : std::sqrt(sample.variance / sample.n);
  fill_p(test);
  return test;
}

TTest welch_t_test(std::span<const double> a, std::span<const double> b) {
  TTest test;
  if (a.empty() || b.empty()) return test;
  const Sample of_a = sample_of(a), of_b = sample_of(b);
  test.difference = are_equal(a) && are_equal(b) ? b[0] - a[0] : of_b.mean - of_a.mean;
  if (a.size() < 2 || b.size() < 2) return test;
  const double share_a = are_equal(a) ? 0 : of_a.variance / of_a.n,
               share_b = are_equal(b) ? 0 : of_b.variance / of_b.n;
  const double variance = share_a + share_b;
  test.standard_error = std::sqrt(variance);
  test.degrees = variance > 0
                     ? variance * variance / (share_a * share_a / (of_a.n - 1) + share_b * share_b / (of_b.n - 1))
                     : of_a.n + of_b.n - 2;
  fill_p(test);
  return test;
}

double half_width(const TTest& test, double alpha) {
  if (!test.can_tell()) return std::numeric_limits<double>::infinity();
  if (test.standard_error == 0) return 0;
  const boost::math::students_t distribution(test.degrees);
  return boost::math::quantile(boost::math::complement(distribution, alpha / 2)) * test.standard_error;
}

}  // namespace switchyard
