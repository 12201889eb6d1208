// A file of points as data to learn from: split, centred, scaled.
#include "core/data/own_points.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <map>
#include <set>

#include "core/data/data_file.h"
#include "tests/support/temporary_folder.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using testing::ElementsAre;
using testing::HasSubstr;

class OwnPoints : public testing::Test {
 protected:
  Config config_of(const std::string& text, const char* name = "p.csv") {
    std::ofstream(folder_.path() / name, std::ios::binary) << text;
    Config config;
    config.task = TaskKind::clusters;
    config.points = (folder_.path() / name).native();
    return config;
  }
  std::shared_ptr<const ClusterData> load(const Config& config) {
    auto data = load_points(config);
    EXPECT_TRUE(data) << (data ? "" : data.error().message);
    return data ? *data : nullptr;
  }
  test::TemporaryFolder folder_;
};

// A hundred points of which each is known by its first coordinate.
std::string hundred() {
  std::string text = "w,h,kind\n";
  for (int i = 0; i < 100; ++i)
    text += std::to_string(1000 + i) + "," + std::to_string(0.001 * i * i) + (i < 70 ? ",oak\n" : ",elm\n");
  return text;
}

TEST_F(OwnPoints, EveryRowIsInOneSplitAndInItsOwnUnitsAgain) {
  const auto data = load(config_of(hundred()));
  ASSERT_TRUE(data);
  EXPECT_EQ(data->name, "p.csv");
  EXPECT_EQ(data->dims, 2);
  EXPECT_THAT(data->class_names, ElementsAre("elm", "oak"));
  EXPECT_EQ(data->test.size(), 30);
  EXPECT_EQ(data->train.size(), 70);
  EXPECT_DOUBLE_EQ(data->largest_share, 0.7);
  std::map<long, int> seen;
  std::int64_t oaks = 0;
  for (const PointSet* split : {&data->train, &data->test})
    for (std::int64_t i = 0; i < split->size(); ++i) {
      const auto at = static_cast<std::size_t>(i);
      const double w = data->centre[0] + data->spread[0] * split->x[2 * at],
                   h = data->centre[1] + data->spread[1] * split->x[2 * at + 1];
      const long row = std::lround(w) - 1000;
      EXPECT_NEAR(w, 1000.0 + static_cast<double>(row), 1e-3);
      EXPECT_NEAR(h, 0.001 * static_cast<double>(row * row), 1e-4);
      EXPECT_EQ(split->label[at], row < 70 ? 1 : 0);
      EXPECT_EQ(split->kind[at], split->label[at]);
      oaks += split == &data->test && split->label[at] == 1;
      ++seen[row];
    }
  EXPECT_EQ(seen.size(), 100u);
  EXPECT_EQ(oaks, 21) << "30 % of each class";
  // Mean 0 and standard deviation 1 over what is learned from.
  for (std::size_t d = 0; d < 2; ++d) {
    double sum = 0, squares = 0;
    for (std::size_t i = d; i < data->train.x.size(); i += 2)
      sum += data->train.x[i], squares += data->train.x[i] * data->train.x[i];
    EXPECT_NEAR(sum / 70, 0, 1e-6);
    EXPECT_NEAR(squares / 70, 1, 1e-6);
  }
}

TEST_F(OwnPoints, TheSplitFollowsFromTheSeed) {
  Config config = config_of(hundred());
  const auto one = load(config), again = load(config);
  EXPECT_EQ(one->train.x, again->train.x);
  EXPECT_EQ(one->test.label, again->test.label);
  config.seed = 2;
  EXPECT_NE(load(config)->train.x, one->train.x);
}

TEST_F(OwnPoints, OfManyPointsTenThousandAreForTesting) {
  std::string text;
  for (int i = 0; i < 50000; ++i) text += std::to_string(i) + (i % 50 == 0 ? ",1,rare\n" : ",1,common\n");
  const auto data = load(config_of(text));
  EXPECT_EQ(data->test.size(), 10000);
  EXPECT_EQ(std::count(data->test.label.begin(), data->test.label.end(), 1), 200);
  EXPECT_EQ(data->spread[1], 1) << "a coordinate that never changes";
  EXPECT_EQ(data->train.x[1], 0);
}

TEST_F(OwnPoints, EachClassIsLearnedAndTested) {
  const auto data = load(config_of("1,2,a\n3,4,a\n5,6,b\n7,8,b\n"));
  for (const PointSet* split : {&data->train, &data->test})
    EXPECT_EQ(std::set<std::int32_t>(split->label.begin(), split->label.end()).size(), 2u);
}

TEST_F(OwnPoints, LargeOffsetsKeepTheirDigits) {
  const auto data =
      load(config_of("1700000000.25,1e90,a\n1700000000.5,2e90,a\n1700000000.75,3e90,b\n1700000001,4e90,b\n"));
  for (const PointSet* split : {&data->train, &data->test})
    for (std::size_t i = 0; i < split->x.size(); i += 2) {
      const double own = data->centre[0] + data->spread[0] * split->x[i];
      EXPECT_NEAR(own * 4, std::round(own * 4), 1e-5);
      EXPECT_TRUE(std::isfinite(split->x[i + 1]));
    }
}

// Whether a row is learned from or for testing follows from the seed: with some of them the one that lies 1e40 off
// is not.
TEST_F(OwnPoints, NoPointLiesInfinitelyFarOff) {
  std::string text = "1e40,0,a\n";
  for (int i = 1; i < 40; ++i)
    text += std::to_string(i % 7) + "," + std::to_string(i % 5) + (i % 2 ? ",a\n" : ",b\n");
  Config config = config_of(text);
  int clamped = 0;
  for (config.seed = 0; config.seed < 12; ++config.seed) {
    const auto data = load(config);
    ASSERT_TRUE(data);
    for (const PointSet* split : {&data->train, &data->test})
      for (const float x : split->x) {
        EXPECT_LE(std::abs(x), 1e6F);
        clamped += x == 1e6F;
      }
  }
  EXPECT_GT(clamped, 0);
  EXPECT_LT(clamped, 12);
}

TEST_F(OwnPoints, DimensionsAreToldByTheFirstRows) {
  std::string text = "\xEF\xBB\xBFw;h;d;kind\n";
  for (int i = 0; i < 40'000; ++i) text += "1,5;" + std::to_string(i) + ";2,5;" + (i % 2 ? "oak\n" : "elm\n");
  const auto dims = count_point_dims(config_of(text).points);
  ASSERT_TRUE(dims) << dims.error().message;
  EXPECT_EQ(*dims, 3);
  const auto prose = count_point_dims(config_of("one two\n", "prose.csv").points);
  ASSERT_FALSE(prose);
  EXPECT_THAT(prose.error().message, HasSubstr("prose.csv"));
  EXPECT_FALSE(count_point_dims("/nowhere/p.csv"));
  Config plane;
  plane.d_model = plane.cluster_dims = 2;
  suit_to_dims(plane, 3);
  EXPECT_EQ(plane.d_model, 3);
  plane.d_model = 64;
  suit_to_dims(plane, 5);
  EXPECT_EQ(plane.d_model, 64);
  EXPECT_EQ(plane.cluster_dims, 5);
}

TEST_F(OwnPoints, RefusalsNameTheFile) {
  Config config = config_of("1,2,a\n1,x,a\n1,2,b\n1,2,b\n", "bad.csv");
  EXPECT_EQ(load_points(config).error().message,
            "points " + config.points + ": 1 of 4 rows is bad: row 2, column 2: 'x' is no number");
  config.points = (folder_.path() / "gone.csv").native();
  EXPECT_THAT(load_points(config).error().message, HasSubstr("gone.csv: no such file"));
  config.points = folder_.path().native();
  EXPECT_THAT(load_points(config).error().message, HasSubstr("is a folder, not a CSV file"));
  std::filesystem::resize_file(config_of("1", "big.csv").points, kMaxPointsBytes + 1);
  config.points = (folder_.path() / "big.csv").native();
  EXPECT_THAT(load_points(config).error().message, HasSubstr("at most 67108864 (64 MiB) are read"));
}

TEST_F(OwnPoints, TheBytesAreKeptForTheRun) {
  const auto data = load(config_of(hundred()));
  ASSERT_TRUE(data->bytes);
  EXPECT_EQ(*data->bytes, hundred());
  EXPECT_EQ(data->source, fingerprint(hundred()));
  EXPECT_EQ(data->path, (folder_.path() / "p.csv").native());
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
