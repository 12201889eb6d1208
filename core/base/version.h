// The program's version, from the project's CMakeLists.txt. Thread safety: constant.
#pragma once

#include <string_view>

namespace switchyard {

std::string_view version();  // "0.2.0"

}  // namespace switchyard
