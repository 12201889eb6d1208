#include "app/cli/weights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstring>
#include <fstream>
#include <limits>

#include "app/cli/words/cli.h"
#include "core/base/json.h"
#include "tests/support/temporary_folder.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

Result<Options> parsed(const std::vector<std::string>& words) {
  std::vector<const char*> argv{"switchyard"};
  for (const std::string& word : words) argv.push_back(word.c_str());
  return parse_options(static_cast<int>(argv.size()), argv.data());
}

class WeightsTest : public testing::Test {
 protected:
  // Layer 2 of a model, N = 3, d = 2, ff = 1: router rows (3, 4), (4, 3), (0, 0); expert 0 is (1, 2), (2, 0), (0,
  // 4), expert 1 its negative, expert 2 zeros.
  WeightsTest() {
    add("gate", "3,2", {3, 4, 4, 3, 0, 0});
    for (int e = 0; e < 3; ++e) {
      const float sign = e == 0 ? 1 : e == 1 ? -1 : 0;
      const std::string expert = "experts." + std::to_string(e);
      add(expert + ".w1", "1,2", {sign * 1, sign * 2});
      add(expert + ".w3", "1,2", {sign * 2, 0});
      add(expert + ".w2", "2,1", {0, sign * 4});
    }
    const std::string text = "{" + header_.substr(1) + "}";
    const std::uint64_t length = text.size();
    std::ofstream file(path_, std::ios::binary);
    file.write(reinterpret_cast<const char*>(&length), sizeof length);
    file << text;
    file.write(reinterpret_cast<const char*>(numbers_.data()), static_cast<std::streamsize>(4 * numbers_.size()));
  }
  void add(const std::string& name, const std::string& shape, const std::vector<float>& values) {
    const std::size_t begin = 4 * numbers_.size();
    numbers_.insert(numbers_.end(), values.begin(), values.end());
    header_ += ",\"model.layers.2.block_sparse_moe." + name + R"(.weight":{"dtype":"F32","shape":[)" + shape +
               R"(],"data_offsets":[)" + std::to_string(begin) + "," + std::to_string(4 * numbers_.size()) + "]}";
  }
  std::string said(std::vector<std::string> more) const {
    more.insert(more.begin(), {"open", path_});
    const auto options = parsed(more);
    if (!options) return options.error().message;
    EXPECT_EQ(options->mode, Mode::weights);
    const auto report = report_weights(*options);
    return report ? *report : report.error().message;
  }

  test::TemporaryFolder folder_;
  std::string path_ = folder_.path() / "model.safetensors", header_;
  std::vector<float> numbers_;
};

TEST_F(WeightsTest, TheHeadIsATableOfItsLayers) {
  EXPECT_EQ(said({"--headless"}),
            "model.safetensors · 1 file · " + std::to_string(std::filesystem::file_size(path_)) +
                " bytes · 1 layer with experts\n\n"
                "layer  N  d  ff  type  shared  bias  row norms    closest rows  rank  effective\n"
                "2      3  2   1   F32       -     -     0 to 5  E00 E01 +0.960     2       1.46\n\n"
                "Rows are the router's, one an expert: their norms, the cosine of the closest two, rank and "
                "effective rank "
                "of all.\n\n"
                "Norms of the experts and cosines between them: --part all, which reads 72 bytes.\n");
  // Dropped on the program it is the same.
  const auto dropped = parsed({path_});
  ASSERT_TRUE(dropped) << dropped.error().message;
  EXPECT_EQ(dropped->mode, Mode::weights);
}

TEST_F(WeightsTest, APassTellsNormsAndCosines) {
  EXPECT_THAT(said({"--part", "all"}),
              AllOf(HasSubstr("expert norms  closest experts ±0.059  mean cosine\n"),
                    HasSubstr("0 to 5          E00 E01 -1.000       -1.000\n"),
                    HasSubstr("less than 0.047 at three"), Not(HasSubstr("expert  router row"))));
  EXPECT_THAT(said({"--part", "all", "--layer", "2"}),
              AllOf(HasSubstr("expert  router row  closest row   gate  up  down  all  closest expert ±0.057\n"),
                    HasSubstr("E00              5   E01 +0.960  2.236   2     4    5             E01 -1.000\n"),
                    HasSubstr("E02              0            -      0   0     0    0                      -\n")));
}

TEST_F(WeightsTest, OrJson) {
  const auto json = parse_json(said({"--part", "all", "--json"}), "json");
  ASSERT_TRUE(json) << json.error().message;
  const Json& layer = (*json)["layers"][0];
  EXPECT_EQ(*layer["layer"].integer(), 2);
  EXPECT_EQ(*layer["n_experts"].integer(), 3);
  EXPECT_EQ(*layer["router"]["row_norms"][1].number(), 5);
  EXPECT_NEAR(*layer["router"]["cosines"][1][0].number(), 0.96, 1e-6);
  EXPECT_TRUE(layer["router"]["cosines"][0][2].is_null());
  EXPECT_EQ(*layer["router"]["rank"].integer(), 2);
  EXPECT_EQ(*layer["experts"]["norms"][1]["all"].number(), 5);
  EXPECT_EQ(*layer["experts"]["cosines"][0][1].number(), -1);
  EXPECT_EQ(*layer["experts"]["cosine_error"].number(), 0.046875);
  EXPECT_TRUE(layer["bias"].is_null());
  const auto head = parse_json(said({"--json"}), "json");
  ASSERT_TRUE(head);
  EXPECT_TRUE((*head)["layers"][0]["experts"].is_null());
}

TEST_F(WeightsTest, AnExpertsSingularValues) {
  EXPECT_EQ(said({"--expert", "2.0"}),
            "Expert 0 of layer 2: singular values of its matrices\n\n"
            "matrix  shape  type   norm  largest  median  smallest    rank  effective rank\n"
            "gate    1 x 2   F32  2.236    2.236   2.236     2.236  1 of 1            1.00\n"
            "up      1 x 2   F32      2        2       2         2  1 of 1            1.00\n"
            "down    2 x 1   F32      4        4       4         4  1 of 1            1.00\n");
  const auto json = parse_json(said({"--expert", "2.1", "--json"}), "json");
  ASSERT_TRUE(json);
  EXPECT_EQ(*(*json)["matrices"][2]["singular_values"][0].number(), 4);
}

// A row that holds no number: not in the range, and no rank.
TEST_F(WeightsTest, WhatIsNoNumberIsNotToldAsOne) {
  const float none = std::numeric_limits<float>::quiet_NaN();
  const auto put = [&](std::streamoff from_end) {
    std::fstream file(path_, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(-from_end, std::ios::end).write(reinterpret_cast<const char*>(&none), sizeof none);
  };
  const auto bytes = static_cast<std::streamoff>(4 * numbers_.size());
  put(bytes - 4 * 2);   // of the router's second row
  put(bytes - 4 * 12);  // of expert 1's gate
  EXPECT_THAT(
      said({"--part", "all"}),
      HasSubstr("layer  N  d  ff  type  shared  bias  row norms  closest rows  rank  effective  expert norms"));
  EXPECT_THAT(said({"--part", "all"}),
              HasSubstr("2      3  2   1   F32       -     -          -             -     -  "));
  const auto json = parse_json(said({"--json"}), "json");
  ASSERT_TRUE(json) << json.error().message;
  EXPECT_TRUE((*json)["layers"][0]["router"]["rank"].is_null());
  EXPECT_TRUE((*json)["layers"][0]["router"]["row_norms"][1].is_null());
  const auto values = parse_json(said({"--expert", "2.1", "--json"}), "json");
  ASSERT_TRUE(values) << values.error().message;
  EXPECT_TRUE((*values)["matrices"][0]["rank"].is_null());
  EXPECT_EQ(*(*values)["matrices"][2]["rank"].integer(), 1);
}

TEST_F(WeightsTest, OfARouterThatIsNotReadTheRestIsTold) {
  std::fstream file(path_, std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(static_cast<std::streamoff>(8 + header_.find("F32"))).write("U32", 3);
  file.close();
  const auto note =
      HasSubstr("\nNote: " + path_ + ": tensor 'model.layers.2.block_sparse_moe.gate.weight' is U32; ");
  EXPECT_THAT(said({}),
              AllOf(note, HasSubstr("2      3  2   1   F32       -     -          -             -     -"),
                    HasSubstr("--part all, which reads 72 bytes")));
  EXPECT_THAT(said({"--part", "all"}), AllOf(note, HasSubstr("0 to 5          E00 E01 -1.000       -1.000\n")));
}

// The window's usual model waits beside it; what asks for figures, or has no screen, is printed.
TEST_F(WeightsTest, OnAScreenTheWindowShowsIt) {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"open", path_, "--theme", "light"}, {path_, path_}}) {
    const auto shown = parsed(words);
    ASSERT_TRUE(shown) << shown.error().message;
    EXPECT_TRUE(shown->shows);
    ASSERT_TRUE(shown->weights);
    EXPECT_EQ(shown->weights->path, path_);
    EXPECT_EQ(shown->config, parsed({})->config);
    EXPECT_EQ(shown->light_theme, words.size() == 4);
    EXPECT_EQ(shown->drops.size(), words.size() == 4 ? 0u : 1u);
  }
  for (const std::vector<std::string>& words : {std::vector<std::string>{"--json"},
                                                {"--headless"},
                                                {"--part", "head"},
                                                {"--layer", "2"},
                                                {"--expert", "2.0"}}) {
    std::vector<std::string> all{"open", path_};
    all.insert(all.end(), words.begin(), words.end());
    const auto printed = parsed(all);
    ASSERT_TRUE(printed) << words[0];
    EXPECT_FALSE(printed->shows) << words[0];
  }
}

// 34 GB that nobody may read through to see what they are: they are not stored, and have no end of a line.
TEST_F(WeightsTest, AHugeFileIsToldByItsHead) {
  const std::string at = R"({"model.layers.0.mlp.experts.0.)",
                    rest = R"(.weight":{"dtype":"F32","shape":[65536,65536],)";
  const std::string text = at + "gate_proj" + rest + R"("data_offsets":[0,17179869184]},)" + at.substr(1) +
                           "down_proj" + rest + R"("data_offsets":[17179869184,34359738368]}})";
  const std::uint64_t length = text.size();
  std::ofstream file(path_, std::ios::binary | std::ios::trunc);
  file.write(reinterpret_cast<const char*>(&length), sizeof length);
  file << text;
  file.close();
  std::filesystem::resize_file(path_, sizeof length + length + 34'359'738'368U);
  const auto began = std::chrono::steady_clock::now();
  EXPECT_THAT(said({}), HasSubstr("0      1  65536  65536   F32"));
  EXPECT_EQ(parsed({path_})->mode, Mode::weights);
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(5));
}

TEST_F(WeightsTest, WhatIsNotThereIsNamed) {
  EXPECT_THAT(said({"--expert", "2.3"}), HasSubstr("layer 2 has no expert 3; it has 0 to 2"));
  EXPECT_THAT(said({"--expert", "0.0"}), HasSubstr("no experts in layer 0; those with some are 2 to 2"));
  EXPECT_THAT(said({"--layer", "7"}), HasSubstr("no experts in layer 7"));
  EXPECT_THAT(said({"--layer", "x"}), HasSubstr("--layer x: allowed is the number of a layer"));
  EXPECT_THAT(said({"--part", "some"}), HasSubstr("--part some: allowed is head or all"));
  EXPECT_THAT(said({"--expert", "3"}), HasSubstr("--expert 3: allowed is L.E"));
  EXPECT_THAT(said({"--expert", "2.0", "--part", "all"}), HasSubstr("needs no --part"));
  EXPECT_THAT(said({"--steps", "3"}), HasSubstr("trains nothing"));
  std::ofstream(path_, std::ios::app) << "more";
  EXPECT_THAT(said({}), AllOf(HasSubstr(path_), HasSubstr("4 bytes behind the last tensor")));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
