#include "core/history/history.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/support/fake_trainer.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

StepRecord record(std::int64_t step, double loss = 1, std::uint32_t model_id = 1) {
  StepRecord r;
  r.step = step;
  r.loss = loss;
  r.model_id = model_id;
  return r;
}

StepRecord with_counts(StepRecord r, std::vector<std::vector<float>> counts) {
  for (auto& c : counts) {
    LayerRecord layer;
    layer.block = static_cast<std::int32_t>(r.layers.size());
    layer.load_entropy = 0.5f + static_cast<float>(r.layers.size());
    layer.counts = std::move(c);
    r.layers.push_back(std::move(layer));
  }
  return r;
}

RunEvent event(EventKind kind, std::int64_t step, std::uint32_t model_id = 1) {
  RunEvent e;
  e.kind = kind;
  e.step = step;
  e.model_id = model_id;
  return e;
}

TEST(History, KeepsEveryFigureOfAStep) {
  History history;
  EXPECT_TRUE(history.empty());
  EXPECT_EQ(history.last(), nullptr);
  StepRecord r = with_counts(record(1, 3.5), {{1, 3}});
  r.total_loss = 3.6;
  r.learning_rate = 0.25;
  r.grad_norm = 2;
  r.tokens_per_s = 1000;
  r.step_ms = 8;
  r.train_accuracy = 0.75;
  r.layers[0].aux[AuxLoss::switch_balance] = 1.5f;
  r.layers[0].aux[AuxLoss::z] = 0.25f;
  history.append(r);
  const auto value = [&](Scalar which) { return history.scalar(which).back(); };
  EXPECT_FLOAT_EQ(value(Scalar::loss), 3.5f);
  EXPECT_TRUE(std::isnan(value(Scalar::val_loss)));
  EXPECT_FLOAT_EQ(value(Scalar::total_loss), 3.6f);
  EXPECT_FLOAT_EQ(value(Scalar::learning_rate), 0.25f);
  EXPECT_FLOAT_EQ(value(Scalar::grad_norm), 2);
  EXPECT_FLOAT_EQ(value(Scalar::tokens_per_s), 1000);
  EXPECT_FLOAT_EQ(value(Scalar::step_ms), 8);
  EXPECT_FLOAT_EQ(value(Scalar::train_accuracy), 0.75f);
  EXPECT_FLOAT_EQ(value(Scalar::accuracy_smooth), 0.75f) << "debiased: the first mean is the first value";
  const auto of_layer = [&](AuxLoss loss) { return history.layer_scalar(0, scalar_of(loss)).back(); };
  EXPECT_FLOAT_EQ(of_layer(AuxLoss::switch_balance), 1.5f);
  EXPECT_FLOAT_EQ(of_layer(AuxLoss::z), 0.25f);
  EXPECT_TRUE(std::isnan(of_layer(AuxLoss::load)));
  EXPECT_FLOAT_EQ(history.layer_scalar(0, LayerScalar::load_entropy).back(), 0.5f);
  EXPECT_TRUE(history.layer_scalar(1, LayerScalar::load_entropy).empty());
  EXPECT_EQ(history.last()->layers[0].counts, (std::vector<float>{1, 3}));
  EXPECT_DOUBLE_EQ(history.x().back(), 1);
}

TEST(History, SmoothsWithADebiasedExponentialMean) {
  HistoryOptions options;
  options.smoothing = 0.9;
  History history(options);
  double weights = 0, sum = 0;
  for (int i = 1; i <= 30; ++i) {
    const double loss = 2 + std::sin(i);
    history.append(record(i, loss));
    // Closed form: sum over j of 0.9^(i-j) loss_j, divided by the sum of those weights.
    sum = 0.9 * sum + loss;
    weights = 0.9 * weights + 1;
    EXPECT_NEAR(history.scalar(Scalar::loss_smooth).back(), sum / weights, 1e-6);
  }
}

TEST(History, LetsNonFiniteLossesThroughWithoutPoisoningTheMean) {
  HistoryOptions options;
  options.smoothing = 0.5;
  History history(options);
  history.append(record(1, 4));
  history.append(record(2, kNaN));
  EXPECT_TRUE(std::isnan(history.scalar(Scalar::loss_smooth).back()));
  history.append(record(3, std::numeric_limits<double>::infinity()));
  EXPECT_TRUE(std::isinf(history.scalar(Scalar::loss_smooth).back()));
  history.append(record(4, 1));
  EXPECT_NEAR(history.scalar(Scalar::loss_smooth).back(), (0.25 * 4 + 0.5 * 1) / 0.75, 1e-6);
}

TEST(History, SmoothingDoesNotDependOnThinning) {
  HistoryOptions small;
  small.full_rate = 50;
  small.thinned = 20;
  History thin(small), full;
  for (int i = 1; i <= 2000; ++i) {
    const StepRecord r = record(i, 2 + std::sin(i));
    thin.append(r);
    full.append(r);
  }
  const auto x = thin.x();
  for (std::size_t i = 0; i < x.size(); ++i)
    EXPECT_EQ(thin.scalar(Scalar::loss_smooth)[i],
              full.scalar(Scalar::loss_smooth)[static_cast<std::size_t>(x[i]) - 1]);
}

TEST(History, ThinsTheOldEvenlyAndKeepsTheRecentWhole) {
  HistoryOptions options;
  options.full_rate = 100;
  options.thinned = 40;
  History history(options);
  for (int i = 1; i <= 5000; ++i) history.append(record(i, i));
  const auto x = history.x();
  const auto loss = history.scalar(Scalar::loss);
  ASSERT_EQ(x.size(), loss.size());
  ASSERT_LE(x.size(), 40u + 100u + 13u);
  for (std::size_t i = 0; i < x.size(); ++i) ASSERT_EQ(static_cast<float>(x[i]), loss[i]);
  for (std::size_t i = x.size() - 100; i + 1 < x.size(); ++i) ASSERT_EQ(x[i + 1] - x[i], 1);
  EXPECT_EQ(x.back(), 5000);
  EXPECT_EQ(x[0], 1);
  // Before them one distance, a power of two.
  const double stride = x[1] - x[0];
  EXPECT_EQ(std::exp2(std::floor(std::log2(stride))), stride);
  std::size_t i = 0;
  while (x[i + 1] - x[i] == stride) ++i;
  EXPECT_GT(i, 15u);
  EXPECT_LE(x[i + 1] - x[i], stride);
}

TEST(History, KeepsValidationsAsTheirOwnCurve) {
  HistoryOptions options;
  options.full_rate = 20;
  options.thinned = 10;
  History history(options);
  for (int i = 1; i <= 100; ++i) {
    StepRecord r = record(i);
    if (i % 10 == 0) {
      r.val_loss = 1.0 / i;
      r.val_accuracy = 0.005 * i;
    }
    history.append(r);
  }
  const auto curve = history.validation(), accuracy = history.validation_accuracy();
  ASSERT_EQ(accuracy.y.size(), 10u);
  ASSERT_EQ(curve.x.size(), 10u);
  for (std::size_t i = 0; i < 10; ++i) {
    EXPECT_EQ(curve.x[i], 10.0 * static_cast<double>(i + 1));
    EXPECT_FLOAT_EQ(curve.y[i], static_cast<float>(1 / curve.x[i]));
    EXPECT_EQ(accuracy.x[i], curve.x[i]);
    EXPECT_FLOAT_EQ(accuracy.y[i], static_cast<float>(0.005 * curve.x[i]));
  }
  EXPECT_DOUBLE_EQ(history.last_validation_accuracy(), 0.5);
  EXPECT_DOUBLE_EQ(history.last_validation(), 0.01);
}

TEST(History, GivesMeanAndDeviationOfTheLastHundredLosses) {
  History history;
  EXPECT_TRUE(std::isnan(history.recent_loss().mean));
  history.append(record(1, 1000));
  EXPECT_TRUE(std::isnan(history.recent_loss().deviation));
  for (int i = 2; i <= 101; ++i) history.append(record(i, i % 2 ? 3 : 1));
  const auto recent = history.recent_loss();
  EXPECT_EQ(recent.count, 100u);
  EXPECT_DOUBLE_EQ(recent.mean, 2);
  EXPECT_DOUBLE_EQ(recent.deviation, std::sqrt(100.0 / 99));
  history.append(record(102, kNaN));
  EXPECT_EQ(history.recent_loss().count, 99u);
}

TEST(History, ARunThatGoesBackForgetsWhatCameAfter) {
  History history;
  for (int i = 1; i <= 10; ++i) {
    StepRecord r = with_counts(record(i, 100), {{1, 3}});
    if (i % 4 == 0) r.val_loss = i;
    history.append(r);
  }
  history.append(event(EventKind::set, 4));
  history.append(event(EventKind::set, 6));
  const std::uint64_t steps = history.steps_epoch(), rows = history.rows_epoch();
  history.append(with_counts(record(6, 5), {{1, 1}}));
  const auto x = history.x();
  ASSERT_EQ(x.size(), 6u);
  for (std::size_t i = 0; i < x.size(); ++i) EXPECT_EQ(x[i], static_cast<double>(i + 1));
  EXPECT_EQ(history.scalar(Scalar::loss)[4], 100);
  EXPECT_EQ(history.scalar(Scalar::loss)[5], 5);
  EXPECT_EQ(history.layer_scalar(0, LayerScalar::load_entropy).size(), 6u);
  EXPECT_EQ(history.validation().x.size(), 1u);
  EXPECT_EQ(history.last_validation(), 4);
  ASSERT_EQ(history.events().size(), 1u);
  EXPECT_EQ(history.events()[0].x, 4);
  ASSERT_EQ(history.rows(), 6u);
  EXPECT_FLOAT_EQ(history.utilisation(0, 0)[5], 1);
  EXPECT_NE(history.steps_epoch(), steps);
  EXPECT_NE(history.rows_epoch(), rows);
  history.go_on_from(6);  // nothing came after
  EXPECT_EQ(history.size(), 6u);
}

TEST(History, GoesBackToBeforeItsFirstStep) {
  History history;
  for (int i = 5; i <= 9; ++i) history.append(with_counts(record(i), {{1, 3}}));
  history.append(event(EventKind::set, 2));
  const std::uint64_t steps = history.steps_epoch(), rows = history.rows_epoch();
  history.go_on_from(3);
  EXPECT_TRUE(history.empty());
  EXPECT_EQ(history.last(), nullptr);
  EXPECT_EQ(history.layers(), 0u);
  EXPECT_EQ(history.experts_ever(0), 0u);
  EXPECT_EQ(history.rows(), 0u);
  EXPECT_EQ(history.events().size(), 1u);
  EXPECT_NE(history.steps_epoch(), steps);
  EXPECT_NE(history.rows_epoch(), rows);
  history.append(with_counts(record(4), {{1, 1, 2}}));
  EXPECT_EQ(history.size(), 1u);
  EXPECT_EQ(history.experts(0), 3u);
}

TEST(History, GoesBackBeyondWhatItThinned) {
  HistoryOptions options;
  options.full_rate = 80, options.thinned = 40;
  History history(options);
  for (int i = 1; i <= 2000; ++i) history.append(record(i));
  history.go_on_from(500);
  for (int i = 501; i <= 2000; ++i) history.append(record(i));
  const auto x = history.x();
  ASSERT_LE(x.size(), 40u + 80 + 11);
  for (std::size_t i = 0; i + 1 < x.size(); ++i) EXPECT_LT(x[i], x[i + 1]);
  EXPECT_EQ(x[x.size() - 1], 2000);
  EXPECT_EQ(x[x.size() - 80], 1921);
}

TEST(History, HoldsNothingOnceCleared) {
  History history;
  history.append(record(1));
  history.append(record(2));
  history.append(event(EventKind::set, 2));
  EXPECT_EQ(history.size(), 2u);
  EXPECT_EQ(history.events().at(0).x, 2);
  history.clear();
  EXPECT_TRUE(history.empty() && history.events().empty());
}

// --- layers and experts

TEST(History, GivesUtilisationByExpert) {
  History history;
  history.append(with_counts(record(1), {{1, 3}, {4, 0}}));
  history.append(with_counts(record(2), {{2, 2}, {0, 4}}));
  ASSERT_EQ(history.rows(), 2u);
  EXPECT_EQ(history.layers(), 2u);
  EXPECT_FLOAT_EQ(history.utilisation(0, 0)[0], 0.5f);
  EXPECT_FLOAT_EQ(history.utilisation(0, 1)[0], 1.5f);
  EXPECT_FLOAT_EQ(history.utilisation(1, 0)[0], 2);
  EXPECT_FLOAT_EQ(history.utilisation(1, 1)[1], 2);
  EXPECT_EQ(history.utilisation_table(0)[3], 1);
  EXPECT_TRUE(history.utilisation(0, 2).empty());
  EXPECT_TRUE(history.utilisation(2, 0).empty());
}

TEST(History, AveragesRowsWhenItThinsThem) {
  HistoryOptions options;
  options.rows = 32;
  History history(options);
  for (int i = 1; i <= 1024; ++i)
    history.append(with_counts(record(i), {{i % 2 ? 1.0f : 0.0f, i % 2 ? 0.0f : 1.0f}}));
  ASSERT_LT(history.rows(), 32u);
  EXPECT_EQ(history.row_steps(), 64u);
  const auto x = history.utilisation_x();
  for (std::size_t row = 0; row < history.rows(); ++row) {
    EXPECT_FLOAT_EQ(history.utilisation(0, 0)[row], 1);  // half the time 2, half the time 0
    EXPECT_EQ(x[row], 64.0 * static_cast<double>(row + 1));
  }
}

TEST(History, FollowsSurgery) {
  History history;
  history.append(with_counts(record(1), {{1, 3}}));
  history.append(with_counts(record(2), {{1, 1, 2}}));
  history.append(with_counts(record(3), {{4}}));
  EXPECT_EQ(history.experts(0), 1u);
  EXPECT_EQ(history.experts_ever(0), 3u);
  const auto first = history.utilisation(0, 0), third = history.utilisation(0, 2);
  ASSERT_EQ(first.size(), 3u);
  EXPECT_FLOAT_EQ(first[0], 0.5f);
  EXPECT_FLOAT_EQ(first[1], 0.75f);
  EXPECT_FLOAT_EQ(first[2], 1);
  EXPECT_TRUE(std::isnan(third[0]));
  EXPECT_FLOAT_EQ(third[1], 1.5f);
  EXPECT_TRUE(std::isnan(third[2]));
}

TEST(History, LayersThatDoNotExistAreNaN) {
  History history;
  history.append(with_counts(record(1), {{1, 1}}));
  history.append(with_counts(record(2, 1), {{1, 1}, {2, 0}}));
  history.append(with_counts(record(3, 1), {}));
  EXPECT_EQ(history.layers(), 0u);
  const auto second = history.layer_scalar(1, LayerScalar::load_entropy);
  ASSERT_EQ(second.size(), 3u);
  EXPECT_TRUE(std::isnan(second[0]));
  EXPECT_FLOAT_EQ(second[1], 1.5f);
  EXPECT_TRUE(std::isnan(second[2]));
  ASSERT_EQ(history.utilisation(1, 0).size(), 3u);
  EXPECT_TRUE(std::isnan(history.utilisation(1, 0)[0]));
  EXPECT_FLOAT_EQ(history.utilisation(1, 0)[1], 2);
}

TEST(History, ALayerWithoutAssignmentsHasNoUtilisation) {
  History history;
  history.append(with_counts(record(1), {{0, 0}}));
  EXPECT_TRUE(std::isnan(history.utilisation(0, 0)[0]));
}

// --- memory

TEST(History, StaysFlatAtManyExpertsAndSteps) {
  Config config;
  config.experts = 64;
  config.layers = 8;
  config.val_interval = 50;
  std::vector<StepRecord> cycle;  // made once: the history is what is under test
  for (int i = 1; i <= 49; ++i) cycle.push_back(test::fake_record(config, i));  // 50 would validate
  History history;
  std::size_t at_50k = 0;
  for (std::int64_t i = 1; i <= 100'000; ++i) {
    StepRecord& r = cycle[static_cast<std::size_t>(i % 49)];
    r.step = i;
    history.append(r);
    if (i == 50'000) at_50k = history.bytes();
  }
  EXPECT_EQ(history.bytes(), at_50k);
  EXPECT_LE(history.bytes(), std::size_t{31} << 20);
  EXPECT_LE(history.rows(), 4000u);
  EXPECT_GE(history.rows(), 1999u);
  EXPECT_LE(history.size(), 42'501u);
}

TEST(History, KeepsItsBudgetAtTheLargestModel) {
  HistoryOptions options;
  options.full_rate = options.thinned = 1000;
  options.budget_bytes = std::size_t{8} << 20;
  History history(options);
  StepRecord r = record(0);
  std::vector<std::vector<float>> counts(48, std::vector<float>(256, 1));
  r = with_counts(std::move(r), counts);
  for (std::int64_t i = 1; i <= 3000; ++i) {
    r.step = i;
    history.append(r);
  }
  EXPECT_LE(history.bytes(), options.budget_bytes);
  EXPECT_GE(history.rows(), 20u);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
