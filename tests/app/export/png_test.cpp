// Pictures as PNG.
#include <gmock/gmock.h>
#include <stb_image.h>

#include <filesystem>

#include "app/export/screenshot.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

using ::testing::HasSubstr;

void expect_holds(const std::vector<std::uint8_t>& png, const Image& image) {
  int width = 0, height = 0, channels = 0;
  stbi_uc* pixels = stbi_load_from_memory(png.data(), static_cast<int>(png.size()), &width, &height, &channels, 3);
  ASSERT_NE(pixels, nullptr);
  EXPECT_EQ(width, image.width);
  EXPECT_EQ(height, image.height);
  EXPECT_TRUE(std::equal(image.rgb.begin(), image.rgb.end(), pixels));
  stbi_image_free(pixels);
}

TEST(Png, HoldsThePixelsAndTheText) {
  Image image{3, 2, {}};
  for (std::uint8_t i = 0; i < 18; ++i) image.rgb.push_back(static_cast<std::uint8_t>(i * 10));
  const auto png = encode_png(image, R"({"step":7})");
  expect_holds(png, image);

  const std::string bytes(png.begin(), png.end());
  const std::size_t at = bytes.find("tEXtswitchyard");
  ASSERT_NE(at, std::string::npos);
  EXPECT_EQ(bytes.substr(at + 15, 10), R"({"step":7})");
  // A chunk's length: keyword, a zero, the text.
  EXPECT_EQ(static_cast<unsigned char>(bytes[at - 1]), 10 + 1 + 10);
  EXPECT_EQ(bytes.substr(at + 25, 4), "\x68\xa1\x03\xc8");  // zlib.crc32(b'tEXtswitchyard\0{"step":7}')
}

TEST(Png, OfManyColoursOrFewHoldsEveryPixel) {
  for (const std::uint8_t colours : std::array<std::uint8_t, 3>{1, 2, 255}) {
    Image image{61, 37, {}};
    for (std::size_t pixel = 0; pixel < 61 * 37; ++pixel)
      for (const std::size_t part : {1, 7, 31}) image.rgb.push_back(static_cast<std::uint8_t>(pixel * part / 3 % colours));
    const auto png = encode_png(image, "");
    expect_holds(png, image);
    constexpr std::size_t kColourType = 25;  // of the header's bytes
    EXPECT_EQ(png.at(kColourType), colours == 255 ? 2 : 3) << int{colours};
  }
}

TEST(Png, WithoutPixelsIsEmpty) {
  EXPECT_TRUE(encode_png({0, 5, {}}, "").empty());
  EXPECT_TRUE(encode_png({2, 2, {1, 2, 3}}, "").empty());
}

TEST(Png, IsWrittenWholeIntoAFolderItMakes) {
  const Image image{1, 1, {1, 2, 3}};
  const std::filesystem::path path = std::filesystem::temp_directory_path() / "switchyard_png_test" / "a.png";
  ASSERT_TRUE(write_png(path.string(), image, "a"));
  EXPECT_TRUE(std::filesystem::exists(path));
  EXPECT_FALSE(std::filesystem::exists(path.string() + ".part"));
  std::filesystem::remove_all(path.parent_path());
}

TEST(Png, AFolderThatCannotBeWrittenIsNamed) {
  const auto written = write_png("/proc/nowhere/a.png", {1, 1, {1, 2, 3}}, "");
  ASSERT_FALSE(written);
  EXPECT_THAT(written.error().message, HasSubstr("/proc/nowhere/a.png"));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
