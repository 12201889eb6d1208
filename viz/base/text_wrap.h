// Breaks a row of tokens into lines: at newlines, at the last space that fits, and only inside a word when the
// word alone is wider than a line. No drawing, so that it can be tested with plain numbers.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace viz {

struct WrapToken {
  float width = 0;         // in pixels, with its mark if it has one
  bool is_space = false;   // a line may end after it
  bool ends_line = false;  // a newline: the next token starts a line
};

struct PlacedToken {
  float x = 0;  // from the left edge of the text
  std::size_t line = 0;
};

// One place a token. No line is wider than `width`, but for a single token that is.
std::vector<PlacedToken> wrap_tokens(std::span<const WrapToken> tokens, float width);

}  // namespace viz
