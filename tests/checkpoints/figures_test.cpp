// Norms, cosines and ranks against numpy's, in every naming and type that is read.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <chrono>
#include <cmath>
#include <fstream>

#include "core/base/random.h"
#include "core/checkpoints/gram.h"
#include "core/checkpoints/layer_figures.h"
#include "core/checkpoints/spectrum.h"
#include "tests/checkpoints/written_checkpoints.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

constexpr double kClose = 1e-5;

const test::WrittenCheckpoints& written() {
  static const test::WrittenCheckpoints all;
  return all;
}

double number_of(const Json& json) { return json.number().value_or(std::nan("")); }

// Relative to the value, or to 1.
void expect_close(double is, const Json& wanted) {
  const double value = number_of(wanted);
  EXPECT_NEAR(is, value, kClose * std::max(1.0, std::abs(value)));
}

void expect_spectrum(const Spectrum& is, const Json& wanted) {
  EXPECT_EQ(is.rank, *wanted["rank"].integer());
  expect_close(is.effective_rank, wanted["effective_rank"]);
  ASSERT_EQ(is.values.size(), wanted["singular_values"].size());
  for (std::size_t i = 0; i < is.values.size(); ++i) expect_close(is.values[i], wanted["singular_values"][i]);
}

void expect_layer(const WeightFiles& files, const ExpertLayer& layer, const Json& wanted) {
  const auto n = static_cast<std::int64_t>(layer.experts.size());
  EXPECT_EQ(n, *wanted["n"].integer());
  EXPECT_EQ(layer.d, *wanted["d"].integer());
  EXPECT_EQ(layer.ff, *wanted["ff"].integer());
  const auto router = router_figures(files, layer);
  ASSERT_TRUE(router) << router.error().message;
  EXPECT_EQ(router->rank, n - 1);
  EXPECT_EQ(router->rank, *wanted["router"]["rank"].integer());
  expect_close(router->effective_rank, wanted["router"]["effective_rank"]);
  const auto experts = expert_figures(files, layer);
  ASSERT_TRUE(experts) << experts.error().message;
  EXPECT_FALSE(experts->all_zero());
  for (std::int64_t i = 0; i < n; ++i) {
    const auto at = static_cast<std::size_t>(i);
    expect_close(router->norms[at], wanted["router"]["norms"][at]);
    for (std::size_t part = 0; part < 3; ++part) expect_close(experts->norms[at][part], wanted["norms"][at][part]);
    expect_close(experts->whole[at], wanted["whole"][at]);
    for (std::int64_t j = i + 1; j < n; ++j) {
      expect_close(router->cosines.at(i, j), wanted["router"]["cosines"][at][static_cast<std::size_t>(j)]);
      EXPECT_NEAR(experts->cosines.at(i, j), number_of(wanted["cosines"][at][static_cast<std::size_t>(j)]),
                  Sketch::kThreeSigma);
    }
  }
  if (wanted["first"].is_null()) return;
  for (std::size_t part = 0; part < 3; ++part) {
    const auto spectrum = spectrum_of(files, *layer.experts[0][part]);
    ASSERT_TRUE(spectrum) << spectrum.error().message;
    expect_spectrum(*spectrum, wanted["first"][part]);
  }
}

void expect_checkpoint(const std::string& path, const std::string& name) {
  const auto files = WeightFiles::open(written().folder.path() / path);
  ASSERT_TRUE(files) << files.error().message;
  EXPECT_TRUE(has_experts(*files));
  EXPECT_FALSE(files->written_here());
  const auto model = expert_model(*files);
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_EQ(model->unread, "");
  const Json& wanted = written().expected[name];
  ASSERT_EQ(model->layers.size(), wanted.size());
  ASSERT_GT(wanted.size(), 0u);
  for (std::size_t l = 0; l < wanted.size(); ++l) expect_layer(*files, model->layers[l], wanted[l]);
}

TEST(CheckpointFiguresTest, AreNumpysOfMixtralsNamesInBf16) {
  expect_checkpoint("mixtral.safetensors", "mixtral");
}
TEST(CheckpointFiguresTest, AreNumpysOfQwensNamesInF16AndShards) { expect_checkpoint("qwen", "qwen"); }
TEST(CheckpointFiguresTest, AreNumpysOfFusedNamesInF32) { expect_checkpoint("fused.safetensors", "fused"); }

TEST(CheckpointFiguresTest, ALayerKnowsItsNumberItsBiasAndWhatIsShared) {
  const auto files = WeightFiles::open(written().folder.path() / "qwen");
  ASSERT_TRUE(files);
  const auto model = expert_model(*files);
  ASSERT_TRUE(model);
  EXPECT_EQ(files->file_count(), 2u);
  EXPECT_EQ(model->layers[0].layer, 1);
  EXPECT_EQ(model->layers[1].layer, 3);
  EXPECT_EQ(model->layers[1].shared_ff, 28);
  const auto router = router_figures(*files, model->layers[1]);
  ASSERT_TRUE(router);
  EXPECT_EQ(router->least_bias, -0.5);
  EXPECT_EQ(router->most_bias, 0.25);
}

// 93 GB of Mixtral's shape, none of it stored.
TEST(CheckpointFiguresTest, WhatIsNotStoredIsSkippedAndZero) {
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "sparse.safetensors";
  ASSERT_TRUE(test::write_checkpoints("sparse " + path.native()));
  const auto began = std::chrono::steady_clock::now();
  const auto files = WeightFiles::open(path);
  ASSERT_TRUE(files) << files.error().message;
  const auto model = expert_model(*files);
  ASSERT_TRUE(model) << model.error().message;
  ASSERT_EQ(model->layers.size(), 32u);
  // Where a file system knows no holes the zeros are read: of one layer, 2.8 GB of them.
  const bool has_holes = files->file(0).stored_from(1 << 20).begin == files->file(0).size();
  std::uint64_t told = 0, wanted = 0, layers = 0;
  for (const ExpertLayer& layer : model->layers) {
    if (!has_holes && layers == 1) break;
    ++layers;
    wanted += layer.bytes();
    const auto router = router_figures(*files, layer);
    ASSERT_TRUE(router);
    EXPECT_EQ(router->rank, 0);
    EXPECT_EQ(router->effective_rank, 0);
    EXPECT_TRUE(std::isnan(router->cosines.at(0, 1)));
    const auto experts = expert_figures(*files, layer, [&](std::uint64_t bytes) {
      told += bytes;
      return true;
    });
    ASSERT_TRUE(experts);
    EXPECT_TRUE(experts->all_zero());
    EXPECT_TRUE(std::isnan(experts->cosines.largest().value));
  }
  EXPECT_EQ(wanted, layers * 8 * 3 * 14336 * 4096 * 2);
  EXPECT_EQ(told, wanted);
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(60));
}

// A number that lies across either end of a hole is read whole.
TEST(CheckpointFiguresTest, WhatIsStoredBetweenHolesIsRead) {
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "model.safetensors";
  constexpr std::int64_t d = 1 << 20, ff = 4;
  constexpr std::int64_t size = d * ff * 4;
  const std::string at = "model.layers.0.mlp.experts.0.";
  // Not a multiple of 4, so that pages end within numbers.
  std::string header = "{";
  std::int64_t begin = 0;
  for (const char* name : {"gate_proj", "up_proj", "down_proj"}) {
    header += "\"" + at + name + ".weight\":{\"dtype\":\"F32\",\"shape\":[" +
              (std::string(name) == "down_proj" ? std::to_string(d) + "," + std::to_string(ff)
                                                : std::to_string(ff) + "," + std::to_string(d)) +
              "],\"data_offsets\":[" + std::to_string(begin) + "," + std::to_string(begin + size) + "]},";
    begin += size;
  }
  header.back() = '}';
  while (header.size() % 4 != 1) header += ' ';
  std::ofstream(path, std::ios::binary) << test::safetensors_text(header, 0);
  std::filesystem::resize_file(path, 8 + header.size() + 3 * static_cast<std::uint64_t>(size));
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  // Numbers of which three bytes lie before a page's border and one behind it.
  constexpr std::int64_t page = 4096;
  const auto place = [&](std::int64_t matrix, std::int64_t number) {
    return static_cast<std::int64_t>(8 + header.size()) + matrix * size + 4 * number;
  };
  const auto at_border = [](std::int64_t nth) { return 934 + 1024 * nth; };
  ASSERT_EQ(place(1, at_border(0)) % page, page - 3);
  // Of the up matrix: some that are stored whole, and its last.
  double squares = 0;
  for (const std::int64_t number : {std::int64_t{1}, at_border(512), at_border(1537), d * ff - 1}) {
    const float value = 3.0F + static_cast<float>(number % 7);
    squares += static_cast<double>(value) * static_cast<double>(value);
    file.seekp(place(1, number));
    file.write(reinterpret_cast<const char*>(&value), 4);
  }
  // One that begins in a hole, as zeros, and ends in a stored page: 2. And one of the down matrix, the other way
  // round: 2^-127.
  const std::int64_t ends = place(1, at_border(2048)), begins = place(2, at_border(2048));
  squares += 4;
  file.seekp(ends + 3).write("\x40", 1);
  file.seekp(begins).write("\0\0\x40", 3);
  file.close();
  const auto files = WeightFiles::open(path);
  ASSERT_TRUE(files) << files.error().message;
  const auto model = expert_model(*files);
  ASSERT_TRUE(model) << model.error().message;
  std::uint64_t told = 0;
  const auto figures =
      expert_figures(*files, model->layers[0], [&](std::uint64_t bytes) { return told += bytes, true; });
  ASSERT_TRUE(figures);
  EXPECT_EQ(told, 3 * static_cast<std::uint64_t>(size));
  EXPECT_EQ(figures->norms[0][0], 0);
  EXPECT_DOUBLE_EQ(figures->norms[0][1], std::sqrt(squares));
  EXPECT_EQ(figures->norms[0][2], 0x1p-127);
  EXPECT_TRUE(router_figures(*files, model->layers[0])->norms.empty());
}

// minmax_element passes over a NaN that is not the first, and a rank of 0 is that of zeros.
TEST(CheckpointFiguresTest, WhatIsNoNumberHasNoRankAndNoBounds) {
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "model.safetensors";
  const std::string at = "\"model.layers.0.mlp.";
  const auto entry = [&](const std::string& name, const std::string& shape, int first, int last) {
    return at + name + "\":{\"dtype\":\"F32\",\"shape\":[" + shape + "],\"data_offsets\":[" +
           std::to_string(4 * first) + "," + std::to_string(4 * last) + "]}";
  };
  const std::string header = "{" + entry("gate.weight", "2,2", 0, 4) + "," + entry("gate.bias", "2", 4, 6) + "," +
                             entry("experts.gate_up_proj", "2,2,2", 6, 14) + "," +
                             entry("experts.down_proj", "2,2,1", 14, 18) + "}";
  const auto figures_with = [&](float weight, float bias) {
    std::string text = test::safetensors_text(header, 4 * 18);
    const std::array<float, 6> numbers{1, weight, 0, 1, 0.25F, bias};
    std::memcpy(text.data() + 8 + header.size(), numbers.data(), sizeof numbers);
    std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
    const auto files = WeightFiles::open(path);
    EXPECT_TRUE(files) << files.error().message;
    const auto model = expert_model(*files);
    EXPECT_TRUE(model) << model.error().message;
    auto router = router_figures(*files, model->layers[0]);
    EXPECT_TRUE(router);
    return std::move(*router);
  };
  const float none = std::nanf("");
  const RouterFigures whole = figures_with(2, 0.5F);
  EXPECT_EQ(whole.rank, 2);
  EXPECT_EQ(whole.least_bias, 0.25);
  EXPECT_EQ(whole.most_bias, 0.5);
  const RouterFigures broken = figures_with(none, none);
  EXPECT_EQ(broken.rank, std::nullopt);
  EXPECT_TRUE(std::isnan(broken.effective_rank));
  EXPECT_TRUE(std::isnan(broken.norms[0]));
  EXPECT_EQ(broken.norms[1], 1);
  EXPECT_TRUE(std::isnan(broken.least_bias));
  EXPECT_TRUE(std::isnan(broken.most_bias));
}

TEST(CheckpointFiguresTest, APassEndsWhenItIsToldTo) {
  const auto files = WeightFiles::open(written().folder.path() / "mixtral.safetensors");
  ASSERT_TRUE(files);
  const auto model = expert_model(*files);
  ASSERT_TRUE(model);
  const auto figures = expert_figures(*files, model->layers[0], [](std::uint64_t) { return false; });
  ASSERT_FALSE(figures);
  EXPECT_EQ(figures.error().kind, ErrorKind::interrupted);
}

TEST(CheckpointFiguresTest, CosinesOfRowsAreThoseOfEachPair) {
  RandomStream random(5, "rows");
  constexpr std::int64_t rows = 600, columns = 1100;  // more than a block of either
  std::vector<float> values(rows * columns);
  for (float& value : values) value = static_cast<float>(random.normal());
  const auto row = [&](std::int64_t r) {
    return std::span(values).subspan(static_cast<std::size_t>(r * columns), columns);
  };
  for (float& value : row(1)) value = 0;
  row(2)[7] = std::nanf("");
  row(3)[7] = INFINITY;
  for (std::size_t i = 0; i < columns; ++i) row(599)[i] = -3 * row(0)[i];
  const auto found = cosines_of_rows(values, rows, columns);
  ASSERT_TRUE(found);
  for (const std::int64_t i : {0, 1, 2, 3, 4, 300, 511, 512, 598})
    for (std::int64_t j = i + 1; j < rows; ++j) {
      const double wanted = cosine(row(i), row(j));
      if (std::isnan(wanted)) EXPECT_TRUE(std::isnan(found->at(i, j))) << i << " " << j;
      else EXPECT_NEAR(found->at(i, j), wanted, 1e-6) << i << " " << j;
    }
  EXPECT_FLOAT_EQ(found->at(0, 599), -1);
  int asked = 0;
  const auto ended = cosines_of_rows(values, rows, columns, [&] { return ++asked < 3; });
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().kind, ErrorKind::interrupted);
}

// 58 of them are read before the last is shown of DeepSeek-V3's.
TEST(CheckpointFiguresTest, ARouterIsEndedWithinItsRows) {
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "model.safetensors";
  constexpr std::int64_t n = 256, d = 7168;
  const auto entry = [](const std::string& name, const std::string& shape, std::int64_t from, std::int64_t to) {
    return "\"model.layers.3.mlp." + name + R"(":{"dtype":"F32","shape":[)" + shape + R"(],"data_offsets":[)" +
           std::to_string(4 * from) + "," + std::to_string(4 * to) + "]}";
  };
  const std::string header = "{" + entry("gate.weight", "256,7168", 0, n * d) + "," +
                             entry("experts.gate_up_proj", "256,2,7168", n * d, 3 * n * d) + "," +
                             entry("experts.down_proj", "256,7168,1", 3 * n * d, 4 * n * d) + "}";
  std::string text = test::safetensors_text(header, 4 * n * d);
  RandomStream random(9, "router");
  for (std::int64_t i = 0; i < n * d; ++i) {
    const auto value = static_cast<float>(random.uniform() - 0.5);
    std::memcpy(text.data() + 8 + header.size() + 4 * i, &value, 4);
  }
  std::ofstream(path, std::ios::binary) << text;
  std::filesystem::resize_file(path, 8 + header.size() + 16 * n * d);
  const auto files = WeightFiles::open(path);
  ASSERT_TRUE(files) << files.error().message;
  const auto model = expert_model(*files);
  ASSERT_TRUE(model) << model.error().message;
  const auto router = router_figures(*files, model->layers[0]);
  ASSERT_TRUE(router);
  EXPECT_EQ(router->rank, n);
  int asked = 0;
  const auto ended = router_figures(*files, model->layers[0], [&] { return ++asked < 40; });
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().kind, ErrorKind::interrupted);
}

TEST(CheckpointFiguresTest, EveryHalfIsTheNumberItStandsFor) {
  std::vector<std::uint16_t> bits(65536);
  for (std::size_t i = 0; i < bits.size(); ++i) bits[i] = static_cast<std::uint16_t>(i);
  std::vector<float> halves(bits.size()), brains(bits.size());
  to_floats(Dtype::f16, reinterpret_cast<const std::byte*>(bits.data()), halves);
  to_floats(Dtype::bf16, reinterpret_cast<const std::byte*>(bits.data()), brains);
  for (std::size_t i = 0; i < bits.size(); ++i) {
    const float half = float_of_f16(bits[i]), brain = float_of_bf16(bits[i]);
    EXPECT_TRUE(std::isnan(half) ? std::isnan(halves[i])
                                 : std::bit_cast<std::uint32_t>(halves[i]) == std::bit_cast<std::uint32_t>(half))
        << i;
    EXPECT_EQ(std::bit_cast<std::uint32_t>(brains[i]), std::bit_cast<std::uint32_t>(brain));
  }
}

// The bound that is shown: sketches of 300 seeds, at right angles and at 0.6.
TEST(CheckpointFiguresTest, SketchesAreAsGoodAsIsSaid) {
  RandomStream random(3, "sketch");
  constexpr std::size_t n = 50'000;
  std::vector<float> a(n), b(n);
  for (std::size_t i = 0; i < n; ++i) {
    a[i] = static_cast<float>(random.normal() * (1 + 20 * (i % 97 == 0)));  // a few heavy ones
    b[i] = static_cast<float>(random.normal() * (1 + 20 * (i % 97 == 0)));
  }
  for (const float mix : {0.0F, 0.75F}) {
    std::vector<float> c(n);
    for (std::size_t i = 0; i < n; ++i) c[i] = mix * a[i] + b[i];
    const double exact = cosine(a, c);
    double squares = 0, sum = 0;
    constexpr int seeds = 300;
    for (int s = 0; s < seeds; ++s) {
      Sketch one(static_cast<std::uint64_t>(s)), other(static_cast<std::uint64_t>(s));
      one.add(12'345, a);  // from any place
      // In pieces of any size.
      for (std::size_t i = 0; i < n; i += 777)
        other.add(12'345 + i, std::span(c).subspan(i, std::min<std::size_t>(777, n - i)));
      const double off = cosine(one.take(), other.take()) - exact;
      squares += off * off, sum += off;
    }
    const double sigma = std::sqrt(squares / seeds), wanted = (1 - exact * exact) / 64;
    EXPECT_NEAR(sigma, wanted, 0.15 * wanted) << mix;
    EXPECT_NEAR(sum / seeds, 0, 4 * wanted / std::sqrt(seeds)) << mix;
    EXPECT_LE(3 * sigma, 0.05);
  }
}

// The closest of many pairs is the one that chance favoured most.
TEST(CheckpointFiguresTest, SketchesOfIndependentExpertsKeepTheBoundOfAllPairs) {
  EXPECT_EQ(Sketch::bound_of_all(0), Sketch::kThreeSigma);
  EXPECT_EQ(Sketch::bound_of_all(1), Sketch::kThreeSigma);
  EXPECT_NEAR(Sketch::bound_of_all(28), 0.0672, 1e-4);
  EXPECT_NEAR(Sketch::bound_of_all(256 * 255 / 2), 0.0892, 1e-4);
  RandomStream random(11, "experts");
  constexpr std::int64_t n = 64, numbers = 30'000, pairs = n * (n - 1) / 2;
  std::vector<float> experts(n * numbers);
  for (float& value : experts) value = static_cast<float>(random.normal());
  const auto exact = cosines_of_rows(experts, n, numbers);
  ASSERT_TRUE(exact);
  double farthest = 0;
  int beyond_three_sigma = 0, layers_beyond_three_sigma = 0;
  constexpr int layers = 12;
  for (int l = 0; l < layers; ++l) {
    std::vector<float> sketches;
    for (std::int64_t e = 0; e < n; ++e) {
      Sketch one(static_cast<std::uint64_t>(l + 40));
      one.add(0, std::span(experts).subspan(static_cast<std::size_t>(e * numbers), numbers));
      const std::vector<float> taken = one.take();
      EXPECT_LE(taken.capacity(), Sketch::kNumbers) << "2,048 of them are held at once";
      sketches.insert(sketches.end(), taken.begin(), taken.end());
    }
    const auto told = cosines_of_rows(sketches, n, Sketch::kNumbers);
    ASSERT_TRUE(told);
    const int before = beyond_three_sigma;
    for (std::size_t i = 0; i < pairs; ++i) {
      const double off = std::abs(static_cast<double>(told->values[i]) - static_cast<double>(exact->values[i]));
      farthest = std::max(farthest, off);
      beyond_three_sigma += off > Sketch::kThreeSigma ? 1 : 0;
    }
    layers_beyond_three_sigma += beyond_three_sigma > before ? 1 : 0;
  }
  EXPECT_LT(farthest, Sketch::bound_of_all(pairs));
  EXPECT_GT(farthest, 0.65 * Sketch::bound_of_all(pairs)) << "it says something";
  EXPECT_GE(layers_beyond_three_sigma, layers / 2) << "of one pair's bound nobody could say that";
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
