// What is kept of a look is what working it out afresh gives, for the selection in force.
#include "app/run/derived/insight_cache.h"

#include <gtest/gtest.h>

#include "tests/app/panels/panel_scene.h"
#include "tests/support/fake_run.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

Snapshot look_at(std::int64_t step) {
  Snapshot look = scene::snapshot({.layers = 3, .experts = 6, .top_k = 2});
  look.step = step;
  // So that looks differ, and labels matter.
  for (ProbeLayer& layer : look.layers)
    for (std::size_t t = 0; t < look.tokens->text.size(); ++t)
      if ((t + static_cast<std::size_t>(step)) % 3 == 0) std::swap(layer.expert[t * static_cast<std::size_t>(layer.ranked)],
                                                                   layer.expert[t * static_cast<std::size_t>(layer.ranked) + 1]);
  return look;
}

Among every(std::size_t tokens, std::size_t nth) {
  Among among(tokens, 0);
  for (std::size_t t = 0; t < tokens; t += nth) among[t] = 1;
  return among;
}

void expect_fresh(InsightCache& cache, const Snapshot& look, std::size_t layer, const Among& among) {
  const ProbeLayer& probe = look.layers[layer];
  const Assignments all = assignments_of(probe);
  for (const LabelKind kind : {LabelKind::domain, LabelKind::character}) {
    const Labels labels = only(labels_of(look, kind), among);
    const Specialization fresh = specialization(all, labels);
    const LabelMatrix& kept = cache.specialization(look, layer, kind, among);
    EXPECT_EQ(kept.of.counts, fresh.counts);
    EXPECT_EQ(kept.of.tokens, fresh.tokens);
    EXPECT_EQ(kept.labels.names, labels.names);
    const LayerAgreement* agreed = cache.agreement(look, layer, kind, among);
    ASSERT_NE(agreed, nullptr);
    EXPECT_EQ(agreed->all.nmi, agreement(all, labels).nmi);
    EXPECT_EQ(agreed->first.ari, agreement(assignments_of(probe, Choice::first), labels).ari);
    EXPECT_EQ(agreed->vocabulary, vocabulary_specialization(all, *look.tokens, among).value);
    const ExpertProfile& profile = cache.profile(look, layer, 2, kind, among);
    EXPECT_EQ(profile.had, expert_profile(look, layer, 2, kind, among).had);
    EXPECT_EQ(profile.labels.size(), expert_profile(look, layer, 2, kind, among).labels.size());
  }
  EXPECT_EQ(cache.co_activation(look, layer, among).pairs, co_activation(all, among).pairs);
  EXPECT_EQ(cache.vocabulary(look, layer, among).counts, vocabulary_specialization(all, *look.tokens, among).counts);
  Among filtered = with_label(labels_of(look, LabelKind::domain), 1);
  for (std::size_t t = 0; t < filtered.size() && !among.empty(); ++t) filtered[t] = filtered[t] && among[t];
  const FlowFilter::Through through{1, 4};
  const auto fresh = layer_flow(look.layers, {Choice::first, filtered, through});
  const auto& kept = cache.flow(look, {Choice::first, LabelKind::domain, 1, through}, among);
  ASSERT_EQ(kept.size(), fresh.size());
  for (std::size_t g = 0; g < fresh.size(); ++g) EXPECT_EQ(kept[g].counts, fresh[g].counts);
}

// In an order that brings questions back after others pushed them out.
TEST(InsightCache, AnswersAreThoseOfAFreshComputation) {
  InsightCache cache;
  cache.begin_frame(nullptr);
  const Snapshot first = look_at(10), second = look_at(20);
  const std::size_t tokens = first.tokens->text.size();
  for (int round = 0; round < 2; ++round)
    for (const Snapshot* look : {&first, &second})
      for (const Among& among : {Among(), every(tokens, 2), every(tokens, 5)})
        for (std::size_t layer = 0; layer < look->layers.size(); ++layer) {
          expect_fresh(cache, *look, layer, among);
          if (HasFailure()) FAIL() << "step " << look->step << ", layer " << layer;
        }
}

TEST(InsightCache, FollowsTheSelection) {
  InsightCache cache;
  cache.begin_frame(nullptr);
  const Snapshot look = look_at(10);
  const std::size_t tokens = look.tokens->text.size();
  const auto counted = [&](const Among& among) {
    const auto& all = cache.co_activation(look, 0, among).tokens;
    std::int64_t sum = 0;
    for (const std::int64_t n : all) sum += n;
    return sum;
  };
  EXPECT_EQ(counted({}), static_cast<std::int64_t>(2 * tokens));
  EXPECT_EQ(counted(every(tokens, 4)), static_cast<std::int64_t>(2 * tokens / 4));
  Among one = every(tokens, tokens);
  EXPECT_EQ(counted(one), 2);
  one.back() = 1;
  EXPECT_EQ(counted(one), 4) << "a selection that differs in its last token is another";
}

TEST(InsightCache, TheSameQuestionCostsNothing) {
  InsightCache cache;
  cache.begin_frame(nullptr);
  const Snapshot look = look_at(10);
  const auto ask = [&] {
    cache.specialization(look, 0, LabelKind::domain);
    cache.co_activation(look, 0);
    cache.vocabulary(look, 0);
    cache.flow(look, {});
    cache.profile(look, 0, 1, LabelKind::domain);
    cache.agreement(look, 0, LabelKind::domain);
  };
  ask();
  EXPECT_EQ(cache.worked_out(), 6u);
  ask();
  EXPECT_EQ(cache.worked_out(), 6u);
  Snapshot next = look;
  next.step += 10;
  cache.co_activation(next, 0);
  EXPECT_EQ(cache.worked_out(), 7u);
}

TEST(InsightCache, AgreementBeyondTheBudgetIsPutOff) {
  static double now = 0;
  InsightCache cache;
  const Snapshot look = look_at(10);
  cache.begin_frame([] { return now; }, 0.004);
  now += 1;
  EXPECT_EQ(cache.agreement(look, 0, LabelKind::domain), nullptr);
  EXPECT_TRUE(cache.put_off());
  cache.begin_frame([] { return now; }, 0.004);
  EXPECT_NE(cache.agreement(look, 0, LabelKind::domain), nullptr);
  EXPECT_FALSE(cache.put_off());
}

// A step whose row of loads is not over yet is worked out again until it is.
TEST(EarlierFigures, AreThoseOfTheStepOnceItsRowIsOver) {
  Config config;
  config.layers = 1;
  config.experts = 2;
  HistoryOptions options;
  options.rows = 8;
  History history(options);
  const auto add = [&](std::int64_t step, float first, float second) {
    StepRecord record = switchyard::test::fake_record(config, step);
    record.layers[0].counts = {first, second};
    history.append(record);
  };
  std::int64_t step = 0;
  while (history.row_steps() < 8) add(++step, 20, 20);
  while (history.utilisation_x().back() < static_cast<double>(step)) add(++step, 20, 20);
  InsightCache cache;
  const std::int64_t asked = ++step;
  add(asked, 40, 0);
  add(++step, 0, 40);
  EXPECT_EQ(cache.record_at(history, asked)->step, asked);
  while (history.utilisation_x().back() < static_cast<double>(asked)) add(++step, 20, 20);
  const StepRecord* then = cache.record_at(history, asked);
  EXPECT_FLOAT_EQ(then->layers[0].counts[0], then->layers[0].counts[1]) << "the mean of its row";
  EXPECT_EQ(cache.record_at(history, asked), then);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
