#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/data/corpus.h"
#include "core/base/utf8.h"

namespace switchyard {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Vocabulary, OrdersCharactersByCodePoint) {
  const Vocabulary v = Vocabulary::from_text(U"éba\n", U"éba\n");
  EXPECT_THAT(v.tokens(), ElementsAre("\n", "a", "b", "é"));
  EXPECT_EQ(v.unknown(), -1);
  EXPECT_EQ(v.id(U'b'), 2);
  EXPECT_EQ(v.id(U'z'), -1);
}

TEST(Vocabulary, HasUnknownOnlyWhereItIsNeeded) {
  const Vocabulary v = Vocabulary::from_text(U"ab", U"abc");
  EXPECT_THAT(v.tokens(), ElementsAre("a", "b", "<unk>"));
  EXPECT_EQ(v.id(U'c'), 2);
}

TEST(Vocabulary, KeepsTheMostFrequentAndTheLowerCodePointOfTies) {
  std::u32string text;
  for (char32_t c = 0; c < Vocabulary::kMaxCharacters + 2; ++c) text += U'一' + c;
  text += U'一' + Vocabulary::kMaxCharacters + 1;  // the last occurs twice, the others once
  const Vocabulary v = Vocabulary::from_text(text, text);
  EXPECT_EQ(v.size(), static_cast<std::int32_t>(Vocabulary::kMaxCharacters) + 1);
  EXPECT_EQ(v.unknown(), v.size() - 1);
  EXPECT_EQ(v.id(U'一' + Vocabulary::kMaxCharacters + 1), v.size() - 2);
  EXPECT_EQ(v.id(U'一' + Vocabulary::kMaxCharacters), v.unknown());
  EXPECT_EQ(v.id(U'一' + Vocabulary::kMaxCharacters - 1), v.unknown());
  EXPECT_EQ(v.id(U'一'), 0);
}

TEST(Vocabulary, EncodesAndLeavesOutWhatItCannot) {
  const Vocabulary with = Vocabulary::from_text(U"ab", U"abc"), without = Vocabulary::from_text(U"ab", U"ab");
  EXPECT_THAT(*with.encode("abz"), ElementsAre(0, 1, 2));
  EXPECT_THAT(*without.encode("azb"), ElementsAre(0, 1));
  const auto bad = without.encode("ab\xFF");
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().kind, ErrorKind::usage);
  EXPECT_THAT(bad.error().message, HasSubstr("byte 2"));
}

TEST(Vocabulary, ReadsBackItsOwnTokens) {
  for (const Vocabulary& v : {Vocabulary::from_text(U"héllo", U"héllo"), Vocabulary::from_text(U"ab", U"xab")}) {
    const auto again = Vocabulary::from_tokens(v.tokens());
    ASSERT_TRUE(again);
    EXPECT_EQ(again->tokens(), v.tokens());
    EXPECT_EQ(again->unknown(), v.unknown());
    EXPECT_EQ(again->id(U'b'), v.id(U'b'));
  }
}

TEST(Vocabulary, RefusesTokensThatAreNoVocabulary) {
  EXPECT_FALSE(Vocabulary::from_tokens({}));
  EXPECT_FALSE(Vocabulary::from_tokens({"a", "a"}));
  EXPECT_FALSE(Vocabulary::from_tokens({"ab"}));
  EXPECT_FALSE(Vocabulary::from_tokens({"a", ""}));
  EXPECT_FALSE(Vocabulary::from_tokens({"<unk>", "a"}));
  EXPECT_FALSE(Vocabulary::from_tokens({"\xFF"}));
}

}  // namespace
}  // namespace switchyard
