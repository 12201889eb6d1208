#include "core/checkpoints/gram.h"

#include <algorithm>
#include <cmath>

namespace switchyard {
namespace {

using RowsOfFloats = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

constexpr Eigen::Index kGramBlock = 512;   // columns of the product between two questions
constexpr std::int64_t kGramStrip = 1024;  // columns of rows that are taken as doubles at once

// `wide` [side, deep], with its own transpose.
bool add_product(Eigen::MatrixXd& gram, const Eigen::MatrixXd& wide, const GoesOn& goes_on) {
  const Eigen::Index side = wide.rows();
  for (Eigen::Index first = 0; first < side; first += kGramBlock) {
    if (goes_on && !goes_on()) return false;
    const Eigen::Index count = std::min(kGramBlock, side - first), below = side - first - count;
    const auto here = wide.middleRows(first, count);
    gram.block(first, first, count, count).selfadjointView<Eigen::Lower>().rankUpdate(here);
    if (below > 0)
      gram.block(first + count, first, below, count).noalias() += wide.bottomRows(below) * here.transpose();
  }
  return true;
}

}  // namespace

bool add_to_gram(Eigen::MatrixXd& gram, std::span<const float> values, std::int64_t rows, std::int64_t columns,
                 bool of_columns, const GoesOn& goes_on) {
  const Eigen::Map<const RowsOfFloats> all(values.data(), rows, columns);
  Eigen::MatrixXd wide;
  if (of_columns) {
    wide = all.transpose().cast<double>();
    return add_product(gram, wide, goes_on);
  }
  for (std::int64_t first = 0; first < columns; first += kGramStrip) {
    wide = all.middleCols(first, std::min(kGramStrip, columns - first)).cast<double>();
    if (!add_product(gram, wide, goes_on)) return false;
  }
  return true;
}

Result<PairFigures> cosines_of_rows(std::span<const float> values, std::int64_t rows, std::int64_t columns,
                                    const GoesOn& goes_on) {
  Eigen::MatrixXd gram = Eigen::MatrixXd::Zero(rows, rows);
  if (!add_to_gram(gram, values, rows, columns, false, goes_on))
    return Error{ErrorKind::interrupted, "ended between two blocks of rows"};
  PairFigures cosines(rows);
  const Eigen::VectorXd norms = gram.diagonal().array().sqrt();
  for (Eigen::Index i = 0; i < rows; ++i)
    for (Eigen::Index j = i + 1; j < rows; ++j)
      if (norms[i] > 0 && norms[j] > 0)  // of what is no number neither
        cosines.at(i, j) = static_cast<float>(gram(j, i) / norms[i] / norms[j]);
  return cosines;
}

}  // namespace switchyard
