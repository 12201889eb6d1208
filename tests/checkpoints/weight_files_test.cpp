// Files that nobody should have written: each is refused with the file, the tensor and what is allowed.
#include "core/checkpoints/weight_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <array>
#include <cmath>
#include <fstream>
#include <tuple>
#include <utility>
#include <vector>

#include "core/checkpoints/layer_figures.h"
#include "core/checkpoints/spectrum.h"
#include "tests/checkpoints/written_checkpoints.h"
#include "tests/support/mutants.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string tensor_text(const std::string& name, const std::string& type, const std::string& shape,
                        const std::string& offsets) {
  return "\"" + name + R"(":{"dtype":")" + type + R"(","shape":[)" + shape + R"(],"data_offsets":[)" + offsets +
         "]}";
}

const std::string kGate = "model.layers.0.mlp.gate.weight";

const test::WrittenCheckpoints& written_for_files() {
  static const test::WrittenCheckpoints all;
  return all;
}

class WeightFilesTest : public testing::Test {
 protected:
  std::filesystem::path path(const std::string& name) const { return folder_.path() / name; }
  void write(const std::string& name, const std::string& header, std::size_t bytes) const {
    std::ofstream(path(name), std::ios::binary) << test::safetensors_text(header, bytes);
  }
  // Of what is opened and put together.
  static std::string message(const std::filesystem::path& where) {
    const auto files = WeightFiles::open(where);
    if (!files) {
      EXPECT_EQ(files.error().kind, ErrorKind::usage);
      return files.error().message;
    }
    const auto model = expert_model(*files);
    if (!model) {
      EXPECT_EQ(model.error().kind, ErrorKind::usage);
      EXPECT_THAT(model.error().message, HasSubstr(where.native()));
    }
    return model ? "taken" : model.error().message;
  }
  std::string refused(const std::string& header, std::size_t bytes) const {
    write("one.safetensors", header, bytes);
    const std::string why = message(path("one.safetensors"));
    EXPECT_THAT(why, HasSubstr(path("one.safetensors").native()));
    return why;
  }
  static std::string two(const std::string& first, const std::string& second) {
    return "{" + tensor_text("a", "F32", "2", first) + "," + tensor_text("b", "F32", "2", second) + "}";
  }

  test::TemporaryFolder folder_;
};

TEST_F(WeightFilesTest, AHeadThatDoesNotFitItsFileIsRefused) {
  EXPECT_THAT(refused(two("0,8", "4,12"), 12),
              AllOf(HasSubstr("tensor 'b' begins at byte 4"), HasSubstr("overlap")));
  EXPECT_THAT(refused(two("0,8", "12,20"), 20),
              AllOf(HasSubstr("tensor 'b' begins at byte 12"), HasSubstr("gap")));
  EXPECT_THAT(refused(two("0,8", "8,16"), 15), HasSubstr("cut off: tensor 'b' ends at byte 16 of 15"));
  EXPECT_THAT(refused(two("0,8", "8,16"), 17), HasSubstr("1 bytes behind the last tensor"));
  EXPECT_THAT(refused(two("0,8", "8,12"), 12),
              HasSubstr("tensor 'b': data_offsets 8 to 12 are not the size of its shape [2] in F32"));
  EXPECT_THAT(
      refused("{" + tensor_text("a", "F32", "2", "0,8") + "," + tensor_text("a", "F32", "2", "8,16") + "}", 16),
      HasSubstr("tensor 'a' appears twice"));
  EXPECT_THAT(refused("{" + tensor_text("a", "F9", "2", "0,8") + "}", 8),
              AllOf(HasSubstr("tensor 'a': type 'F9'"), HasSubstr("BF16, F16 and F32")));
  EXPECT_THAT(refused("{" + tensor_text("a", "F32", "-1", "0,8") + "}", 8),
              HasSubstr("tensor 'a': wants one dtype"));
  EXPECT_THAT(refused("{" + tensor_text("a", "F32", "4611686018427387904,4611686018427387904", "0,8") + "}", 8),
              HasSubstr("tensor 'a'"));
  EXPECT_THAT(refused("{" + tensor_text("a", "F4", "3", "0,2") + "}", 2), HasSubstr("are not the size"));
  EXPECT_THAT(refused(R"({"a":{"dtype":"F32","shape":[2]}})", 8), HasSubstr("tensor 'a': wants one"));
  EXPECT_THAT(refused(R"({"a":3})", 8), HasSubstr("tensor 'a': its header entry is not an object"));
  EXPECT_THAT(refused(R"({"__metadata__":{"a":1}})", 0), HasSubstr("metadata 'a' is not a string"));
  EXPECT_THAT(refused("[]", 0), HasSubstr("not a safetensors file"));
  EXPECT_THAT(refused("{", 0), HasSubstr("not valid JSON"));
}

TEST_F(WeightFilesTest, ALengthIsHeldAgainstTheFileBeforeMemoryIsTaken) {
  std::ofstream(path("a.safetensors"), std::ios::binary) << std::string(8, '\xFF') << "{}";
  EXPECT_THAT(message(path("a.safetensors")), HasSubstr("its header claims 18446744073709551615 bytes of 2"));
  std::ofstream(path("b.safetensors"), std::ios::binary) << "short";
  EXPECT_THAT(message(path("b.safetensors")), HasSubstr("too short"));
  const std::uint64_t long_head = 100'000'001;
  std::ofstream(path("c.safetensors"), std::ios::binary)
      << std::string(reinterpret_cast<const char*>(&long_head), 8);
  std::filesystem::resize_file(path("c.safetensors"), 200'000'000);
  EXPECT_THAT(message(path("c.safetensors")), HasSubstr("100000001 bytes, at most 100000000 are read"));
}

TEST_F(WeightFilesTest, ALayerThatIsNotWholeIsRefused) {
  const auto with_gate = [](const std::string& rest) {
    return "{" + tensor_text(kGate, "F32", "2,4", "0,32") + rest + "}";
  };
  const auto expert = [](const std::string& name, const std::string& shape, std::size_t begin) {
    return "," + tensor_text("model.layers.0.mlp.experts." + name + ".weight", "F32", shape,
                             std::to_string(begin) + "," + std::to_string(begin + 32));
  };
  EXPECT_THAT(refused("{" + tensor_text("x", "F32", "2", "0,8") + "}", 8),
              HasSubstr("has no experts by the names"));
  EXPECT_THAT(refused(with_gate(""), 32), HasSubstr("layer 0 has a router, but no experts"));
  EXPECT_THAT(refused(with_gate(expert("0.gate_proj", "2,4", 32)), 64),
              HasSubstr("layer 0 has no down matrix of expert 0"));
  const std::string first = expert("0.gate_proj", "2,4", 32) + expert("0.down_proj", "4,2", 64);
  EXPECT_THAT(refused(with_gate(first), 96), HasSubstr("layer 0 has no expert 1 of 2"));
  EXPECT_THAT(refused(with_gate(first + expert("7.down_proj", "4,2", 96)), 128),
              HasSubstr("layer 0 has an expert 7, and a router of 2"));
  const std::string second = expert("1.gate_proj", "2,4", 96) + expert("1.down_proj", "4,2", 128);
  write("whole.safetensors", with_gate(first + second), 160);
  EXPECT_EQ(message(path("whole.safetensors")), "taken");
  EXPECT_THAT(
      refused(with_gate(first + expert("1.gate_proj", "4,2", 96) + expert("1.down_proj", "4,2", 128)), 160),
      AllOf(HasSubstr("experts.1.gate_proj.weight' has shape [4, 2]"), HasSubstr("d = 4")));
  EXPECT_THAT(refused("{" + tensor_text(kGate, "F32", "8589934592,0", "0,0") + "}", 0),
              HasSubstr("allowed is [N, d] of 1 to 2048 experts"));
  const std::string other = "model.layers.0.block_sparse_moe.gate.weight";
  EXPECT_THAT(refused(with_gate("," + tensor_text(other, "F32", "2,4", "32,64")), 64),
              HasSubstr("are the same part of layer 0"));
}

TEST_F(WeightFilesTest, SharedExpertsThatAreNotWholeAreRefused) {
  using Parts = std::vector<std::pair<std::string, std::array<int, 2>>>;
  const auto with = [&](const Parts& shared) {
    std::string header = "{" + tensor_text("model.layers.0.mlp.experts.gate_up_proj", "F32", "1,2,2", "0,16") +
                         "," + tensor_text("model.layers.0.mlp.experts.down_proj", "F32", "1,2,1", "16,24");
    int at = 24;
    for (const auto& [name, shape] : shared) {
      const int end = at + 4 * shape[0] * shape[1];
      header += "," + tensor_text("model.layers.0.mlp.shared_experts." + name + ".weight", "F32",
                                  std::to_string(shape[0]) + "," + std::to_string(shape[1]),
                                  std::to_string(at) + "," + std::to_string(end));
      at = end;
    }
    write("one.safetensors", header + "}", static_cast<std::size_t>(at));
    return message(path("one.safetensors"));
  };
  EXPECT_EQ(with({}), "taken");
  EXPECT_EQ(with({{"gate_proj", {3, 2}}, {"up_proj", {3, 2}}, {"down_proj", {2, 3}}}), "taken");
  EXPECT_EQ(with({{"gate_proj", {3, 2}}, {"down_proj", {2, 3}}}), "taken");  // without gating
  EXPECT_THAT(with({{"up_proj", {3, 2}}, {"down_proj", {2, 3}}}),
              HasSubstr("layer 0 has no gate matrix of its shared experts"));
  EXPECT_THAT(with({{"gate_proj", {3, 2}}, {"up_proj", {3, 2}}}),
              HasSubstr("layer 0 has no down matrix of its shared experts"));
  EXPECT_THAT(with({{"gate_proj", {3, 3}}, {"down_proj", {2, 3}}}),
              HasSubstr("gate_proj.weight' has shape [3, 3]; allowed is [ff of the shared experts, d = 2]"));
  EXPECT_THAT(with({{"gate_proj", {3, 2}}, {"up_proj", {4, 2}}, {"down_proj", {2, 3}}}),
              HasSubstr("up_proj.weight' has shape [4, 2]; allowed is [3, 2], as of its gate matrix"));
  EXPECT_THAT(with({{"gate_proj", {3, 2}}, {"up_proj", {3, 2}}, {"down_proj", {3, 2}}}),
              HasSubstr("down_proj.weight' has shape [3, 2]; allowed is [d, ff of the shared experts] = [2, 3]"));
}

// 2,048 experts of width 1 take 12 kB a layer, and 8 MB of cosines.
TEST_F(WeightFilesTest, MoreLayersOrPairsThanFiguresAreKeptOfAreRefused) {
  const auto layers_of = [&](int layers, int n) {
    std::string header = "{";
    std::size_t at = 0;
    const auto add = [&](const std::string& name, const std::string& shape, std::size_t numbers) {
      header += (at > 0 ? "," : "") +
                tensor_text(name, "BF16", shape, std::to_string(at) + "," + std::to_string(at + 2 * numbers));
      at += 2 * numbers;
    };
    for (int l = 0; l < layers; ++l) {
      const std::string prefix = "model.layers." + std::to_string(l) + ".mlp.experts.", many = std::to_string(n);
      add(prefix + "gate_up_proj", many + ",2,1", 2 * static_cast<std::size_t>(n));
      add(prefix + "down_proj", many + ",1,1", static_cast<std::size_t>(n));
    }
    write("one.safetensors", header + "}", at);
    return message(path("one.safetensors"));
  };
  EXPECT_EQ(layers_of(32, 2048), "taken");
  EXPECT_THAT(layers_of(33, 2048), HasSubstr("has more than 67108864 pairs of experts"));
  EXPECT_EQ(layers_of(1024, 1), "taken");
  EXPECT_THAT(layers_of(1025, 1), HasSubstr("has more than 1024 layers with experts"));
}

TEST_F(WeightFilesTest, WhatIsReadIsEndedWithinAFileToo) {
  std::string header = "{";
  constexpr int many = 20'000;
  for (int i = 0; i < many; ++i)
    header += (i > 0 ? "," : "") +
              tensor_text("t" + std::to_string(i), "U8", "1", std::to_string(i) + "," + std::to_string(i + 1));
  write("one.safetensors", header + "}", many);
  int asked = 0;
  const auto files = WeightFiles::open(path("one.safetensors"), [&] { return ++asked < 2; });
  ASSERT_FALSE(files);
  EXPECT_EQ(files.error().kind, ErrorKind::interrupted);
  EXPECT_EQ(asked, 2);
  std::string index = R"({"weight_map":{)";
  for (int i = 0; i < many; ++i) index += (i > 0 ? ",\"t" : "\"t") + std::to_string(i) + R"(":"one.safetensors")";
  std::ofstream(path("model.safetensors.index.json")) << index << "}}";
  const auto shards = WeightFiles::open(folder_.path(), [] { return false; });
  ASSERT_FALSE(shards);
  EXPECT_EQ(shards.error().kind, ErrorKind::interrupted);
  const auto whole = WeightFiles::open(folder_.path());
  ASSERT_TRUE(whole) << whole.error().message;
  EXPECT_EQ(expert_model(*whole, [] { return false; }).error().kind, ErrorKind::interrupted);
}

TEST_F(WeightFilesTest, WhatLiesInAnothersPlaceIsNotTheSame) {
  std::filesystem::copy(written_for_files().folder.path() / "qwen", path("qwen"));
  const auto files = WeightFiles::open(path("qwen"));
  ASSERT_TRUE(files) << files.error().message;
  EXPECT_TRUE(files->check_in_place());
  for (const char* name : {"model-00002-of-00002.safetensors", "model.safetensors.index.json"}) {
    std::filesystem::rename(path("qwen") / name, path("qwen/kept"));
    std::filesystem::copy(path("qwen/kept"), path("qwen") / name);
    EXPECT_TRUE(files->check_unchanged()) << "what is open is as it was";
    EXPECT_THAT(files->check_in_place().error().message,
                AllOf(HasSubstr(name), HasSubstr("is another file by now")));
    std::filesystem::rename(path("qwen/kept"), path("qwen") / name);
    EXPECT_TRUE(files->check_in_place());
  }
}

// A window asks before it draws its next frame: of 100 MB it reads the beginning.
TEST_F(WeightFilesTest, WhetherItIsAnothersIsToldByTheBeginningOfItsHead) {
  const auto other = [&](const std::string& header, std::size_t bytes) {
    write("one.safetensors", header, bytes);
    return is_others_checkpoint(path("one.safetensors"));
  };
  EXPECT_TRUE(other("{" + tensor_text(kGate, "F32", "2,2", "0,16") + "}", 16));
  EXPECT_FALSE(other("{" + tensor_text("model.norm.weight", "F32", "2,2", "0,16") + "}", 16));
  EXPECT_FALSE(other("{" + tensor_text(kGate, "F32", "2,2", "0,16"), 16)) << "no JSON";
  EXPECT_FALSE(other(
      R"({"__metadata__":{"config":"{}","vocabulary":"[]"},)" + tensor_text(kGate, "F32", "2,2", "0,16") + "}",
      16))
      << "a run's own";
  // What comes behind the beginning nobody has looked at.
  std::string header = "{" + tensor_text(kGate, "F32", "2,2", "0,16");
  header.resize(1 << 20, ' ');
  EXPECT_TRUE(other(header + "no JSON", 16));
}

TEST_F(WeightFilesTest, ATypeThatIsNotReadIsNamed) {
  const auto file = [&](const std::string& type, std::size_t bytes) {
    std::string header = "{" + tensor_text(kGate, "F32", "1,2", "0,8");
    std::size_t at = 8;
    for (const char* name : {"gate_proj", "down_proj"}) {
      header += "," + tensor_text(std::string("model.layers.0.mlp.experts.0.") + name + ".weight", type,
                                  std::string(name) == "gate_proj" ? "3,2" : "2,3",
                                  std::to_string(at) + "," + std::to_string(at + 6 * bytes));
      at += 6 * bytes;
    }
    write("one.safetensors", header + "}", at);
  };
  file("F8_E4M3", 1);
  const auto files = WeightFiles::open(path("one.safetensors"));
  ASSERT_TRUE(files) << files.error().message;
  const auto model = expert_model(*files);
  ASSERT_TRUE(model) << model.error().message;  // the head can be told
  const auto why = AllOf(HasSubstr(path("one.safetensors").native()),
                         HasSubstr("'model.layers.0.mlp.experts.0.gate_proj.weight' is F8_E4M3"),
                         HasSubstr("read are BF16, F16 and F32"));
  EXPECT_THAT(model->unread, why);
  EXPECT_TRUE(model->has_unread_experts);
  EXPECT_TRUE(router_figures(*files, model->layers[0]));
  const auto figures = expert_figures(*files, model->layers[0]);
  ASSERT_FALSE(figures);
  EXPECT_THAT(figures.error().message, why);
  EXPECT_FALSE(spectrum_of(*files, *model->layers[0].experts[0][2]));
}

TEST_F(WeightFilesTest, APackedTensorIsRefusedForItsType) {
  const auto with_sizes = [&](const std::string& type, std::size_t size) {
    std::string header = "{" + tensor_text(kGate, "F32", "1,8", "0,32");
    const std::size_t gate = 32 + 12 * size, down = gate + 16 * size;
    header += "," + tensor_text("model.layers.0.mlp.experts.0.gate_proj.weight", type, "3,4",
                                "32," + std::to_string(gate));
    header += "," + tensor_text("model.layers.0.mlp.experts.0.down_proj.weight", type, "8,2",
                                std::to_string(gate) + "," + std::to_string(down));
    return refused(header + "}", down);
  };
  EXPECT_THAT(with_sizes("U8", 1), AllOf(HasSubstr("gate_proj.weight' has shape [3, 4]; allowed is [ff, d]"),
                                         HasSubstr("; it is U8, packed perhaps; read are BF16, F16 and F32")));
  EXPECT_THAT(with_sizes("F32", 4), AllOf(HasSubstr("has shape [3, 4]"), Not(HasSubstr("packed"))));
}

// Four bits a number: its shape says nothing of d, and the experts beside it do.
TEST_F(WeightFilesTest, APackedRouterTellsNothingOfTheExpertsBesideIt) {
  for (const auto& [type, shape, bytes] : {std::tuple{"U8", "2,2", 4}, {"I32", "2,1", 8}, {"F4", "2,4", 4}}) {
    std::string header = "{" + tensor_text(kGate, type, shape, "0," + std::to_string(bytes));
    std::size_t at = static_cast<std::size_t>(bytes);
    const auto add = [&](const std::string& name, const std::string& numbers, std::size_t size) {
      header += "," + tensor_text("model.layers.0.mlp." + name, "F32", numbers,
                                  std::to_string(at) + "," + std::to_string(at + size));
      at += size;
    };
    add("gate.bias", "2", 8);
    for (const std::string e : {"0", "1"})
      add("experts." + e + ".gate_proj.weight", "3,4", 48), add("experts." + e + ".down_proj.weight", "4,3", 48);
    write("one.safetensors", header + "}", at);
    const auto files = WeightFiles::open(path("one.safetensors"));
    ASSERT_TRUE(files) << files.error().message;
    const auto model = expert_model(*files);
    ASSERT_TRUE(model) << model.error().message;
    EXPECT_EQ(model->layers[0].d, 4) << type;
    EXPECT_EQ(model->layers[0].ff, 3);
    EXPECT_EQ(model->layers[0].experts.size(), 2u);
    EXPECT_THAT(model->unread, HasSubstr(std::string("gate.weight' is ") + type));
    EXPECT_FALSE(model->has_unread_experts);
    const auto router = router_figures(*files, model->layers[0]);
    ASSERT_TRUE(router);
    EXPECT_TRUE(router->norms.empty());
    EXPECT_TRUE(expert_figures(*files, model->layers[0]));
  }
}

TEST_F(WeightFilesTest, ARouterThatIsNotReadLeavesTheRestToBeTold) {
  for (const bool is_bias : {false, true}) {
    std::string header = "{" + tensor_text(kGate, is_bias ? "F32" : "F64", "1,2", is_bias ? "0,8" : "0,16");
    std::size_t at = is_bias ? 8 : 16;
    const auto add = [&](const std::string& name, const std::string& type, const std::string& shape,
                         std::size_t bytes) {
      header += "," + tensor_text("model.layers.0.mlp." + name, type, shape,
                                  std::to_string(at) + "," + std::to_string(at + bytes));
      at += bytes;
    };
    if (is_bias) add("gate.bias", "I64", "1", 8);
    add("experts.0.gate_proj.weight", "F32", "3,2", 24), add("experts.0.down_proj.weight", "F32", "2,3", 24);
    write("one.safetensors", header + "}", at);
    const auto files = WeightFiles::open(path("one.safetensors"));
    ASSERT_TRUE(files) << files.error().message;
    const auto model = expert_model(*files);
    ASSERT_TRUE(model) << model.error().message;
    EXPECT_THAT(model->unread, AllOf(HasSubstr(path("one.safetensors").native()),
                                     HasSubstr(is_bias ? "mlp.gate.bias' is I64" : "mlp.gate.weight' is F64"),
                                     HasSubstr("read are BF16, F16 and F32")));
    EXPECT_FALSE(model->has_unread_experts);
    const auto router = router_figures(*files, model->layers[0]);
    ASSERT_TRUE(router) << router.error().message;
    EXPECT_EQ(router->norms.size(), is_bias ? 1u : 0u);
    EXPECT_TRUE(std::isnan(router->least_bias));
    EXPECT_TRUE(expert_figures(*files, model->layers[0]));
  }
}

TEST_F(WeightFilesTest, AShardLiesInTheFolder) {
  const std::string tensor = "{" + tensor_text("a", "F32", "2", "0,8") + "}";
  std::filesystem::create_directory(path("model"));
  const auto index = path("model") / "model.safetensors.index.json";
  const auto with_index = [&](const std::string& text) {
    std::ofstream(index) << text;
    return message(path("model"));
  };
  const auto with_shard = [&](const std::string& name) {
    return with_index(R"({"metadata":{},"weight_map":{"a":")" + name + "\"}}");
  };
  write("out.safetensors", tensor, 8);
  for (const char* name : {"../out.safetensors", "/etc/passwd", "..", "", "sub/x"})
    EXPECT_THAT(with_shard(name),
                AllOf(HasSubstr(index.native()), HasSubstr("tensor 'a'"), HasSubstr("leads out")));
  EXPECT_THAT(with_shard("s.safetensors"),
              AllOf(HasSubstr("s.safetensors: no such file"), HasSubstr("1 tensors in it, such as 'a'")));
  std::filesystem::create_symlink(path("out.safetensors"), path("model") / "s.safetensors");
  EXPECT_THAT(with_shard("s.safetensors"), AllOf(HasSubstr("model/s.safetensors: leads out of the folder"),
                                                 HasSubstr("allowed are files in it")));
  write("model/in.safetensors", tensor, 8);
  std::filesystem::create_symlink("in.safetensors", path("model") / "t.safetensors");
  EXPECT_THAT(with_shard("t.safetensors"), HasSubstr("has no experts"));  // read
  EXPECT_THAT(with_index(R"({"weight_map":{"b":"in.safetensors"}})"),
              AllOf(HasSubstr("in.safetensors: tensor 'b' is not in it"), HasSubstr(index.native())));
  EXPECT_THAT(with_index(R"({"weight_map":{"a":"in.safetensors","a":"in.safetensors"}})"),
              HasSubstr("appears twice"));
  EXPECT_THAT(with_index(R"({"weight_map":{"a":3}})"), HasSubstr("tensor 'a': its shard is not the name"));
  EXPECT_THAT(with_index(R"({"weight_map":[1]})"), HasSubstr("holds no weight_map"));
  EXPECT_THAT(with_index(R"({"metadata":{"weight_map":{"a":"b"}}})"), HasSubstr("holds no weight_map"));
  EXPECT_THAT(with_index("[[{"), HasSubstr("not valid JSON"));
}

TEST_F(WeightFilesTest, AFolderOfOneFileHoldsItItself) {
  const std::string tensor = "{" + tensor_text("a", "F32", "2", "0,8") + "}";
  write("out.safetensors", tensor, 8);
  std::filesystem::create_directory(path("model"));
  EXPECT_THAT(message(path("model")), AllOf(HasSubstr(path("model").native()), HasSubstr("no checkpoint; allowed is")));
  std::filesystem::create_symlink(path("out.safetensors"), path("model") / "model.safetensors");
  EXPECT_THAT(message(path("model")), HasSubstr("model/model.safetensors: leads out of the folder"));
  EXPECT_THAT(message(path("model") / "model.safetensors"), HasSubstr("has no experts"));  // named by itself: read
}

// As the cache of the Hugging Face hub keeps them.
TEST_F(WeightFilesTest, TheHubsCacheMayLinkToItsBlobs) {
  const auto snapshot = path("models--a--b/snapshots/123");
  std::filesystem::create_directories(snapshot);
  std::filesystem::create_directories(path("models--a--b/blobs"));
  write("models--a--b/blobs/abc", "{" + tensor_text("a", "F32", "2", "0,8") + "}", 8);
  std::filesystem::create_symlink("../../blobs/abc", snapshot / "s.safetensors");
  const auto index = snapshot / "model.safetensors.index.json";
  std::ofstream(index) << R"({"weight_map":{"a":"s.safetensors"}})";
  EXPECT_THAT(message(snapshot), HasSubstr("has no experts"));
  // Neither out of the cache, nor elsewhere within it.
  std::filesystem::create_directories(path("models--a--b/snapshots/124"));
  for (const std::string out : {"out", "models--a--b/out", "models--a--b/snapshots/124/out"}) {
    std::filesystem::remove(snapshot / "s.safetensors");
    write(out, "{" + tensor_text("a", "F32", "2", "0,8") + "}", 8);
    std::filesystem::create_symlink(path(out), snapshot / "s.safetensors");
    EXPECT_THAT(message(snapshot),
                AllOf(HasSubstr("snapshots/123/s.safetensors: leads out of the folder, to "), HasSubstr(out)));
  }
}

// A blob's name is a checksum, which says nothing to whoever reads it.
TEST_F(WeightFilesTest, AMessageNamesTheShardAndNotItsBlob) {
  const auto snapshot = path("models--a--b/snapshots/123");
  std::filesystem::create_directories(snapshot);
  std::filesystem::create_directories(path("models--a--b/blobs"));
  const auto link = [&](const std::string& blob, const std::string& name) {
    std::filesystem::create_symlink("../../blobs/" + blob, snapshot / name);
  };
  std::ofstream(path("models--a--b/blobs/abc")) << R"({"weight_map":{")" << kGate << R"(":"s.safetensors"}})";
  link("abc", "model.safetensors.index.json"), link("def", "s.safetensors");
  const auto shard_with = [&](const std::string& header, std::size_t bytes) {
    write("models--a--b/blobs/def", header, bytes);
    const auto files = WeightFiles::open(snapshot);
    if (!files) return files.error().message;
    const auto model = expert_model(*files);
    return model ? std::string("taken") : model.error().message;
  };
  const auto shard = HasSubstr((snapshot / "s.safetensors").native() + ": ");
  const auto no_blob = Not(HasSubstr("blobs"));
  EXPECT_THAT(shard_with("{}", 1), AllOf(shard, HasSubstr("behind the last tensor"), no_blob));
  EXPECT_THAT(shard_with("{" + tensor_text("a", "F32", "2", "0,8") + "}", 8),
              AllOf(shard, HasSubstr("is not in it"), no_blob));
  EXPECT_THAT(shard_with("{" + tensor_text(kGate, "F32", "2", "0,8") + "}", 8),
              AllOf(shard, HasSubstr("has shape [2]"), no_blob));
  std::ofstream(path("models--a--b/blobs/abc")) << "[";
  EXPECT_THAT(shard_with("{}", 0),
              AllOf(HasSubstr((snapshot / "model.safetensors.index.json").native() + ": "), no_blob));
}

TEST_F(WeightFilesTest, AFileThatShrinksMeanwhileIsSaidToBeCutOff) {
  const test::WrittenCheckpoints written;
  const auto where = written.folder.path() / "mixtral.safetensors";
  const auto files = WeightFiles::open(where);
  ASSERT_TRUE(files);
  const auto model = expert_model(*files);
  ASSERT_TRUE(model);
  std::filesystem::resize_file(where, 20'000);
  const auto figures = expert_figures(*files, model->layers[1]);
  ASSERT_FALSE(figures);
  EXPECT_THAT(figures.error().message, AllOf(HasSubstr(where.native()), HasSubstr("cut off")));
  EXPECT_THAT(files->check_unchanged().error().message, HasSubstr("was changed"));
}

// All that can be asked of it.
bool look_at_all(const std::filesystem::path& where) {
  const auto files = WeightFiles::open(where);
  if (!files) {
    EXPECT_NE(files.error().message, "");
    return false;
  }
  const auto model = expert_model(*files);
  if (!model) return false;
  for (const ExpertLayer& layer : model->layers) {
    EXPECT_TRUE(router_figures(*files, layer));
    const auto experts = expert_figures(*files, layer);
    EXPECT_EQ(static_cast<bool>(experts), !model->has_unread_experts);
    (void)spectrum_of(*files, *layer.experts[0][2]);
  }
  return true;
}

TEST_F(WeightFilesTest, MutantsEndInAMessageOrAValue) {
  const test::WrittenCheckpoints written;
  const std::filesystem::path root = written.folder.path();
  const auto one = path("one.safetensors");
  const auto write_bytes = [](const std::filesystem::path& to, const std::string& bytes) {
    std::ofstream(to, std::ios::binary | std::ios::trunc) << bytes;
  };
  int taken = test::try_mutants(test::text_of_file(root / "fused.safetensors"), 61, [&](const std::string& bad) {
    write_bytes(one, bad);
    return look_at_all(one);
  });
  // Most damage is in the numbers, which may be any.
  EXPECT_GT(taken, test::mutant_count() / 20);
  EXPECT_LT(taken, test::mutant_count());
  // The heads alone, which is what can be wrong.
  const std::string shard = test::text_of_file(root / "qwen/model-00001-of-00002.safetensors");
  const std::size_t head = shard.find("}}") + 2;
  test::try_mutants(shard.substr(0, head), 62, [&](const std::string& bad) {
    write_bytes(root / "qwen/model-00001-of-00002.safetensors", bad + shard.substr(head));
    return look_at_all(root / "qwen");
  });
  write_bytes(root / "qwen/model-00001-of-00002.safetensors", shard);
  EXPECT_TRUE(look_at_all(root / "qwen"));
  const std::string index = test::text_of_file(root / "qwen/model.safetensors.index.json");
  taken = test::try_mutants(index, 63, [&](const std::string& bad) {
    write_bytes(root / "qwen/model.safetensors.index.json", bad);
    return look_at_all(root / "qwen");
  });
  EXPECT_LT(taken, test::mutant_count());
#ifndef __SANITIZE_ADDRESS__  // which keeps what is freed
  rusage used{};
  ASSERT_EQ(getrusage(RUSAGE_SELF, &used), 0);
  EXPECT_LT(used.ru_maxrss, 1'000'000) << "no gigabyte, whatever a file claims";
#endif
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
