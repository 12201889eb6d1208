// A text as tokens, split for training and validation. Immutable once loaded; shared between threads
// as shared_ptr<const Corpus>.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace switchyard {

// Characters (Unicode code points) as tokens: those of the training split, at most kMaxCharacters by
// frequency (ties: the lower code point), ids in code point order; whatever else occurs is <unk>,
// the last id, present only where it is needed.
class Vocabulary {
 public:
  static constexpr std::size_t kMaxCharacters = 1024;

  // From the code points of the training split; `everything` decides whether <unk> is needed.
  static Vocabulary from_text(const std::u32string& training, const std::u32string& everything);
  // From stored UTF-8 tokens (config.json of a run); "<unk>" marks the unknown token.
  static Result<Vocabulary> from_tokens(const std::vector<std::string>& tokens);

  std::int32_t size() const { return static_cast<std::int32_t>(tokens_.size()); }
  // -1 where there is no <unk>.
  std::int32_t unknown() const { return unknown_; }
  // UTF-8 of a token; "<unk>" for the unknown one.
  const std::string& token(std::int32_t id) const { return tokens_[static_cast<std::size_t>(id)]; }
  const std::vector<std::string>& tokens() const { return tokens_; }
  // Id of a code point; unknown() if it has none, so -1 where there is no <unk>.
  std::int32_t id(char32_t character) const;
  // Encodes UTF-8. Characters that have no id and no <unk> to fall back on are left out.
  Result<std::vector<std::int32_t>> encode(std::string_view utf8) const;

 private:
  std::vector<std::string> tokens_;
  std::vector<std::pair<char32_t, std::int32_t>> ids_;  // sorted by code point
  std::int32_t unknown_ = -1;
};

struct Split {
  std::vector<std::uint16_t> tokens;
  std::vector<std::uint8_t> domain;  // of each token, index into Corpus::domains; empty if unknown
};

struct Corpus {
  std::string name;  // "stories", or the file's path
  Vocabulary vocabulary;
  Split train, validation;           // 90 / 10
  std::vector<std::string> domains;  // names; empty if unknown
  // Validation cross-entropy, nats a token, of a character bigram model with add-one smoothing
  // counted on the training split; the bar a model with memory must get under.
  double bigram_loss = 0;
};

inline constexpr std::size_t kMaxCorpusBytes = std::size_t{128} << 20;

// `name` as in Config::corpus. `context` is the least number of tokens + 1 each split must hold.
// Errors (usage) name the file: missing, a folder, empty, too short (with the least size), over
// kMaxCorpusBytes, binary (NUL bytes), invalid UTF-8 (with the byte offset).
Result<std::shared_ptr<const Corpus>> load_corpus(const std::string& name, std::int64_t context);

// The built-in corpus, about 1 MB, the same on every machine: TinyStories-like English in labelled
// domains (stories.h). Computed once per process.
std::shared_ptr<const Corpus> stories_corpus();

}  // namespace switchyard
