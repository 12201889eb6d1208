#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/utf8.h"
#include "core/data/corpus.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

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

TEST(Vocabulary, KeepsEveryCharacterWithoutALimit) {
  std::u32string text;
  for (char32_t c = 0; c < 70'000; ++c) text += 0x10000 + c;  // more than 16 bits number
  const Vocabulary v = Vocabulary::from_text(text, text);
  EXPECT_EQ(v.size(), 70'000);
  EXPECT_EQ(v.unknown(), -1);
  EXPECT_EQ(v.id(0x10000 + 69'999), 69'999);
  EXPECT_TRUE(Vocabulary::from_tokens(v.tokens()));
}

TEST(Vocabulary, KeepsTheMostFrequentAndTheLowerCodePointOfTies) {
  constexpr std::int64_t limit = 5;
  std::u32string text;
  for (char32_t c = 0; c < limit + 2; ++c) text += U'一' + c;
  text += U'一' + limit + 1;  // the last occurs twice, the others once
  const Vocabulary v = Vocabulary::from_text(text, text, limit);
  EXPECT_EQ(v.size(), limit + 1);
  EXPECT_EQ(v.unknown(), v.size() - 1);
  EXPECT_EQ(v.id(U'一' + limit + 1), v.size() - 2);
  EXPECT_EQ(v.id(U'一' + limit), v.unknown());
  EXPECT_EQ(v.id(U'一' + limit - 1), v.unknown());
  EXPECT_EQ(v.id(U'一'), 0);
}

TEST(Vocabulary, EncodesAndSaysWhatItCannot) {
  const Vocabulary with = Vocabulary::from_text(U"ab", U"abc"), without = Vocabulary::from_text(U"ab", U"ab");
  const auto known = with.encode("abz");
  EXPECT_THAT(known->ids, ElementsAre(0, 1, 2));
  EXPECT_EQ(known->unknown, 1u);
  EXPECT_EQ(known->left_out, 0u);
  const auto left = without.encode("azb");
  EXPECT_THAT(left->ids, ElementsAre(0, 1));
  EXPECT_EQ(left->unknown, 0u);
  EXPECT_EQ(left->left_out, 1u);
  const auto bad = without.encode("ab\xFF");
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().kind, ErrorKind::usage);
  EXPECT_THAT(bad.error().message, HasSubstr("offset 2"));
}

// What route, a prompt and a corpus are read by.
TEST(Vocabulary, EncodesAsTrainingReads) {
  const Vocabulary v = Vocabulary::from_text(U"\nab\r", U"\nab\r");
  EXPECT_EQ(v.encode("\xEF\xBB\xBF"
                     "a\r\nb\rb")
                ->ids,
            v.encode("a\nb\rb")->ids);
  EXPECT_EQ(v.encode("\xEF\xBB\xBF"
                     "a\r\nb")
                ->left_out,
            0u);
  EXPECT_FALSE(
      v.encode("\xFF\xFE"
               "a"));
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

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
