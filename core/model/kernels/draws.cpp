#include "core/model/kernels/draws.h"

#include <algorithm>
#include <numbers>
#include <numeric>

#include "core/base/philox.h"
#include "core/model/kernels/parallel.h"
#include "core/model/kernels/row_parts.h"

namespace switchyard {
namespace {

// Counters are done so many at a time, whole always: then each goes through the same instructions wherever it
// stands.
constexpr int kCounters = 16;
// Rows to a task of the threads, about so many numbers.
constexpr std::int64_t kTaskNumbers = 16'384;

struct Lanes {
  std::uint32_t counter[4][kCounters], word[4][kCounters];
};

[[gnu::always_inline]] inline void turn(Lanes& lanes, PhiloxKey key) {
#pragma GCC ivdep
  for (int l = 0; l < kCounters; ++l) {
    const PhiloxWords words =
        philox({lanes.counter[0][l], lanes.counter[1][l], lanes.counter[2][l], lanes.counter[3][l]}, key);
    lanes.word[0][l] = words[0];
    lanes.word[1][l] = words[1];
    lanes.word[2][l] = words[2];
    lanes.word[3][l] = words[3];
  }
}

[[gnu::always_inline]] inline void set_place(Lanes& lanes, int l, const Draws& draws, std::int64_t element,
                                             std::int64_t place) {
  const auto whole = static_cast<std::uint64_t>(place);
  lanes.counter[0][l] = static_cast<std::uint32_t>(element / 4);
  lanes.counter[1][l] = static_cast<std::uint32_t>(whole);
  lanes.counter[2][l] = static_cast<std::uint32_t>(draws.step);
  lanes.counter[3][l] = static_cast<std::uint32_t>(static_cast<std::uint64_t>(draws.layer) << 16 | whole >> 32);
}

struct UniformNumbers {
  [[gnu::always_inline]] static void of(const Lanes& lanes, float (&to)[4][kCounters]) {
    for (int w = 0; w < 4; ++w)
#pragma GCC ivdep
      for (int l = 0; l < kCounters; ++l)
        to[w][l] = static_cast<float>(static_cast<std::int32_t>(lanes.word[w][l] >> 8)) * 0x1p-24F;
  }
};

// sqrt(-2 ln u) for u = (word / 2 + 1/2) 2^-31, which is neither 0 nor above 1.
[[gnu::always_inline]] inline float radius_of(std::uint32_t word) {
  const float u = static_cast<float>(static_cast<std::int32_t>(word >> 1)) * 0x1p-31F + 0x1p-32F;
  // u = 2^e m with m in [sqrt(1/2), sqrt(2)); ln m by its series in s = (m - 1) / (m + 1).
  const auto bits = std::bit_cast<std::int32_t>(u) - 0x3F3504F3;
  const auto exponent = static_cast<float>(bits >> 23);
  const float m = std::bit_cast<float>((bits & 0x7FFFFF) + 0x3F3504F3);
  const float s = (m - 1.0F) / (m + 1.0F), z = s * s;
  float p = 2.0F / 9;
  p = p * z + 2.0F / 7;
  p = p * z + 2.0F / 5;
  p = p * z + 2.0F / 3;
  p = p * z + 2.0F;
  const float ln = exponent * 0.693147181F + s * p;
  return std::sqrt(ln < 0 ? -2.0F * ln : 0.0F);
}

struct NormalNumbers {
  [[gnu::always_inline]] static void pair(const std::uint32_t (&of_radius)[kCounters],
                                          const std::uint32_t (&of_angle)[kCounters], float (&cosines)[kCounters],
                                          float (&sines)[kCounters]) {
#pragma GCC ivdep
    for (int l = 0; l < kCounters; ++l) {
      const float radius = radius_of(of_radius[l]);
      // A quarter turn q and what is left of it, an angle within 45 degrees of 0.
      const auto turns = static_cast<std::int32_t>(of_angle[l]);
      const std::int32_t q = static_cast<std::int32_t>((of_angle[l] + 0x20000000U) >> 30);
      const float x = static_cast<float>(static_cast<std::int32_t>(static_cast<std::uint32_t>(turns) -
                                                                   (static_cast<std::uint32_t>(q) << 30))) *
                      (std::numbers::pi_v<float> * 0x1p-31F);
      const float z = x * x;
      const float sine = x + x * z * (-1.0F / 6 + z * (1.0F / 120 + z * (-1.0F / 5040)));
      const float cosine = 1.0F + z * (-0.5F + z * (1.0F / 24 + z * (-1.0F / 720 + z * (1.0F / 40320))));
      const float a = (q & 1) != 0 ? sine : cosine, b = (q & 1) != 0 ? cosine : sine;
      cosines[l] = (((q + 1) & 2) != 0 ? -a : a) * radius;
      sines[l] = ((q & 2) != 0 ? -b : b) * radius;
    }
  }
  [[gnu::always_inline]] static void of(const Lanes& lanes, float (&to)[4][kCounters]) {
    pair(lanes.word[0], lanes.word[1], to[0], to[1]);
    pair(lanes.word[2], lanes.word[3], to[2], to[3]);
  }
};

// Rows begin .. begin + rows - 1 of [.., n].
template <class Kind>
[[gnu::always_inline]] inline void fill(float* to, const Draws& draws, PhiloxKey key, std::int64_t begin,
                                        std::int64_t rows, std::int64_t n) {
  Lanes lanes = {};
  float made[4][kCounters];
  std::int64_t row = 0, element = 0;
  while (row < rows) {
    const std::int64_t first_row = row, first_element = element;
    int used = 0;
    for (; used < kCounters && row < rows; ++used) {
      set_place(lanes, used, draws, element, draws.first + begin + row);
      if ((element += 4) >= n) element = 0, ++row;
    }
    turn(lanes, key);
    Kind::of(lanes, made);
    float* out = to + (begin + first_row) * n + first_element;
    if (n % 4 == 0) {
      for (int l = 0; l < used; ++l)
        for (int w = 0; w < 4; ++w) out[4 * l + w] = made[w][l];
      continue;
    }
    std::int64_t at = first_element;
    for (int l = 0; l < used; ++l) {
      const auto count = static_cast<int>(std::min<std::int64_t>(4, n - at));
      for (int w = 0; w < count; ++w) *out++ = made[w][l];
      if ((at += 4) >= n) at = 0;
    }
  }
}

SWITCHYARD_EACH_VECTOR_UNIT
void fill_uniform(float* to, const Draws& draws, PhiloxKey key, std::int64_t begin, std::int64_t rows,
                  std::int64_t n) {
  fill<UniformNumbers>(to, draws, key, begin, rows, n);
}
SWITCHYARD_EACH_VECTOR_UNIT
void fill_normal(float* to, const Draws& draws, PhiloxKey key, std::int64_t begin, std::int64_t rows,
                 std::int64_t n) {
  fill<NormalNumbers>(to, draws, key, begin, rows, n);
}

SWITCHYARD_EACH_VECTOR_UNIT
void fill_words(std::uint64_t* to, const Draws& draws, PhiloxKey key, const std::int64_t* at, std::int64_t count) {
  Lanes lanes = {};
  for (std::int64_t begin = 0; begin < count; begin += kCounters) {
    const auto used = static_cast<int>(std::min<std::int64_t>(kCounters, count - begin));
    for (int l = 0; l < used; ++l) set_place(lanes, l, draws, 0, draws.first + at[begin + l]);
    turn(lanes, key);
    for (int l = 0; l < used; ++l) to[begin + l] = std::uint64_t{lanes.word[1][l]} << 32 | lanes.word[0][l];
  }
}

template <class Fill>
at::Tensor drawn(const Draws& draws, std::string_view purpose, std::int64_t rows, std::int64_t n,
                 const Fill& fill) {
  at::Tensor made = at::empty({rows, n}, at::kFloat);
  float* to = made.data_ptr<float>();
  const PhiloxKey key = philox_key(draws.seed, purpose);
  parallel_blocks(rows, std::max<std::int64_t>(1, kTaskNumbers / std::max<std::int64_t>(1, n)),
                  [&](std::int64_t begin, std::int64_t count) { fill(to, draws, key, begin, count, n); });
  return made;
}

}  // namespace

at::Tensor uniform_draws(const Draws& draws, std::string_view purpose, std::int64_t rows, std::int64_t n) {
  return drawn(draws, purpose, rows, n, fill_uniform);
}

at::Tensor normal_draws(const Draws& draws, std::string_view purpose, std::int64_t rows, std::int64_t n) {
  return drawn(draws, purpose, rows, n, fill_normal);
}

std::vector<std::uint64_t> word_draws(const Draws& draws, std::string_view purpose,
                                      std::span<const std::int64_t> at) {
  std::vector<std::uint64_t> words(at.size());
  fill_words(words.data(), draws, philox_key(draws.seed, purpose), at.data(),
             static_cast<std::int64_t>(at.size()));
  return words;
}

at::Tensor random_order(const Draws& draws, std::string_view purpose, std::int64_t count) {
  std::vector<std::int64_t> at(static_cast<std::size_t>(count));
  std::iota(at.begin(), at.end(), std::int64_t{0});
  const std::vector<std::uint64_t> words = word_draws(draws, purpose, at);
  // Sorted by their words, whose lowest bits make room for the number.
  const std::uint64_t numbers = std::bit_ceil(static_cast<std::uint64_t>(std::max<std::int64_t>(1, count))) - 1;
  std::vector<std::uint64_t> sorted;
  sorted.reserve(at.size());
  for (const std::int64_t i : at)
    sorted.push_back((words[static_cast<std::size_t>(i)] & ~numbers) | static_cast<std::uint64_t>(i));
  std::sort(sorted.begin(), sorted.end());
  at::Tensor order = at::empty({count}, at::kLong);
  std::transform(sorted.begin(), sorted.end(), order.data_ptr<std::int64_t>(),
                 [&](std::uint64_t one) { return static_cast<std::int64_t>(one & numbers); });
  return order;
}

}  // namespace switchyard
