#include "app/cli/headless/run_costs.h"

#include <gtest/gtest.h>

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

TEST(RunCosts, OfOneProcessThereIsNothingToTell) {
  RunCosts costs;
  EXPECT_EQ(costs.text(), "");
  StepRecord record;
  record.step_ms = 20;
  costs.take(record);
  EXPECT_EQ(costs.text(), "");
  record.ahead_ms = 10;
  costs.take(record);
  EXPECT_EQ(costs.text(),
            "the pass ahead of each step (balance_scope = global-exact) took 25 % of the time of training\n");
}

TEST(RunCosts, AreMeansOverTheSteps) {
  RunCosts costs;
  StepRecord record;
  record.step_ms = 20;
  record.ranks.resize(2);
  record.ranks[0] = {.compute_ms = 10, .exchange_ms = 8, .sum_ms = 2, .exchange_mb = 3, .rows = {}};
  record.ranks[1] = {.compute_ms = 16, .exchange_ms = 2, .sum_ms = 2, .exchange_mb = 1, .rows = {}};
  costs.take(record);
  record.ranks[0].exchange_mb = 5;
  costs.take(record);
  // Computing 13 on the mean, exchanging 2, summing 2.
  EXPECT_EQ(costs.text(),
            "between processes 5 MB a step travelled to experts and back\n"
            "a step took 20 ms; with perfect balance it would have taken 17\n");
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
