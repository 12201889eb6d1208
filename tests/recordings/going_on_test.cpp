// Files that grow are read on where they were, and what may not be whole is held back until it is.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "core/record/files/line_reader.h"
#include "core/recordings/forms/forms.h"
#include "core/recordings/forms/growing_files.h"
#include "tests/support/temporary_folder.h"

namespace switchyard::test {
namespace SWITCHYARD_TEST_FILE {

using testing::ElementsAre;
using testing::IsEmpty;

class GoingOn : public testing::Test {
 protected:
  void add(const std::string& name, const std::string& text) {
    std::ofstream(scratch_.path() / name, std::ios::app) << text;
  }
  void put(const std::string& name, const std::string& text) { std::ofstream(scratch_.path() / name) << text; }
  static std::vector<std::string> lines(LineReader& reader) {
    std::vector<std::string> all;
    while (const auto line = reader.next()) all.emplace_back(*line);
    return all;
  }
  // Rank and step of what comes.
  static std::vector<std::pair<int, std::int64_t>> chunks(RecordingReader& reader) {
    std::vector<std::pair<int, std::int64_t>> all;
    while (true) {
      const auto chunk = reader.next();
      if (!chunk || !*chunk) return all;
      all.emplace_back((*chunk)->rank, (*chunk)->counted_step.front());
    }
  }
  TemporaryFolder scratch_;
};

TEST_F(GoingOn, ALineReaderKnowsItsFile) {
  put("a", "one\ntwo\nhalf");
  auto reader = LineReader::open(scratch_.path() / "a");
  ASSERT_TRUE(reader);
  EXPECT_THAT(lines(*reader), ElementsAre("one", "two"));
  EXPECT_TRUE(reader->go_on()) << "nothing was added";
  EXPECT_THAT(lines(*reader), IsEmpty());
  add("a", " a line\nthree\n");
  EXPECT_TRUE(reader->go_on());
  EXPECT_THAT(lines(*reader), ElementsAre("half a line", "three"));
  // Longer, but not the one it was.
  put("a", "one\ntwo\nhalf a lime\nthree\nfour\n");
  EXPECT_FALSE(reader->go_on());
  put("a", "one\n");
  EXPECT_FALSE(reader->go_on());
  std::filesystem::remove(scratch_.path() / "a");
  EXPECT_FALSE(reader->go_on());
}

TEST_F(GoingOn, ALineReaderKnowsItsFileByMoreThanItReadLast) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += "line " + std::to_string(i) + "\n";
  put("a", text);
  auto reader = LineReader::open(scratch_.path() / "a");
  ASSERT_TRUE(reader);
  EXPECT_EQ(lines(*reader).size(), 100U);
  add("a", "9\n");
  ASSERT_TRUE(reader->go_on());
  EXPECT_THAT(lines(*reader), ElementsAre("9"));
  // Written anew and longer, with the same two bytes there.
  text[text.find("line 50") + 5] = '7';
  put("a", text + "9\nmore\n");
  EXPECT_FALSE(reader->go_on());
}

TEST_F(GoingOn, AFileThatWasWrittenToAndIsNoLongerHasBegunAnew) {
  put("a.csv", "step,layer,expert,tokens\n1,0,0,5\n");
  GrowingFiles files("csv", scratch_.path() / "a.csv");
  (void)files.look();
  EXPECT_EQ(files.look(), GrowingFiles::Growth::nothing);
  const auto at = std::filesystem::last_write_time(scratch_.path() / "a.csv");
  put("a.csv", "step,layer,expert,tokens\n1,0,0,6\n");
  std::filesystem::last_write_time(scratch_.path() / "a.csv", at + std::chrono::seconds(1));
  EXPECT_EQ(files.look(), GrowingFiles::Growth::begun_anew);
  add("a.csv", "2,0,0,6\n");
  EXPECT_EQ(files.look(), GrowingFiles::Growth::more);
}

TEST_F(GoingOn, HalfALineThatWasGivenIsNotGoneOnWith) {
  put("a", "one\nhalf");
  auto reader = LineReader::open(scratch_.path() / "a");
  ASSERT_TRUE(reader);
  EXPECT_THAT(lines(*reader), ElementsAre("one"));
  reader->close();
  EXPECT_THAT(lines(*reader), ElementsAre("half"));
  add("a", " a line\n");
  EXPECT_FALSE(reader->go_on());
}

class RanksGoingOn : public GoingOn {
 protected:
  void step(int rank, int step, int layer = 0) {
    add("router_trace_rank" + std::to_string(rank) + ".jsonl", "{\"step\":" + std::to_string(step) +
                                                                   ",\"layer\":" + std::to_string(layer) +
                                                                   ",\"topk\":1,\"top_indices\":[[1]]}\n");
  }
  std::unique_ptr<RecordingReader> open(bool is_written) {
    RecordingKeys keys;
    keys.experts = 2, keys.stages = {0, 0}, keys.is_written = is_written;
    auto reader = open_recording(*form_named("megatron"), scratch_.path(), keys);
    return reader ? std::move(*reader) : nullptr;
  }
  using Chunks = std::vector<std::pair<int, std::int64_t>>;
};

TEST_F(RanksGoingOn, AStepOfARankIsHeldUntilAnotherBegins) {
  step(0, 1), step(0, 2), step(1, 1);
  const auto reader = open(true);
  ASSERT_TRUE(reader);
  EXPECT_EQ(chunks(*reader), (Chunks{{0, 1}}));
  EXPECT_EQ(reader->next_step(), 1) << "of rank 1";
  step(1, 2);
  ASSERT_TRUE(reader->go_on());
  EXPECT_EQ(chunks(*reader), (Chunks{{1, 1}}));
  EXPECT_EQ(reader->next_step(), 2);
  reader->let_go();
  EXPECT_EQ(chunks(*reader), (Chunks{{0, 2}, {1, 2}}));
  step(0, 3), step(0, 4);
  ASSERT_TRUE(reader->go_on());
  EXPECT_EQ(chunks(*reader), (Chunks{{0, 3}}));
  EXPECT_EQ(reader->next_step(), 3) << "of rank 1 it may come yet";
  EXPECT_FALSE(reader->is_outgrown());
  // More of a step that was let go.
  step(1, 2);
  ASSERT_TRUE(reader->go_on());
  (void)chunks(*reader);
  EXPECT_TRUE(reader->is_outgrown());
  step(2, 1);
  EXPECT_FALSE(reader->go_on()) << "another rank";
}

TEST_F(RanksGoingOn, LayersThatCameAfterItsFirstStepWasOpenedAreMissed) {
  step(0, 1), step(1, 1);
  for (const bool is_written : {true, false}) {
    const auto reader = open(is_written);
    ASSERT_TRUE(reader);
    EXPECT_EQ(chunks(*reader).size(), is_written ? 0U : 3U);
    step(0, 1, is_written ? 1 : 2), step(0, 2);
    ASSERT_TRUE(reader->go_on());
    (void)chunks(*reader);
    EXPECT_TRUE(reader->is_outgrown());
  }
  const auto again = open(true);
  EXPECT_EQ(again->head().layers.size(), 2U);
}

TEST_F(GoingOn, TheLastStepOfLoadsOutOfOrderIsHeldTooWhileTheyAreWritten) {
  put("a.csv", "step,layer,expert,count\n2,0,0,5\n1,0,1,5\n3,0,0,5\n");
  RecordingKeys keys;
  keys.experts = 2, keys.is_written = true;
  const auto opened = open_recording(*form_named("csv"), scratch_.path() / "a.csv", keys);
  ASSERT_TRUE(opened) << opened.error().message;
  const auto steps = chunks(**opened);
  ASSERT_EQ(steps.size(), 2U);
  EXPECT_EQ(steps.back().second, 2);
  EXPECT_EQ((*opened)->next_step(), 3);
  (*opened)->let_go();
  EXPECT_EQ(chunks(**opened).size(), 1U);
  EXPECT_FALSE((*opened)->go_on());
}

// Its stage has layers that nobody knows of yet.
TEST_F(RanksGoingOn, LayersOfARankThatHadWrittenNothingAreMissed) {
  step(0, 1), step(0, 2);
  put("router_trace_rank1.jsonl", "");
  RecordingKeys keys;
  keys.experts = 2, keys.stages = {0, 1}, keys.is_written = true;
  const auto opened = open_recording(*form_named("megatron"), scratch_.path(), keys);
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ((*opened)->head().layers.size(), 1U);
  (void)chunks(**opened);
  step(1, 1), step(1, 2);
  ASSERT_TRUE((*opened)->go_on());
  (void)chunks(**opened);
  EXPECT_TRUE((*opened)->is_outgrown());
  EXPECT_EQ((*open_recording(*form_named("megatron"), scratch_.path(), keys))->head().layers.size(), 2U);
}

TEST_F(GoingOn, AnAnswersBadPromptIsLeftOutAndItsChoiceStays) {
  put("a.jsonl", R"({"prompt_routed_experts":[[[-7,1]]],"choices":[{"routed_experts":[[[1,2]]]}]})"
                 "\n"
                 R"({"choices":[{"routed_experts":[[[1,-7]]]}]})"
                 "\n");
  RecordingKeys keys;
  keys.experts = 4;
  const auto opened = open_recording(*form_named("vllm"), scratch_.path() / "a.jsonl", keys);
  ASSERT_TRUE(opened) << opened.error().message;
  const auto chunk = (*opened)->next();
  ASSERT_TRUE(chunk && *chunk);
  EXPECT_THAT((*chunk)->cells[0].expert, ElementsAre(1, 2));
  EXPECT_TRUE(chunks(**opened).empty());
  ASSERT_FALSE((*opened)->notes().empty());
  EXPECT_THAT((*opened)->notes()[0],
              testing::HasSubstr("a.jsonl, answer 1, choices[0].routed_experts: -7 is no expert"));
}

TEST_F(GoingOn, ACallOfColibriIsHeldUntilAnotherBegins) {
  put("trace.txt", "0 0 0 1:1\n0 1 0 1:1\n1 0 0 0:1\n");
  RecordingKeys keys;
  keys.experts = 2, keys.is_written = true;
  const auto opened = open_recording(*form_named("colibri"), scratch_.path() / "trace.txt", keys);
  ASSERT_TRUE(opened);
  RecordingReader& reader = **opened;
  EXPECT_EQ(chunks(reader).size(), 1U);
  EXPECT_EQ(reader.next_step(), 1);
  add("trace.txt", "1 1 0 0:1\n2 0 0 1:1\n");
  ASSERT_TRUE(reader.go_on());
  const auto whole = reader.next();
  ASSERT_TRUE(whole && *whole);
  EXPECT_THAT((*whole)->cells[0].expert, ElementsAre(0, 0)) << "one chunk, of both looks at the file";
  EXPECT_EQ(chunks(reader).size(), 0U);
  reader.let_go();
  EXPECT_EQ(chunks(reader).size(), 1U);
  add("trace.txt", "2 1 0 1:1\n");
  ASSERT_TRUE(reader.go_on());
  (void)chunks(reader);
  EXPECT_TRUE(reader.is_outgrown());
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::test
