#include "core/data/corpus.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "core/base/file_name.h"
#include "core/base/printable.h"
#include "core/data/bigram.h"
#include "core/data/encoding.h"
#include "core/data/text.h"

namespace switchyard {
namespace {

// The last tenth, rounded up, validates.
std::size_t training_share(std::size_t characters) { return characters - (characters + 9) / 10; }

std::vector<std::int32_t> to_tokens(const Vocabulary& vocabulary, std::u32string_view text) {
  std::vector<std::int32_t> tokens(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) tokens[i] = vocabulary.id(text[i]);
  return tokens;
}

double share_of(std::int32_t token, std::span<const std::int32_t> tokens) {
  if (token < 0 || tokens.empty()) return 0;
  return static_cast<double>(std::count(tokens.begin(), tokens.end(), token)) / static_cast<double>(tokens.size());
}

Result<std::shared_ptr<const Corpus>> load_file(const std::string& path, std::int64_t context,
                                                std::int64_t limit) {
  const auto refuse = [&](std::string_view why) { return refuse_file(TaskKind::language, path, why); };
  auto corpus = std::make_shared<Corpus>();
  std::u32string text;
  {
    Result<std::string> bytes = read_corpus_file(path);
    if (!bytes) return bytes.error();
    corpus->facts.source = fingerprint(*bytes);
    Result<std::u32string> decoded = text_from_bytes(*bytes);
    if (!decoded) {
      const std::string way = iconv_line(guess_encoding(*bytes));
      return refuse(decoded.error().message +
                    (way.empty() ? "" : ". In a terminal, " + way + " makes a copy that is"));
    }
    text = std::move(*decoded);
    if (bytes->size() <= kMaxKeptTextBytes) corpus->bytes = std::make_shared<const std::string>(std::move(*bytes));
  }
  // Validation, ceil(n / 10) characters, must hold a sequence and its last target: context + 1.
  const auto least = static_cast<std::size_t>(10 * context + 1);
  if (text.size() < least)
    return refuse(
        fmt::format("has {} characters; a context of {} needs at least {}", text.size(), context, least));

  corpus->name = name_of_file(path);
  corpus->path = absolute_text(path);
  const std::size_t cut = training_share(text.size());
  const std::u32string_view all(text);
  corpus->vocabulary = Vocabulary::from_text(all.substr(0, cut), all, limit);
  corpus->train.tokens = to_tokens(corpus->vocabulary, all.substr(0, cut));
  corpus->validation.tokens = to_tokens(corpus->vocabulary, all.substr(cut));
  count_characters(all, *corpus);
  return std::shared_ptr<const Corpus>(std::move(corpus));
}

}  // namespace

void count_characters(std::u32string_view everything, Corpus& corpus) {
  std::vector<bool> seen(Vocabulary::kCodePoints);
  for (const char32_t c : everything) seen[c] = true;
  const std::int32_t unknown = corpus.vocabulary.unknown();
  corpus.facts.distinct = std::count(seen.begin(), seen.end(), true);
  corpus.facts.unknown.kinds = corpus.facts.distinct - (corpus.vocabulary.size() - (unknown >= 0 ? 1 : 0));
  corpus.facts.unknown.train_share = share_of(unknown, corpus.train.tokens);
  corpus.facts.unknown.validation_share = share_of(unknown, corpus.validation.tokens);
  const std::span<const std::int32_t> validation(corpus.validation.tokens);
  corpus.bigram_loss = bigram_loss(corpus.train.tokens, corpus.validation.tokens, corpus.vocabulary.size());
  if (validation.size() > 1)
    corpus.bigram_loss += corpus.facts.unknown.nats() * share_of(unknown, validation.subspan(1));
}

Result<std::shared_ptr<const Corpus>> load_corpus(const std::string& name, std::int64_t context,
                                                  std::int64_t limit) {
  if (name != "stories") return load_file(name, context, limit);
  std::shared_ptr<const Corpus> corpus = stories_corpus(limit);
  if (static_cast<std::int64_t>(corpus->validation.tokens.size()) <= context)
    return usage_error(
        fmt::format("corpus stories: context = {} is longer than its validation text, {} characters", context,
                    corpus->validation.tokens.size()));
  return corpus;
}

}  // namespace switchyard
