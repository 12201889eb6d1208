// The product of a matrix with itself, from which its singular values and the cosines between its rows are told.
// In double: of floats nothing that counts is lost in it.
//
// Thread safety: pure functions.
#pragma once

#include <Eigen/Dense>
#include <cstdint>
#include <span>

#include "core/base/result.h"
#include "core/checkpoints/goes_on.h"
#include "core/checkpoints/pair_figures.h"

namespace switchyard {

// Adds that of the rows of [rows columns] (or of its columns) to the lower half of `gram`. false: it was ended.
bool add_to_gram(Eigen::MatrixXd& gram, std::span<const float> values, std::int64_t rows, std::int64_t columns,
                 bool of_columns, const GoesOn& goes_on = {});

// Cosines between rows [rows columns]; NaN where one of the two is zeros or holds what is no number. interrupted:
// `goes_on` said so.
Result<PairFigures> cosines_of_rows(std::span<const float> values, std::int64_t rows, std::int64_t columns,
                                    const GoesOn& goes_on = {});

}  // namespace switchyard
