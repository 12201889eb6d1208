#include "app/ui/fuzzy.h"

#include <algorithm>
#include <cctype>
#include <limits>
#include <string>

namespace switchyard::app {
namespace {

constexpr int kLetter = 4, kWordStart = 10, kInARow = 8, kTextStart = 4, kMostGap = 6;
constexpr int kNever = std::numeric_limits<int>::min() / 2;

char lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }
bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) || (static_cast<unsigned char>(c) & 0x80U); }

int place_score(std::string_view text, std::size_t at) {
  int score = kLetter;
  if (at == 0) score += kTextStart;
  if (at == 0 || !is_word(text[at - 1])) score += kWordStart;
  return score;
}

bool begins_a_word(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1))
    if (at == 0 || !is_word(text[at - 1]) || !is_word(word.front())) return true;
  return false;
}

}  // namespace

std::optional<FuzzyMatch> fuzzy_match(std::string_view pattern, std::string_view text) {
  std::string letters;
  for (const char c : pattern)
    if (c != ' ') letters += lower(c);
  if (letters.empty()) return FuzzyMatch{};
  const std::size_t rows = letters.size(), columns = text.size();
  if (rows > columns) return std::nullopt;

  // best[i][j]: letters 0..i matched with letter i at j; from[i][j]: where letter i - 1 is then.
  std::vector<int> best(rows * columns, kNever);
  std::vector<std::size_t> from(rows * columns, 0);
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = i; j < columns; ++j) {
      if (lower(text[j]) != letters[i]) continue;
      const int here = place_score(text, j);
      int& score = best[i * columns + j];
      if (i == 0) {
        score = here;
        continue;
      }
      for (std::size_t k = i - 1; k < j; ++k) {
        const int before = best[(i - 1) * columns + k];
        if (before == kNever) continue;
        const auto gap = static_cast<int>(j - k - 1);
        const int with = before + here + (gap == 0 ? kInARow : -std::min(gap, kMostGap));
        if (with > score) {
          score = with;
          from[i * columns + j] = k;
        }
      }
    }
  }
  const auto last = best.end() - static_cast<std::ptrdiff_t>(columns);
  const auto found = std::max_element(last, best.end());
  if (*found == kNever) return std::nullopt;
  FuzzyMatch match;
  match.score = *found - static_cast<int>(columns / 8);
  match.at.resize(rows);
  auto at = static_cast<std::size_t>(found - last);
  for (std::size_t i = rows; i-- > 0; at = from[i * columns + at]) match.at[i] = at;
  return match;
}

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = lower(c);
  return out;
}

bool has_each_word(std::string_view words, std::string_view text) {
  const std::string in = lower_case(text), wanted = lower_case(words);
  bool any = false;
  for (std::size_t at = 0; at < wanted.size();) {
    const std::size_t end = std::min(wanted.find(' ', at), wanted.size());
    if (end > at) {
      any = true;
      if (!begins_a_word(in, wanted.substr(at, end - at))) return false;
    }
    at = end + 1;
  }
  return any;
}

}  // namespace switchyard::app
