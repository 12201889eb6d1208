#include "core/model/kernels/panels.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <tuple>
#include <vector>

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

at::Tensor random_matrix(std::int64_t rows, std::int64_t columns, std::uint64_t seed) {
  return at::empty({rows, columns}).normal_(0, 1, at::detail::createCPUGenerator(seed));
}

std::vector<const float*> rows_of(const at::Tensor& m) {
  std::vector<const float*> rows;
  for (std::int64_t r = 0; r < m.size(0); ++r) rows.push_back(m.data_ptr<float>() + r * m.stride(0));
  return rows;
}

// Storage of a matrix in panels. What lies behind its end is not a number: it must never reach a result.
struct Stored {
  std::vector<float> room;
  Panels panels;
  Stored(std::int64_t rows, std::int64_t columns)
      : room(static_cast<std::size_t>(Panels::size(rows, columns)), std::numeric_limits<float>::quiet_NaN()),
        panels(Panels::on(room.data(), rows, columns)) {}
  explicit Stored(const at::Tensor& m) : Stored(m.size(0), m.size(1)) { pack_rows(panels, rows_of(m).data()); }

  at::Tensor matrix() const {
    at::Tensor m = at::empty({panels.rows, panels.columns});
    for (std::int64_t p = 0; p < panels.count(); ++p)
      m.narrow(1, p * kPanel, panels.width(p))
          .copy_(at::from_blob(panels.panel(p), {panels.rows, panels.width(p)}, at::kFloat));
    return m;
  }
};

double largest_error(const at::Tensor& a, const at::Tensor& b) { return (a - b).abs().max().item<double>(); }

// Fewer than a tile, whole tiles, and numbers that neither tiles nor panels divide.
class PanelShapes : public ::testing::TestWithParam<std::tuple<std::int64_t, std::int64_t, std::int64_t>> {};
INSTANTIATE_TEST_SUITE_P(All, PanelShapes,
                         ::testing::Combine(::testing::Values(1, 13, 14, 30, 75), ::testing::Values(1, 16, 32, 33, 95),
                                            ::testing::Values(1, 31, 64, 70)));

TEST_P(PanelShapes, ProductsEqualTorchsInEveryVectorUnitThatIsHere) {
  const auto [m, n, k] = GetParam();
  const at::Tensor a = random_matrix(m, k, 1), b = random_matrix(k, n, 2), before = random_matrix(m, n, 3), bias = random_matrix(m, 1, 4);
  const at::Tensor wanted = a.mm(b), flipped = a.t().contiguous();
  const Stored left(a), right(b);
  const double near = 1e-5 * std::sqrt(static_cast<double>(k)) * 4;
  for (int unit = 0; unit <= static_cast<int>(widest_vectors()); ++unit) {
    const auto vectors = static_cast<Vectors>(unit);
    Stored out(before);
    multiply(out.panels, matrix_of(a), right.panels, Into::add, vectors);
    EXPECT_LT(largest_error(out.matrix(), wanted + before), near);
    multiply(out.panels, matrix_of(flipped).t(), right.panels, Into::replace, vectors);
    EXPECT_LT(largest_error(out.matrix(), wanted), near);
    multiply_with_bias(out.panels, matrix_of(a), right.panels, bias.data_ptr<float>(), vectors);
    EXPECT_LT(largest_error(out.matrix(), wanted + bias), near);

    // Into a window of a larger matrix, of which nothing else may change.
    at::Tensor large = random_matrix(m + 3, n + 40, 5);
    const at::Tensor kept = large.clone();
    const Matrix window = matrix_of(large).some_rows(1, m).some_columns(2, n);
    multiply(window, left.panels, right.panels, Into::replace, vectors);
    EXPECT_LT(largest_error(large.narrow(0, 1, m).narrow(1, 2, n), wanted), near);
    multiply(window, left.panels, right.panels, Into::add, vectors);
    EXPECT_LT(largest_error(large.narrow(0, 1, m).narrow(1, 2, n), 2 * wanted), 2 * near);
    large.narrow(0, 1, m).narrow(1, 2, n).copy_(kept.narrow(0, 1, m).narrow(1, 2, n));
    EXPECT_TRUE(large.equal(kept));
  }
}

TEST_P(PanelShapes, LayingOutGoesThereAndBack) {
  const auto [m, n, k] = GetParam();
  static_cast<void>(k);
  const at::Tensor a = random_matrix(m, n, 6);
  for (int unit = 0; unit <= static_cast<int>(widest_vectors()); ++unit) {
    const auto vectors = static_cast<Vectors>(unit);
    Stored columns(n, m), flipped(n, m);
    pack_columns(columns.panels, rows_of(a).data(), vectors);
    EXPECT_TRUE(columns.matrix().equal(a.t()));
    pack_flipped(flipped.panels, Stored(a).panels, vectors);
    EXPECT_TRUE(flipped.matrix().equal(a.t()));
    at::Tensor back = at::zeros({m, n});
    std::vector<float*> places;
    for (std::int64_t r = 0; r < m; ++r) places.push_back(back.data_ptr<float>() + r * n);
    unpack_columns(places.data(), columns.panels, vectors);
    EXPECT_TRUE(back.equal(a));
  }
}

TEST(Panels, WindowsOfRowsAndColumnsAreThoseOfTheMatrix) {
  const at::Tensor a = random_matrix(20, 80, 7);
  const Stored all(a);
  const Panels window = all.panels.some_columns(32, 48).some_rows(5, 6);
  for (std::int64_t p = 0; p < window.count(); ++p)
    for (std::int64_t r = 0; r < window.rows; ++r)
      for (std::int64_t c = 0; c < window.width(p); ++c)
        EXPECT_EQ(window.panel(p)[r * window.width(p) + c], a[5 + r][32 + p * kPanel + c].item<float>());
}

TEST(Panels, AWideWeightIsCopiedAndStaysItself) {
  for (const bool is_flipped : {false, true}) {
    const at::Tensor weight = random_matrix(20, 1024, 8), x = random_matrix(is_flipped ? 20 : 1024, 33, 9);
    LeftOperand operand;
    const Matrix lying = matrix_of(weight);
    const Matrix left = operand(is_flipped ? lying.t() : lying);
    EXPECT_NE(left.data, lying.data);
    const at::Tensor wanted = (is_flipped ? weight.t() : weight).mm(x);
    Stored out(wanted.size(0), 33);
    multiply(out.panels, left, Stored(x).panels, Into::replace);
    EXPECT_LT(largest_error(out.matrix(), wanted), 1e-3);
  }
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
