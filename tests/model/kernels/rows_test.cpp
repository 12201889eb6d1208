#include "core/model/kernels/rows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

// Odd lengths leave a tail behind the last full vector.
constexpr std::int64_t kLength = 203;

std::vector<float> ramp(double from, double to) {
  std::vector<float> values(kLength);
  for (std::int64_t i = 0; i < kLength; ++i)
    values[i] = static_cast<float>(from + (to - from) * static_cast<double>(i) / (kLength - 1));
  return values;
}

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
double phi(double x) { return 0.5 * std::erfc(-x / std::numbers::sqrt2); }
double density(double x) { return std::exp(-x * x / 2) / std::sqrt(2 * std::numbers::pi); }

TEST(Rows, SwigluEqualsItsFormulaOverTheWholeRange) {
  const auto h1 = ramp(-30, 30), h3 = ramp(2, -3);
  std::vector<float> a(kLength);
  rows::swiglu(a.data(), h1.data(), h3.data(), kLength);
  for (std::int64_t i = 0; i < kLength; ++i) {
    const double wanted = h1[i] * sigmoid(h1[i]) * h3[i];
    EXPECT_NEAR(a[i], wanted, 1e-6 * std::max(1.0, std::fabs(wanted))) << h1[i];
  }
}

TEST(Rows, GeluEqualsItsFormulaOverTheWholeRange) {
  const auto h1 = ramp(-12, 12);
  std::vector<float> a(kLength);
  rows::gelu(a.data(), h1.data(), kLength);
  for (std::int64_t i = 0; i < kLength; ++i) EXPECT_NEAR(a[i], h1[i] * phi(h1[i]), 2e-6) << h1[i];
}

TEST(Rows, ActivationSlopesEqualTheirFormulas) {
  const auto h1 = ramp(-9, 9), h3 = ramp(1.5, -2), upstream = ramp(-1, 2);
  // As a panel: whole ones of 32 tokens, and a narrow one; each token with a weight of its own.
  for (const std::int64_t width : {32, 7}) {
    const std::int64_t rows = kLength / width, n = rows * width;
    std::vector<float> weights(static_cast<std::size_t>(width));
    for (std::int64_t j = 0; j < width; ++j) weights[j] = 0.3F + 0.05F * static_cast<float>(j);
    std::vector<float> grad_h3(kLength);
    const auto check = [&](const char* name, auto activation, auto slope, auto backward) {
      std::vector<float> grad = upstream, weighted(kLength), slopes(static_cast<std::size_t>(width), 0.5F);
      std::vector<double> dots(static_cast<std::size_t>(width), 0.5);
      backward(rows::PanelGradients{grad.data(), grad_h3.data(), weighted.data(), slopes.data(), rows, width});
      for (std::int64_t i = 0; i < n; ++i) {
        const float weight = weights[i % width];
        dots[i % width] += upstream[i] * activation(i);
        EXPECT_NEAR(weighted[i], weight * activation(i), 1e-5) << name << " at " << h1[i];
        EXPECT_NEAR(grad[i], weight * upstream[i] * slope(i), 1e-5) << name << " at " << h1[i];
      }
      for (std::int64_t i = n; i < kLength; ++i) EXPECT_EQ(grad[i], upstream[i]) << name;
      for (std::int64_t j = 0; j < width; ++j) EXPECT_NEAR(slopes[j], dots[j], 1e-5 * std::fabs(dots[j]) + 1e-5) << name;
    };
    const auto check_third = [&](const char* name, auto wanted) {
      for (std::int64_t i = 0; i < n; ++i)
        EXPECT_NEAR(grad_h3[i], weights[i % width] * upstream[i] * wanted(h1[i]), 1e-5) << name << " at " << h1[i];
    };
    check(
        "swiglu", [&](auto i) { return h1[i] * sigmoid(h1[i]) * h3[i]; },
        [&](auto i) {
          const double s = sigmoid(h1[i]);
          return h3[i] * s * (1 + h1[i] * (1 - s));
        },
        [&](const rows::PanelGradients& p) { rows::swiglu_backward(p, h1.data(), h3.data(), weights.data()); });
    check_third("swiglu", [](double x) { return x * sigmoid(x); });
    check(
        "geglu", [&](auto i) { return h1[i] * phi(h1[i]) * h3[i]; },
        [&](auto i) { return h3[i] * (phi(h1[i]) + h1[i] * density(h1[i])); },
        [&](const rows::PanelGradients& p) { rows::geglu_backward(p, h1.data(), h3.data(), weights.data()); });
    check_third("geglu", [](double x) { return x * phi(x); });
    check(
        "gelu", [&](auto i) { return h1[i] * phi(h1[i]); }, [&](auto i) { return phi(h1[i]) + h1[i] * density(h1[i]); },
        [&](const rows::PanelGradients& p) { rows::gelu_backward(p, h1.data(), weights.data()); });
    check(
        "relu", [&](auto i) { return std::max(0.0F, h1[i]); }, [&](auto i) { return h1[i] > 0 ? 1.0 : 0.0; },
        [&](const rows::PanelGradients& p) { rows::relu_backward(p, h1.data(), weights.data()); });
  }
}

TEST(Rows, SumsOverAPanelGoBothWays) {
  for (const std::int64_t width : {32, 5}) {
    const std::int64_t rows = 6;
    const auto panel = ramp(-1, 3), weights = ramp(2, -1);
    std::vector<float> along(6, 1.0F), down(32, 1.0F);
    std::vector<double> wanted_along(6, 1.0), wanted_down(32, 1.0);
    for (std::int64_t i = 0; i < rows; ++i)
      for (std::int64_t j = 0; j < width; ++j) {
        wanted_along[i] += panel[i * width + j] * weights[j];
        wanted_down[j] += panel[i * width + j] * weights[i];
      }
    rows::add_row_dots(along.data(), panel.data(), weights.data(), rows, width);
    rows::add_weighted_rows(down.data(), panel.data(), weights.data(), rows, width);
    for (std::int64_t i = 0; i < rows; ++i) EXPECT_NEAR(along[i], wanted_along[i], 1e-4);
    for (std::int64_t j = 0; j < width; ++j) EXPECT_NEAR(down[j], wanted_down[j], 1e-4);
  }
}

TEST(Rows, APanelDropsWhatItsTokensRowsWould) {
  constexpr std::int64_t hidden = 9, first = 3;
  for (const std::int64_t width : {32, 5}) {
    std::vector<rows::DropMask> masks;
    for (std::int64_t j = 0; j < width; ++j)
      masks.emplace_back(0.4, 0x9E3779B97F4A7C15U * static_cast<std::uint64_t>(100 + j));
    std::vector<float> panel(static_cast<std::size_t>(hidden * width), 1.0F);
    rows::drop(panel.data(), masks.data(), first, hidden, width);
    int dropped = 0;
    for (std::int64_t j = 0; j < width; ++j) {
      std::vector<float> row(hidden, 1.0F);
      rows::drop(row.data(), masks[static_cast<std::size_t>(j)], first, hidden);
      for (std::int64_t i = 0; i < hidden; ++i) {
        EXPECT_EQ(panel[i * width + j], row[i]) << i << " " << j;
        dropped += row[i] == 0;
      }
    }
    EXPECT_GT(dropped, 0);
    EXPECT_LT(dropped, hidden * width);
  }
}

// In bf16 the same curves, on inputs that are bf16 already, each result rounded once.
TEST(Rows, ActivationsInBf16AreThoseOfFp32Rounded) {
  std::vector<float> h1 = ramp(-9, 9), h3 = ramp(1.5, -2);
  std::vector<Bf16> kept1(kLength), kept3(kLength), a(kLength), grad1(kLength), grad3(kLength), weighted(kLength);
  for (auto* values : {&h1, &h3}) {
    rows::round(kept1.data(), values->data(), kLength);
    rows::widen(values->data(), kept1.data(), kLength);
  }
  const std::vector<float> none(kLength, 0.0F), half(kLength, 0.5F), upstream = ramp(-1, 2);
  constexpr float weight = 0.3F;
  const auto near = [](const char* what, const std::vector<Bf16>& got, const std::vector<float>& wanted) {
    std::vector<float> wide(kLength);
    rows::widen(wide.data(), got.data(), kLength);
    for (std::int64_t i = 0; i < kLength; ++i) EXPECT_NEAR(wide[i], wanted[i], 4e-3 * std::fabs(wanted[i]) + 1e-6) << what << " " << i;
  };
  const auto check = [&](const char* name, bool gated, auto forward, auto wanted_forward, auto backward, auto wanted_backward) {
    std::vector<float> wanted(kLength), grad = upstream, wanted3(kLength), wanted_a(kLength), sum1 = half, sum3 = half;
    forward();
    wanted_forward(wanted.data());
    near(name, a, wanted);
    near(name, kept1, h1);
    if (gated) near(name, kept3, h3);
    const float dot = backward(sum1.data(), sum3.data()), wanted_dot = wanted_backward(grad.data(), wanted3.data(), wanted_a.data());
    EXPECT_NEAR(dot, wanted_dot, 1e-4 * std::fabs(wanted_dot)) << name;
    near(name, grad1, grad);
    near(name, weighted, wanted_a);
    if (gated) near(name, grad3, wanted3);
    for (std::int64_t i = 0; i < kLength; ++i) {
      EXPECT_NEAR(sum1[i], 0.5F + grad[i], 1e-5) << name;
      if (gated) { EXPECT_NEAR(sum3[i], 0.5F + wanted3[i], 1e-5) << name; }
    }
  };
  const auto gated = [&](const char* name, auto forward, auto forward32, auto backward, auto backward32) {
    check(
        name, true, [&] { forward(a.data(), kept1.data(), kept3.data(), h1.data(), h3.data(), none.data(), none.data(), kLength); },
        [&](float* to) { forward32(to, h1.data(), h3.data(), kLength); },
        [&](float* s1, float* s3) {
          return backward(grad1.data(), grad3.data(), weighted.data(), s1, s3, upstream.data(), kept1.data(), kept3.data(), weight, kLength);
        },
        [&](float* g, float* g3, float* wa) {
          float dot = 0;
          backward32(rows::PanelGradients{g, g3, wa, &dot, kLength, 1}, h1.data(), h3.data(), &weight);
          return dot;
        });
  };
  const auto plain = [&](const char* name, auto forward, auto forward32, auto backward, auto backward32) {
    check(
        name, false, [&] { forward(a.data(), kept1.data(), h1.data(), none.data(), kLength); },
        [&](float* to) { forward32(to, h1.data(), kLength); },
        [&](float* s1, float*) { return backward(grad1.data(), weighted.data(), s1, upstream.data(), kept1.data(), weight, kLength); },
        [&](float* g, float*, float* wa) {
          float dot = 0;
          backward32(rows::PanelGradients{g, nullptr, wa, &dot, kLength, 1}, h1.data(), &weight);
          return dot;
        });
  };
#define SWITCHYARD_CALL(f) [](auto... arguments) { return rows::f(arguments...); }
  gated("swiglu", SWITCHYARD_CALL(swiglu), SWITCHYARD_CALL(swiglu), SWITCHYARD_CALL(swiglu_backward), SWITCHYARD_CALL(swiglu_backward));
  gated("geglu", SWITCHYARD_CALL(geglu), SWITCHYARD_CALL(geglu), SWITCHYARD_CALL(geglu_backward), SWITCHYARD_CALL(geglu_backward));
  plain("relu", SWITCHYARD_CALL(relu), SWITCHYARD_CALL(relu), SWITCHYARD_CALL(relu_backward), SWITCHYARD_CALL(relu_backward));
  plain("gelu", SWITCHYARD_CALL(gelu), SWITCHYARD_CALL(gelu), SWITCHYARD_CALL(gelu_backward), SWITCHYARD_CALL(gelu_backward));
#undef SWITCHYARD_CALL
}

TEST(Rows, BiasesAreAddedBeforeTheActivationInBf16) {
  const auto h1 = ramp(-2, 2), bias = ramp(1, -3);
  std::vector<Bf16> a(kLength), kept(kLength);
  rows::relu(a.data(), kept.data(), h1.data(), bias.data(), kLength);
  std::vector<float> wide(kLength);
  rows::widen(wide.data(), kept.data(), kLength);
  for (std::int64_t i = 0; i < kLength; ++i) EXPECT_NEAR(wide[i], h1[i] + bias[i], 4e-3 * std::fabs(h1[i] + bias[i]));
}

TEST(Rows, SoftmaxSumsToOneAndItsSlopeIsThatOfTheFormula) {
  const auto scores = ramp(-40, 35), upstream = ramp(1, -2);
  constexpr float scale = 0.25F;
  std::vector<float> p = scores, grad = upstream;
  rows::softmax(p.data(), scale, kLength);
  double sum = 0, total = 0, mean = 0;
  for (const float x : scores) total += std::exp(scale * (x - 35.0));
  for (std::int64_t i = 0; i < kLength; ++i) {
    sum += p[i];
    mean += upstream[i] * p[i];
    EXPECT_NEAR(p[i], std::exp(scale * (scores[i] - 35.0)) / total, 1e-6);
  }
  EXPECT_NEAR(sum, 1, 1e-5);
  rows::softmax_backward(grad.data(), p.data(), scale, kLength);
  for (std::int64_t i = 0; i < kLength; ++i) EXPECT_NEAR(grad[i], scale * p[i] * (upstream[i] - mean), 1e-6);
}

// Two units in the last place, and one more for each of the two products behind it. On processors without fused
// products too, where a sum put in another order would take apart what makes the remainder exact.
TEST(Rows, ExponentialsAreExactOverTheWholeRange) {
  constexpr std::int64_t count = 20'011;
  std::vector<float> x(count);
  for (std::int64_t i = 0; i < count; ++i) x[i] = static_cast<float>(-80.0 * static_cast<double>(i) / (count - 1));
  std::vector<float> e = x;
  rows::softmax(e.data(), 1, count);
  double worst = 0;
  for (std::int64_t i = 0; i < count; ++i)
    worst = std::max(worst, std::fabs(static_cast<double>(e[i]) / static_cast<double>(e[0]) /
                                          std::exp(static_cast<double>(x[i])) -
                                      1));
  EXPECT_LT(worst, 4 * std::numeric_limits<float>::epsilon());
}

TEST(Rows, ANotANumberComesThrough) {
  // A diverging run has to show as one, not be clamped into something that looks like a number.
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (std::int64_t at = 0; at < kLength; ++at) {
    auto h1 = ramp(-3, 3);
    const auto h3 = ramp(1, 2);
    h1[at] = nan;
    std::vector<float> a(kLength);
    rows::swiglu(a.data(), h1.data(), h3.data(), kLength);
    EXPECT_TRUE(std::isnan(a[at]));
    rows::gelu(a.data(), h1.data(), kLength);
    EXPECT_TRUE(std::isnan(a[at]));
    rows::relu(a.data(), h1.data(), kLength);
    EXPECT_TRUE(std::isnan(a[at]));
    rows::softmax(h1.data(), 1, kLength);
    EXPECT_TRUE(std::isnan(h1[at]));
  }
}

// A mask is a fair draw, and another one for every word, whatever piece of it is asked for.
TEST(Rows, DropsTheShareItIsToldAndScalesTheRest) {
  constexpr std::int64_t n = 100'000;
  constexpr std::uint64_t word = 0xDD7D2B2ED92C9FB1;
  std::vector<float> one(n, 2.0F), other_key(n, 2.0F), other_turn(n, 2.0F), tail(n / 2, 2.0F);
  rows::drop(one.data(), rows::DropMask(0.25, word), 0, n);
  rows::drop(other_key.data(), rows::DropMask(0.25, word ^ 1), 0, n);
  rows::drop(other_turn.data(), rows::DropMask(0.25, word ^ 0x8000000000000000), 0, n);
  rows::drop(tail.data(), rows::DropMask(0.25, word), n / 2, n / 2);
  std::int64_t zeros = 0, both = 0;
  for (std::size_t i = 0; i < one.size(); ++i) {
    EXPECT_TRUE(one[i] == 0 || std::abs(one[i] - 2 / 0.75F) < 1e-6F);
    zeros += one[i] == 0;
    both += one[i] == 0 && other_key[i] == 0;
  }
  EXPECT_NEAR(static_cast<double>(zeros) / n, 0.25, 0.007) << "five standard deviations";
  EXPECT_NEAR(static_cast<double>(both) / n, 0.0625, 0.004) << "rows are independent";
  EXPECT_NE(one, other_turn);
  EXPECT_TRUE(std::equal(tail.begin(), tail.end(), one.begin() + n / 2));
}

// What is not a number stays that, in whatever is made of an exponential.
TEST(Rows, ExponentialsOfNoNumberAreNone) {
  const float nan = std::nanf("");
  std::vector<float> h1(kLength, nan), h3(kLength, 1.0F), a(kLength), zeros(kLength, 0.0F);
  rows::swiglu(a.data(), h1.data(), h3.data(), kLength);
  for (const float value : a) EXPECT_TRUE(std::isnan(value));
  rows::gelu(a.data(), h1.data(), kLength);
  for (const float value : a) EXPECT_TRUE(std::isnan(value));
  std::vector<Bf16> rounded(kLength), kept1(kLength), kept3(kLength);
  rows::swiglu(rounded.data(), kept1.data(), kept3.data(), h1.data(), h3.data(), zeros.data(), zeros.data(),
               kLength);
  rows::widen(a.data(), rounded.data(), kLength);
  for (const float value : a) EXPECT_TRUE(std::isnan(value));
  std::vector<float> row(kLength, 1.0F);
  row[7] = nan;
  rows::softmax(row.data(), 1.0F, kLength);
  for (const float value : row) EXPECT_TRUE(std::isnan(value));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
