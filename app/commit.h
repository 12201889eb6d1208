// The commit that the program was built from, for people. Made anew with each build (app/install/commit.cmake) and
// linked into the program alone, so that a commit costs one small file. Thread safety: constant.
#pragma once

#include <string_view>

namespace switchyard::app {

// "ee54315b2c1d", with "+" behind it where files differed from it; empty: built outside of git.
std::string_view commit();

}  // namespace switchyard::app
