#include "app/cli/console/progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

using testing::HasSubstr;

TEST(Progress, WritesDurationsAndCountsForPeople) {
  EXPECT_EQ(duration_text(0.4), "0 s");
  EXPECT_EQ(duration_text(59.4), "59 s");
  EXPECT_EQ(duration_text(59.6), "1 m 00 s");
  EXPECT_EQ(duration_text(3725), "1 h 02 m");
  EXPECT_EQ(count_text(940), "940");
  EXPECT_EQ(count_text(31234), "31.2k");
  EXPECT_EQ(count_text(1850000), "1.85M");
  EXPECT_EQ(count_text(999900), "1M");
}

TEST(Progress, FillsTheLineButNeverWraps) {
  const ProgressState state{300, 500, 1.8734, 1.9021, 31234, 12.3};
  EXPECT_EQ(progress_line(state, 0), " 60%  step 300/500  loss 1.873  val 1.902  31.2k tokens/s  12 s left");
  ProgressState points = state;
  points.val_accuracy = 0.4312;
  points.unit = "points";
  EXPECT_EQ(progress_line(points, 0),
            " 60%  step 300/500  loss 1.873  val 1.902, 43.1 % right  31.2k points/s  12 s left");
  EXPECT_THAT(progress_line(state, 200), HasSubstr("[" + std::string(24, '#') + std::string(16, '.') + "] "));
  for (int width = 2; width < 200; ++width)
    EXPECT_LT(progress_line(state, width).size(), static_cast<std::size_t>(width));
}

TEST(Progress, LeavesOutWhatItDoesNotKnow) {
  EXPECT_EQ(progress_line({1, 200}, 0), "  0%  step 1/200");
  EXPECT_EQ(progress_line({200, 200}, 0), "100%  step 200/200");
}

TEST(Progress, IsPlainLinesWhereNobodyWatches) {
  std::FILE* file = std::tmpfile();
  ASSERT_NE(file, nullptr);
  Progress progress(fileno(file), 100, "tokens", 4);
  for (std::int64_t step = 1; step <= 100; ++step) {
    StepRecord record;
    record.step = step, record.loss = 2, record.tokens_per_s = 1000;
    record.wall_s = 0.5 * static_cast<double>(step);
    if (step == 50) record.val_loss = 2.5;
    progress.update(record);
  }
  progress.finish();
  std::rewind(file);
  std::vector<std::string> lines;
  for (char buffer[256]; std::fgets(buffer, sizeof buffer, file);) lines.emplace_back(buffer);
  std::fclose(file);
  ASSERT_EQ(lines.size(), 5u);  // steps 1, 25, 50, 75, 100
  EXPECT_EQ(lines[1], " 25%  step 25/100  loss 2.000  1k tokens/s  38 s left\n");
  EXPECT_THAT(lines[2], HasSubstr("val 2.500"));
  EXPECT_THAT(lines[4], HasSubstr("100%  step 100/100"));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
