// Values of some keys taken out of a text of JSON before it is parsed: texts of base64 and nested lists of numbers
// are nearly all of a server's answer, and a parser of any JSON looks at each of their letters. Thread safety:
// pure function.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/recordings/forms/parts/number_rows.h"

namespace switchyard {

struct TakenValue {
  std::optional<std::vector<std::byte>> bytes;  // of a text of base64
  NumberBlock block;                            // else
};

struct TakenValues {
  std::string rest;  // the text with the place among `values` where each stood
  std::vector<TakenValue> values;
};

// What is no such value, or not plainly one, stays where it is. Nothing where a whole number stands there, which
// would look like a place: the text is to be parsed as it is. The rest is JSON if, and only if, the text is.
std::optional<TakenValues> take_values_out(std::string_view text, std::span<const std::string_view> keys);

}  // namespace switchyard
