// assets/python/switchyard_log.py beside loops of our own in PyTorch: what it recorded, read here, has the figures
// that numpy makes of what the models themselves saw.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>

#include "core/recordings/folder_reader.h"
#include "core/recordings/routes.h"
#include "core/recordings/step_figures.h"
#include "tests/recordings/python_writer.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using testing::HasSubstr;

struct Recorded {
  RecordingHead head;
  std::vector<StepRecord> steps;
  std::vector<RecordedChunk> chunks;
  std::vector<std::string> notes;
};

Recorded read_routes(const std::filesystem::path& folder) {
  Recorded made;
  const auto reader = open_routes_folder(folder);
  EXPECT_TRUE(reader) << reader.error().message;
  if (!reader) return made;
  StepFigures figures;
  const auto keep = [&](StepRecord&& record) { made.steps.push_back(std::move(record)); };
  for (auto chunk = (*reader)->next(); chunk && *chunk; chunk = (*reader)->next()) {
    figures.add(**chunk, (*reader)->next_step(), keep);
    made.chunks.push_back(std::move(**chunk));
  }
  figures.finish(keep);
  EXPECT_EQ(figures.late(), 0);
  made.head = (*reader)->head(), made.notes = (*reader)->notes();
  return made;
}

class RecorderTest : public testing::Test {
 protected:
  // What a case of record_moe.py recorded.
  Recorded record(const std::string& name) {
    EXPECT_TRUE(
        test::run_python("record_moe.py", name + " " + folder_.path().native() + " " + SWITCHYARD_PYTHON_ASSETS));
    if (!std::filesystem::exists(folder_.path() / "expected.json")) return {};
    auto expected = read_json_file(folder_.path() / "expected.json");
    EXPECT_TRUE(expected);
    expected_ = std::move(*expected);
    return read_routes(folder_.path() / "routes");
  }
  // The first `steps` steps, all of them by default.
  void compare(const Recorded& read, std::size_t steps = 0) const {
    if (steps == 0) {
      steps = expected_["steps"].size();
      ASSERT_EQ(read.steps.size(), steps);
    }
    for (std::size_t s = 0; s < steps; ++s) {
      const StepRecord& record = read.steps[s];
      const Json& expected = expected_["steps"][std::to_string(record.step)];
      ASSERT_TRUE(expected.members()) << "step " << record.step;
      if (const auto loss = expected["loss"].number()) {
        EXPECT_NEAR(record.loss, *loss, 1e-6);
      }
      std::size_t recorded = 0;
      for (const LayerRecord& layer : record.layers) {
        if (layer.counts.empty()) continue;
        ++recorded;
        SCOPED_TRACE("step " + std::to_string(record.step) + ", layer " + std::to_string(layer.block));
        const Json& of_layer = expected["layers"][std::to_string(layer.block)];
        ASSERT_EQ(layer.counts.size(), of_layer["counts"].size());
        for (std::size_t e = 0; e < layer.counts.size(); ++e)
          ASSERT_EQ(layer.counts[e], *of_layer["counts"][e].number()) << e;
        if (!of_layer.contains("load_entropy")) continue;
        EXPECT_NEAR(layer.load_entropy, *of_layer["load_entropy"].number(), 1e-6);
        EXPECT_NEAR(layer.max_violation, *of_layer["max_violation"].number(), 1e-6);
      }
      EXPECT_EQ(recorded, expected["layers"].size());
    }
  }

  test::TemporaryFolder folder_;
  Json expected_;
};

TEST_F(RecorderTest, WatchesRoutersByTheirNames) {
  const Recorded read = record("tutorial");
  compare(read);
  ASSERT_EQ(read.head.layers.size(), 3U);
  EXPECT_EQ(read.head.layers[0], (RecordedLayer{0, "", 8, 2}));
  EXPECT_EQ(read.head.layers[1], (RecordedLayer{1, "", 6, 3}));
  EXPECT_EQ(read.head.layers[2], (RecordedLayer{2, "", 4, 1}));
  EXPECT_EQ(read.head.order, ChoiceOrder::gate);
  EXPECT_TRUE(read.notes.empty());
  EXPECT_EQ(read.steps.back().tokens, 12 * 64);
  for (const RecordedChunk& chunk : read.chunks) {
    // Logits where a matrix is the router, weights where it tells them itself.
    EXPECT_TRUE(chunk.cells[0].weight.empty() && !chunk.cells[0].logits.empty());
    EXPECT_TRUE(!chunk.cells[1].weight.empty() && chunk.cells[1].logits.empty());
    EXPECT_FALSE(are_probabilities(chunk.cells[0]));
    // What they chose is what the largest of them are.
    const Assignments by_gate = assignments_of(chunk, 0, ChoiceOrder::gate),
                      by_logits = assignments_of(chunk, 0, ChoiceOrder::id);
    EXPECT_EQ(by_gate.expert, by_logits.expert);
    EXPECT_EQ(by_gate.expert.size(), 2 * chunk.tokens());
  }
  EXPECT_FALSE(std::isnan(read.steps[0].layers[0].token_entropy));
  EXPECT_TRUE(std::isnan(read.steps[0].layers[1].token_entropy));
}

TEST_F(RecorderTest, NeedsNumpyOrTorchAlone) {
  compare(record("torch_alone"));
  std::filesystem::remove_all(folder_.path() / "routes");
  const Recorded read = record("numpy_alone");
  compare(read);
  EXPECT_TRUE(std::isnan(read.steps.back().loss));
  // Logits were not asked for, though they told who was chosen; of three dimensions the second one is a sequence.
  EXPECT_TRUE(read.chunks.back().cells[0].logits.empty());
}

TEST_F(RecorderTest, StepsThatComeAgainStandForThoseBefore) {
  const Recorded read = record("goes_on");
  compare(read);
  ASSERT_EQ(read.steps.size(), 9U);
  EXPECT_EQ(read.steps[3].layers[0].counts.size(), 8U);
  EXPECT_EQ(read.steps[8].layers[0].counts.size(), 16U);
}

TEST_F(RecorderTest, TwoProgramsOfARankWriteNothingOver) { compare(record("two_programs")); }

TEST_F(RecorderTest, NoTwoRoutersAreOneLayer) {
  ASSERT_TRUE(
      test::run_python("record_moe.py", "names " + folder_.path().native() + " " + SWITCHYARD_PYTHON_ASSETS));
  const Recorded read = read_routes(folder_.path() / "routes");
  ASSERT_EQ(read.head.layers.size(), 4U);
  EXPECT_EQ(read.head.layers[0], (RecordedLayer{0, "encoder", 8, 2}));
  EXPECT_EQ(read.head.layers[3], (RecordedLayer{1, "decoder", 8, 2}));
  EXPECT_EQ(read.steps.size(), 2U);
}

TEST_F(RecorderTest, ALateLossVoidsNoStep) { compare(record("late_loss")); }

TEST_F(RecorderTest, SeveralRanksWriteOneFolder) {
  const Recorded read = record("ranks");
  compare(read);
  EXPECT_EQ(read.head.layers.size(), 4U);
  EXPECT_TRUE(read.notes.empty());
}

TEST_F(RecorderTest, IsWholeWheneverItsProgramEnds) {
  const Recorded read = record("killed");
  ASSERT_GT(read.steps.size(), 2U);
  compare(read, std::min<std::size_t>(read.steps.size(), 3000));
  EXPECT_TRUE(read.notes.empty());
}

TEST_F(RecorderTest, AFullQueueLeavesOutAndCounts) {
  const Recorded read = record("full");
  ASSERT_EQ(read.notes.size(), 1U);
  EXPECT_THAT(read.notes[0], HasSubstr("left out " + std::to_string(*expected_["dropped"].integer()) + " layers"));
  double counted = 0;
  for (const StepRecord& step : read.steps)
    for (const LayerRecord& layer : step.layers) {
      // A step whose rows do not stand beside each other is left out as a whole.
      EXPECT_FALSE(layer.counts.empty()) << step.step;
      for (const float count : layer.counts) counted += count;
    }
  EXPECT_EQ(counted, static_cast<double>(200 - *expected_["dropped"].integer()) * 2000);
}

TEST_F(RecorderTest, WhatIsNoExpertIsAHole) {
  const Recorded read = record("holes");
  compare(read);
  ASSERT_EQ(read.head.layers.size(), 3U);
  EXPECT_EQ(read.head.layers[1], (RecordedLayer{1, "", 300, 1}));
  EXPECT_EQ(read.head.layers[2], (RecordedLayer{2, "", 4, 1}));
  EXPECT_TRUE(read.notes.empty());
  std::int64_t holes = 0;
  for (const RecordedChunk& chunk : read.chunks)
    holes += std::count(chunk.cells[0].expert.begin(), chunk.cells[0].expert.end(), kNoExpert);
  EXPECT_EQ(holes, 8);
}

TEST_F(RecorderTest, HiddenStatesAreWhatRoutersSaw) {
  const Recorded read = record("hidden");
  compare(read);
  ASSERT_EQ(read.head.layers.size(), 2U);
  for (std::size_t l = 0; l < 2; ++l) {
    const Json& expected = expected_["hidden"][std::to_string(read.head.layers[l].id)];
    std::size_t row = 0;
    for (const RecordedChunk& chunk : read.chunks) {
      const RecordedCells& cells = chunk.cells.at(l);
      const auto width = static_cast<std::size_t>(cells.hidden_width);
      for (std::size_t t = 0; t < chunk.tokens(); ++t, ++row)
        for (std::size_t i = 0; i < expected[row].size(); ++i) {
          const auto known = expected[row][i].number();
          // A chunk in which no row has states has no states.
          const float state = cells.hidden.empty() ? std::nanf("") : cells.hidden.at(t * width + i);
          if (known) EXPECT_EQ(state, static_cast<float>(*known)) << row;
          else EXPECT_TRUE(std::isnan(state)) << row;
        }
    }
    EXPECT_EQ(row, 36U);
  }
}

TEST_F(RecorderTest, AHookThatFailsEndsNoTraining) {
  const Recorded read = record("hook_fails");
  compare(read);
  ASSERT_EQ(read.notes.size(), 1U);
  EXPECT_THAT(read.notes[0], HasSubstr("left out 2 layers"));
}

TEST_F(RecorderTest, WhatHooksSawIsKeptWholeOrNotAtAll) {
  const Recorded read = record("hook_full");
  compare(read);
  ASSERT_EQ(read.notes.size(), 1U);
  EXPECT_THAT(read.notes[0], HasSubstr("left out 4 layers"));
}

TEST_F(RecorderTest, NothingEndsItsThread) {
  const Recorded read = record("thread_fails");
  compare(read);
  ASSERT_EQ(read.notes.size(), 1U);
  EXPECT_THAT(read.notes[0], HasSubstr("left out 4 layers"));
}

TEST_F(RecorderTest, TrainingGoesOnWhereNothingCanBeWritten) {
  EXPECT_TRUE(
      test::run_python("record_moe.py", "no_folder " + folder_.path().native() + " " + SWITCHYARD_PYTHON_ASSETS));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
