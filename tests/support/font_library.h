// For tests that look for fonts: fontconfig keeps what it has read until it is told that nobody needs it any more, and a
// leak checker takes some of that for lost.
//
//   const auto* const fonts_end = switchyard::test::end_fontconfig_after_tests();
#pragma once

#include <fontconfig/fontconfig.h>
#include <gtest/gtest.h>

namespace switchyard::test {

class FontconfigEnd final : public ::testing::Environment {
 public:
  void TearDown() override { FcFini(); }
};

inline ::testing::Environment* end_fontconfig_after_tests() {
  return ::testing::AddGlobalTestEnvironment(new FontconfigEnd);  // owned by the framework
}

}  // namespace switchyard::test
