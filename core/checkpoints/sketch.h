// A long vector as 4,096 numbers, from which cosines between such vectors are told: a count sketch (Charikar, Chen
// and Farach-Colton 2002), added to in one pass from any place.
//
// The vector is cut into blocks of 4,096. Each number gets a random sign, and each block a random turn: number j
// of block b is added at (j + turn_b) mod 4,096. Two numbers of one block never meet, two of different blocks with
// probability 1 / 4,096, so a sketch is as good as one that draws a place for each number; of a vector without
// gaps that has no more than a block it is exact. With a cosine c of the vectors, that of their sketches is off by
// a standard deviation of at most (1 - c^2) / sqrt(4,096): three of them are 0.047 at c = 0, and less elsewhere.
//
// Thread safety: an object belongs to one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace switchyard {

class Sketch {
 public:
  static constexpr std::size_t kNumbers = 4096;
  static constexpr double kThreeSigma = 3.0 / 64;  // of a cosine, where vectors are at right angles

  // What none of so many such figures at once is off by, as surely as one of them is within three sigma (99.73 %):
  // of a normal tail, which is at most e^(-z^2 / 2) / 2 on either side, and a sum over all, however they hang
  // together.
  static double bound_of_all(std::size_t pairs);

  explicit Sketch(std::uint64_t seed) : seed_(seed), sums_(2 * kNumbers) {}

  // Numbers `place` and following of the vector; each once, in any order.
  void add(std::uint64_t place, std::span<const float> values);
  // The 4,096 numbers; nothing can be added behind it.
  std::vector<float> take();

 private:
  std::uint64_t seed_;
  std::vector<float> sums_;  // a turned block does not wrap: the upper half belongs onto the lower
};

// NaN where one of them is zero or no number.
double cosine(std::span<const float> a, std::span<const float> b);

}  // namespace switchyard
