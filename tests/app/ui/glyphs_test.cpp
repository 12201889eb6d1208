// Which characters the fonts are to hold.
#include <gtest/gtest.h>

#include "app/ui/glyphs.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

TEST(Glyphs, HoldsWhatTheInterfaceWrites) {
  const Glyphs glyphs;
  for (const char32_t c : std::u32string_view(U"Az09~é×·…σ→–−∩“ "))
    EXPECT_TRUE(glyphs.code_points().contains(c)) << static_cast<unsigned>(c);
}

TEST(Glyphs, GrowsOnceWithTheCorpus) {
  Glyphs glyphs;
  EXPECT_TRUE(glyphs.add("привет"));
  EXPECT_FALSE(glyphs.add("тир"));
  EXPECT_TRUE(glyphs.code_points().contains(U'п'));
}

TEST(Glyphs, LeavesOutWhatTheScreenLibraryCannotHold) {
  Glyphs glyphs;
  EXPECT_FALSE(glyphs.add("🦊\n\t"));
}

TEST(Glyphs, SkipsBrokenBytes) {
  Glyphs glyphs;
  EXPECT_TRUE(
      glyphs.add("\xff\xfe"
                 "ж\xd0"));
  EXPECT_TRUE(glyphs.code_points().contains(U'ж'));
}

TEST(Glyphs, RangesCoverExactlyTheSet) {
  Glyphs glyphs;
  glyphs.add("жз日");
  const auto ranges = glyphs.ranges();
  ASSERT_EQ(ranges.size() % 2, 1u);
  EXPECT_EQ(ranges.back(), 0);
  std::size_t covered = 0;
  for (std::size_t i = 0; i + 1 < ranges.size(); i += 2) {
    ASSERT_LE(ranges[i], ranges[i + 1]);
    for (unsigned c = ranges[i]; c <= ranges[i + 1]; ++c, ++covered)
      EXPECT_TRUE(glyphs.code_points().contains(c)) << c;
  }
  EXPECT_EQ(covered, glyphs.code_points().size());
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
