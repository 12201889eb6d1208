#include "core/checkpoints/spectrum.h"

#include <fmt/format.h>

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <utility>

#include "core/checkpoints/gram.h"

namespace switchyard {
namespace {

using Square = Eigen::MatrixXd;

constexpr std::int64_t kRowsAtOnce = 256, kColumnsAtOnce = 512;
constexpr double kWaitsForMemory = 4;

// So far it is, from 0 to 1; false: it ends there.
using ShareTold = std::function<bool(double share)>;

// The reflections of Householder that leave three diagonals of a symmetric matrix, of which the lower half is read
// and overwritten. Eigen has them too, but nobody can end them there, and they take half a minute of a large one.
Result<Eigen::VectorXd> eigenvalues_of(Square& matrix, const ShareTold& told) {
  const Eigen::Index n = matrix.rows();
  Eigen::VectorXd below(std::max<Eigen::Index>(n - 1, 0)), turned(n);
  for (Eigen::Index i = 0; i + 1 < n; ++i) {
    const Eigen::Index left = n - i - 1;
    auto column = matrix.col(i).tail(left);
    double tau = 0, beta = 0;
    column.makeHouseholderInPlace(tau, beta);
    column[0] = 1;
    auto rest = matrix.bottomRightCorner(left, left);
    auto with = turned.head(left);
    with.noalias() = rest.selfadjointView<Eigen::Lower>() * (tau * column);
    with -= (0.5 * tau * with.dot(column)) * column;
    rest.selfadjointView<Eigen::Lower>().rankUpdate(column, with, -1);
    below[i] = beta;
    const double remains = static_cast<double>(left) / static_cast<double>(n);
    if (told && !told(1 - remains * remains * remains))
      return Error{ErrorKind::interrupted, "ended between two columns"};
  }
  Eigen::SelfAdjointEigenSolver<Square> solver;
  solver.computeFromTridiagonal(matrix.diagonal(), below, Eigen::EigenvaluesOnly);
  if (solver.info() != Eigen::Success) return failure("the singular values were not found: too many steps");
  return Eigen::VectorXd(solver.eigenvalues());
}

Result<Spectrum> of_gram(Square& gram, std::int64_t longer_side, const ShareTold& told = {}) {
  Spectrum spectrum;
  if (!gram.diagonal().allFinite()) return spectrum;
  const auto found = eigenvalues_of(gram, told);
  if (!found) return found.error();
  const Eigen::VectorXd& squares = *found;
  for (Eigen::Index i = squares.size(); i-- > 0;) spectrum.values.push_back(std::sqrt(std::max(0.0, squares[i])));
  double sum = 0;
  for (const double value : spectrum.values) sum += value;
  const double least = spectrum.values.front() * static_cast<double>(longer_side) *
                       static_cast<double>(std::numeric_limits<float>::epsilon());
  double entropy = 0;
  std::int64_t rank = 0;
  for (const double value : spectrum.values) {
    rank += value > least ? 1 : 0;
    const double share = sum > 0 ? value / sum : 0;
    if (share > 0) entropy -= share * std::log(share);
  }
  spectrum.rank = rank;
  spectrum.effective_rank = sum > 0 ? std::exp(entropy) : 0;
  return spectrum;
}

}  // namespace

Result<Spectrum> spectrum_of(std::span<const float> values, std::int64_t rows, std::int64_t columns,
                             const GoesOn& goes_on) {
  const bool of_columns = columns < rows;
  Square gram = Square::Zero(std::min(rows, columns), std::min(rows, columns));
  if (!add_to_gram(gram, values, rows, columns, of_columns, goes_on))
    return Error{ErrorKind::interrupted, "ended between two blocks of rows"};
  return of_gram(gram, std::max(rows, columns), [&](double) { return !goes_on || goes_on(); });
}

Result<Spectrum> spectrum_of(const WeightFiles& files, const WeightMatrix& matrix, const BytesTold& told) {
  const std::int64_t rows = matrix.rows, columns = matrix.columns, side = std::min(rows, columns);
  if (side > kMostShortSide)
    return usage_error(
        fmt::format("{}: tensor '{}' is [{}, {}]: allowed for singular values is a shorter side of at "
                    "most {}",
                    files.file(matrix.file).path().native(), shown_name(files.tensors()[matrix.tensor].head.name),
                    rows, columns, kMostShortSide));
  const bool of_columns = columns < rows;
  Square gram = Square::Zero(side, side);
  // Strips along the longer side, so that each adds to all of the product.
  const std::int64_t longer = std::max(rows, columns), at_once = of_columns ? kRowsAtOnce : kColumnsAtOnce;
  // As time goes: a number of the decomposition waits for memory, one of the product does not.
  const double of_product = static_cast<double>(longer) / 2,
               of_rest = kWaitsForMemory * 2 / 3 * static_cast<double>(side),
               reading = of_product / (of_product + of_rest);
  std::uint64_t done = 0;
  const auto tell = [&](double share) {
    const auto so_far = static_cast<std::uint64_t>(share * static_cast<double>(matrix.bytes()));
    const std::uint64_t more = so_far - std::min(done, so_far);
    done += more;
    return !told || told(more);
  };
  const auto goes_on = [&] { return !told || told(0); };
  const auto asked = [&](std::uint64_t) { return goes_on(); };
  std::vector<float> strip;
  for (std::int64_t first = 0; first < longer; first += at_once) {
    const std::int64_t count = std::min(at_once, longer - first);
    strip.assign(static_cast<std::size_t>(count * side), 0);
    WeightMatrix part = matrix;
    if (of_columns)
      part.rows = count, part.begin += static_cast<std::uint64_t>(first * columns) * matrix.type->bits / 8;
    const auto take = [&](std::int64_t from, std::span<const float> values) {
      std::copy(values.begin(), values.end(), strip.begin() + from);
    };
    const auto read = of_columns ? each_piece(files, part, take, asked)
                                 : read_columns(files, matrix, first, count, strip, asked);
    if (!read) return read.error();
    if (!add_to_gram(gram, strip, of_columns ? count : rows, of_columns ? columns : count, of_columns, goes_on) ||
        !tell(reading * static_cast<double>(first + count) / static_cast<double>(longer)))
      return Error{ErrorKind::interrupted, "ended between two strips"};
  }
  auto spectrum = of_gram(gram, longer, [&](double share) { return tell(reading + (1 - reading) * share); });
  if (!spectrum) return spectrum.error();
  if (!tell(1)) return Error{ErrorKind::interrupted, "ended behind the last column"};
  return spectrum;
}

}  // namespace switchyard
