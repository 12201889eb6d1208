// Names that somebody who typed another may have meant. Thread safety: pure functions.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace switchyard {

// How many characters (bytes) differ: Levenshtein's distance.
std::size_t edit_distance(std::string_view a, std::string_view b);

// The name most like `word`, if it is so like it that a slip of the hand may have made the one of the other.
std::string_view nearest_name(std::string_view word, std::span<const std::string_view> names);
// At most so many, the most like first; behind them those that hold `word`.
std::vector<std::string_view> near_names(std::string_view word, std::span<const std::string_view> names,
                                         std::size_t most);

}  // namespace switchyard
