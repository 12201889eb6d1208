#include "core/history/record_at.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/fake_run.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using test::fake_record;

TEST(RecordAt, HasTheFiguresOfAStepAsTheyWere) {
  Config config;
  config.layers = 2;
  config.experts = 4;
  History history;
  EXPECT_FALSE(record_at(history, 1));
  EXPECT_TRUE(std::isnan(figure_at(history, 0, LayerScalar::decisiveness, 1)));
  for (int step = 1; step <= 50; ++step) history.append(fake_record(config, step));
  for (const std::int64_t step : {1, 7, 49, 50}) {
    const StepRecord was = fake_record(config, step);
    const auto record = record_at(history, step);
    ASSERT_TRUE(record);
    EXPECT_EQ(record->step, step);
    EXPECT_FLOAT_EQ(static_cast<float>(record->loss), static_cast<float>(was.loss));
    ASSERT_EQ(record->layers.size(), 2u);
    for (std::size_t l = 0; l < 2; ++l) {
      EXPECT_EQ(record->layers[l].max_violation, was.layers[l].max_violation);
      EXPECT_EQ(record->layers[l].token_entropy, was.layers[l].token_entropy);
      // Shares, not counts.
      float sum = 0, sum_then = 0;
      for (std::size_t e = 0; e < 4; ++e) sum += record->layers[l].counts[e], sum_then += was.layers[l].counts[e];
      for (std::size_t e = 0; e < 4; ++e)
        EXPECT_NEAR(record->layers[l].counts[e] / sum, was.layers[l].counts[e] / sum_then, 1e-6);
      EXPECT_EQ(figure_at(history, l, LayerScalar::decisiveness, step), decisiveness(was.layers[l]));
    }
  }
  EXPECT_EQ(record_at(history, 0)->step, 1) << "the nearest there is";
  EXPECT_EQ(record_at(history, 900)->step, 50);
}

// Experts that came later are not there before.
TEST(RecordAt, OfAnEarlierStepExpertsAreThoseOfThen) {
  Config config;
  config.layers = 1;
  config.experts = 3;
  History history;
  for (int step = 1; step <= 10; ++step) history.append(fake_record(config, step));
  config.experts = 5;
  for (int step = 11; step <= 20; ++step) history.append(fake_record(config, step));
  EXPECT_EQ(record_at(history, 10)->layers[0].counts.size(), 3u);
  EXPECT_EQ(record_at(history, 11)->layers[0].counts.size(), 5u);
}

// Rows that stand for several steps give their mean.
TEST(RecordAt, ThinnedRowsGiveTheMeanOfTheirs) {
  Config config;
  config.layers = 1;
  config.experts = 2;
  HistoryOptions options;
  options.rows = 8;
  History history(options);
  for (int step = 1; step <= 64; ++step) {
    StepRecord record = fake_record(config, step);
    record.layers[0].counts = {static_cast<float>(step % 2 == 0 ? 30 : 10), static_cast<float>(step % 2 == 0 ? 10 : 30)};
    history.append(record);
  }
  ASSERT_GT(history.row_steps(), 1u);
  const auto record = record_at(history, 20);
  EXPECT_EQ(record->step, 20);
  EXPECT_FLOAT_EQ(record->layers[0].counts[0], 20);
  EXPECT_FLOAT_EQ(record->layers[0].counts[1], 20);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
