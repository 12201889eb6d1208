// Singular values of a matrix, by Eigen, from the product with itself of its shorter side, in double: of the
// weights of a file, which have at most 24 bits each, none that counts for the rank is lost in it.
//
// Thread safety: pure functions of the files.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/base/records.h"
#include "core/base/result.h"
#include "core/checkpoints/goes_on.h"
#include "core/checkpoints/weight_numbers.h"

namespace switchyard {

inline constexpr std::int64_t kMostShortSide = 7168;  // the product and its decomposition take 822 MB then

struct Spectrum {
  std::vector<double> values;  // falling; empty: the matrix holds something that is not a number
  // Values above the largest times the longer side times the spacing of floats (1.2e-7), as numpy's matrix_rank
  // has it; what lies below is not told from 0. Nothing where there are no values.
  std::optional<std::int64_t> rank;
  // e to the entropy of the values as shares of their sum (Roy and Vetterli 2007): n of n equal ones, 1 of one. 0
  // of zeros.
  double effective_rank = kMissing;
};

// Of a matrix in memory [rows columns]. interrupted: `goes_on` said so. failure: its singular values were not
// found.
Result<Spectrum> spectrum_of(std::span<const float> values, std::int64_t rows, std::int64_t columns,
                             const GoesOn& goes_on = {});
// Of one in a file, read once. usage: its shorter side is longer than kMostShortSide, or as each_piece().
// told: bytes as a measure of the work, all of the matrix in the end: some while it is read, the rest while it is
// decomposed, a column at a time; it is asked with 0 bytes between them. interrupted: `told` said so.
Result<Spectrum> spectrum_of(const WeightFiles& files, const WeightMatrix& matrix, const BytesTold& told = {});

}  // namespace switchyard
