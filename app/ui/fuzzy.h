// Finding a name by some of its letters: "trs" finds "Temperature of the router softmax".
//
// Pure functions. Letters of ASCII match without regard to case; other bytes as they are.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace switchyard::app {

struct FuzzyMatch {
  int score = 0;                // higher is better; comparable between texts for one pattern
  std::vector<std::size_t> at;  // the bytes of the text that were matched, rising
};

// Every character of the pattern but blanks, in order, somewhere in the text; of all the ways the one with the best
// score: letters in a row and at the beginnings of words count most, gaps and long texts cost. nullopt: no way. A
// pattern of blanks matches everything with score 0.
std::optional<FuzzyMatch> fuzzy_match(std::string_view pattern, std::string_view text);

// Letters of ASCII small; other bytes as they are.
std::string lower_case(std::string_view text);
// Each word of `words`, between blanks, at the beginning of a word of the text. False without a word.
bool has_each_word(std::string_view words, std::string_view text);

}  // namespace switchyard::app
