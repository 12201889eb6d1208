// Lines that stand under a condition. A line of a part may end in
//
//   LINE  #if CONDITION               it is there where the condition holds
//   LINE  #if CONDITION  #else OTHER  ... else OTHER is, as far to the right
//
// CONDITION: words with "or" between them, before that "and", before that "not". What a word means the caller
// says. So a part is Python as it stands, and what comes of it has no line that its configuration does not use.
//
// Thread safety: pure functions.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace switchyard {

// Whether a word holds; nothing: there is no such word.
using WordHolds = std::function<std::optional<bool>(std::string_view word)>;

// failure, naming it: an unknown word.
Result<bool> condition_holds(std::string_view condition, const WordHolds& holds);
// The lines that are there, without their conditions and without spaces at their ends, each with a newline.
// failure as above.
Result<std::string> lines_that_hold(std::string_view part, const WordHolds& holds);

}  // namespace switchyard
