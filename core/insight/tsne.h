// t-SNE (van der Maaten & Hinton 2008), exact, a few iterations at a time.
//
//   p(j|i) = exp(-|x_i - x_j|^2 / 2 s_i^2) / sum, s_i such that exp(H(p(.|i))) = perplexity;  p_ij = (p(j|i) +
//   p(i|j)) / 2n q_ij = 1 / (1 + |y_i - y_j|^2) / sum;  minimised: KL(P || Q), by gradient descent with momentum
//   and gains
//
// The first `exaggerated` iterations multiply P by `exaggeration`, which lets clusters form; the learning rate is
// n / exaggeration, at least 50 (Belkina 2019). One thread, sums in one order: the same points, options and seed
// give the same picture. Cost: n^2 a step, n^2 floats of memory.
//
// What to read into it: who is whose neighbour. Distances between clusters, and their sizes, mean nothing.
// Thread safety: as a value; one thread at a time.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/base/result.h"

namespace switchyard {

struct TsneOptions {
  double perplexity = 30;  // 2 to (n - 1) / 3: effective neighbours of a point
  std::uint64_t seed = 1;  // of where points start: a Gaussian cloud of deviation 1e-4
  double exaggeration = 12;
  int exaggerated = 250;  // iterations
  int iterations = 1000;  // in all, for those who run it to its end
};

class Tsne {
 public:
  static constexpr std::size_t kMostPoints = 2000;

  // points [n, dims], row-major. usage: n below 7 or above kMostPoints, a perplexity out of its range for n, or a
  // value that is not finite. This computes P: n^2 dims.
  static Result<Tsne> create(std::span<const float> points, std::size_t dims, const TsneOptions& options = {});

  // That many more iterations; the KL divergence after them, nats, of the P without exaggeration.
  double advance(int iterations);

  std::size_t size() const { return n_; }
  int iteration() const { return iteration_; }
  const std::vector<float>& positions() const { return y_; }  // [n, 2], centred on 0
  // [n, n] symmetric, sums to 1: for tests.
  const std::vector<float>& affinities() const { return p_; }

 private:
  Tsne() = default;
  double divergence() const;

  std::size_t n_ = 0;
  TsneOptions options_;
  std::vector<float> p_;
  double entropy_ = 0;  // sum of p ln p
  std::vector<float> y_, velocity_, gain_;
  int iteration_ = 0;
};

// exp(H) of the distribution over the others of point `i` that the bandwidth found for `perplexity` gives: for
// tests. squared [n] distances from i.
std::vector<double> neighbour_probabilities(std::span<const double> squared, std::size_t i, double perplexity);

}  // namespace switchyard
