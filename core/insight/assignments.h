// Which experts each token of a look was given, and what its tokens can be sorted by: the two sides of every
// figure in this room. Thread safety: pure functions, values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/base/records.h"

namespace switchyard {

// Of a token's experts: all of them, or the best alone.
enum class Choice : std::uint8_t { all, first };

// A[t, i] of one layer, counted before capacity. Tokens may differ in how many experts they have (expert choice).
struct Assignments {
  std::int32_t experts = 0;          // N
  std::vector<std::int32_t> start;   // [T + 1] experts of token t: expert[start[t]] to expert[start[t + 1]]
  std::vector<std::int32_t> expert;  // [assignments] best first within a token

  std::size_t tokens() const { return start.empty() ? 0 : start.size() - 1; }
  std::span<const std::int32_t> of(std::size_t token) const {
    return {expert.data() + start[token], expert.data() + start[token + 1]};
  }
};

// Without tokens where nothing is chosen (soft mixing). Choice::first keeps the first expert of each token; of a
// recording whose experts stand by number it is without tokens. What was not recorded of a token it does not have.
Assignments assignments_of(const ProbeLayer& layer, Choice choice = Choice::all);
// A token's best expert; -1: it is not known.
inline std::int32_t first_choice(const ProbeLayer& layer, std::size_t token) {
  const std::size_t at = token * static_cast<std::size_t>(layer.ranked);
  return layer.best_first && at < layer.expert.size() ? layer.expert[at] : -1;
}
// Whether some token's best expert is known.
bool has_first_choices(const ProbeLayer& layer);

// Some of a look's tokens, one byte each: 0 leaves the token out. Empty: all tokens.
using Among = std::vector<std::uint8_t>;

// A label for each token. Without names: the look has no such labels.
struct Labels {
  static constexpr std::int32_t kNone = -1;
  std::vector<std::int32_t> of;  // [T] index into names; kNone: the token takes no part
  std::vector<std::string> names;

  bool known() const { return !names.empty(); }
};

enum class LabelKind : std::uint8_t { domain, character, point_class, point_kind };

// What the tokens of a look can be sorted by: the domain and class of a character of a text, class and kind of a
// point.
Labels labels_of(const Snapshot& snapshot, LabelKind kind);
// Whether they would be known, without working them out.
bool has_labels(const Snapshot& snapshot, LabelKind kind);

// The same with every token left out that `among` leaves out. `among` empty or of another length: unchanged.
Labels only(Labels labels, const Among& among);

// Class of a token's text by its first code point: letter, capital, digit, space, newline, punctuation, other.
// Letters beyond ASCII are capitals where Latin, Greek or Cyrillic has them at the usual places, else letters.
enum class CharacterClass : std::uint8_t { letter, capital, digit, space, newline, punctuation, other };
inline constexpr std::size_t kCharacterClasses = 7;
CharacterClass character_class(const std::string& token);
const char* name_of(CharacterClass character);

}  // namespace switchyard
