#include "core/data/stories.h"

#include <gtest/gtest.h>
#include <regex.h>

#include <array>
#include <cmath>
#include <map>
#include <set>

#include "core/data/corpus.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

// POSIX extended regular expressions; those of <regex> cost a test 5 s to compile.
class Pattern {
 public:
  explicit Pattern(const char* text) { EXPECT_EQ(regcomp(&compiled_, text, REG_EXTENDED), 0) << text; }
  ~Pattern() { regfree(&compiled_); }
  Pattern(const Pattern&) = delete;
  Pattern& operator=(const Pattern&) = delete;

  // The first match from `at` on and its groups; `at` moves behind it. Empty: none.
  std::vector<std::string> next(const std::string& text, std::size_t& at) const {
    std::array<regmatch_t, 5> found{};
    std::vector<std::string> groups;
    if (regexec(&compiled_, text.c_str() + at, found.size(), found.data(), at > 0 ? REG_NOTBOL : 0) != 0) return groups;
    for (const regmatch_t& group : found)
      groups.push_back(group.rm_so < 0 ? "" : text.substr(at + static_cast<std::size_t>(group.rm_so),
                                                          static_cast<std::size_t>(group.rm_eo - group.rm_so)));
    at += static_cast<std::size_t>(found[0].rm_eo);
    return groups;
  }
  bool in(const std::string& text) const {
    std::size_t at = 0;
    return !next(text, at).empty();
  }

 private:
  regex_t compiled_{};
};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines{""};
  for (char c : text) {
    if (c == '\n') lines.emplace_back();
    else lines.back() += c;
  }
  return lines;
}

// Enough of each domain for every plot, in most of its wordings.
std::vector<std::string> many(StoryDomain domain) {
  std::vector<std::string> texts;
  for (std::uint64_t number = 0; number < 600; ++number) texts.push_back(write_story(7, domain, number).text);
  return texts;
}

TEST(Stories, AreTheSameOnEveryMachine) {
  // FNV-1a of the built-in corpus: a change of the text, meant or not, shows here.
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  std::size_t characters = 0;
  for (const StoryDocument& document : write_stories(1, 100'000)) {
    for (char c : document.text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    characters += document.text.size() + 2;
  }
  EXPECT_EQ(hash, 0xa839b32e1e179c92ULL) << std::hex << hash;
  EXPECT_NEAR(static_cast<double>(characters), 100'000, 2'000);
}

TEST(Stories, ASeedIsATextOfItsOwn) {
  EXPECT_NE(write_story(1, StoryDomain::narrative, 0).text, write_story(2, StoryDomain::narrative, 0).text);
  EXPECT_NE(write_story(1, StoryDomain::narrative, 0).text, write_story(1, StoryDomain::narrative, 1).text);
}

TEST(Stories, AreShortDocumentsOfPlainLines) {
  for (std::size_t d = 0; d < kStoryDomainNames.size(); ++d)
    for (const std::string& text : many(static_cast<StoryDomain>(d))) {
      ASSERT_LE(text.size(), 500u) << text;
      ASSERT_LE(lines_of(text).size(), 8u) << text;
      ASSERT_GE(lines_of(text).size(), 2u) << text;
      for (const std::string& line : lines_of(text)) {
        ASSERT_FALSE(line.empty()) << text;
        ASSERT_NE(line.back(), ' ') << text;
        ASSERT_EQ(line.find('$'), std::string::npos) << text;
        for (char c : line) ASSERT_TRUE(c >= ' ' && c <= '~') << text;
      }
    }
}

TEST(Stories, ProseIsWellFormed) {
  const Pattern wrong_article("\\b[Aa] [aeiou]|\\b[Aa]n [^aeiou]"), twice("\\b([A-Za-z]+) \\1\\b");
  const Pattern sentence_without_capital("[.!?]\"? [a-z]");
  for (StoryDomain domain : {StoryDomain::narrative, StoryDomain::dialogue})
    for (const std::string& text : many(domain)) {
      EXPECT_FALSE(wrong_article.in(text)) << text;
      EXPECT_FALSE(twice.in(text)) << text;
      EXPECT_EQ(text.find("  "), std::string::npos) << text;
      if (domain == StoryDomain::narrative) {
        EXPECT_FALSE(sentence_without_capital.in(text)) << text;
      }
      for (const std::string& line : lines_of(text)) {
        EXPECT_TRUE(line.ends_with(".") || line.ends_with("!") || line.ends_with("?") || line.ends_with("\""))
            << text;
        EXPECT_EQ(std::count(line.begin(), line.end(), '"') % 2, 0) << text;
        EXPECT_EQ(line[0] == '"', domain == StoryDomain::dialogue) << text;
      }
    }
}

TEST(Stories, AHeroKeepsOnePronoun) {
  const Pattern hero("\\b(girl|boy) named ([A-Z][a-z]+)"), he("\\b([Hh]e|[Hh]is|him)\\b"), she("\\b([Ss]he|[Hh]er)\\b");
  for (const std::string& text : many(StoryDomain::narrative)) {
    std::size_t at = 0;
    const auto match = hero.next(text, at);
    if (match.empty()) continue;
    // Before anybody else comes in, only the hero is meant.
    const std::string opening = text.substr(0, text.find('\n'));
    EXPECT_FALSE((match[1] == "girl" ? he : she).in(opening)) << text;
  }
}

TEST(Stories, EverySumIsRight) {
  const Pattern equation("([0-9]+) ([-+*/]) ([0-9]+) = ([0-9]+)");
  int checked = 0;
  for (const std::string& text : many(StoryDomain::arithmetic))
    for (std::size_t at = 0; ; ++checked) {
      const auto match = equation.next(text, at);
      if (match.empty()) break;
      const long a = std::stol(match[1]), b = std::stol(match[3]), c = std::stol(match[4]);
      switch (match[2][0]) {
        case '+':
          EXPECT_EQ(a + b, c) << text;
          break;
        case '-':
          EXPECT_EQ(a - b, c) << text;
          break;
        case '*':
          EXPECT_EQ(a * b, c) << text;
          break;
        default:
          EXPECT_EQ(c * b, a) << text;
      }
    }
  EXPECT_GT(checked, 1000);
}

TEST(Stories, CodeClosesItsBrackets) {
  const std::map<char, char> partner{{')', '('}, {']', '['}, {'}', '{'}};
  for (const std::string& text : many(StoryDomain::code)) {
    std::string open;
    for (char c : text) {
      if (c == '(' || c == '[' || c == '{') open += c;
      if (!partner.contains(c)) continue;
      ASSERT_FALSE(open.empty()) << text;
      EXPECT_EQ(open.back(), partner.at(c)) << text;
      open.pop_back();
    }
    EXPECT_TRUE(open.empty()) << text;
  }
}

TEST(StoriesCorpus, LabelsEveryCharacterAndHoldsTheSharesInBothSplits) {
  const Corpus& corpus = *stories_corpus();
  EXPECT_NEAR(static_cast<double>(corpus.train.tokens.size() + corpus.validation.tokens.size()), 1e6, 1e4);
  EXPECT_NEAR(static_cast<double>(corpus.validation.tokens.size()) / 1e6, 0.1, 0.001);
  EXPECT_GE(corpus.vocabulary.size(), 80);
  EXPECT_LE(corpus.vocabulary.size(), 95);
  EXPECT_EQ(corpus.vocabulary.unknown(), -1);
  ASSERT_EQ(corpus.domains.size(), kStoryDomainNames.size());
  std::vector<double> train(corpus.domains.size()), validation(corpus.domains.size());
  ASSERT_EQ(corpus.train.domain.size(), corpus.train.tokens.size());
  ASSERT_EQ(corpus.validation.domain.size(), corpus.validation.tokens.size());
  for (auto d : corpus.train.domain) train[d] += 1.0 / static_cast<double>(corpus.train.domain.size());
  for (auto d : corpus.validation.domain)
    validation[d] += 1.0 / static_cast<double>(corpus.validation.domain.size());
  for (std::size_t d = 0; d < train.size(); ++d) {
    EXPECT_GT(train[d], 0.1) << corpus.domains[d];
    EXPECT_NEAR(train[d], validation[d], 0.03) << corpus.domains[d];
  }
}

TEST(StoriesCorpus, ADomainChangesOnlyAfterAnEmptyLine) {
  const Corpus& corpus = *stories_corpus();
  const auto newline = corpus.vocabulary.id(U'\n');
  const Split& split = corpus.validation;
  std::set<int> seen;
  for (std::size_t i = 1; i < split.tokens.size(); ++i) {
    seen.insert(split.domain[i]);
    if (split.domain[i] == split.domain[i - 1]) continue;
    ASSERT_EQ(split.tokens[i - 1], newline);
    ASSERT_EQ(split.tokens[i - 2], newline);
  }
  EXPECT_EQ(seen.size(), corpus.domains.size());
}

TEST(Stories, NeverRepeatADocument) {
  std::set<std::string> seen;
  for (const StoryDocument& document : write_stories(1, 1'000'000))
    EXPECT_TRUE(seen.insert(document.text).second) << document.text;
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
