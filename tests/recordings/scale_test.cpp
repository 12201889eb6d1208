// Large recordings: loads counted where they lie, steps read by themselves, pairs over all tokens, and files that
// shrink or vanish meanwhile. What tests/bench/recording_bench measures, small.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

#include "core/insight/co_activation.h"
#include "core/recordings/folder_reader.h"
#include "core/recordings/growing_folder.h"
#include "core/recordings/route_pairs.h"
#include "core/recordings/routes.h"
#include "core/recordings/sparse_loads.h"
#include "core/recordings/step_figures.h"
#include "core/recordings/summary.h"
#include "tests/recordings/python_writer.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using testing::AllOf;
using testing::HasSubstr;

// What write_large.py makes, of 20 chunks of 3 steps.
class ScaleTest : public testing::Test {
 protected:
  static constexpr const char* kSize = " --tokens 30000 --step 500 --layers 3 --experts 16 --k 4 --chunk 40000";
  void write(const std::string& size = kSize) {
    ASSERT_TRUE(test::run_python("write_large.py", scratch_.path().native() + " " + size));
    auto read = read_json_file(scratch_.path() / "expected.json");
    ASSERT_TRUE(read);
    expected_ = std::move(*read);
  }
  std::filesystem::path routes() const { return scratch_.path() / "routes"; }
  RecordingSummary summary() const {
    const auto reader = open_routes_folder(routes());
    EXPECT_TRUE(reader);
    auto made = summary_of(**reader);
    EXPECT_TRUE(made);
    return std::move(*made);
  }

  test::TemporaryFolder scratch_;
  Json expected_;
};

TEST_F(ScaleTest, LoadsAreThoseOfAPlainCount) {
  write();
  const RecordingSummary made = summary();
  EXPECT_EQ(made.steps, 60);
  EXPECT_EQ(made.tokens, 30'000);
  ASSERT_EQ(made.layers.size(), 3U);
  for (std::size_t l = 0; l < 3; ++l)
    for (std::size_t e = 0; e < 16; ++e)
      EXPECT_EQ(made.layers[l].counts[e], *expected_["counts"][l][e].number()) << l << ' ' << e;
}

TEST_F(ScaleTest, StepsCountedWhereTheyLieAreThoseOfTheirTokens) {
  write();
  GrowingFolder folder(routes());
  ASSERT_TRUE(folder.look());
  StepFigures counted, by_token;
  std::vector<StepRecord> a, b;
  for (const ChunkNote& note : folder.take()) {
    const auto loads = folder.loads(note);
    ASSERT_TRUE(loads);
    ASSERT_TRUE(*loads);
    EXPECT_FALSE((*loads)->frame.cells[0].has_choices()) << "no token was read";
    counted.add(**loads, {}, [&](StepRecord&& record) { a.push_back(std::move(record)); });
    const auto chunk = folder.read(note);
    ASSERT_TRUE(chunk);
    by_token.add(*chunk, {}, [&](StepRecord&& record) { b.push_back(std::move(record)); });
  }
  ASSERT_EQ(a.size(), 60U);
  ASSERT_EQ(b.size(), 60U);
  for (std::size_t s = 0; s < a.size(); ++s) {
    EXPECT_EQ(a[s].step, b[s].step);
    EXPECT_EQ(a[s].tokens, b[s].tokens);
    EXPECT_EQ(a[s].loss, b[s].loss);
    for (std::size_t l = 0; l < 3; ++l) {
      EXPECT_EQ(a[s].layers[l].counts, b[s].layers[l].counts);
      EXPECT_EQ(a[s].layers[l].max_violation, b[s].layers[l].max_violation);
    }
  }
}

template <class T>
std::vector<std::uint32_t> counts_of(Dtype dtype, const std::vector<T>& ids, std::size_t experts, bool* right) {
  std::vector<std::uint32_t> counts(experts, 0);
  *right = count_experts(dtype, std::as_bytes(std::span(ids)), counts);
  return counts;
}

TEST(CountExperts, OfEveryType) {
  bool right = false;
  // Long enough for the way of long ones, and not a multiple of its eight.
  std::vector<std::uint8_t> bytes(2'003, 1);
  bytes[0] = 3, bytes[2'002] = 2;
  EXPECT_EQ(counts_of(Dtype::u8, bytes, 4, &right), (std::vector<std::uint32_t>{0, 2'001, 1, 1}));
  EXPECT_TRUE(right);
  bytes[1'000] = 4;
  counts_of(Dtype::u8, bytes, 4, &right);
  EXPECT_FALSE(right);
  counts_of(Dtype::u8, std::vector<std::uint8_t>{4}, 4, &right);
  EXPECT_FALSE(right) << "of few";
  EXPECT_EQ(counts_of(Dtype::i16, std::vector<std::int16_t>{-1, 2, 2}, 3, &right),
            (std::vector<std::uint32_t>{0, 0, 2}));
  EXPECT_TRUE(right) << "nobody is no expert";
  counts_of(Dtype::i32, std::vector<std::int32_t>{-2}, 3, &right);
  EXPECT_FALSE(right);
  EXPECT_EQ(counts_of(Dtype::u16, std::vector<std::uint16_t>{299}, 300, &right)[299], 1U);
  counts_of(Dtype::u16, std::vector<std::uint16_t>{65'535}, 300, &right);
  EXPECT_FALSE(right);
}

// All that a chunk may have: holes, logits of three types, k that varies, counts of other tokens, two ranks.
TEST(StepReader, HasOfAStepWhatTheWholeChunkHas) {
  const test::WrittenRoutes written;
  GrowingFolder folder(written.routes());
  ASSERT_TRUE(folder.look());
  int steps = 0, with_hidden = 0;
  for (const ChunkNote& note : folder.take()) {
    const auto whole = folder.read(note);
    ASSERT_TRUE(whole) << whole.error().message;
    const auto found = folder.steps().steps(note);
    ASSERT_TRUE(found && *found);
    for (const StepRows& one : std::vector<StepRows>(**found)) {
      ++steps;
      const auto made = folder.read_step(note, one.step);
      ASSERT_TRUE(made) << made.error().message;
      ASSERT_EQ(made->tokens(), one.count());
      EXPECT_EQ(made->counted_step, std::vector<std::int64_t>{one.step});
      StepFigures of_whole, of_step;
      std::vector<StepRecord> a, b;
      of_whole.add(*whole, {}, [&](StepRecord&& record) {
        if (record.step == one.step) a.push_back(std::move(record));
      });
      of_step.add(*made, {}, [&](StepRecord&& record) { b.push_back(std::move(record)); });
      ASSERT_EQ(a.size(), 1U);
      ASSERT_EQ(b.size(), 1U);
      EXPECT_TRUE(a[0].loss == b[0].loss || (std::isnan(a[0].loss) && std::isnan(b[0].loss)));
      for (std::size_t l = 0; l < made->cells.size(); ++l) {
        const auto rows = [&](const RecordedChunk& chunk, std::size_t begin) {
          std::vector<std::uint32_t> some(one.count());
          for (std::size_t i = 0; i < some.size(); ++i) some[i] = static_cast<std::uint32_t>(begin + i);
          return assignments_of(chunk, l, ChoiceOrder::gate, Choice::all, some);
        };
        const Assignments of = rows(*whole, static_cast<std::size_t>(one.rows.begin)), in = rows(*made, 0);
        EXPECT_EQ(of.start, in.start) << l;
        EXPECT_EQ(of.expert, in.expert) << l;
        const auto wide = static_cast<std::size_t>(whole->cells[l].hidden_width);
        EXPECT_EQ(made->cells[l].hidden_width, whole->cells[l].hidden_width);
        with_hidden += wide > 0;
        const auto hidden =
            whole->cells[l].hidden.begin() + static_cast<std::ptrdiff_t>(wide > 0 ? one.rows.begin * wide : 0);
        EXPECT_EQ(made->cells[l].hidden,
                  std::vector<float>(hidden, hidden + static_cast<std::ptrdiff_t>(one.count() * wide)))
            << l;
        EXPECT_EQ(a[0].layers[l].counts, b[0].layers[l].counts) << l;
        if (!std::isnan(a[0].layers[l].token_entropy)) {
          EXPECT_EQ(a[0].layers[l].token_entropy, b[0].layers[l].token_entropy) << l;
        }
      }
    }
  }
  EXPECT_EQ(steps, 12);
  EXPECT_GT(with_hidden, 1);
}

// A layers line may make a layer narrower than another rank's chunk of the same step had it.
TEST(SparseLoads, TakeExpertsOfAWiderLayerBeforeANarrowerOne) {
  SparseLoads loads;
  for (std::size_t e = 0; e < 20; ++e) loads.add(40 + e, 1, 64);
  loads.add(3, 2, 32);
  std::vector<double> expected(60, 0);
  std::fill(expected.begin() + 40, expected.end(), 1.0);
  expected[3] = 2;
  EXPECT_EQ(loads.all(60), expected);
}

TEST_F(ScaleTest, AStepOfManyIsReadByItself) {
  write();
  GrowingFolder folder(routes());
  ASSERT_TRUE(folder.look());
  const std::vector<ChunkNote> notes = folder.take();
  ASSERT_GT(notes.size(), 10U);
  const auto some = folder.read_step(notes[1], notes[1].last_step, 64);
  ASSERT_TRUE(some);
  EXPECT_EQ(some->tokens(), 64U);
  EXPECT_EQ(some->step, std::vector<std::int64_t>(64, notes[1].last_step));
  const auto none = folder.read_step(notes[1], notes[0].first_step);
  ASSERT_TRUE(none);
  EXPECT_EQ(none->tokens(), 0U);
}

TEST_F(ScaleTest, WhatShrinksOrVanishesMeanwhileIsLeftOutAndTold) {
  write();
  GrowingFolder folder(routes());
  ASSERT_TRUE(folder.look());
  const std::vector<ChunkNote> notes = folder.take();
  ASSERT_TRUE(folder.steps().steps(notes[2])) << "where its steps lie is known now";
  std::filesystem::resize_file(routes() / notes[2].file, std::filesystem::file_size(routes() / notes[2].file) / 2);
  std::filesystem::remove(routes() / notes[3].file);
  for (const std::size_t at : {std::size_t{2}, std::size_t{3}}) {
    const auto step = folder.read_step(notes[at], notes[at].first_step);
    ASSERT_FALSE(step);
    EXPECT_THAT(step.error().message, HasSubstr(notes[at].file));
    EXPECT_FALSE(folder.loads(notes[at]));
  }
  const RecordingSummary made = summary();
  ASSERT_FALSE(made.notes.empty());
  EXPECT_THAT(made.notes[0], AllOf(HasSubstr("2 of " + std::to_string(notes.size())), HasSubstr(notes[2].file)));
  EXPECT_EQ(made.tokens, 30'000 - notes[2].tokens - notes[3].tokens);
  const auto pairs = pairs_of_folder(routes());
  ASSERT_TRUE(pairs);
  EXPECT_EQ(pairs->left_out, 2);
  EXPECT_EQ(pairs->layers[0].tokens, made.tokens) << "whole chunks alone";
}

TEST_F(ScaleTest, PairsAreThoseOfCoActivationAndFlow) {
  write();
  double told = 0;
  const auto pairs = pairs_of_folder(routes(), [&](double share) { told = std::max(told, share); });
  ASSERT_TRUE(pairs);
  EXPECT_LE(told, 1);
  EXPECT_EQ(pairs->tokens, 30'000);
  // One chunk of all of it, as the window has of a look.
  GrowingFolder folder(routes());
  ASSERT_TRUE(folder.look());
  std::vector<Assignments> layers(3);
  for (const ChunkNote& note : folder.take()) {
    const auto chunk = folder.read(note);
    ASSERT_TRUE(chunk);
    for (std::size_t l = 0; l < 3; ++l) {
      const Assignments some = assignments_of(*chunk, l, ChoiceOrder::gate);
      Assignments& all = layers[l];
      all.experts = some.experts;
      if (all.start.empty()) all.start.push_back(0);
      for (std::size_t t = 0; t < some.tokens(); ++t) {
        all.expert.insert(all.expert.end(), some.of(t).begin(), some.of(t).end());
        all.start.push_back(static_cast<std::int32_t>(all.expert.size()));
      }
    }
  }
  const std::vector<LayerFlow> flows = layer_flow(layers);
  ASSERT_EQ(pairs->flows.size(), 2U);
  for (std::size_t l = 0; l < 2; ++l) {
    EXPECT_EQ(pairs->flows[l].counts, flows[l].counts);
    EXPECT_EQ(pairs->flows[l].tokens, flows[l].tokens);
  }
  for (std::size_t l = 0; l < 3; ++l) {
    const CoActivation of = co_activation(layers[l]);
    for (std::int32_t i = 0; i < 16; ++i)
      for (std::int32_t j = 0; j < 16; ++j) {
        EXPECT_EQ(pairs->layers[l].count(i, j),
                  i == j ? of.tokens[static_cast<std::size_t>(i)] : of.pairs[of.at(i, j)]);
        if (i != j) {
          EXPECT_NEAR(lift_of(pairs->layers[l], i, j), of.lift[of.at(i, j)], 1e-9);
        }
      }
  }
  // The same of a reader, whatever its form.
  const auto reader = open_routes_folder(routes());
  ASSERT_TRUE(reader);
  const auto again = pairs_of(**reader);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->flows[1].counts, flows[1].counts);
}

// 67 MB of choices; read token by token they would take four times as much.
TEST_F(ScaleTest, TakesTheMemoryOfItsCounts) {
  write("--tokens 1048576 --layers 8 --experts 64");
  const auto anonymous_kb = [] {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
      if (line.starts_with("RssAnon:")) return std::strtod(line.c_str() + 8, nullptr);
    return 0.0;
  };
  const double before = anonymous_kb();
  std::atomic<bool> ends = false;
  std::atomic<double> most = before;
  std::thread watch([&] {
    while (!ends) {
      most = std::max(most.load(), anonymous_kb());
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  });
  const RecordingSummary made = summary();
  ends = true;
  watch.join();
  EXPECT_EQ(made.tokens, 1'048'576);
  EXPECT_LT(most - before, 40 * 1024.0);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
