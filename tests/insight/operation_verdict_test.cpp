#include "core/insight/operation_verdict.h"

#include <gmock/gmock.h>

#include <cmath>
#include <random>

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using testing::HasSubstr;
using testing::Not;

StepRecord record(std::int64_t step, double loss, std::vector<float> counts = {4, 4}, float violation = 0) {
  StepRecord made;
  made.step = step;
  made.loss = loss;
  LayerRecord layer;
  layer.counts = std::move(counts);
  layer.max_violation = violation;
  made.layers = {layer, layer};
  return made;
}

// The verdict on an operation after `before` steps of a loss.
template <class Loss>
OperationVerdict verdict_on(std::int64_t before, const Loss& loss, OperationWatch watch = {}) {
  for (std::int64_t step = 1; step <= before; ++step) EXPECT_TRUE(watch.take(record(step, loss(step))).empty());
  watch.begin("clone 0.3", before);
  for (std::int64_t step = before + 1;; ++step) {
    const auto verdicts = watch.take(record(step, loss(step)));
    if (verdicts.empty()) continue;
    EXPECT_EQ(step, before + kOperationSteps);
    EXPECT_EQ(verdicts.size(), 1u);
    return verdicts.front();
  }
}

TEST(OperationVerdict, ALossThatFollowsItsTrendShowsNoDifference) {
  const auto law = [](std::int64_t step) { return 4 - 0.3 * std::log(static_cast<double>(step)); };
  const OperationVerdict verdict = verdict_on(300, law);
  double mean = 0;
  for (std::int64_t step = 401; step <= 500; ++step) mean += law(step) / 100;
  EXPECT_NEAR(verdict.loss, mean, 1e-12);
  EXPECT_NEAR(verdict.trend, mean, 1e-9);
  EXPECT_NEAR(verdict.standard_error, 0, 1e-9);
}

TEST(OperationVerdict, AShiftIsFoundBesideTheTrend) {
  std::mt19937 random(3);
  std::normal_distribution<double> noise(0, 0.05);
  const OperationVerdict verdict = verdict_on(300, [&](std::int64_t step) {
    return 4 - 0.3 * std::log(static_cast<double>(step)) + noise(random) - (step > 300 ? 0.2 : 0);
  });
  EXPECT_NEAR(verdict.loss - verdict.trend, -0.2, 3 * verdict.standard_error);
  EXPECT_LT(verdict.standard_error, 0.03);
  EXPECT_THAT(text_of(verdict), AllOf(HasSubstr("200 steps after clone 0.3: loss"), HasSubstr("better")));
}

// Of many runs in which nothing happened, in noise with a memory, one in about twenty is beyond two standard
// errors.
TEST(OperationVerdict, TheStandardErrorIsWhatItSays) {
  std::mt19937 random(11);
  std::normal_distribution<double> fresh(0, 0.05);
  int beyond = 0;
  const int trials = 400;
  for (int trial = 0; trial < trials; ++trial) {
    double carried = 0;
    const OperationVerdict verdict =
        verdict_on(250, [&](std::int64_t) { return 2 + (carried = 0.5 * carried + fresh(random)); });
    beyond += std::abs(verdict.loss - verdict.trend) > 2 * verdict.standard_error ? 1 : 0;
  }
  EXPECT_LT(beyond, 0.10 * trials);
  EXPECT_GT(beyond, 0.01 * trials);
}

// What both have of a batch's noise cancels; the rest is noise with a memory.
template <class Difference>
OperationVerdict verdict_beside_shadow(std::mt19937& random, const Difference& difference) {
  std::normal_distribution<double> batch(0, 0.5);
  OperationWatch watch;
  watch.begin("clone 0.3", 10, true);
  for (std::int64_t step = 11;; ++step) {
    const double noise = batch(random);
    StepRecord shadow = record(step, 2 + noise, {8, 0}, 1.0F);
    StepRecord run = record(step, 2 + noise + difference(step), {4, 4}, 0.25F);
    if (step == 100) run.val_loss = 7, shadow.val_loss = 8;
    if (step == 150) run.val_loss = 1.5, shadow.val_loss = 1.75;
    if (step == 200) run.val_loss = 9;
    const auto verdicts = watch.take(run, &shadow);
    if (!verdicts.empty()) return verdicts.front();
  }
}

TEST(OperationVerdict, AShadowStandsInTheTrendsPlace) {
  std::mt19937 random(5);
  std::normal_distribution<double> noise(0, 0.01);
  const OperationVerdict verdict =
      verdict_beside_shadow(random, [&](std::int64_t step) { return step <= 110 ? 5 : -0.1 + noise(random); });
  EXPECT_NEAR(verdict.loss - verdict.shadow, -0.1, 0.004) << "of the second half alone";
  // n (1 - r) / (1 + r) of noise without a memory is n.
  EXPECT_NEAR(verdict.shadow_error, 0.001, 0.0004);
  EXPECT_EQ(verdict.violation_shadow, 1.0);
  EXPECT_EQ(verdict.dead_shadow, 2.0) << "two layers";
  EXPECT_EQ(verdict.val_loss, 1.5);
  EXPECT_EQ(verdict.val_shadow, 1.75);
  EXPECT_THAT(text_of(verdict),
              AllOf(HasSubstr("nats against an untouched copy"), HasSubstr("better"),
                    HasSubstr("(1.500 against 1.750 held out)"), HasSubstr("max violation 0.25 (copy 1.00)"),
                    HasSubstr("experts without a token 0.0 (copy 2.0)"), Not(HasSubstr("trend"))));
}

TEST(OperationVerdict, TheStandardErrorBesideAShadowIsWhatItSays) {
  std::mt19937 random(17);
  std::normal_distribution<double> fresh(0, 0.05);
  int beyond = 0;
  const int trials = 400;
  for (int trial = 0; trial < trials; ++trial) {
    double carried = 0;
    const OperationVerdict verdict =
        verdict_beside_shadow(random, [&](std::int64_t) { return carried = 0.5 * carried + fresh(random); });
    beyond += std::abs(verdict.loss - verdict.shadow) > 2 * verdict.shadow_error ? 1 : 0;
  }
  EXPECT_LT(beyond, 0.10 * trials);
  EXPECT_GT(beyond, 0.01 * trials);
}

TEST(OperationVerdict, OfAShadowThatEndedNothingIsSaid) {
  OperationWatch watch;
  for (std::int64_t step = 1; step <= 100; ++step) watch.take(record(step, 2));
  watch.begin("clone 0.3", 100, true);
  EXPECT_TRUE(watch.has_shadow());
  std::vector<OperationVerdict> verdicts;
  for (std::int64_t step = 101; verdicts.empty(); ++step) {
    const StepRecord shadow = record(step, 1);
    verdicts = watch.take(record(step, 2), step < 250 ? &shadow : nullptr);
    if (step == 249) watch.end_shadow("it ended at step 249: no memory");
  }
  EXPECT_FALSE(watch.has_shadow());
  EXPECT_TRUE(std::isnan(verdicts.front().shadow));
  EXPECT_THAT(text_of(verdicts.front()), AllOf(HasSubstr("against the trend before"),
                                               HasSubstr("no untouched copy: it ended at step 249: no memory")));
}

TEST(OperationVerdict, TooFewStepsBeforeMakeNoTrend) {
  const OperationVerdict verdict = verdict_on(10, [](std::int64_t) { return 2.0; });
  EXPECT_TRUE(std::isnan(verdict.trend));
  EXPECT_THAT(text_of(verdict), HasSubstr("no trend to hold that against"));
}

TEST(OperationVerdict, LoadsAreThoseBeforeAndAfter) {
  OperationWatch watch;
  for (std::int64_t step = 1; step <= 100; ++step) watch.take(record(step, 2, {0, 8}, 1));
  watch.begin("reinitialise 0.0", 100);
  std::vector<OperationVerdict> verdicts;
  for (std::int64_t step = 101; verdicts.empty(); ++step) verdicts = watch.take(record(step, 2, {3, 5}, 0.25F));
  EXPECT_EQ(verdicts[0].dead_before, 2) << "one in each layer";
  EXPECT_EQ(verdicts[0].dead_after, 0);
  EXPECT_EQ(verdicts[0].violation_before, 1);
  EXPECT_EQ(verdicts[0].violation_after, 0.25);
  EXPECT_THAT(text_of(verdicts[0]), HasSubstr("max violation 1.00 to 0.25; experts without a token 2.0 to 0.0"));
}

TEST(OperationVerdict, WhatElseWasChangedIsTold) {
  OperationWatch watch;
  for (std::int64_t step = 1; step <= 100; ++step) watch.take(record(step, 2));
  watch.begin("clone 0.1", 100);
  for (std::int64_t step = 101; step <= 150; ++step) watch.take(record(step, 2));
  watch.begin("remove 0.2", 150);
  std::vector<OperationVerdict> told;
  for (std::int64_t step = 151; told.size() < 2; ++step)
    for (OperationVerdict& verdict : watch.take(record(step, 2))) told.push_back(std::move(verdict));
  EXPECT_THAT(text_of(told[0]), HasSubstr("meanwhile: remove 0.2 after step 150"));
  EXPECT_THAT(text_of(told[1]), Not(HasSubstr("meanwhile")));
  EXPECT_FALSE(std::isnan(told[1].trend)) << "of the 50 steps between them";
}

// What lies before another change is another trend.
TEST(OperationVerdict, NoTrendReachesBehindAnotherChange) {
  OperationWatch watch;
  for (std::int64_t step = 1; step <= 100; ++step) watch.take(record(step, 5));
  watch.disturb("learning_rate = 0.001", 100);
  for (std::int64_t step = 101; step <= 150; ++step) watch.take(record(step, 2));
  watch.begin("clone 0.1", 150);
  std::vector<OperationVerdict> told;
  for (std::int64_t step = 151; told.empty(); ++step) told = watch.take(record(step, 2));
  EXPECT_NEAR(told[0].trend, 2, 1e-9);
  watch.disturb("top_k = 1", 400);
  for (std::int64_t step = 401; step <= 410; ++step) watch.take(record(step, 2));
  watch.begin("clone 0.2", 410);
  told.clear();
  for (std::int64_t step = 411; told.empty(); ++step) told = watch.take(record(step, 2));
  EXPECT_TRUE(std::isnan(told[0].trend));
}

TEST(OperationVerdict, BeforeTheFirstStepThereIsNothingToTellFrom) {
  OperationWatch watch;
  watch.begin("clone 0.1", 0);
  EXPECT_EQ(watch.open(), (std::vector<std::string>{"clone 0.1"}));
  std::vector<OperationVerdict> told;
  for (std::int64_t step = 1; told.empty(); ++step) told = watch.take(record(step, 2, {0, 8}, 1));
  EXPECT_THAT(text_of(told[0]), HasSubstr("max violation 1.00; experts without a token 2.0"));
  EXPECT_TRUE(watch.open().empty());
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
