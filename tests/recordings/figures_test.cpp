// The figures of a recording are numpy's.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/insight/co_activation.h"
#include "core/insight/layer_flow.h"
#include "core/recordings/folder_reader.h"
#include "core/recordings/routes.h"
#include "core/recordings/step_figures.h"
#include "tests/recordings/python_writer.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

// A chunk of one layer, N = 4, of these rows.
RecordedChunk small_chunk(std::vector<std::int64_t> steps, std::vector<std::int32_t> experts, std::int32_t k) {
  RecordedChunk chunk;
  chunk.layers = {{7, "", 4, k}};
  chunk.counted_step = {steps.front()};
  chunk.step = std::move(steps);
  chunk.cells.emplace_back();
  chunk.cells[0].experts = 4, chunk.cells[0].top_k = k, chunk.cells[0].expert = std::move(experts);
  return chunk;
}

// Of chunks that may all have the same steps.
std::vector<StepRecord> records_of(const std::vector<RecordedChunk>& chunks) {
  StepFigures figures;
  std::vector<StepRecord> records;
  const auto keep = [&](StepRecord&& record) { records.push_back(std::move(record)); };
  for (const RecordedChunk& chunk : chunks) figures.add(chunk, 0, keep);
  EXPECT_TRUE(records.empty());
  figures.finish(keep);
  return records;
}

TEST(RecordedFigures, AreNumpys) {
  const test::WrittenRoutes written;
  const auto reader = open_routes_folder(written.routes());
  ASSERT_TRUE(reader) << reader.error().message;
  StepFigures figures;
  std::vector<StepRecord> records;
  std::vector<RecordedChunk> chunks;
  const auto keep = [&](StepRecord&& record) { records.push_back(std::move(record)); };
  for (auto chunk = (*reader)->next(); chunk && *chunk; chunk = (*reader)->next()) {
    figures.add(**chunk, (*reader)->next_step(), keep);
    chunks.push_back(std::move(**chunk));
  }
  figures.finish(keep);
  ASSERT_EQ(records.size(), 6U);
  EXPECT_EQ(figures.late(), 0);
  EXPECT_EQ(records.back().tokens, 480);
  EXPECT_NEAR(records[2].loss, 3.3, 1e-6);
  EXPECT_TRUE(std::isnan(records[1].loss));
  EXPECT_TRUE(std::isnan(records[0].learning_rate) && std::isnan(records[0].grad_norm) &&
              std::isnan(records[0].total_loss));
  for (const StepRecord& record : records) {
    const Json& expected = written.expected["steps"][std::to_string(record.step)];
    ASSERT_EQ(record.layers.size(), 3U);
    for (std::size_t l = 0; l < 3; ++l) {
      const LayerRecord& layer = record.layers[l];
      SCOPED_TRACE("step " + std::to_string(record.step) + ", layer " + std::to_string(l));
      ASSERT_EQ(layer.counts.size(), expected[l]["counts"].size());
      for (std::size_t e = 0; e < layer.counts.size(); ++e)
        ASSERT_EQ(layer.counts[e], static_cast<float>(*expected[l]["counts"][e].number())) << e;
      EXPECT_NEAR(layer.load_entropy, *expected[l]["load_entropy"].number(), 1e-6);
      EXPECT_NEAR(layer.max_violation, *expected[l]["max_violation"].number(), 1e-5);
      EXPECT_TRUE(std::isnan(layer.dropped) && std::isnan(layer.assignment_drop_rate) &&
                  std::isnan(layer.router_grad_norm));
      if (!expected[l].contains("token_entropy")) {
        EXPECT_TRUE(std::isnan(layer.token_entropy) && std::isnan(layer.mean_prob[0]));
        continue;
      }
      EXPECT_NEAR(layer.token_entropy, *expected[l]["token_entropy"].number(), 1e-6);
      for (std::size_t e = 0; e < layer.counts.size(); ++e)
        ASSERT_NEAR(layer.mean_prob[e], *expected[l]["mean_prob"][e].number(), 1e-6) << e;
    }
  }

  const CoActivation together = co_activation(assignments_of(chunks[0], 1, ChoiceOrder::gate));
  ASSERT_EQ(together.pairs.size(), written.expected["pairs"].size());
  for (std::size_t i = 0; i < together.pairs.size(); ++i)
    ASSERT_EQ(together.pairs[i], *written.expected["pairs"][i].integer());
  const auto flows = layer_flow(std::vector<Assignments>{assignments_of(chunks[0], 0, ChoiceOrder::gate),
                                                         assignments_of(chunks[0], 1, ChoiceOrder::gate)});
  ASSERT_EQ(flows.at(0).counts.size(), written.expected["flow"].size());
  for (std::size_t i = 0; i < flows[0].counts.size(); ++i)
    ASSERT_EQ(flows[0].counts[i], *written.expected["flow"][i].integer());
  const auto kept = stability(chunks[0], chunks[2], ChoiceOrder::gate);
  ASSERT_EQ(kept.size(), 3U);
  EXPECT_DOUBLE_EQ(kept[0].saturation, *written.expected["saturation"].number());
  EXPECT_DOUBLE_EQ(kept[0].churn, 1 - *written.expected["saturation"].number());
  // Tokens that are others, or of which nothing is known, cannot be compared.
  RecordedChunk other = chunks[2];
  other.token[3] = 99;
  EXPECT_TRUE(stability(chunks[0], other, ChoiceOrder::gate).empty());
  other.token.clear();
  EXPECT_TRUE(stability(other, other, ChoiceOrder::gate).empty());
}

TEST(RecordedFigures, OfChoicesByIdAFirstOneIsKnownByWeightsOrLogitsAlone) {
  RecordedChunk chunk = small_chunk({1, 1}, {0, 2, 1, 3}, 2);
  EXPECT_FALSE(tells_first(ChoiceOrder::id, chunk.cells[0]));
  EXPECT_EQ(assignments_of(chunk, 0, ChoiceOrder::id, Choice::first).tokens(), 0U);
  EXPECT_THAT(assignments_of(chunk, 0, ChoiceOrder::gate, Choice::first).expert, testing::ElementsAre(0, 1));
  EXPECT_EQ(assignments_of(chunk, 0, ChoiceOrder::id).tokens(), 2U);
  chunk.cells[0].logits = {1, 9, 2, 0, 0, 5, 0, 4};
  EXPECT_THAT(assignments_of(chunk, 0, ChoiceOrder::id, Choice::first).expert, testing::ElementsAre(2, 1));
  EXPECT_THAT(assignments_of(chunk, 0, ChoiceOrder::id).expert, testing::ElementsAre(2, 0, 1, 3));
  chunk.cells[0].weight = {0.6F, 0.4F, 0.1F, 0.9F};
  EXPECT_THAT(assignments_of(chunk, 0, ChoiceOrder::id, Choice::first).expert, testing::ElementsAre(0, 3));
}

TEST(RecordedFigures, WhatIsMissingIsEmptyAndNeverZero) {
  const auto records = records_of({small_chunk({5, 5}, {kNoExpert, kNoExpert}, 1)});
  ASSERT_EQ(records.size(), 1U);
  const LayerRecord& layer = records[0].layers.at(0);
  EXPECT_EQ(layer.block, 7);
  EXPECT_TRUE(layer.counts.empty() && layer.mean_prob.empty());
  EXPECT_TRUE(std::isnan(layer.load_entropy) && std::isnan(layer.max_violation));
  EXPECT_TRUE(std::isnan(records[0].loss) && std::isnan(records[0].wall_s));
}

TEST(RecordedFigures, WhatComesTooLateIsCountedAndLeftOut) {
  StepFigures figures;
  std::vector<StepRecord> records;
  const auto keep = [&](StepRecord&& record) { records.push_back(std::move(record)); };
  figures.add(small_chunk({5, 6}, {0, 1}, 1), 6, keep);
  EXPECT_EQ(records.size(), 1U);
  records.clear();
  figures.add(small_chunk({5, 6}, {2, 3}, 1), 6, keep);
  EXPECT_EQ(figures.late(), 1);
  EXPECT_TRUE(records.empty());
  figures.finish(keep);
  ASSERT_EQ(records.size(), 1U);
  EXPECT_THAT(records[0].layers[0].counts, testing::ElementsAre(0, 1, 0, 1));
}

TEST(RecordedFigures, LoadsThatComeTooLateAreCountedToo) {
  const auto loads_of = [](std::int64_t step) {
    RecordedChunk chunk = small_chunk({step}, {}, 1);
    chunk.step.clear();
    chunk.cells[0].counts = {1, 2, 3, 4};
    return chunk;
  };
  StepFigures figures;
  std::int64_t told = 0;
  const auto count = [&](StepRecord&&) { ++told; };
  figures.add(loads_of(6), 7, count);
  EXPECT_EQ(told, 1);
  figures.add(loads_of(5), 7, count);
  EXPECT_EQ(figures.late(), 1);
  RecordedChunk nothing = loads_of(5);
  nothing.cells[0].counts.clear();
  figures.add(nothing, 7, count);
  EXPECT_EQ(figures.late(), 1) << "nothing came too late";
  nothing.loss = 2;
  figures.add(nothing, 7, count);
  EXPECT_EQ(figures.late(), 2);
  figures.finish(count);
  EXPECT_EQ(told, 1);
}

TEST(RecordedFigures, AChunkMayKnowMoreLayersThanTheOneBefore) {
  const RecordedChunk first = small_chunk({1}, {0}, 1);
  RecordedChunk second = small_chunk({1}, {3}, 1);
  second.rank = 1;
  second.layers.insert(second.layers.begin(), first.layers[0]);
  second.layers[1].id = 9;
  second.cells.insert(second.cells.begin(), RecordedCells{});
  const auto layers = records_of({first, second})[0].layers;
  ASSERT_EQ(layers.size(), 2U);
  EXPECT_EQ(layers[0].block, 7);
  EXPECT_EQ(layers[1].block, 9);
  EXPECT_THAT(layers[0].counts, testing::ElementsAre(1, 0, 0, 0));
  EXPECT_THAT(layers[1].counts, testing::ElementsAre(0, 0, 0, 1));
}

// A server's answer has a token a step: there may be as many steps as rows, and two ranks that both have them.
TEST(RecordedFigures, StepsOfATokenAreHeldWithinTheirLimit) {
  constexpr std::size_t kRows = 3000, kLimit = std::size_t{1} << 20;
  RecordedChunk chunk = small_chunk({0}, {0}, 1);
  chunk.counted_step.clear();
  chunk.step.resize(kRows);
  for (std::size_t t = 0; t < kRows; ++t)
    chunk.step[t] = static_cast<std::int64_t>(kRows - 1 - t);  // falling, in the file
  chunk.cells[0].experts = 64, chunk.cells[0].expert.assign(kRows, 63);
  for (std::int32_t id = 0; id < 9; ++id)
    chunk.layers.push_back({id + 10, "", 64, 1}), chunk.cells.push_back(chunk.cells[0]);
  StepFigures figures(kLimit);
  std::int64_t told = 0, last = -1;
  const auto on_step = [&](StepRecord&& record) {
    EXPECT_GT(record.step, last);
    last = record.step;
    ++told;
  };
  figures.add(chunk, 0, on_step);
  EXPECT_GT(told, 0);
  EXPECT_LT(told, static_cast<std::int64_t>(kRows));
  EXPECT_LE(figures.held_bytes(), kLimit);
  EXPECT_GT(figures.held_bytes(), kLimit / 2);
  figures.finish(on_step);
  EXPECT_EQ(told, static_cast<std::int64_t>(kRows));
  EXPECT_EQ(figures.held_bytes(), 0U);
  // Where no chunk has them again each is told at once.
  StepFigures alone(kLimit);
  std::int64_t at_once = 0;
  alone.add(chunk, {}, [&](StepRecord&&) { ++at_once; });
  EXPECT_EQ(at_once, static_cast<std::int64_t>(kRows));
}

TEST(RecordedFigures, ProbabilitiesAreNoLogits) {
  RecordedChunk chunk = small_chunk({1, 1}, {0, 1}, 1);
  chunk.cells[0].logits = {0.7F, 0.1F, 0.1F, 0.1F, 0.2F, 0.6F, 0.1F, 0.1F};
  StepFigures figures;
  std::vector<StepRecord> records;
  figures.add(chunk, {}, [&](StepRecord&& record) { records.push_back(std::move(record)); });
  EXPECT_THAT(figures.probabilities(), testing::ElementsAre(1));
  const LayerRecord layer = records.at(0).layers[0];
  EXPECT_FLOAT_EQ(layer.mean_prob[0], 0.45F);
  EXPECT_FLOAT_EQ(layer.mean_prob[1], 0.35F);
  // A token without any does not make logits of the others.
  std::fill_n(chunk.cells[0].logits.begin() + 4, 4, std::nanf(""));
  EXPECT_TRUE(are_probabilities(chunk.cells[0]));
  std::fill_n(chunk.cells[0].logits.begin(), 4, std::nanf(""));
  EXPECT_FALSE(are_probabilities(chunk.cells[0]));
}

TEST(RecordedFigures, CountsWithAHoleAreNotRecorded) {
  RecordedChunk chunk = small_chunk({1}, {2}, 1);
  chunk.cells[0].counts = {5, -1, 5, 5};
  // What the rows say stands for them.
  EXPECT_THAT(records_of({chunk})[0].layers[0].counts, testing::ElementsAre(0, 0, 1, 0));
  chunk.step.clear(), chunk.cells[0].expert.clear();
  chunk.loss = 1;
  EXPECT_TRUE(records_of({chunk})[0].layers[0].counts.empty());
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
