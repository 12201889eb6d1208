// Which version is later, and how that is said.
#include "core/base/version.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

TEST(Version, IsLaterNumberByNumber) {
  for (const char* later : {"9.0.0", "0.99.0", "0.100.0", "0.2.10000"})
    EXPECT_TRUE(is_later_version(later)) << later;
  for (const std::string& other :
       {std::string(version()), std::string("0.1.0"), std::string("0.1.99"), std::string("0.0.0")})
    EXPECT_FALSE(is_later_version(other)) << other;
  for (const char* none :
       {"", "9", "9.0", "9.0.0.0", "9.0.0-beta", "v9.0.0", "9..0", "9.0.", "-9.0.0", "99999999999.0.0"})
    EXPECT_FALSE(is_later_version(none)) << none;
}

TEST(Version, OnlyALaterOneIsSaid) {
  EXPECT_EQ(said_of_later("9.9.9"),
            " (written by switchyard 9.9.9, later than this one, " + std::string(version()) + ")");
  EXPECT_EQ(said_of_later(version()), "");
  EXPECT_EQ(said_of_later("\x1b[2J"), "");
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
