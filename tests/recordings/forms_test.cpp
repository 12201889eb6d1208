// Recordings as other programs write them, from a Python writer of its own: what they hold, what their form does
// not say, what is wrong with them.
#include "core/recordings/forms/forms.h"
#include "core/recordings/forms/growing_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <chrono>
#include <cmath>
#include <fstream>
#include <map>
#include <new>

#include "core/record/files/line_reader.h"
#include "core/recordings/folder_writer.h"
#include "core/recordings/routes.h"
#include "core/recordings/step_figures.h"
#include "core/recordings/summary.h"
#include "tests/recordings/python_writer.h"
#include "tests/support/mutants.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::HasSubstr;

class FormsTest : public testing::Test {
 protected:
  void write(const std::string& form) {
    ASSERT_TRUE(test::run_python("write_forms.py", form + " " + folder_.path().native()));
    auto expected = read_json_file(folder_.path() / "expected.json");
    ASSERT_TRUE(expected);
    expected_ = std::move(*expected);
  }
  Result<std::unique_ptr<RecordingReader>> open(const std::filesystem::path& path, const std::string& name,
                                                const std::vector<std::string>& pairs) const {
    const RecordingForm* form = form_of(path);
    EXPECT_TRUE(form && form->name == name) << path;
    if (!form) return usage_error("no form");
    return open_recording(*form, path, *keys_from(pairs));
  }
  std::string refusal(const std::filesystem::path& path, const std::string& name,
                      const std::vector<std::string>& pairs) const {
    const auto opened = open(path, name, pairs);
    return opened ? "opened" : opened.error().message;
  }
  // All it holds, as steps; and each of its loads against what was written.
  std::vector<StepRecord> read(RecordingReader& reader, std::vector<RecordedChunk>* chunks = nullptr) const {
    StepFigures figures;
    std::vector<StepRecord> steps;
    const auto keep = [&](StepRecord&& record) { steps.push_back(std::move(record)); };
    for (auto chunk = reader.next(); chunk && *chunk; chunk = reader.next()) {
      figures.add(**chunk, reader.next_step(), keep);
      if (chunks) chunks->push_back(**chunk);
    }
    figures.finish(keep);
    EXPECT_EQ(figures.late(), 0);
    return steps;
  }
  void compare(const std::vector<StepRecord>& steps, const RecordingHead& head, bool with_block = false) const {
    std::size_t compared = 0;
    for (const StepRecord& step : steps)
      for (std::size_t l = 0; l < step.layers.size(); ++l) {
        const std::string layer =
            (with_block ? head.layers[l].block + " " : std::string()) + std::to_string(head.layers[l].id);
        const Json& expected = expected_["counts"][std::to_string(step.step) + "/" + layer];
        ASSERT_EQ(step.layers[l].counts.size(), expected.size()) << step.step << "/" << layer;
        for (std::size_t e = 0; e < expected.size(); ++e)
          EXPECT_EQ(step.layers[l].counts[e], *expected[e].number()) << layer;
        ++compared;
      }
    EXPECT_EQ(compared, expected_["counts"].size());
  }

  test::TemporaryFolder folder_;
  Json expected_;
};

TEST_F(FormsTest, MegatronsTrace) {
  write("megatron");
  const std::filesystem::path& path = folder_.path();
  EXPECT_THAT(refusal(path, "megatron", {"experts=8"}),
              AllOf(HasSubstr("2 ranks"), HasSubstr("stages=S,S"), HasSubstr("0,0")));
  // Rank 1 has no logits, so nothing says N.
  EXPECT_THAT(refusal(path, "megatron", {"stages=0,1"}),
              AllOf(HasSubstr("experts=N"), HasSubstr("N is at least 8")));
  EXPECT_THAT(refusal(path, "megatron", {"stages=0,1", "experts=4"}), HasSubstr("names expert 7"));
  const auto reader = open(path, "megatron", {"stages=0,1", "experts=8"});
  ASSERT_TRUE(reader) << reader.error().message;
  std::vector<RecordedChunk> chunks;
  const auto steps = read(**reader, &chunks);
  ASSERT_EQ(steps.size(), 3U);
  const RecordingHead& head = (*reader)->head();
  ASSERT_EQ(head.layers.size(), 4U);
  EXPECT_EQ(head.layers[3], (RecordedLayer{3, "decoder", 8, 2}));
  EXPECT_EQ(head.order, ChoiceOrder::id);
  EXPECT_TRUE(head.after_dropping);
  compare(steps, head);
  EXPECT_EQ(steps.back().tokens, 3 * 2 * 96);
  // Where there are logits the first choice is known.
  EXPECT_FALSE(std::isnan(steps[0].layers[0].token_entropy));
  EXPECT_TRUE(std::isnan(steps[0].layers[2].token_entropy));
  EXPECT_EQ(assignments_of(chunks[1], 2, head.order, Choice::first).tokens(), 0U);
  std::vector<std::int32_t> first;
  for (const Json& one : *expected_["first"].array_items())
    first.push_back(static_cast<std::int32_t>(*one.integer()));
  EXPECT_EQ(assignments_of(chunks[0], 0, head.order, Choice::first).expert, first);
  EXPECT_EQ(chunks[0].cells[0].hidden_width, 5);
  ASSERT_EQ(chunks[0].cells[0].hidden.size(), expected_["states"].size());
  for (std::size_t i = 0; i < expected_["states"].size(); ++i)
    EXPECT_EQ(chunks[0].cells[0].hidden[i], static_cast<float>(*expected_["states"][i].number()));
  EXPECT_TRUE(chunks[1].cells[2].hidden.empty());
  const auto notes = (*reader)->notes();
  EXPECT_THAT(notes, Contains(AllOf(HasSubstr("4 lines are left out"), HasSubstr("line 6"))));
  EXPECT_THAT(notes, Contains(HasSubstr("2 lines are the same as one before")));
  EXPECT_THAT(notes, Contains(HasSubstr("2 lines are of layers")));
  EXPECT_THAT(notes, Contains(HasSubstr("dropped=no")));
  const auto told = open(path, "megatron", {"stages=0,0", "experts=8", "dropped=no"});
  ASSERT_TRUE(told);
  EXPECT_EQ((*told)->head().layers.size(), 2U);
  EXPECT_FALSE((*told)->head().after_dropping);
}

// Files that lie beside a recording's lines are of its folder, or they are not read.
TEST_F(FormsTest, NoLinkLeadsOutOfTheFolder) {
  write("megatron");
  write("megatron_loads");
  const test::TemporaryFolder elsewhere;
  for (const char* name : {"logits_rank0.bin", "hidden_states_rank0.bin", "tokens_per_expert"}) {
    std::filesystem::rename(folder_.path() / name, elsewhere.path() / name);
    std::filesystem::create_symlink(elsewhere.path() / name, folder_.path() / name);
  }
  const auto reader = open(folder_.path(), "megatron", {"stages=0,1", "experts=8"});
  ASSERT_TRUE(reader) << reader.error().message;
  std::vector<RecordedChunk> chunks;
  read(**reader, &chunks);
  for (const RecordedChunk& chunk : chunks)
    for (const RecordedCells& cells : chunk.cells) EXPECT_TRUE(cells.logits.empty() && cells.hidden.empty());
  const auto notes = (*reader)->notes();
  EXPECT_THAT(notes, Contains(HasSubstr("the logits of 6 lines are not where")));
  EXPECT_THAT(notes, Contains(HasSubstr("the hidden states of 6 lines are not where")));
  EXPECT_FALSE(form_named("megatron-loads")->is_it(folder_.path()));
  EXPECT_FALSE(form_named("megatron-loads")->open(folder_.path(), {}));
  EXPECT_TRUE(form_named("megatron-loads")->is_it(elsewhere.path()))
      << "the folder itself is told by who opens it";
  // Nor do the lines of a rank.
  const std::filesystem::path lines = folder_.path() / "router_trace_rank0.jsonl";
  std::filesystem::rename(lines, elsewhere.path() / "lines");
  std::filesystem::create_symlink(elsewhere.path() / "lines", lines);
  EXPECT_THAT(refusal(folder_.path(), "megatron", {"stages=0,1", "experts=8"}), HasSubstr("is a symbolic link"));
}

TEST_F(FormsTest, MegatronsTokensPerExpert) {
  write("megatron_loads");
  EXPECT_THAT(refusal(folder_.path(), "megatron-loads", {}), HasSubstr("stages=S,S"));
  for (const std::filesystem::path& path : {folder_.path(), folder_.path() / "tokens_per_expert"}) {
    const auto reader = open(path, "megatron-loads", {"stages=0,0", "k=2"});
    ASSERT_TRUE(reader) << reader.error().message;
    const auto steps = read(**reader);
    compare(steps, (*reader)->head(), true);
    EXPECT_EQ((*reader)->head().layers[0].top_k, 2);
    EXPECT_EQ(steps[1].tokens, 0);  // loads alone do not say how many
    EXPECT_THAT((*reader)->notes(), ElementsAre(HasSubstr("2 lines are left out")));
  }
  EXPECT_THAT(refusal(folder_.path(), "megatron-loads", {"stages=0,0", "k=6"}), HasSubstr("has 5 experts"));
}

TEST_F(FormsTest, LoadsAsCsv) {
  write("csv");
  const std::filesystem::path path = folder_.path() / "loads.csv";
  // Experts that nobody chose need no row: the highest number is not N.
  EXPECT_THAT(refusal(path, "csv", {}), AllOf(HasSubstr("experts=N"), HasSubstr("N is at least 6")));
  const auto reader = open(path, "csv", {"experts=6"});
  ASSERT_TRUE(reader) << reader.error().message;
  const auto steps = read(**reader);
  compare(steps, (*reader)->head());
  EXPECT_EQ(steps[2].step, 7);
  EXPECT_THAT((*reader)->notes(), ElementsAre(AllOf(HasSubstr("2 rows are left out"), HasSubstr("line 5: step"))));
  EXPECT_THAT(refusal(path, "csv", {"stages=0"}), HasSubstr("take the keys experts, k, dropped, not stages"));
  EXPECT_THAT(refusal(path, "csv", {"experts=5"}), HasSubstr("has an expert 5"));
  const auto wide = open(folder_.path() / "plain.csv", "csv", {"experts=3", "k=1"});
  ASSERT_TRUE(wide);
  const auto plain = read(**wide);
  ASSERT_EQ(plain.size(), 2U);
  EXPECT_THAT(plain[0].layers.at(0).counts, ElementsAre(5, 3, 0));
  EXPECT_EQ((*wide)->head().layers[0], (RecordedLayer{2, "", 3, 1}));
  // Points begin with whole numbers too.
  folder_.write("digits.csv", "0,0,5,13,9,1\n0,0,0,12,13,5\n");
  EXPECT_FALSE(form_of(folder_.path() / "digits.csv"));
  folder_.write("iris.csv", "5,3,1,2\n5.1,3.5,1.4,0.2\n");
  EXPECT_FALSE(form_of(folder_.path() / "iris.csv"));
  folder_.write("named.csv", "step,layer,expert,count,note\n1,0,0,5,x\n");
  EXPECT_TRUE(form_of(folder_.path() / "named.csv"));
  folder_.write("four.csv", "1,0,0,5\n1,0,1,6\n");
  EXPECT_TRUE(form_of(folder_.path() / "four.csv"));
  folder_.write("points.csv", "x,y,class\n1,2,a\n");
  EXPECT_FALSE(form_of(folder_.path() / "points.csv"));
}

TEST_F(FormsTest, WhatIsWrittenBesideARecordingIsNoGrowth) {
  folder_.write("router_trace_rank0.jsonl", "{}\n");
  using Growth = GrowingFiles::Growth;
  for (const auto& path : {folder_.path(), folder_.path() / "router_trace_rank0.jsonl"}) {
    GrowingFiles files("megatron", path);
    EXPECT_EQ(files.look(), Growth::more);
    folder_.write("training.log", path.native());
    EXPECT_EQ(files.look(), Growth::nothing);
    std::filesystem::remove(folder_.path() / "training.log");
    EXPECT_EQ(files.look(), Growth::nothing);
    folder_.write("router_trace_rank0.jsonl", "{}\n{}\n" + path.native());
    EXPECT_NE(files.look(), Growth::nothing);
    folder_.write("router_trace_rank1.jsonl", path.native());
    EXPECT_NE(files.look(), Growth::nothing) << "another rank, whichever file was named";
  }
  folder_.write("loads.csv", "1,0,0,5\n");
  GrowingFiles one("csv", folder_.path() / "loads.csv");
  EXPECT_EQ(one.look(), Growth::more);
  folder_.write("other.csv", "1,0,0,5\n");
  EXPECT_EQ(one.look(), Growth::nothing);
}

TEST_F(FormsTest, RowsOfACsvMayStandLayerByLayer) {
  folder_.write("layers.csv", "1,0,0,5\n2,0,1,6\n3,0,0,7\n1,4,1,1\n2,4,0,2\n3,4,1,3\n");
  const auto reader = open(folder_.path() / "layers.csv", "csv", {"experts=2"});
  ASSERT_TRUE(reader) << reader.error().message;
  const auto steps = read(**reader);
  ASSERT_EQ(steps.size(), 3U);
  for (std::size_t s = 0; s < 3; ++s) {
    const auto of_first = static_cast<float>(5 + s), of_second = static_cast<float>(1 + s);
    EXPECT_EQ(steps[s].step, static_cast<std::int64_t>(s) + 1);
    ASSERT_EQ(steps[s].layers.size(), 2U);
    EXPECT_THAT(steps[s].layers[0].counts, s == 1 ? ElementsAre(0.0F, of_first) : ElementsAre(of_first, 0.0F));
    EXPECT_THAT(steps[s].layers[1].counts, s == 1 ? ElementsAre(of_second, 0.0F) : ElementsAre(0.0F, of_second));
  }
}

TEST_F(FormsTest, VllmsAnswers) {
  write("vllm");
  const std::filesystem::path path = folder_.path() / "answers.jsonl";
  EXPECT_THAT(refusal(path, "vllm", {}), AllOf(HasSubstr("experts=N"), HasSubstr("at least 8")));
  EXPECT_THAT(refusal(path, "vllm", {"experts=7"}), HasSubstr("names expert 7"));
  const auto reader = open(path, "vllm", {"experts=8"});
  ASSERT_TRUE(reader) << reader.error().message;
  std::vector<RecordedChunk> chunks;
  const auto steps = read(**reader, &chunks);
  compare(steps, (*reader)->head());
  EXPECT_EQ(steps.back().tokens, 9 + 10 + 11 + 12 + 13);
  EXPECT_EQ(chunks[3].sequence.front(), 3);
  EXPECT_FALSE(tells_first((*reader)->head().order, chunks[0].cells[0]));
  // Objects, Fortran's order, big endian.
  EXPECT_THAT((*reader)->notes(), ElementsAre(AllOf(HasSubstr("3 answers"), HasSubstr("type '|O'"))));
  const auto lists = open(folder_.path() / "lists.json", "vllm", {"experts=8"});
  ASSERT_TRUE(lists) << lists.error().message;
  const auto of_lists = read(**lists);
  ASSERT_EQ(of_lists.size(), 1U);
  EXPECT_TRUE(of_lists[0].layers[0].counts.empty());
  for (std::size_t e = 0; e < 8; ++e) EXPECT_EQ(of_lists[0].layers[1].counts[e], *expected_["lists"][e].number());
  EXPECT_THAT((*lists)->notes(), ElementsAre(HasSubstr("1 of its 3 layers have no experts")));
}

// More numbers than a parser of any JSON makes values of; and text beside them that looks like theirs.
TEST_F(FormsTest, VllmsListsMayHaveMillionsOfNumbers) {
  std::string lists;
  for (int t = 0; t < 150'000; ++t) lists += "[[0,1,2,3],[4,5,6,7]],";
  lists.pop_back();
  const std::string answer = "{\"choices\":[{\"text\":\"\\\"routed_experts\\\":[[[9]]]\",\"routed_experts\":[" +
                             lists +
                             "]},{\"routed_experts\":[[[1,2,3,4],[1,2,3,4]]]}],\"prompt_routed_experts\":null}";
  folder_.write("answers.jsonl", answer + "\n{\"choices\":[{\"routed_experts\":7}]}\n");
  folder_.write("one.json", answer);
  for (const char* name : {"answers.jsonl", "one.json"}) {
    const auto reader = open(folder_.path() / name, "vllm", {"experts=8"});
    ASSERT_TRUE(reader) << reader.error().message;
    const auto steps = read(**reader);
    ASSERT_EQ(steps.size(), 2U);
    EXPECT_THAT(steps[0].layers[1].counts, ElementsAre(0, 0, 0, 0, 150'000, 150'000, 150'000, 150'000));
    EXPECT_THAT(steps[1].layers[0].counts, ElementsAre(0, 1, 1, 1, 1, 0, 0, 0));
    EXPECT_EQ((*reader)->notes().size(), std::string(name) == "one.json" ? 0U : 1U);
  }
}

TEST_F(FormsTest, RowsOfACsvAreTheSamePlainOrNot) {
  folder_.write("plain.csv", "step,layer,expert,count\n1,0,0,5\r\n1,0,1,6\n2,0,0,1000000000000\n2,0,1,0\n");
  folder_.write(
      "other.csv",
      "count,expert,step,layer\n\"5\",0,1,0\n6.0, 1,1,0\n1e12,0,2,0\n0,1,2,0\n1000000000001,0,2,0\n"
      "1,65536,2,0\n1,0,2,4096\n1234567890123456,0,2,0\n1,0,2\n,0,2,0\n-1,0,2,0\n1,0,9007199254740994,0\n");
  for (const char* name : {"plain.csv", "other.csv"}) {
    const auto reader = open(folder_.path() / name, "csv", {"experts=2"});
    ASSERT_TRUE(reader) << reader.error().message;
    const auto steps = read(**reader);
    ASSERT_EQ(steps.size(), 2U);
    EXPECT_THAT(steps[0].layers[0].counts, ElementsAre(5, 6));
    EXPECT_THAT(steps[1].layers[0].counts, ElementsAre(1e12F, 0));
    if (std::string(name) == "other.csv") {
      EXPECT_THAT((*reader)->notes(), ElementsAre(AllOf(HasSubstr("8 rows are left out"), HasSubstr("count = "))));
    }
  }
}

TEST_F(FormsTest, OfAColibriRowTheLastLineCounts) {
  folder_.write("trace.txt",
                "0 1 3 1:0.5 2:0.25\n0 1 3 4:1\n0 0 5 0:0.125 3:0.5\n1 0 3 2:0.5\n1 0 3 0 :1\n1 0 3 65536:1\n");
  const auto reader = open(folder_.path() / "trace.txt", "colibri", {"experts=8"});
  ASSERT_TRUE(reader) << reader.error().message;
  const auto chunk = (*reader)->next();
  ASSERT_TRUE(chunk && *chunk);
  EXPECT_EQ((*chunk)->tokens(), 2U);
  EXPECT_THAT((*chunk)->cells[0].expert, ElementsAre(-1, -1, 4, -1));
  EXPECT_EQ((*chunk)->cells[0].weight[2], 1);
  EXPECT_TRUE(std::isnan((*chunk)->cells[0].weight[3]));
  EXPECT_THAT((*chunk)->cells[1].expert, ElementsAre(0, 3, -1, -1));
  EXPECT_EQ(read(**reader).size(), 1U);
  EXPECT_THAT((*reader)->notes(), ElementsAre(HasSubstr("2 lines are not")));
}

TEST_F(FormsTest, WithOneExpertATokenNothingButTheFirstIsUnknown) {
  // Layer 0 is dense; layer 1 begins with its first expert and turns out to be a router.
  folder_.write("answers.jsonl",
                "{\"choices\":[{\"routed_experts\":[[[0],[0]],[[0],[0]]]}]}\n"
                "{\"choices\":[{\"routed_experts\":[[[0],[2]],[[0],[0]]]}]}\n"
                "{\"choices\":[{\"routed_experts\":[[[0],[0]],[[0],[0]]]}]}\n");
  const auto reader = open(folder_.path() / "answers.jsonl", "vllm", {"experts=3"});
  ASSERT_TRUE(reader) << reader.error().message;
  const auto steps = read(**reader);
  ASSERT_EQ(steps.size(), 3U);
  for (const StepRecord& step : steps) EXPECT_TRUE(step.layers[0].counts.empty());
  EXPECT_TRUE(steps[0].layers[1].counts.empty());
  EXPECT_THAT(steps[1].layers[1].counts, ElementsAre(1, 0, 1));
  EXPECT_THAT(steps[2].layers[1].counts, ElementsAre(2, 0, 0));
  EXPECT_THAT((*reader)->notes(), ElementsAre(HasSubstr("4 times a layer has expert 0")));
}

TEST_F(FormsTest, SglangsAnswers) {
  write("sglang");
  const std::filesystem::path path = folder_.path() / "answers.jsonl";
  EXPECT_THAT(refusal(path, "sglang", {"experts=8"}),
              AllOf(HasSubstr("layers=L"), HasSubstr("54 numbers of 9 tokens, so layers x k = 6")));
  EXPECT_THAT(refusal(path, "sglang", {"experts=8", "layers=5", "k=2"}), HasSubstr("no rows of layers x k = 10"));
  EXPECT_THAT(refusal(path, "sglang", {"experts=8", "layers=3", "k=1"}), HasSubstr("54 numbers, but 9 tokens"));
  const auto reader = open(path, "sglang", {"experts=8", "layers=3", "k=2"});
  ASSERT_TRUE(reader) << reader.error().message;
  compare(read(**reader), (*reader)->head());
  const auto one = open(folder_.path() / "one.json", "sglang", {"experts=8", "layers=3", "k=2"});
  ASSERT_TRUE(one) << one.error().message;
  EXPECT_EQ(read(**one).at(0).tokens, 9);
}

TEST_F(FormsTest, NemosText) {
  write("nemo");
  const auto reader = open(folder_.path() / "routes.txt", "nemo", {"experts=300"});
  ASSERT_TRUE(reader) << reader.error().message;
  compare(read(**reader), (*reader)->head());
  EXPECT_THAT((*reader)->notes(),
              ElementsAre(AllOf(HasSubstr("2 answers"), HasSubstr("line 2"), HasSubstr("2x2x2"))));
}

TEST_F(FormsTest, ColibrisTrace) {
  write("colibri");
  const std::filesystem::path path = folder_.path() / "trace.txt";
  EXPECT_THAT(refusal(path, "colibri", {}), HasSubstr("at least 8"));
  const auto reader = open(path, "colibri", {"experts=8"});
  ASSERT_TRUE(reader) << reader.error().message;
  std::vector<RecordedChunk> chunks;
  const auto steps = read(**reader, &chunks);
  compare(steps, (*reader)->head());
  EXPECT_EQ(steps.back().tokens, 10);
  std::vector<std::int32_t> first;
  for (const Json& one : *expected_["first"].array_items())
    first.push_back(static_cast<std::int32_t>(*one.integer()));
  EXPECT_EQ(assignments_of(chunks[0], 0, (*reader)->head().order, Choice::first).expert, first);
  EXPECT_THAT((*reader)->notes(), ElementsAre(HasSubstr("1 lines")));
}

// Another program may end a file without a line's end, and a line that is too long is told.
TEST_F(FormsTest, NoLineIsLostWithoutAWord) {
  const auto tokens_of = [&](const std::filesystem::path& path, const std::string& name,
                             const std::vector<std::string>& keys, std::vector<std::string>& notes) {
    const auto reader = open(path, name, keys);
    if (!reader) return std::vector<double>{};
    std::vector<double> counts;
    for (const StepRecord& step : read(**reader))
      for (const LayerRecord& layer : step.layers)
        counts.insert(counts.end(), layer.counts.begin(), layer.counts.end());
    notes = (*reader)->notes();
    return counts;
  };
  const auto try_file = [&](const std::string& form, const std::filesystem::path& path,
                            const std::filesystem::path& file, const std::string& name,
                            const std::vector<std::string>& keys, std::size_t longest) {
    SCOPED_TRACE(name);
    write(form);
    const std::string good = test::text_of_file(file);
    ASSERT_EQ(good.back(), '\n');
    std::vector<std::string> notes, notes_of_cut, notes_of_long;
    const auto whole = tokens_of(path, name, keys, notes);
    ASSERT_FALSE(whole.empty());
    std::ofstream(file, std::ios::binary) << good.substr(0, good.size() - 1);
    EXPECT_EQ(tokens_of(path, name, keys, notes_of_cut), whole);
    EXPECT_EQ(notes_of_cut, notes);
    std::ofstream(file, std::ios::binary) << good << std::string(longest + 1, '1') << '\n';
    EXPECT_EQ(tokens_of(path, name, keys, notes_of_long), whole);
    EXPECT_NE(notes_of_long, notes);
    std::filesystem::remove(file);
  };
  const std::filesystem::path& folder = folder_.path();
  try_file("csv", folder / "plain.csv", folder / "plain.csv", "csv", {"experts=3"}, LineReader::kLongest);
  try_file("colibri", folder / "trace.txt", folder / "trace.txt", "colibri", {"experts=8"}, LineReader::kLongest);
  try_file("nemo", folder / "routes.txt", folder / "routes.txt", "nemo", {"experts=300"}, kMaxJsonBytes);
  try_file("vllm", folder / "answers.jsonl", folder / "answers.jsonl", "vllm", {"experts=8"}, kMaxJsonBytes);
  try_file("megatron_loads", folder, folder / "tokens_per_expert" / "rank1.jsonl", "megatron-loads",
           {"stages=0,0"}, kMaxJsonBytes);
}

TEST_F(FormsTest, KeysAreHeldAgainstTheirRanges) {
  const auto refused = [](const std::string& pair) {
    const auto keys = keys_from(std::vector{pair});
    return keys ? "taken" : keys.error().message;
  };
  EXPECT_THAT(refused("experts=0"), HasSubstr("1 to 65536"));
  EXPECT_THAT(refused("k=2x"), HasSubstr("1 to 1024"));
  EXPECT_THAT(refused("dropped=maybe"), HasSubstr("yes or no"));
  EXPECT_THAT(refused("stages=0,,1"), HasSubstr("commas"));
  EXPECT_THAT(refused("vocabulary"), HasSubstr("experts, k, layers, stages, dropped"));
  EXPECT_THAT(keys_from(std::vector<std::string>{"stages=0,1,1"})->stages, ElementsAre(0, 1, 1));
}

// Whatever form a recording has, the canonical one holds the same.
TEST_F(FormsTest, AreWrittenInTheCanonicalForm) {
  // Of each rank all of layer 0, in their order; none of what has none.
  const auto hidden_states = [&](const std::filesystem::path& path, const std::string& name,
                                 const std::vector<std::string>& keys) {
    std::map<std::int32_t, std::vector<float>> made;
    const auto reader = open(path, name, keys);
    for (auto chunk = (*reader)->next(); chunk && *chunk; chunk = (*reader)->next()) {
      const RecordedCells& cells = (*chunk)->cells.at(0);
      std::vector<float>& of_rank = made[(*chunk)->rank];
      of_rank.insert(of_rank.end(), cells.hidden.begin(), cells.hidden.end());
    }
    return made;
  };
  const auto same = [&](const std::filesystem::path& path, const std::string& name,
                        const std::vector<std::string>& keys) {
    const std::filesystem::path to = folder_.path() / ("as-routes-" + name);
    const auto reader = open(path, name, keys);
    ASSERT_TRUE(reader) << reader.error().message;
    auto writer = RoutesWriter::create(to);
    ASSERT_TRUE(writer);
    const auto before = summary_of(
        **reader, [&](RecordedChunk&& chunk) { return writer->write((*reader)->head(), std::move(chunk)); });
    ASSERT_TRUE(before) << before.error().message;
    ASSERT_TRUE(writer->finish(before->head));
    const auto again = open(to, "routes", {});
    ASSERT_TRUE(again) << again.error().message;
    const auto after = summary_of(**again);
    ASSERT_TRUE(after);
    EXPECT_THAT((*again)->notes(), testing::IsEmpty());
    EXPECT_EQ(after->head.layers, before->head.layers);
    EXPECT_EQ(after->head.order, before->head.order);
    EXPECT_EQ(after->head.after_dropping, before->head.after_dropping);
    EXPECT_EQ(after->steps, before->steps);
    EXPECT_EQ(after->tokens, before->tokens);
    EXPECT_EQ(after->ranks, before->ranks);
    ASSERT_EQ(after->layers.size(), before->layers.size());
    for (std::size_t l = 0; l < after->layers.size(); ++l) {
      EXPECT_THAT(after->layers[l].counts, ElementsAreArray(before->layers[l].counts));
      EXPECT_THAT(after->layers[l].load_entropy, testing::NanSensitiveDoubleEq(before->layers[l].load_entropy));
      EXPECT_THAT(after->layers[l].token_entropy, testing::NanSensitiveDoubleEq(before->layers[l].token_entropy));
      EXPECT_EQ(after->layers[l].worst_step, before->layers[l].worst_step);
      EXPECT_EQ(after->layers[l].has_weights, before->layers[l].has_weights);
    }
    const auto hidden = hidden_states(path, name, keys);
    EXPECT_EQ(hidden.begin()->second.empty(), name == "csv");
    EXPECT_EQ(hidden_states(to, "routes", {}), hidden);
    EXPECT_THAT(after->last_loss, testing::NanSensitiveDoubleEq(before->last_loss));
    EXPECT_FALSE(RoutesWriter::create(to));
  };
  const test::WrittenRoutes routes;
  same(routes.routes(), "routes", {});
  write("megatron");
  same(folder_.path(), "megatron", {"stages=0,1", "experts=8"});
  write("csv");
  same(folder_.path() / "loads.csv", "csv", {"experts=6"});
}

// Without steps of its own a loss is of the chunk's last step, in whatever files that is written.
TEST_F(FormsTest, TheLossOfAChunkIsOfItsLastStep) {
  RecordingHead head;
  head.layers = {{0, "", 4, 1}};
  RecordedChunk chunk;
  chunk.layers = head.layers;
  chunk.step = {1, 1, 2, 3}, chunk.loss = 2.5;
  chunk.cells.emplace_back();
  chunk.cells[0].experts = 4, chunk.cells[0].top_k = 1, chunk.cells[0].expert = {0, 1, 2, 3};
  auto writer = RoutesWriter::create(folder_.path() / "routes");
  ASSERT_TRUE(writer);
  ASSERT_TRUE(writer->write(head, chunk));
  ASSERT_TRUE(writer->finish(head));
  const auto reader = open(folder_.path() / "routes", "routes", {});
  ASSERT_TRUE(reader) << reader.error().message;
  const auto steps = read(**reader);
  ASSERT_EQ(steps.size(), 3U);
  EXPECT_TRUE(std::isnan(steps[0].loss) && std::isnan(steps[1].loss));
  EXPECT_EQ(steps[2].loss, 2.5);
}

TEST_F(FormsTest, ChunksThatAreGatheredKeepTheirLosses) {
  RecordingHead head;
  head.layers = {{0, "", 4, 1}};
  auto writer = RoutesWriter::create(folder_.path() / "routes");
  ASSERT_TRUE(writer);
  for (std::int64_t step = 1; step <= 3; ++step) {
    RecordedChunk chunk;
    chunk.layers = head.layers, chunk.step = {step}, chunk.counted_step = {step};
    chunk.loss = static_cast<double>(step) / 2;
    chunk.cells.emplace_back();
    chunk.cells[0].experts = 4, chunk.cells[0].top_k = 1, chunk.cells[0].expert = {1};
    ASSERT_TRUE(writer->write(head, chunk));
  }
  ASSERT_TRUE(writer->finish(head));
  EXPECT_EQ(writer->files(), 1);
  const auto reader = open(folder_.path() / "routes", "routes", {});
  ASSERT_TRUE(reader) << reader.error().message;
  const auto steps = read(**reader);
  ASSERT_EQ(steps.size(), 3U);
  for (std::size_t s = 0; s < 3; ++s) EXPECT_EQ(steps[s].loss, (static_cast<double>(s) + 1) / 2);
}

// What a small file claims is held against a step's bytes before memory is taken for it.
TEST_F(FormsTest, SmallFilesTakeNoGigabytes) {
  std::string wide = "0 0 0";
  for (int e = 0; e < 200; ++e) wide += " " + std::to_string(e) + ":0.5";
  folder_.write("trace.txt", wide + "\n0 1048575 0 7:0.5\n1 0 0 7:0.5\n");
  const auto trace = open(folder_.path() / "trace.txt", "colibri", {"experts=200"});
  ASSERT_TRUE(trace) << trace.error().message;
  const auto steps = read(**trace);
  ASSERT_EQ(steps.size(), 2U);
  EXPECT_EQ(steps.back().tokens, 2);
  EXPECT_THAT((*trace)->notes(), ElementsAre(HasSubstr("1 lines are left out: their call")));

  std::string rows = "[0]";
  for (int t = 1; t < 3000; ++t) rows += ",[0]";
  folder_.write("router_trace_rank0.jsonl",
                "{\"step\":1,\"layer\":0,\"topk\":1,\"top_indices\":[" + rows +
                    "],\"logit_offset\":0,\"logit_shape\":[3000,65536],\"logit_bytes\":393216000}\n");
  folder_.write("logits_rank0.bin", "");
  std::filesystem::resize_file(folder_.path() / "logits_rank0.bin", 393'216'000);  // all of it a hole
  const auto megatron = open(folder_.path(), "megatron", {"stages=0"});
  ASSERT_TRUE(megatron) << megatron.error().message;
  const auto chunk = (*megatron)->next();
  ASSERT_TRUE(chunk && *chunk);
  EXPECT_EQ((*chunk)->tokens(), 3000U);
  EXPECT_TRUE((*chunk)->cells.at(0).logits.empty());
  EXPECT_THAT((*megatron)->notes(), Contains(HasSubstr("logits of 1 lines are left out")));

  std::string loads;
  for (int layer = 0; layer < 1100; ++layer) loads += "1," + std::to_string(layer) + ",0,1\n";
  folder_.write("loads.csv", loads);
  const auto csv = open(folder_.path() / "loads.csv", "csv", {"experts=65536"});
  ASSERT_FALSE(csv);
  EXPECT_THAT(csv.error().message,
              HasSubstr("1100 layers have 72089600 experts in all, allowed are up to 1048576"));
}

// Every file that is opened or dropped is asked about: of one without an end of a line no more is read than a
// line.
TEST_F(FormsTest, WhatIsNoRecordingIsNotReadThrough) {
  const std::filesystem::path path = folder_.path() / "model.bin";
  std::ofstream(path) << "MODEL";
  std::filesystem::resize_file(path, std::uintmax_t{30} << 30);  // none of it stored
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(form_of(path), nullptr);
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(3));
}

TEST_F(FormsTest, RanksAreGatheredWithinOneLimit) {
  RecordingHead head;
  head.layers = {{0, "", 4, 1}};
  RecordedChunk chunk;
  chunk.layers = head.layers, chunk.counted_step = {1};
  chunk.step.assign(std::size_t{1} << 20, 1);
  chunk.cells.emplace_back();
  auto writer = RoutesWriter::create(folder_.path() / "routes");
  ASSERT_TRUE(writer);
  for (chunk.rank = 0; chunk.rank < 40; ++chunk.rank) {
    ASSERT_TRUE(writer->write(head, chunk));
    EXPECT_LE(writer->held_bytes(), std::uint64_t{256} << 20);
  }
  EXPECT_GT(writer->files(), 7);
  EXPECT_GT(writer->held_bytes(), std::uint64_t{200} << 20);
}

TEST(RecordingSummaryTest, WhereMemoryDoesNotSufficeIsAnError) {
  class Large : public RecordingReader {
   public:
    std::string form() const override { return "large"; }
    const RecordingHead& head() const override { return head_; }
    Result<std::optional<RecordedChunk>> next() override { throw std::bad_alloc(); }
    std::optional<std::int64_t> next_step() const override { return {}; }
    std::vector<std::string> notes() const override { return {}; }

   private:
    RecordingHead head_;
  } large;
  const auto summary = summary_of(large);
  ASSERT_FALSE(summary);
  EXPECT_THAT(summary.error().message, HasSubstr("large: no memory"));
}

TEST_F(FormsTest, MutantsEndInAMessageOrAValue) {
  write("megatron");
  write("megatron_loads");
  write("csv");
  const auto try_file = [&](const std::filesystem::path& path, const std::filesystem::path& file,
                            const std::string& name, const std::vector<std::string>& keys, std::uint64_t seed) {
    const std::string good = test::text_of_file(file);
    test::try_mutants(good, seed, [&](const std::string& bad) {
      std::ofstream(file, std::ios::binary) << bad;
      const auto reader = form_named(name)->open(path, *keys_from(keys));
      if (!reader) return false;
      const auto summary = summary_of(**reader);
      return summary && summary->notes.empty();
    });
    std::ofstream(file, std::ios::binary) << good;
  };
  const std::filesystem::path& folder = folder_.path();
  try_file(folder, folder / "router_trace_rank0.jsonl", "megatron", {"stages=0,1", "experts=8"}, 3);
  try_file(folder, folder / "tokens_per_expert" / "rank1.jsonl", "megatron-loads", {"stages=0,1"}, 4);
  // Of numbers without a head each is a value; a file that is cut is told.
  try_file(folder, folder / "hidden_states_rank0.bin", "megatron", {"stages=0,1", "experts=8"}, 11);
  try_file(folder / "loads.csv", folder / "loads.csv", "csv", {"experts=6"}, 5);
  write("vllm");
  try_file(folder / "answers.jsonl", folder / "answers.jsonl", "vllm", {"experts=8"}, 6);
  try_file(folder / "lists.json", folder / "lists.json", "vllm", {"experts=8"}, 7);
  write("sglang");
  try_file(folder / "one.json", folder / "one.json", "sglang", {"experts=8", "layers=3", "k=2"}, 8);
  try_file(folder / "answers.jsonl", folder / "answers.jsonl", "sglang", {"experts=8", "layers=3", "k=2"}, 12);
  write("nemo");
  try_file(folder / "routes.txt", folder / "routes.txt", "nemo", {"experts=300"}, 9);
  write("colibri");
  try_file(folder / "trace.txt", folder / "trace.txt", "colibri", {"experts=8"}, 10);
#ifndef __SANITIZE_ADDRESS__  // which keeps what is freed
  rusage used{};
  ASSERT_EQ(getrusage(RUSAGE_SELF, &used), 0);
  EXPECT_LT(used.ru_maxrss, 1'000'000) << "no gigabyte, whatever a file claims";
#endif
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
