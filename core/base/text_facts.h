// What is told of a text wherever losses on it are: which one it is, and what its vocabulary leaves out. Of a file of
// points which one it is.
// Thread safety: values, pure functions.
#pragma once

#include <cmath>
#include <cstdint>
#include <string>

namespace switchyard {

// Which text it is, wherever it lies.
struct Fingerprint {
  std::uint64_t bytes = 0;  // 0: not of a file
  std::string sha256 = {};  // of those bytes; 64 hexadecimal digits (FIPS 180-4)
  bool operator==(const Fingerprint&) const = default;
};

// Characters of a text that its vocabulary does not hold, read as the one token <unk>. A prediction of <unk> names
// none of them, so it never counts as right; and it leaves open which of the `kinds` it is, so every loss of an
// <unk> is charged nats() on top of -ln p(<unk>): each kind is as likely, and the sum is the length of a code for
// the text itself. The charge is the same for every model: it moves no gradient.
struct UnknownCharacters {
  std::int64_t kinds = 0;                        // that differ
  double train_share = 0, validation_share = 0;  // of all characters of that split
  double nats() const { return kinds > 1 ? std::log(static_cast<double>(kinds)) : 0; }
};

struct TextFacts {
  Fingerprint source = {};
  std::int64_t distinct = 0;  // characters that differ, both splits; 0: not known, or not a text
  UnknownCharacters unknown = {};
};

// "1976 of 3000 kinds of characters are read as <unk>: ..."; empty where none is.
std::string unknown_note(const TextFacts& text);

}  // namespace switchyard
