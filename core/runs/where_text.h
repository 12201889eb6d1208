// The text of a filter before SQLite sees it: whether it can be one expression and nothing else. SQLite reads the
// expression; this keeps the text within the parentheses it is put into.
//
// Thread safety: pure functions. Errors: usage, naming the character at fault, counted from 1.
#pragma once

#include <cstddef>
#include <string_view>

#include "core/base/result.h"

namespace switchyard {

inline constexpr std::size_t kMostFilterBytes = std::size_t{64} << 10;  // bytes

// usage: too long, no UTF-8, a quote or parenthesis without its other half, a semicolon, a comment or a
// parameter outside of quotes.
Result<void> check_where(std::string_view text);

// Which character begins at this byte, from 1.
std::size_t character_at(std::string_view text, std::size_t byte);

}  // namespace switchyard
