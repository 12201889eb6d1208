#include "core/data/batches.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using testing::ElementsAre;

// Tokens 0, 1, 2, ... so that a value is its position.
std::shared_ptr<const Corpus> counting_corpus(std::size_t train, std::size_t validation) {
  auto corpus = std::make_shared<Corpus>();
  for (std::size_t i = 0; i < train; ++i) corpus->train.tokens.push_back(static_cast<std::int32_t>(i));
  for (std::size_t i = 0; i < validation; ++i) corpus->validation.tokens.push_back(static_cast<std::int32_t>(i));
  return corpus;
}

TEST(BatchSampler, TargetsAreInputsOneLater) {
  BatchSampler sampler(counting_corpus(50, 0), 5, 1);
  const Batch batch = sampler.at(0, 20);
  ASSERT_EQ(batch.inputs.size(), 100u);
  for (std::size_t i = 0; i < 100; ++i) {
    EXPECT_EQ(batch.targets[i], batch.inputs[i] + 1);
    if (i % 5) {
      EXPECT_EQ(batch.inputs[i], batch.inputs[i - 1] + 1);
    }
  }
}

TEST(BatchSampler, ReachesEveryStartAndNoOther) {
  BatchSampler sampler(counting_corpus(8, 0), 5, 3);  // starts 0, 1, 2
  std::set<std::int64_t> starts;
  const Batch batch = sampler.at(0, 200);
  for (std::size_t i = 0; i < batch.inputs.size(); i += 5) starts.insert(batch.inputs[i]);
  EXPECT_THAT(starts, ElementsAre(0, 1, 2));
}

// Whoever knows the seed and how many were drawn draws the same, in batches of any size.
TEST(BatchSampler, ASequenceFollowsFromSeedAndNumberAlone) {
  const auto corpus = counting_corpus(1000, 0);
  const BatchSampler one(corpus, 5, 9), other(corpus, 5, 10);
  const Batch all = one.at(0, 12);
  EXPECT_NE(other.at(0, 12).inputs, all.inputs);
  std::vector<std::int64_t> parts;
  std::int64_t drawn = 0;
  for (const std::int64_t size : {4, 1, 7}) {
    const Batch part = BatchSampler(corpus, 5, 9).at(drawn, size);
    parts.insert(parts.end(), part.inputs.begin(), part.inputs.end());
    drawn += size;
  }
  EXPECT_EQ(parts, all.inputs);
}

// Chi-square of 40,000 starts over 50 places: 49 degrees of freedom, mean 49, deviation 9.9.
TEST(BatchSampler, StartsAreUniform) {
  const BatchSampler sampler(counting_corpus(55, 0), 5, 4);
  std::vector<double> counts(50);
  const Batch batch = sampler.at(0, 40'000);
  for (std::size_t i = 0; i < batch.inputs.size(); i += 5) ++counts[static_cast<std::size_t>(batch.inputs[i])];
  double chi_square = 0;
  for (const double count : counts) chi_square += (count - 800) * (count - 800) / 800;
  EXPECT_NEAR(chi_square, 49, 40);
}

TEST(ValidationBatch, SpreadsFromTheFirstToTheLastToken) {
  const auto corpus = counting_corpus(0, 26);
  std::vector<std::int64_t> starts;
  for (std::int64_t index = 0; index < 3; ++index) {
    const Batch batch = validation_batch(*corpus, 5, 2, index, 3);
    for (std::size_t i = 0; i < batch.inputs.size(); i += 5) starts.push_back(batch.inputs[i]);
    EXPECT_EQ(batch.targets[0], batch.inputs[0] + 1);
  }
  EXPECT_THAT(starts, ElementsAre(0, 4, 8, 12, 16, 20));  // 20 .. 24, whose last target is 25
  EXPECT_THAT(validation_batch(*corpus, 5, 1, 0, 1).inputs, ElementsAre(0, 1, 2, 3, 4));
}

TEST(ProbeStarts, AreLineStartsOfAnUnlabelledText) {
  Corpus corpus;
  std::u32string text;
  for (int i = 0; i < 40; ++i) text += U"a line of text\n";
  corpus.vocabulary = Vocabulary::from_text(text, text);
  for (char32_t c : text) corpus.validation.tokens.push_back(static_cast<std::int32_t>(corpus.vocabulary.id(c)));
  const auto starts = probe_starts(corpus, 50, 4);
  ASSERT_EQ(starts.size(), 4u);
  for (std::int64_t start : starts) {
    EXPECT_EQ(start % 15, 0);
    EXPECT_LE(start + 50, static_cast<std::int64_t>(text.size()));
  }
}

TEST(ProbeStarts, StayInsideATextThatBarelyFits) {
  for (std::int64_t start : probe_starts(*counting_corpus(0, 12), 12, 3)) EXPECT_EQ(start, 0);
}

TEST(ProbeStarts, ShowEveryDomainFromDocumentStarts) {
  const auto corpus = stories_corpus();
  const auto newline = corpus->vocabulary.id(U'\n');
  for (std::int64_t context : {64, 128, 256}) {
    const auto starts = probe_starts(*corpus, context, 8);
    ASSERT_EQ(std::set<std::int64_t>(starts.begin(), starts.end()).size(), 8u);
    std::vector<std::int64_t> shown(corpus->domains.size());
    for (std::int64_t start : starts) {
      if (start > 0) {
        EXPECT_EQ(corpus->validation.tokens[static_cast<std::size_t>(start - 1)], newline);
        EXPECT_EQ(corpus->validation.tokens[static_cast<std::size_t>(start - 2)], newline);
      }
      for (std::int64_t at = start; at < start + context; ++at)
        ++shown[corpus->validation.domain[static_cast<std::size_t>(at)]];
    }
    for (std::size_t d = 0; d < shown.size(); ++d) EXPECT_GT(shown[d], context / 2) << corpus->domains[d];
  }
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
