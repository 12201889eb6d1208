#include "core/record/files/safetensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>

#include "tests/support/file_size_limit.h"
#include "tests/support/temporary_folder.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using test::text_of_file;
using testing::AllOf;
using testing::HasSubstr;

class SafetensorsTest : public testing::Test {
 protected:
  void write(const std::string& bytes) const { std::ofstream(path_, std::ios::binary) << bytes; }
  // A file with this header and so many bytes of data.
  void write(const std::string& header, std::size_t data) const {
    std::string bytes(8, '\0');
    const std::uint64_t length = header.size();
    std::memcpy(bytes.data(), &length, 8);
    write(bytes + header + std::string(data, '\1'));
  }
  std::string error() const {
    const auto read = SafetensorsFile::open(path_);
    if (read) return "accepted";
    EXPECT_EQ(read.error().kind, ErrorKind::usage);
    EXPECT_THAT(read.error().message, HasSubstr(path_.string()));
    return read.error().message;
  }

  test::TemporaryFolder folder_;
  std::filesystem::path path_ = folder_.path() / "model.safetensors";
};

const std::vector<NamedTensor> kTensors = {
    {"b.weight", {2, 3}, {1, -2, 3.5f, 1e-38f, 1.0f / 3, std::numeric_limits<float>::infinity()}},
    {"a.\"bias\"", {1}, {-0.0f}},
    {"empty", {0, 4}, {}},
    {"scalar", {}, {7}},
};

TEST_F(SafetensorsTest, RoundTripsToTheBit) {
  ASSERT_TRUE(write_safetensors(path_, kTensors, {{"config", "{\"experts\": 8}"}, {"format", "pt"}}));
  const auto file = SafetensorsFile::open(path_);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->metadata().at("config"), "{\"experts\": 8}");
  const auto read = file->read();
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->size(), kTensors.size());
  for (const NamedTensor& wanted : kTensors) {
    const auto at = std::find_if(read->begin(), read->end(),
                                 [&](const NamedTensor& t) { return t.name == wanted.name; });
    ASSERT_NE(at, read->end()) << wanted.name;
    EXPECT_EQ(at->shape, wanted.shape);
    ASSERT_EQ(at->values.size(), wanted.values.size());
    for (std::size_t i = 0; i < at->values.size(); ++i)
      EXPECT_EQ(std::bit_cast<std::uint32_t>(at->values[i]), std::bit_cast<std::uint32_t>(wanted.values[i]));
  }
}

TEST_F(SafetensorsTest, WritesTheFormatByteForByte) {
  ASSERT_TRUE(write_safetensors(path_, {{"w", {2}, {1, 2}}}, {{"format", "pt"}}));
  std::string header = R"({"__metadata__":{"format":"pt"},"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})";
  header.resize((header.size() + 7) / 8 * 8, ' ');
  std::string expected(8, '\0');
  expected[0] = static_cast<char>(header.size());
  expected += header + std::string("\0\0\x80\x3f\0\0\0\x40", 8);
  EXPECT_EQ(text_of_file(path_), expected);
}

TEST_F(SafetensorsTest, RefusesToWriteWhatIsNotATensor) {
  EXPECT_FALSE(write_safetensors(path_, {{"w", {3}, {1, 2}}}, {}));
  EXPECT_FALSE(write_safetensors(path_, {{"w", {1}, {1}}, {"w", {1}, {1}}}, {}));
  EXPECT_FALSE(write_safetensors(path_, {{"w", {1}, {1}}}, {{"long", std::string(std::size_t{17} << 20, 'x')}}));
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(SafetensorsTest, KeepsTheOldFileWhenTheDiskIsFull) {
  ASSERT_TRUE(write_safetensors(path_, {{"w", {1}, {1}}}, {}));
  const std::string before = text_of_file(path_);
  {
    const test::FileSizeLimit limit(4096);
    const auto written = write_safetensors(path_, {{"w", {5000}, std::vector<float>(5000)}}, {});
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().kind, ErrorKind::failure);
    EXPECT_THAT(written.error().message, HasSubstr(path_.string()));
  }
  EXPECT_EQ(text_of_file(path_), before);
}

TEST_F(SafetensorsTest, RefusesBadFiles) {
  EXPECT_THAT(error(), HasSubstr("no such file"));
  write("");
  EXPECT_THAT(error(), HasSubstr("too short"));
  write(std::string(7, '\0'));
  EXPECT_THAT(error(), HasSubstr("too short"));
  write(std::string(8, '\xff') + "{}");
  EXPECT_THAT(error(), HasSubstr("header claims"));
  write(std::string("\x03\0\0\0\0\0\0\0{}", 10));
  EXPECT_THAT(error(), HasSubstr("cut off"));
  write("{\"w\": ", 0);
  EXPECT_THAT(error(), HasSubstr("ends too early"));
  write("[]", 0);
  EXPECT_THAT(error(), HasSubstr("not a JSON object"));
  write("{\"__metadata__\": {\"a\": 1}}", 0);
  EXPECT_THAT(error(), HasSubstr("metadata 'a' is not a string"));
  write("{\"__metadata__\": []}", 0);
  EXPECT_THAT(error(), HasSubstr("__metadata__"));
  write("{}", 4);
  EXPECT_THAT(error(), HasSubstr("4 bytes after"));
}

TEST_F(SafetensorsTest, RefusesBadTensors) {
  const auto with = [&](const std::string& entry, std::size_t data) {
    write("{\"w\": " + entry + "}", data);
    return error();
  };
  EXPECT_THAT(with("8", 4), AllOf(HasSubstr("'w'"), HasSubstr("not an object")));
  EXPECT_THAT(with(R"({"dtype":"F32","shape":[1]})", 4), HasSubstr("'data_offsets' is missing"));
  EXPECT_THAT(with(R"({"dtype":"BF16","shape":[2],"data_offsets":[0,4]})", 4), HasSubstr("allowed is F32"));
  EXPECT_THAT(with(R"({"dtype":1,"shape":[1],"data_offsets":[0,4]})", 4), HasSubstr("allowed is F32"));
  EXPECT_THAT(with(R"({"dtype":"F32","shape":[-1],"data_offsets":[0,4]})", 4), HasSubstr("not a size"));
  EXPECT_THAT(with(R"({"dtype":"F32","shape":[1.0],"data_offsets":[0,4]})", 4), HasSubstr("not a size"));
  EXPECT_THAT(with(R"({"dtype":"F32","shape":1,"data_offsets":[0,4]})", 4), HasSubstr("not a list"));
  EXPECT_THAT(with(R"({"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]})", 4), HasSubstr("at most 8 sizes"));
  EXPECT_THAT(with(R"({"dtype":"F32","shape":[1],"data_offsets":[0]})", 4), HasSubstr("two offsets"));
  EXPECT_THAT(with(R"({"dtype":"F32","shape":[1],"data_offsets":[4,0]})", 4), HasSubstr("do not fit"));
  EXPECT_THAT(with(R"({"dtype":"F32","shape":[2],"data_offsets":[0,4]})", 4), HasSubstr("do not fit"));
  EXPECT_THAT(with(R"({"dtype":"F32","shape":[2],"data_offsets":[0,8]})", 4), HasSubstr("ends at byte 8 of 4"));
  EXPECT_THAT(with(R"({"dtype":"F32","shape":[1],"data_offsets":[4,8]})", 8), HasSubstr("starts at byte 4"));
  EXPECT_THAT(with(R"({"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]})", 0),
              HasSubstr("do not fit"));
  for (const std::string& name : {std::string(), std::string(201, 'w'), std::string(R"(\u001b[2J)"), std::string("\xc3\xa9")}) {
    write("{\"" + name + R"(": {"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 4);
    EXPECT_THAT(error(), AllOf(HasSubstr("1 to 200 printable ASCII characters"), testing::Not(HasSubstr("\x1b"))));
  }
  write(
      R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}})",
      12);
  EXPECT_THAT(error(), HasSubstr("starts at byte 4, the one before it ends at 8"));
}

TEST_F(SafetensorsTest, OtherTypesAreReadWhereTheyAreAskedFor) {
  const std::vector<std::int16_t> ids{-1, 3, 300};
  const std::vector<std::int64_t> shape{3};
  const TensorView tensors[] = {{"ids", shape, TypedBytes{Dtype::i16, std::as_bytes(std::span(ids))}}};
  ASSERT_TRUE(write_safetensors(path_, tensors, {}, false));
  EXPECT_THAT(error(), HasSubstr("dtype = \"I16\": allowed is F32"));
  SafetensorsFile::Expected expected;
  expected.dtypes = {Dtype::u8, Dtype::i16, Dtype::bf16};
  const auto file = SafetensorsFile::open(path_, expected);
  ASSERT_TRUE(file) << file.error().message;
  ASSERT_EQ(file->entries().size(), 1U);
  EXPECT_EQ(file->entries()[0].dtype, Dtype::i16);
  EXPECT_EQ(file->entries()[0].count(), 3U);
  std::vector<std::int16_t> read(3);
  ASSERT_TRUE(file->read_data(0, std::as_writable_bytes(std::span(read))));
  EXPECT_EQ(read, ids);
  EXPECT_FALSE(file->read());
  write(R"({"w":{"dtype":"I32","shape":[1],"data_offsets":[0,4]}})", 4);
  const auto refused = SafetensorsFile::open(path_, expected);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("allowed are U8, I16, BF16"));
  // Its size is that of its own type.
  write(R"({"w":{"dtype":"BF16","shape":[2],"data_offsets":[0,8]}})", 8);
  EXPECT_FALSE(SafetensorsFile::open(path_, expected));
}

TEST_F(SafetensorsTest, ShortFloatsStandForTheirNumbers) {
  EXPECT_EQ(float_of_bf16(0x3F80), 1.0F);
  EXPECT_EQ(float_of_bf16(0xC049), -3.140625F);
  EXPECT_EQ(float_of_f16(0x3C00), 1.0F);
  EXPECT_EQ(float_of_f16(0xC000), -2.0F);
  EXPECT_EQ(float_of_f16(0x3555), 0.333251953125F);
  EXPECT_EQ(float_of_f16(0x0001), 0x1p-24F);  // the least, denormal
  EXPECT_EQ(float_of_f16(0x83FF), -0x1.FF8p-15F);
  EXPECT_EQ(float_of_f16(0x7BFF), 65504.0F);
  EXPECT_EQ(float_of_f16(0xFC00), -std::numeric_limits<float>::infinity());
  EXPECT_TRUE(std::isnan(float_of_f16(0x7E00)));
  EXPECT_TRUE(std::signbit(float_of_f16(0x8000)));
}

TEST_F(SafetensorsTest, NoLinkIsFollowedWhereThatIsAsked) {
  ASSERT_TRUE(write_safetensors(path_, kTensors, {}));
  const std::filesystem::path link = folder_.path() / "link.safetensors";
  std::filesystem::create_symlink(path_, link);
  EXPECT_TRUE(SafetensorsFile::open(link));
  SafetensorsFile::Expected expected;
  expected.links = InputFile::Links::refused;
  EXPECT_TRUE(SafetensorsFile::open(path_, expected));
  const auto refused = SafetensorsFile::open(link, expected);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("symbolic link"));
}

TEST_F(SafetensorsTest, EveryCutIsRefused) {
  ASSERT_TRUE(write_safetensors(path_, kTensors, {{"config", "{}"}}));
  const std::string good = text_of_file(path_);
  for (std::size_t length = 0; length < good.size(); ++length) {
    write(good.substr(0, length));
    EXPECT_FALSE(SafetensorsFile::open(path_)) << length;
  }
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
