// The random numbers of training, as functions of where they are used (core/base/philox.h): what is drawn for a
// token follows from the seed, what it is for, the layer, the step and where in the step the token stands. So
// nothing has to be kept to go on or back, what happens to other tokens changes nothing, and threads or machines
// that share a step draw the same.
//
// Counter: words 0 to 3 are element / 4; place; step; layer << 16 | place >> 32. Places are below 2^48, layers
// below 2^16. Thread safety: pure functions; they use the pool of threads.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/model/base/torch.h"

namespace switchyard {

// Where a pass, or one layer of it, stands.
struct Draws {
  std::uint64_t seed = 0;
  std::int64_t step = 0;   // the optimizer step it is part of, from 1
  std::int64_t first = 0;  // place of the pass's first row: tokens, or points, of the step before it
  std::int64_t layer = 0;
};

// fp32 [rows, n] on the CPU: element e of row r is that of place first + r. Uniform in [0, 1), 24 bits.
at::Tensor uniform_draws(const Draws& draws, std::string_view purpose, std::int64_t rows, std::int64_t n);
// Standard normal, by Box and Muller's transform of two words each; at most 6.7 from 0.
at::Tensor normal_draws(const Draws& draws, std::string_view purpose, std::int64_t rows, std::int64_t n);

// 64 bits for each place draws.first + at[i].
std::vector<std::uint64_t> word_draws(const Draws& draws, std::string_view purpose,
                                      std::span<const std::int64_t> at);

// int64 [count]: 0 to count - 1 in a random order. Any of them stand to each other as they would among others.
at::Tensor random_order(const Draws& draws, std::string_view purpose, std::int64_t count);

}  // namespace switchyard
