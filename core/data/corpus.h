// A text as tokens, split for training and validation. Immutable once loaded; shared between threads
// as shared_ptr<const Corpus>.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/records.h"
#include "core/base/result.h"
#include "core/data/data_file.h"

namespace switchyard {

// Characters (Unicode code points) as tokens: those of the training split, the most frequent first where they are
// limited (ties: the lower code point), ids in code point order; whatever else occurs is <unk>, the last id,
// present only where it is needed.
class Vocabulary {
 public:
  static constexpr std::size_t kCodePoints = 0x110000;

  // From the code points of the training split; `everything` decides whether <unk> is needed. `limit`: characters
  // it may hold, 0 for all.
  static Vocabulary from_text(std::u32string_view training, std::u32string_view everything,
                              std::int64_t limit = 0);
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

  struct Encoded {
    std::vector<std::int32_t> ids;
    // Characters without an id: read as <unk> where there is one, else left out.
    std::size_t unknown = 0, left_out = 0;
  };
  // Reads bytes as training does (text.h). usage: they are no text.
  Result<Encoded> encode(std::string_view bytes) const;

 private:
  std::vector<std::string> tokens_;
  std::vector<std::pair<char32_t, std::int32_t>> ids_;  // sorted by code point
  std::int32_t unknown_ = -1;
};

struct Split {
  std::vector<std::int32_t> tokens;
  std::vector<std::uint8_t> domain;  // of each token, index into Corpus::domains; empty if unknown
};

struct Corpus {
  std::string name;  // "stories", or the file's name without its folders
  std::string path;  // of a file: absolute, as Config::corpus holds it
  TextFacts facts;
  // Of a file up to kMaxKeptTextBytes: what facts.source is the fingerprint of, whatever the file holds by now;
  // else null.
  std::shared_ptr<const std::string> bytes;
  Vocabulary vocabulary;
  Split train, validation;           // 90 / 10
  std::vector<std::string> domains;  // names; empty if unknown
  // Validation cross-entropy, nats a character (TextFacts), of a bigram model of the tokens with add-one smoothing
  // counted on the training split; the bar a model with memory must get under.
  double bigram_loss = 0;
};

// `name` as in Config::corpus. `context` is the least number of tokens + 1 each split must hold; `limit` as in
// Vocabulary. Errors (usage) name the file: those of read_corpus_file and text_from_bytes, and too short (with the
// least size).
Result<std::shared_ptr<const Corpus>> load_corpus(const std::string& name, std::int64_t context,
                                                  std::int64_t limit = 0);

// The built-in corpus, about 1 MB, the same on every machine: TinyStories-like English in labelled
// domains (stories.h). Without a limit computed once per process.
std::shared_ptr<const Corpus> stories_corpus(std::int64_t limit = 0);

// What losses on a text are judged by, from its tokens: distinct characters, those that are <unk>, the bigram's
// loss.
void count_characters(std::u32string_view everything, Corpus& corpus);

}  // namespace switchyard
