// Damaged copies of a good file, from a seed: flipped bits, cuts, pieces moved, doubled or lost, numbers driven to their
// extremes, brackets by the thousand. Whoever reads one must answer with an Error or a value, soon and in little memory.
//
// CI tries some 500 a format; SWITCHYARD_SOAK_MUTANTS=10000 in the environment tries so many, from SWITCHYARD_SOAK_SEED.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <string>
#include <string_view>

#include "core/base/random.h"
#include "tests/support/soak.h"

namespace switchyard::test {

inline int mutant_count() { return static_cast<int>(soak_count("SWITCHYARD_SOAK_MUTANTS", 500)); }

class Mutator {
 public:
  explicit Mutator(std::uint64_t seed) : random_(seed + soak_seed(), "mutants") {}

  std::string mutant(const std::string& good) {
    std::string bad = good;
    for (std::size_t changes = 1 + below(4); changes > 0; --changes) change(bad);
    return bad;
  }

 private:
  std::size_t below(std::size_t end) { return static_cast<std::size_t>(random_.below(std::max<std::uint64_t>(1, end))); }

  void change(std::string& text) {
    static constexpr std::string_view kWords[] = {
        "null", "true", "NaN", "-1", "0", "1e999", "1e300", "-0", "9223372036854775807", "18446744073709551615",
        "4294967296", "\"\"", "{}", "[]", "\"\\u0000\"", "\"\\ud800\"", ",", ":", "\"", "\\", "=", "\n"};
    const std::size_t at = below(text.size()), length = below(std::min<std::size_t>(text.size() - at, 64));
    switch (below(10)) {
      case 0: if (!text.empty()) text[at] = static_cast<char>(text[at] ^ (1 << below(8))); break;
      case 1: if (!text.empty()) text[at] = static_cast<char>(below(256)); break;
      case 2: text.resize(at); break;
      case 3: text.erase(at, length); break;
      case 4: text.insert(below(text.size()), text.substr(at, length)); break;
      case 5: text.insert(at, kWords[below(std::size(kWords))]); break;
      case 6: replace_number(text, at, kWords[below(std::size(kWords))]); break;
      case 7: text.insert(at, std::string(1 + below(5000), "[{\"\0 0,"[below(7)])); break;
      case 8: extreme_length(text); break;
      default: std::swap_ranges(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(std::min(length, at)), text.begin() + static_cast<std::ptrdiff_t>(at)); break;
    }
  }
  // The first digits from `at` on.
  static void replace_number(std::string& text, std::size_t at, std::string_view with) {
    const std::size_t begin = text.find_first_of("0123456789", at);
    if (begin == std::string::npos) return;
    const std::size_t end = std::min(text.find_first_not_of("0123456789.e-", begin), text.size());
    text.replace(begin, end - begin, with);
  }
  // Of formats that begin with a length in 8 bytes.
  void extreme_length(std::string& text) {
    static constexpr std::uint64_t kLengths[] = {0, 1, 7, 8, 0x7f, 0xffff, 0x7fffffff, 0xffffffff, 0x100000000, 1ULL << 40,
                                                 0x7fffffffffffffff, 0xffffffffffffffff, 0xfffffffffffffff8};
    const std::uint64_t length = kLengths[below(std::size(kLengths))];
    for (std::size_t i = 0; i < 8 && i < text.size(); ++i) text[i] = static_cast<char>(length >> (8 * i) & 0xff);
  }

  RandomStream random_;
};

// Reads mutants of `good` and says how many were taken; the rest was refused.
template <class Read>
int try_mutants(const std::string& good, std::uint64_t seed, Read read) {
  Mutator mutator(seed);
  int taken = 0;
  for (int i = 0; i < mutant_count(); ++i) {
    const std::string bad = mutator.mutant(good);
    const auto began = std::chrono::steady_clock::now();
    taken += read(bad) ? 1 : 0;
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(5)) << "mutant " << i << " of seed " << seed;
  }
  return taken;
}

}  // namespace switchyard::test
