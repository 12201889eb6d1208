// assets/python/switchyard_convert.py on files that torch.save wrote: what it makes of them, read here, has the
// counts that numpy makes; and nothing that such a file could run is run.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <map>

#include "core/recordings/folder_reader.h"
#include "core/recordings/forms/forms.h"
#include "core/recordings/routes.h"
#include "core/recordings/step_figures.h"
#include "tests/recordings/python_writer.h"
#include "tests/support/mutants.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

struct Converted {
  int code = -1;
  std::string said;  // of both streams
};

class ConverterTest : public testing::Test {
 protected:
  void write(const std::string& what) {
    ASSERT_TRUE(test::run_python("write_pt.py", what + " " + folder_.path().native()));
    auto expected = read_json_file(folder_.path() / "expected.json");
    ASSERT_TRUE(expected);
    expected_ = std::move(*expected);
  }
  // words: files of the folder, and options.
  Converted convert(const std::string& words, const std::string& python = SWITCHYARD_PYTHON) const {
    std::filesystem::remove_all(folder_.path() / "routes");
    const std::string command = "cd '" + folder_.path().native() + "' && " + python +
                                " '" SWITCHYARD_PYTHON_ASSETS "/switchyard_convert.py' " + words +
                                " --out routes > said 2>&1";
    const int status = std::system(command.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, test::text_of_file(folder_.path() / "said")};
  }
  // Loads of every step and layer against numpy's.
  void compare() {
    const auto reader = open_routes_folder(folder_.path() / "routes");
    ASSERT_TRUE(reader) << reader.error().message;
    head_ = (*reader)->head();
    StepFigures figures;
    std::size_t compared = 0;
    const auto on_step = [&](StepRecord&& record) {
      for (const LayerRecord& layer : record.layers) {
        const std::string key = std::to_string(record.step) + "/" + std::to_string(layer.block);
        const Json& expected = expected_["counts"][key];
        ASSERT_EQ(layer.counts.size(), expected.size()) << key;
        for (std::size_t e = 0; e < expected.size(); ++e) EXPECT_EQ(layer.counts[e], *expected[e].number()) << key;
        compared += expected.size() > 0;
      }
    };
    for (auto chunk = (*reader)->next(); chunk && *chunk; chunk = (*reader)->next()) {
      figures.add(**chunk, (*reader)->next_step(), on_step);
      chunks_.push_back(std::move(**chunk));
    }
    figures.finish(on_step);
    EXPECT_TRUE((*reader)->notes().empty());
    EXPECT_EQ(compared, expected_["counts"].size());
  }

  test::TemporaryFolder folder_;
  Json expected_;
  RecordingHead head_;
  std::vector<RecordedChunk> chunks_;
};

TEST_F(ConverterTest, CountsOfPasses) {
  write("stat");
  const Converted made = convert("a.pt --model toy");
  ASSERT_EQ(made.code, 0) << made.said;
  EXPECT_THAT(made.said, AllOf(HasSubstr("3 layers, 4 steps, loads only"), HasSubstr("1 of 4 layers"),
                               HasSubstr("1 of 5 passes"), HasSubstr("is a ring")));
  compare();
  EXPECT_EQ(head_.layers.front(), (RecordedLayer{1, "", 6, 0}));
  EXPECT_EQ(head_.model, "toy");
  EXPECT_EQ(chunks_.at(0).tokens(), 0U);

  EXPECT_THAT(convert("full.pt").said, HasSubstr("all 2 places of the recorder's buffer are taken"));
  // Floats beside the tensors, which the torch that reads them need not know.
  EXPECT_EQ(convert("float.pt").code, 0);
  const Converted begun = convert("begun.pt");
  ASSERT_EQ(begun.code, 0) << begun.said;
  EXPECT_THAT(begun.said, testing::Not(testing::AnyOf(HasSubstr("ring"), HasSubstr("buffer"))));
  compare();  // the same passes, in the order that they stand in
}

TEST_F(ConverterTest, ExpertsOfTokensByTheMapOfTheirPlaces) {
  write("per_token");
  const Converted made = convert("rank0.pt rank1.pt");
  ASSERT_EQ(made.code, 0) << made.said;
  EXPECT_THAT(made.said, AllOf(HasSubstr("3 layers, 3 steps, 36 tokens"), HasSubstr("moved experts")));
  compare();
  EXPECT_EQ(head_.order, ChoiceOrder::id);
  EXPECT_EQ(head_.layers.at(1), (RecordedLayer{1, "", 5, 2}));
  std::map<std::string, std::vector<std::int64_t>> tokens;
  for (const RecordedChunk& chunk : chunks_)
    for (std::size_t t = 0; t < chunk.tokens(); ++t)
      tokens[std::to_string(chunk.rank) + "/" + std::to_string(chunk.step[t])].push_back(chunk.token.at(t));
  for (const auto& [key, ids] : tokens) {
    ASSERT_EQ(ids.size(), expected_["tokens"][key].size()) << key;
    for (std::size_t t = 0; t < ids.size(); ++t) EXPECT_EQ(ids[t], *expected_["tokens"][key][t].integer()) << key;
  }
  // Two sequences of 4 and 5 tokens first; where one expert alone was there it stands first.
  EXPECT_EQ(chunks_.at(0).sequence.at(3), 0);
  EXPECT_EQ(chunks_.at(0).sequence.at(4), 1);
  EXPECT_GE(chunks_.at(0).cells.at(1).expert.at(0), 0);
  EXPECT_EQ(chunks_.at(0).cells.at(1).expert.at(1), kNoExpert);
  EXPECT_THAT(convert("rank1.pt again.pt").said, HasSubstr("goes back from pass 6 to 3"));
  EXPECT_THAT(convert("rank1.pt ./rank1.pt").said, HasSubstr("is given twice"));
  // Of 4 passes of rank 2 one differs from rank 1's, in one token's experts.
  const Converted same = convert("rank0.pt rank1.pt rank2.pt");
  ASSERT_EQ(same.code, 0) << same.said;
  EXPECT_THAT(same.said, AllOf(HasSubstr("42 tokens"), HasSubstr("3 passes of rank 2 are those of rank 1")));
}

TEST_F(ConverterTest, WithoutAMapNumbersAreThoseOfPlaces) {
  write("flat");
  const Converted unknown = convert("a.pt");
  EXPECT_EQ(unknown.code, 2);
  EXPECT_THAT(unknown.said, HasSubstr("N is at least " + std::to_string(*expected_["highest"].integer() + 1)));
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "routes"));
  const Converted made = convert("a.pt --experts 300 --order gate");
  ASSERT_EQ(made.code, 0) << made.said;
  EXPECT_THAT(made.said, HasSubstr("physical ids"));
  compare();
  EXPECT_EQ(head_.order, ChoiceOrder::gate);
  EXPECT_EQ(head_.layers.at(0), (RecordedLayer{0, "", 300, 3}));
  EXPECT_EQ(chunks_.at(0).rank, 2);
  EXPECT_THAT(chunks_.at(0).sequence, ElementsAre(0, 0, 0, 1, 1, 1));
}

TEST_F(ConverterTest, CountsOfPlacesAddUpToThoseOfExperts) {
  write("per_pass");
  const Converted made = convert("a.pt");
  ASSERT_EQ(made.code, 0) << made.said;
  EXPECT_THAT(made.said,
              AllOf(HasSubstr("2 layers, 2 steps"), HasSubstr("1 of 3 layers"), HasSubstr("1 of 3 passes")));
  compare();
  EXPECT_EQ(head_.layers.front(), (RecordedLayer{1, "", 4, 0}));
}

TEST_F(ConverterTest, RouterLogits) {
  write("logits");
  EXPECT_THAT(convert("a.pt").said, HasSubstr("needs --k K"));
  const Converted made = convert("a.pt --k 2");
  ASSERT_EQ(made.code, 0) << made.said;
  EXPECT_THAT(made.said, testing::Not(HasSubstr("probabilities")));
  compare();
  EXPECT_EQ(head_.order, ChoiceOrder::gate);
  EXPECT_EQ(head_.layers.at(1), (RecordedLayer{2, "", 6, 2}));
  EXPECT_FALSE(are_probabilities(chunks_.at(0).cells.at(1)));
  const Assignments told = assignments_of(chunks_.at(0), 1, ChoiceOrder::gate),
                    by_logits = assignments_of(chunks_.at(0), 1, ChoiceOrder::id);
  EXPECT_EQ(told.expert, by_logits.expert);

  const Converted as_p = convert("probabilities.pt --k 2");
  ASSERT_EQ(as_p.code, 0) << as_p.said;
  EXPECT_THAT(as_p.said, AllOf(HasSubstr("rows of layer 0 sum to 1"), HasSubstr("probabilities, not logits")));
  chunks_.clear();
  compare();
  EXPECT_TRUE(are_probabilities(chunks_.at(0).cells.at(1)));

  EXPECT_THAT(convert("a.pt counts.pt --k 2").said,
              HasSubstr("counts.pt: has no router logits, the files before it had"));
  EXPECT_THAT(convert("counts.pt a.pt --k 2").said,
              HasSubstr("a.pt: has router logits, the files before it something else"));
  ASSERT_EQ(convert("one.pt --k 2").code, 0);
  const auto reader = open_routes_folder(folder_.path() / "routes");
  ASSERT_TRUE(reader);
  const auto chunk = (*reader)->next();
  ASSERT_TRUE(chunk && *chunk);
  EXPECT_EQ((*chunk)->token.at(7), 7);
  EXPECT_THAT((*chunk)->sequence, ElementsAre(0, 0, 0, 0, 0, 1, 1, 1, 1, 1));
}

TEST_F(ConverterTest, RunsNothingAndSaysWhatIsWrong) {
  write("evil");
  // By itself, as somebody would; then each in one go, as torch takes seconds to begin.
  const Converted called = convert("call.pt");
  EXPECT_EQ(called.code, 2);
  EXPECT_THAT(called.said, AllOf(HasSubstr("call.pt"), HasSubstr("posix.system")));
  ASSERT_EQ(std::system(("cd '" + folder_.path().native() +
                         "' && " SWITCHYARD_PYTHON " " SWITCHYARD_RECORDING_TESTS
                         "/convert_each.py " SWITCHYARD_PYTHON_ASSETS " > each.txt")
                            .c_str()),
            0);
  const std::string said = test::text_of_file(folder_.path() / "each.txt");
  EXPECT_THAT(said, AllOf(HasSubstr("good.pt 0 True"), HasSubstr("sizes.pt 0 True")));
  std::size_t refused = 0;
  for (std::size_t at = said.find(" 2 False "); at != std::string::npos; at = said.find(" 2 False ", at + 1))
    ++refused;
  const std::map<std::string, std::string> wrong{{"call.pt", "posix.system"},
                                                 {"old.pt", "older forms"},
                                                 {"script.pt", "TorchScript"},
                                                 {"array.pt", "holds more than numbers"},
                                                 {"repeats.pt", "more than the file holds"},
                                                 {"flat.pt", "[3, 4]"},
                                                 {"floats.pt", "float32"},
                                                 {"below.pt", "below 0"},
                                                 {"other.pt", "it has: state_dict"},
                                                 {"many.pt", "70000 experts"},
                                                 {"place.pt", "names place 9"},
                                                 {"cut.pt", "no archive"},
                                                 {"text.pt", "no archive"},
                                                 {"packed.pt", "claims more than it holds"},
                                                 {"before.pt", "older forms"},
                                                 {"tape.pt", "older forms"},
                                                 {"upper.pt", "TorchScript"},
                                                 {"code.pt", "TorchScript"},
                                                 {"long.pt", "no archive"},
                                                 {"twice.pt", "two records of one name"},
                                                 {"case.pt", "two records of one name"},
                                                 {"numel.pt", "has 127 numbers of int32, it has 16 bytes"},
                                                 {"fewer.pt", "has 3 numbers of int32, it has 16 bytes"},
                                                 {"wider.pt", "has 4 numbers of int64, it has 16 bytes"},
                                                 {"past.pt", "goes past its 4 numbers"},
                                                 {"stride.pt", "goes past its 4 numbers"},
                                                 {"absent.pt", "no record data/7"},
                                                 {"operand.pt", "opcode 129"},
                                                 {"checksum.pt", "is damaged: data/0"},
                                                 {"sparse.pt", "_rebuild_sparse_tensor"},
                                                 {"cube.pt", "more than the file holds"},
                                                 {"lengths.pt", "extend_seq_lens has 9223372036854775807"},
                                                 {"tokens.pt", "input_ids has 1099511627776"},
                                                 {"invented.pt", "names what is no expert"},
                                                 {"layers.pt", "has 5000 layers"},
                                                 {"cells.pt", "more than 4194304 layers of passes"},
                                                 {"widened.pt", "its recording would take 411"},
                                                 {"alias.pt", "more than the file holds"},
                                                 {"terminal.pt", "it has: \\x1b[31mred"},
                                                 {"nothing.pt", "No such file"}};
  EXPECT_EQ(refused, wrong.size());
  for (const auto& [file, why] : wrong) {
    const std::size_t at = said.find(file + " 2 False ");
    ASSERT_NE(at, std::string::npos) << file;
    EXPECT_THAT(said.substr(at, said.find('\n', at) - at), HasSubstr(why));
  }
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "MARK")) << "a pickle was run";
  // The mark is one that would be seen: read without care the same file makes it.
  ASSERT_EQ(std::system(("cd '" + folder_.path().native() +
                         "' && " SWITCHYARD_PYTHON " -c \"import torch; torch.load('call.pt')\" > /dev/null 2>&1")
                            .c_str()),
            0);
  EXPECT_TRUE(std::filesystem::exists(folder_.path() / "MARK"));
}

TEST_F(ConverterTest, MutantsEndInAMessageOrAFolder) {
  write("per_token");
  // Each takes some milliseconds: a share of those of other readers.
  const std::string count = std::to_string(std::max(1, test::mutant_count() / 10));
  EXPECT_TRUE(test::run_python("mutate_pt.py", count + " " + folder_.path().native() + " " +
                                                   SWITCHYARD_PYTHON_ASSETS + " " +
                                                   (folder_.path() / "rank0.pt").native() + " > /dev/null"));
}

TEST_F(ConverterTest, NeedsTorchAndSaysSo) {
  folder_.write("a.pt", "");
  // Without the packages of the system there is none.
  const Converted made = convert("a.pt", std::string(SWITCHYARD_PYTHON) + " -S");
  EXPECT_EQ(made.code, 2);
  EXPECT_THAT(made.said, HasSubstr("needs torch"));
}

TEST_F(ConverterTest, WhoOpensSuchAFileIsToldWhatMakesARecordingOfIt) {
  folder_.write("my 'own'.pt", "whatever it is");
  const RecordingForm* const form = form_of(folder_.path() / "my 'own'.pt");
  ASSERT_TRUE(form);
  const auto opened = open_recording(*form, folder_.path() / "my 'own'.pt", {});
  ASSERT_FALSE(opened);
  // To be pasted into a shell, in whatever folder that is.
  EXPECT_THAT(opened.error().message, HasSubstr("switchyard_convert.py '" + folder_.path().native() +
                                                R"(/my '\''own'\''.pt' --out 'my '\''own'\''-routes')"));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
