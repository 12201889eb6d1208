#include "core/checkpoints/sketch.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <utility>

namespace switchyard {
namespace {

// SplitMix64 of a place: 64 random bits that nobody has to keep.
std::uint64_t bits_at(std::uint64_t seed, std::uint64_t place) {
  std::uint64_t z = seed + (place + 1) * 0x9E3779B97F4A7C15U;
  z = (z ^ z >> 30U) * 0xBF58476D1CE4E5B9U;
  z = (z ^ z >> 27U) * 0x94D049BB133111EBU;
  return z ^ z >> 31U;
}

// The signs that the bits of a byte mean, as what flips a float's.
constexpr std::array<std::array<std::uint32_t, 8>, 256> kFlips = [] {
  std::array<std::array<std::uint32_t, 8>, 256> flips{};
  for (std::uint32_t byte = 0; byte < 256; ++byte)
    for (std::uint32_t bit = 0; bit < 8; ++bit) flips[byte][bit] = (byte >> bit & 1U) << 31U;
  return flips;
}();

constexpr std::uint64_t kWordsOfBlock = Sketch::kNumbers / 64;
constexpr std::uint64_t kTurns = std::uint64_t{1} << 63;  // of places: behind those of the signs

float flipped(float value, std::uint32_t flip) {
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(value) ^ flip);
}

// Eight numbers at once.
inline void add_eight(float* __restrict sums, const float* __restrict values, std::size_t byte) {
  const std::uint32_t* const flips = kFlips[byte].data();
  for (std::size_t i = 0; i < 8; ++i) sums[i] += flipped(values[i], flips[i]);
}

}  // namespace

void Sketch::add(std::uint64_t place, std::span<const float> values) {
  while (!values.empty()) {
    const std::uint64_t block = place / kNumbers;
    std::size_t j = place % kNumbers;
    const std::size_t count = std::min(values.size(), kNumbers - j);
    float* const sums = sums_.data() + bits_at(seed_, kTurns + block) % kNumbers;
    const float* value = values.data();
    const std::size_t end = j + count;
    while (j < end) {
      const std::uint64_t word = bits_at(seed_, block * kWordsOfBlock + j / 64);
      const std::size_t until = std::min(end, (j / 64 + 1) * 64);
      if (until - j == 64) {
        for (std::size_t byte = 0; byte < 8; ++byte)
          add_eight(sums + j + 8 * byte, value + 8 * byte, word >> (8 * byte) & 0xFFU);
        j += 64, value += 64;
      }
      for (; j < until; ++j)
        sums[j] += flipped(*value++, static_cast<std::uint32_t>(word >> (j % 64) & 1U) << 31U);
    }
    place += count;
    values = values.subspan(count);
  }
}

double Sketch::bound_of_all(std::size_t pairs) {
  constexpr double outside = 0.0027;  // of one, at three sigma
  if (pairs <= 1) return kThreeSigma;
  return std::sqrt(2 * std::log(static_cast<double>(pairs) / outside)) / std::sqrt(static_cast<double>(kNumbers));
}

std::vector<float> Sketch::take() {
  for (std::size_t i = 0; i < kNumbers; ++i) sums_[i] += sums_[kNumbers + i];
  sums_.resize(kNumbers);
  sums_.shrink_to_fit();
  return std::move(sums_);
}

double cosine(std::span<const float> a, std::span<const float> b) {
  double ab = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double x = static_cast<double>(a[i]), y = static_cast<double>(b[i]);
    ab += x * y, aa += x * x, bb += y * y;
  }
  return aa > 0 && bb > 0 ? ab / std::sqrt(aa) / std::sqrt(bb) : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace switchyard
