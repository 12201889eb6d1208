#include "core/model/kernels/bf16.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "core/model/kernels/gemm.h"
#include "core/model/kernels/rows.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

at::Tensor random_bf16(at::IntArrayRef shape, const at::Generator& generator) {
  return at::empty(shape).normal_(0, 1, generator).to(at::kBFloat16);
}

Bf16Matrix bf16_matrix(const at::Tensor& t) { return {static_cast<Bf16*>(t.data_ptr()), t.size(0), t.size(1), t.size(1)}; }

// Rooms start as NaN: what is not written must not be read into a sum.
struct Operands {
  Bf16Room left, right;
  Bf16Rows a;
  Bf16Panels b;
  Operands(std::int64_t m, std::int64_t n, std::int64_t k)
      : left(Bf16Rows::size(m, k)),
        right(Bf16Panels::size(k, n)),
        a(Bf16Rows::on(left.data(), m, k)),
        b(Bf16Panels::on(right.data(), k, n)) {
    std::fill_n(left.data(), Bf16Rows::size(m, k), Bf16{0x7FC0});
    std::fill_n(right.data(), Bf16Panels::size(k, n), Bf16{0x7FC0});
  }
};

struct Size {
  std::int64_t m, n, k;
};

// Every unit that there is here, one after another.
template <class Check>
void on_every_unit(const Check& check) {
  const Bf16Unit best = bf16_unit();
  for (const Bf16Unit unit : {Bf16Unit::any, Bf16Unit::avx512, Bf16Unit::amx})
    if (use_bf16_unit(unit) == unit) check(unit);
  use_bf16_unit(best);
}

class Bf16Products : public ::testing::TestWithParam<Size> {};

// Operands that are bf16 already have products exact in fp32, so only the order of sums can differ.
TEST_P(Bf16Products, EqualThoseOfTheRoundedOperandsFromEverySourceAndOnEveryUnit) {
  const auto [m, n, k] = GetParam();
  const auto generator = at::detail::createCPUGenerator(7);
  const at::Tensor a = random_bf16({m, k}, generator), b = random_bf16({k, n}, generator);
  const at::Tensor a_t = a.t().contiguous(), b_t = b.t().contiguous();
  const at::Tensor a_wide = a.to(at::kFloat), b_wide = b.to(at::kFloat), wanted = a_wide.mm(b_wide);
  const at::Tensor a_t_wide = a_t.to(at::kFloat), b_t_wide = b_t.to(at::kFloat);
  const auto check = [&](const char* what, const auto& pack_left, const auto& pack_right) {
    on_every_unit([&](Bf16Unit) {
      const Operands operands(m, n, k);
      pack_left(operands.a);
      pack_right(operands.b);
      // A window in a larger matrix, whose rest must stay.
      at::Tensor big = at::ones({m + 2, n + 3});
      const Matrix out = matrix_of(big).some_rows(1, m).some_columns(2, n);
      const at::Tensor inside = big.narrow(0, 1, m).narrow(1, 2, n);
      multiply(out, operands.a, operands.b, Into::replace);
      EXPECT_LT((inside - wanted).abs().max().item<double>(), 1e-4) << what;
      multiply(out, operands.a, operands.b, Into::add);
      EXPECT_LT((inside - 2 * wanted).abs().max().item<double>(), 2e-4) << what;
      inside.zero_();
      EXPECT_EQ(big.sum().item<double>(), static_cast<double>((m + 2) * (n + 3) - m * n)) << what;
    });
  };
  check("bf16", [&](const Bf16Rows& to) { pack(to, bf16_matrix(a)); }, [&](const Bf16Panels& to) { pack(to, bf16_matrix(b)); });
  check("bf16 flipped", [&](const Bf16Rows& to) { pack(to, bf16_matrix(a_t).t()); },
        [&](const Bf16Panels& to) { pack(to, bf16_matrix(b_t).t()); });
  check("fp32", [&](const Bf16Rows& to) { pack(to, matrix_of(a_wide)); }, [&](const Bf16Panels& to) { pack(to, matrix_of(b_wide)); });
  check("fp32 flipped", [&](const Bf16Rows& to) { pack(to, matrix_of(a_t_wide).t()); },
        [&](const Bf16Panels& to) { pack(to, matrix_of(b_t_wide).t()); });
}

INSTANTIATE_TEST_SUITE_P(Sizes, Bf16Products,
                         ::testing::Values(Size{1, 1, 1}, Size{16, 16, 32}, Size{32, 32, 32}, Size{33, 47, 31}, Size{7, 9, 5},
                                           Size{17, 100, 64}, Size{100, 17, 33}, Size{64, 3, 1100}));

TEST(Bf16, WindowsOfOperandsAreThoseOfTheMatrices) {
  const auto generator = at::detail::createCPUGenerator(8);
  const at::Tensor a = random_bf16({50, 96}, generator), b = random_bf16({96, 60}, generator);
  const at::Tensor wanted =
      a.narrow(0, 10, 20).narrow(1, 32, 64).to(at::kFloat).mm(b.narrow(0, 32, 64).narrow(1, 32, 28).to(at::kFloat));
  on_every_unit([&](Bf16Unit) {
    const Operands operands(50, 60, 96);
    pack(operands.a, bf16_matrix(a));
    pack(operands.b, bf16_matrix(b));
    at::Tensor out = at::empty({20, 28});
    const Bf16Rows part{operands.a.row(10) + 32, 20, 64, operands.a.stride};
    multiply(matrix_of(out), part, operands.b.some_columns(32, 28).some_inner(32, 64), Into::replace);
    EXPECT_LT((out - wanted).abs().max().item<double>(), 1e-4);
  });
}

// Laid out alike to the bit, so that what one unit packed another may multiply.
TEST(Bf16, EveryUnitLaysOutTheSame) {
  const auto generator = at::detail::createCPUGenerator(9);
  for (const auto& [rows, columns] : {std::pair{1, 1}, {33, 47}, {64, 70}, {5, 130}}) {
    const at::Tensor wide = at::empty({rows, columns}).normal_(0, 1, generator), narrow = wide.to(at::kBFloat16);
    std::vector<std::vector<Bf16>> seen;
    on_every_unit([&](Bf16Unit) {
      const Operands plain(rows, columns, columns), turned(columns, rows, rows);
      const auto keep = [&](const Bf16* data, std::int64_t n) { seen.back().insert(seen.back().end(), data, data + n); };
      seen.emplace_back();
      const auto pack_all = [&](const auto& from) {
        pack(plain.a, from);
        keep(plain.a.data, rows * plain.a.stride);
        pack(turned.a, from.t());
        keep(turned.a.data, columns * turned.a.stride);
        const Operands panels(1, columns, rows), flipped(1, rows, columns);
        pack(panels.b, from);
        keep(panels.b.data, Bf16Panels::size(rows, columns));
        pack(flipped.b, from.t());
        keep(flipped.b.data, Bf16Panels::size(columns, rows));
      };
      pack_all(matrix_of(wide));
      pack_all(bf16_matrix(narrow));
    });
    for (const auto& other : seen) EXPECT_EQ(other, seen.front()) << rows << " x " << columns;
  }
}

TEST(Bf16, RoundsToNearestEvenAndKeepsWhatIsNoNumber) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  // Halfway between two neighbours, just beside it, and the ends of the range.
  at::Tensor values = torch::tensor({1.0F, 1.00390625F, 1.01171875F, 1.0039063F, -1.0039062F, 3.4e38F, infinity, -infinity, 0.0F});
  std::vector<Bf16> got(static_cast<std::size_t>(values.numel()));
  rows::round(got.data(), values.data_ptr<float>(), values.numel());
  const at::Tensor wanted = values.to(at::kBFloat16);
  for (std::size_t i = 0; i < got.size(); ++i) EXPECT_EQ(got[i], static_cast<Bf16*>(wanted.data_ptr())[i]) << i;

  // The payload that plain rounding would carry into infinity.
  const float nan = std::bit_cast<float>(0x7F800001U);
  for (const bool with_pack : {false, true}) {
    std::vector<Bf16> room(static_cast<std::size_t>(Bf16Rows::size(1, 1)));
    float value = nan, widened = 0;
    if (with_pack) pack(Bf16Rows::on(room.data(), 1, 1), Matrix{&value, 1, 1, 1});
    else rows::round(room.data(), &value, 1);
    rows::widen(&widened, room.data(), 1);
    EXPECT_TRUE(std::isnan(widened));
  }
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
