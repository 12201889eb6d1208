#include "app/ui/fuzzy.h"

#include <gmock/gmock.h>

#include "app/run/selection.h"
#include "app/shell/actions/find.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

int score(std::string_view pattern, std::string_view text) {
  const auto match = fuzzy_match(pattern, text);
  return match ? match->score : -1000;
}

TEST(Fuzzy, EveryLetterInOrder) {
  EXPECT_TRUE(fuzzy_match("rst", "Reset"));
  EXPECT_FALSE(fuzzy_match("rts", "Reset"));
  EXPECT_FALSE(fuzzy_match("resets", "Reset"));
  EXPECT_TRUE(fuzzy_match("  ", "anything"));
  EXPECT_TRUE(fuzzy_match("", ""));
  EXPECT_FALSE(fuzzy_match("a", ""));
}

TEST(Fuzzy, SaysWhichLetters) {
  EXPECT_THAT(fuzzy_match("RL", "Reset layout")->at, ElementsAre(0, 6));
  EXPECT_THAT(fuzzy_match("lay", "Reset layout")->at, ElementsAre(6, 7, 8));
  // The run of letters, not the first of each.
  EXPECT_THAT(fuzzy_match("top", "the top-k")->at, ElementsAre(4, 5, 6));
}

TEST(Fuzzy, RunsAndBeginningsOfWordsComeFirst) {
  EXPECT_GT(score("exp", "Experts"), score("exp", "Reset expert layout"));
  EXPECT_GT(score("sl", "Switch loss"), score("sl", "island"));
  EXPECT_GT(score("loss", "z-loss"), score("loss", "long or short shows"));
}

TEST(Fuzzy, BytesBeyondAsciiAreNoWordBreaks) {
  EXPECT_TRUE(fuzzy_match("é", "café"));
  EXPECT_GT(score("b", "a b"), score("b", "éb"));
}

TEST(Fuzzy, WordsAreFoundAtTheirBeginnings) {
  EXPECT_TRUE(has_each_word("loss we", "weights of the z-loss"));
  EXPECT_FALSE(has_each_word("eights", "weights of the z-loss"));
  EXPECT_FALSE(has_each_word("loss x", "weights of the z-loss"));
  EXPECT_FALSE(has_each_word("  ", "weights"));
}

// --- find

TEST(Find, ExpertsByTheirNumber) {
  EXPECT_EQ(expert_named("E12"), 12);
  EXPECT_EQ(expert_named(" e 3 "), 3);
  EXPECT_EQ(expert_named("expert 12"), 12);
  EXPECT_EQ(expert_named("Expert07"), 7);
  EXPECT_EQ(expert_named("5"), 5);
  for (const char* other : {"", "E", "the", "-1", "12x", "expert"}) EXPECT_EQ(expert_named(other), -1) << other;
}

ProbeTokens passages(std::vector<std::string> text, std::int32_t length) {
  ProbeTokens out;
  out.text = std::move(text);
  out.sequence_length = length;
  return out;
}

TEST(Find, TextWithinOnePassage) {
  const ProbeTokens tokens = passages({"t", "h", "e", " ", "T", "h", "e", "t"}, 4);
  const auto places = find_text(tokens, "the");
  ASSERT_EQ(places.size(), 2u);
  EXPECT_EQ(places[0].begin, 0u);
  EXPECT_EQ(places[0].end, 3u);
  EXPECT_EQ(places[1].begin, 4u);
  EXPECT_EQ(find_text(tokens, "The").size(), 1u);  // a capital asks for capitals
  EXPECT_THAT(find_text(tokens, " T"), IsEmpty());  // across two passages
  EXPECT_THAT(find_text(tokens, ""), IsEmpty());
}

TEST(Find, TextOfTokensOfSeveralBytes) {
  const ProbeTokens tokens = passages({"p", "é", "ж", "é"}, 4);
  const auto places = find_text(tokens, "жé");
  ASSERT_EQ(places.size(), 1u);
  EXPECT_EQ(places[0].begin, 2u);
  EXPECT_EQ(places[0].end, 4u);
}

TEST(Find, PlacesDoNotOverlap) {
  EXPECT_EQ(find_text(passages({"a", "a", "a", "a", "a"}, 5), "aa").size(), 2u);
}

TEST(Find, GroupsByName) {
  Snapshot snapshot;
  auto points = std::make_shared<ProbePoints>();
  points->label = {0, 1, 1};
  points->class_names = {"class 0", "class 1"};
  points->kind = {0, 0, 1};
  points->kind_names = {"Inner", "outer"};
  snapshot.points = points;
  const auto classes = find_groups(snapshot, "class 1");
  ASSERT_EQ(classes.size(), 1u);
  EXPECT_THAT(classes[0].members, ElementsAre(0, 1, 1));
  const auto kinds = find_groups(snapshot, "INNER");
  ASSERT_EQ(kinds.size(), 1u);
  EXPECT_THAT(kinds[0].members, ElementsAre(1, 1, 0));
  EXPECT_THAT(find_groups(snapshot, " "), IsEmpty());
}

// --- selections

TEST(Selections, KnowTheirProbe) {
  Snapshot first, second;
  auto tokens = std::make_shared<ProbeTokens>();
  tokens->text = {"a", "b", "c"};
  first.tokens = tokens;
  Selection selection = select(first, {0, 1}, "b");
  EXPECT_TRUE(selection.active());
  EXPECT_EQ(selection.count, 1u);
  EXPECT_FALSE(selection.has(0));
  EXPECT_TRUE(selection.has(1));
  EXPECT_FALSE(selection.has(2));
  second.tokens = tokens;
  drop_stale(selection, &second);
  drop_stale(selection, nullptr);
  EXPECT_TRUE(selection.active());
  // A model that comes back has the same tokens in an object of their own.
  second.tokens = std::make_shared<ProbeTokens>(*tokens);
  drop_stale(selection, &second);
  EXPECT_TRUE(selection.active());
  EXPECT_EQ(selection.probe, second.tokens);
  auto others = std::make_shared<ProbeTokens>(*tokens);
  others->text = {"a", "bc", ""};
  second.tokens = others;
  drop_stale(selection, &second);
  EXPECT_FALSE(selection.active());
  EXPECT_TRUE(selection.has(0));  // without a selection everything is in it
}

TEST(Selections, OfNothingAreNone) {
  Snapshot snapshot;
  snapshot.tokens = std::make_shared<ProbeTokens>();
  EXPECT_FALSE(select(snapshot, {}, "nothing").active());
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
