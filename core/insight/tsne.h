// t-SNE (van der Maaten & Hinton 2008), exact, a few iterations at a time.
//
//   p(j|i) = exp(-|x_i - x_j|^2 / 2 s_i^2) / sum, with s_i such that exp(H(p(.|i))) = perplexity
//   p_ij   = (p(j|i) + p(i|j)) / 2n
//   q_ij   = 1 / (1 + |y_i - y_j|^2) / sum
//
// KL(P || Q) is minimised by gradient descent with momentum and gains (Jacobs 1988). The first `exaggerated`
// iterations multiply P by `exaggeration`, which lets clusters form; the learning rate is n / exaggeration, at
// least 50 (Belkina 2019). One thread, sums in one order: the same points, options and seed give the same picture.
// Cost: n^2 a step, n^2 floats of memory.
//
// What to read into it: who is whose neighbour. Distances between clusters, and their sizes, mean nothing.
// Thread safety: as a value; one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
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
  // `go_on`, if given, is asked once a point; its no ends the work with a failure.
  static Result<Tsne> create(std::span<const float> points, std::size_t dims, const TsneOptions& options = {},
                             const std::function<bool()>& go_on = {});

  void iterate();
  // KL(P || Q), nats, of the P without exaggeration. Costs about as much as an iteration.
  double divergence() const;
  // That many more iterations, and the divergence after them.
  double advance(int iterations);

  std::size_t size() const { return n_; }
  int iteration() const { return iteration_; }
  std::vector<float> positions() const;  // [n, 2] centred on 0
  // [n, n] P, symmetric, sums to 1: for tests.
  const std::vector<float>& affinities() const { return p_; }

 private:
  Tsne() = default;

  std::size_t n_ = 0;
  TsneOptions options_;
  std::vector<float> p_;                // [n, n]
  double entropy_ = 0;                  // sum of p ln p
  std::vector<float> x_, y_;            // [n]
  std::vector<float> velocity_, gain_;  // [n, 2]
  int iteration_ = 0;
};

// p(j|i) of all j from their squared distances to point i, [n]; 0 at i: for tests.
std::vector<double> neighbour_probabilities(std::span<const double> squared, std::size_t i, double perplexity);

}  // namespace switchyard
