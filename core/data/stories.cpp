#include "core/data/stories.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "core/data/corpus.h"
#include "core/data/stories/domains.h"

namespace switchyard {
namespace {

constexpr std::size_t kCharacters = 1'000'000;
constexpr std::uint64_t kSeed = 1;  // of the text, never of a run: every run reads the same stories
// Share of the characters of each domain.
constexpr std::array<double, kStoryDomainNames.size()> kShares{0.38, 0.22, 0.12, 0.14, 0.14};

void append(Split& split, const Vocabulary& vocabulary, const StoryDocument& document) {
  for (char c : document.text + "\n\n") {
    split.tokens.push_back(vocabulary.id(static_cast<unsigned char>(c)));
    split.domain.push_back(static_cast<std::uint8_t>(document.domain));
  }
}

std::shared_ptr<const Corpus> make_corpus(std::int64_t limit) {
  const std::vector<StoryDocument> documents = write_stories(kSeed, kCharacters);
  std::string bytes;  // plain ASCII
  for (const StoryDocument& document : documents) bytes += document.text + "\n\n";
  const std::u32string everything(bytes.begin(), bytes.end());
  auto corpus = std::make_shared<Corpus>();
  corpus->name = "stories";
  corpus->domains.assign(kStoryDomainNames.begin(), kStoryDomainNames.end());
  corpus->facts.source = fingerprint(bytes);
  corpus->vocabulary = Vocabulary::from_text(everything, everything, limit);
  for (const StoryDocument& document : documents)
    append(corpus->train.tokens.size() < bytes.size() * 9 / 10 ? corpus->train : corpus->validation,
           corpus->vocabulary, document);
  count_characters(everything, *corpus);
  return corpus;
}

}  // namespace

StoryDocument write_story(std::uint64_t seed, StoryDomain domain, std::uint64_t number) {
  stories::Teller teller(
      RandomStream(seed, fmt::format("{} {}", kStoryDomainNames[static_cast<std::size_t>(domain)], number)));
  switch (domain) {
    case StoryDomain::narrative:
      return {domain, stories::write_narrative(std::move(teller))};
    case StoryDomain::dialogue:
      return {domain, stories::write_dialogue(std::move(teller))};
    case StoryDomain::arithmetic:
      return {domain, stories::write_arithmetic(std::move(teller))};
    case StoryDomain::lists:
      return {domain, stories::write_list(std::move(teller))};
    case StoryDomain::code:
      break;
  }
  return {StoryDomain::code, stories::write_code(std::move(teller))};
}

std::vector<StoryDocument> write_stories(std::uint64_t seed, std::size_t characters) {
  std::vector<StoryDocument> documents;
  std::unordered_set<std::string> written_before;  // so that validation never holds a copy of training
  for (std::size_t d = 0; d < kShares.size(); ++d) {
    const auto wanted = static_cast<std::size_t>(kShares[d] * static_cast<double>(characters));
    std::size_t written = 0;
    for (std::uint64_t number = 0; written < wanted; ++number) {
      StoryDocument document = write_story(seed, static_cast<StoryDomain>(d), number);
      if (!written_before.insert(document.text).second) continue;
      written += document.text.size() + 2;
      documents.push_back(std::move(document));
    }
  }
  RandomStream order(seed, "order of the stories");
  for (std::size_t i = documents.size(); i > 1; --i) std::swap(documents[i - 1], documents[order.below(i)]);
  return documents;
}

std::shared_ptr<const Corpus> stories_corpus(std::int64_t limit) {
  static const std::shared_ptr<const Corpus> corpus = make_corpus(0);
  return limit <= 0 || limit >= corpus->vocabulary.size() ? corpus : make_corpus(limit);
}

}  // namespace switchyard
