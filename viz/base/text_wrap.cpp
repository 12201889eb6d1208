#include "viz/base/text_wrap.h"

namespace viz {

std::vector<PlacedToken> wrap_tokens(std::span<const WrapToken> tokens, float width) {
  std::vector<PlacedToken> out(tokens.size());
  float x = 0;
  std::size_t line = 0, word = 0;  // word: first token of the word being laid
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const WrapToken& token = tokens[i];
    // Spaces and newlines may hang over the edge by less than a character; words move to the next line.
    const float needed = token.is_space || token.ends_line ? 0 : token.width;
    if (x > 0 && x + needed > width) {
      ++line;
      x = 0;
      const bool word_began_this_line = word < i && out[word].x > 0;
      if (word_began_this_line && !token.is_space && !token.ends_line) {
        for (std::size_t k = word; k < i; ++k) {
          out[k] = {x, line};
          x += tokens[k].width;
        }
        // A word that ends here may still be too long with this token: then it breaks.
        if (x > 0 && x + token.width > width) {
          ++line;
          x = 0;
        }
      }
    }
    out[i] = {x, line};
    x += token.width;
    if (token.is_space) word = i + 1;
    if (token.ends_line) {
      ++line;
      x = 0;
      word = i + 1;
    }
  }
  return out;
}

}  // namespace viz
