#include "core/data/bigram.h"

#include <cmath>
#include <cstddef>
#include <limits>
#include <span>

namespace switchyard {
namespace {

// What follows each token, token by token.
class Successors {
 public:
  Successors(const std::vector<std::int32_t>& tokens, std::size_t vocabulary) : begin_(vocabulary + 1) {
    if (tokens.size() < 2) return;
    for (std::size_t i = 1; i < tokens.size(); ++i) ++begin_[static_cast<std::size_t>(tokens[i - 1]) + 1];
    for (std::size_t a = 1; a <= vocabulary; ++a) begin_[a] += begin_[a - 1];
    next_.resize(tokens.size() - 1);
    std::vector<std::size_t> at(begin_.begin(), begin_.end() - 1);
    for (std::size_t i = 1; i < tokens.size(); ++i)
      next_[at[static_cast<std::size_t>(tokens[i - 1])]++] = tokens[i];
  }
  std::span<const std::int32_t> of(std::size_t token) const {
    return std::span(next_).subspan(begin_[token], begin_[token + 1] - begin_[token]);
  }

 private:
  std::vector<std::size_t> begin_;
  std::vector<std::int32_t> next_;
};

}  // namespace

double bigram_loss(const std::vector<std::int32_t>& train, const std::vector<std::int32_t>& validation,
                   std::int32_t vocabulary) {
  if (validation.size() < 2) return std::numeric_limits<double>::quiet_NaN();
  const auto size = static_cast<std::size_t>(vocabulary);
  const Successors learned(train, size), asked(validation, size);
  std::vector<double> together(size, 1.0);  // n_ab + 1 of the one a at hand
  double sum = 0;
  for (std::size_t a = 0; a < size; ++a) {
    if (asked.of(a).empty()) continue;
    const std::span<const std::int32_t> seen = learned.of(a);
    for (const std::int32_t b : seen) ++together[static_cast<std::size_t>(b)];
    for (const std::int32_t b : asked.of(a))
      sum -= std::log(together[static_cast<std::size_t>(b)] / (static_cast<double>(seen.size()) + vocabulary));
    for (const std::int32_t b : seen) together[static_cast<std::size_t>(b)] = 1.0;
  }
  return sum / static_cast<double>(validation.size() - 1);
}

}  // namespace switchyard
