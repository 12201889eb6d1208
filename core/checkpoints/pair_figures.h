// A number for each pair of n things, as cosines between experts are: the upper triangle. Thread safety: a value.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/base/records.h"

namespace switchyard {

struct PairFigures {
  std::int64_t n = 0;
  std::vector<float> values;  // (0,1), (0,2), ... (1,2), ...; NaN where there is none

  explicit PairFigures(std::int64_t count = 0)
      : n(count), values(static_cast<std::size_t>(count * (count - 1) / 2), static_cast<float>(kMissing)) {}
  // Of i < j.
  float& at(std::int64_t i, std::int64_t j) { return values[index(i, j)]; }
  float at(std::int64_t i, std::int64_t j) const { return values[index(i, j)]; }

  struct Largest {
    double value = kMissing;
    std::int64_t i = 0, j = 0;
  };
  // Over the pairs that have one; NaN: none has.
  Largest largest() const {
    Largest found;
    for (std::int64_t i = 0; i < n; ++i)
      for (std::int64_t j = i + 1; j < n; ++j)
        if (const double value = static_cast<double>(at(i, j)); !(value <= found.value) && !std::isnan(value))
          found = {value, i, j};
    return found;
  }
  double mean() const {
    double sum = 0, count = 0;
    for (const float value : values)
      if (!std::isnan(value)) sum += static_cast<double>(value), ++count;
    return count > 0 ? sum / count : kMissing;
  }

 private:
  std::size_t index(std::int64_t i, std::int64_t j) const {
    return static_cast<std::size_t>(i * n - i * (i + 1) / 2 + j - i - 1);
  }
};

}  // namespace switchyard
