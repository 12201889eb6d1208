// Whether two sets of measurements have different means, by Student's t test: of pairs (the same seed, so the same
// batches, in both) or of independent samples with variances of their own (Welch 1947).
//
//   paired   d = mean(b - a),        s = sd(b - a) / sqrt(n),              n - 1 degrees of freedom
//   Welch    d = mean(b) - mean(a),  s = sqrt(va / na + vb / nb),          (va/na + vb/nb)^2 over
//                                                                          (va/na)^2/(na-1) + (vb/nb)^2/(nb-1)
//
// with sample variances (divisor n - 1); t = d / s, p two-sided. Measurements are finite.
// Thread safety: pure functions.
#pragma once

#include <span>

namespace switchyard {

struct TTest {
  double difference = 0;      // mean of b less mean of a
  double standard_error = 0;  // of the difference; 0: it is the same at every seed
  double degrees = 0;         // of freedom; 0: too few measurements for a test
  double p = 1;               // of a difference at least as large, were the means equal
  bool can_tell() const { return degrees > 0; }
};

// As many in b as in a, seed by seed; a test from two on.
TTest paired_t_test(std::span<const double> a, std::span<const double> b);
// A test from two in each on.
TTest welch_t_test(std::span<const double> a, std::span<const double> b);

// Half the width of the interval that holds the true difference with probability 1 - alpha. Infinite without a
// test.
double half_width(const TTest& test, double alpha);

}  // namespace switchyard
