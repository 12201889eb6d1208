// The program's version, from the project's CMakeLists.txt. Thread safety: constant.
#pragma once

#include <string>
#include <string_view>

namespace switchyard {

std::string_view version();  // "0.2.0"
// Whether `other` is a later version than this program's, number by number: "0.10.0" is later than "0.9.3". What
// is none is not.
bool is_later_version(std::string_view other);
// " (written by switchyard 9.9.9, later than this one, 0.2.0)" behind a message about what it wrote; nothing of
// one that is not later. `program` may be of a file, and is shown as text.
std::string said_of_later(std::string_view program);

}  // namespace switchyard
