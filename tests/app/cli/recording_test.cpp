#include "app/cli/recording.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <tuple>
#include <vector>

#include "app/cli/words/cli.h"
#include "core/base/json.h"
#include "core/recordings/folder_writer.h"
#include "tests/support/growing_routes.h"
#include "tests/support/temporary_folder.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

Result<Options> parse(const std::vector<std::string>& words) {
  std::vector<const char*> argv{"switchyard"};
  for (const std::string& word : words) argv.push_back(word.c_str());
  return parse_options(static_cast<int>(argv.size()), argv.data());
}

class RecordingTest : public testing::Test {
 protected:
  RecordingTest() {
    folder_.write("loads.csv", "step,layer,expert,count\n1,0,0,30\n1,0,1,10\n5,0,1,4\n5,3,1,6\n");
  }
  std::string refusal(std::vector<std::string> more) const {
    more.insert(more.begin(), {"open", path_});
    const auto options = parse(more);
    if (!options) return options.error().message;
    const auto report = report_recording(*options);
    return report ? "done" : report.error().message;
  }

  test::TemporaryFolder folder_;
  std::string path_ = folder_.path() / "loads.csv";
};

TEST_F(RecordingTest, IsATableOfItsLayers) {
  const auto options = parse({"open", path_, "--key", "k=1", "--key", "experts=2", "--headless"});
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_EQ(options->mode, Mode::recording);
  const auto table = report_recording(*options);
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ(
      *table,
      "CSV loads\n"
      "2 steps, 1 to 5 · 1 rank\n\n"
      "layer  N  k  steps  load entropy  max violation  worst  at step      largest  unused  token entropy  has\n"
      // (H(3/4, 1/4) / ln 2 + 0) / 2; (0.5 + 1) / 2
      "0      2  1      2        0.4056          0.750  1.000        5   E00 68.2 %       0              -  "
      "loads\n"
      "3      2  1      1        0.0000          1.000  1.000        5  E01 100.0 %       1              -  "
      "loads\n");
}

TEST_F(RecordingTest, OrJson) {
  const auto options = parse({"open", path_, "--json", "--key", "experts=2"});
  ASSERT_TRUE(options);
  const auto text = report_recording(*options);
  ASSERT_TRUE(text);
  const auto json = parse_json(*text, "json");
  ASSERT_TRUE(json);
  EXPECT_EQ(*(*json)["layers"][1]["id"].integer(), 3);
  EXPECT_TRUE((*json)["layers"][1]["k"].is_null());
  EXPECT_TRUE((*json)["layers"][0]["token_entropy"].is_null());
  EXPECT_TRUE((*json)["last_loss"].is_null());
  EXPECT_EQ(*(*json)["layers"][0]["counts"][0].number(), 30);
}

// Layers are called what their program calls them, wherever they stand in its list.
TEST_F(RecordingTest, NamesWhatALayerHas) {
  RecordingHead head;
  head.layers = {{3, "", 2, 1}, {5, "mtp", 2, 1}};
  RecordedChunk chunk;
  chunk.layers = head.layers, chunk.counted_step = {1}, chunk.step = {1, 1};
  for (std::size_t l = 0; l < 2; ++l) {
    RecordedCells& cells = chunk.cells.emplace_back();
    cells.experts = 2, cells.top_k = 1, cells.expert = {0, 1};
  }
  chunk.cells[1].logits = {0.75F, 0.25F, 0.5F, 0.5F};
  chunk.cells[0].hidden = {1, 2, 3, 4, 5, 6}, chunk.cells[0].hidden_width = 3;
  const std::string to = folder_.path() / "routes";
  auto writer = RoutesWriter::create(to);
  ASSERT_TRUE(writer && writer->write(head, chunk) && writer->finish(head));
  const auto options = parse({"open", to, "--headless"});
  ASSERT_TRUE(options) << options.error().message;
  const auto table = report_recording(*options);
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_THAT(*table, AllOf(HasSubstr("choices, hidden states\n"), HasSubstr("choices, probabilities\n"),
                            HasSubstr("Note: what layer mtp 5 has for logits are probabilities")));
  const auto json = parse({"open", to, "--json"});
  EXPECT_THAT(*report_recording(*json), HasSubstr("\"hidden\": true"));
}

// Without logits loads are counted where they lie, and no token is read.
TEST_F(RecordingTest, NamesHiddenStatesWhereThereAreNoLogits) {
  RecordingHead head;
  head.layers = {{3, "", 2, 1}};
  RecordedChunk chunk;
  chunk.layers = head.layers, chunk.counted_step = {1}, chunk.step = {1, 1};
  RecordedCells& cells = chunk.cells.emplace_back();
  cells.experts = 2, cells.top_k = 1, cells.expert = {0, 1};
  cells.hidden = {1, 2, 3, 4, 5, 6}, cells.hidden_width = 3;
  const std::string to = folder_.path() / "routes";
  auto writer = RoutesWriter::create(to);
  ASSERT_TRUE(writer && writer->write(head, chunk) && writer->finish(head));
  const auto json = parse({"open", to, "--json"});
  ASSERT_TRUE(json) << json.error().message;
  EXPECT_THAT(*report_recording(*json), HasSubstr("\"hidden\": true"));
}

TEST_F(RecordingTest, FullSaysWhoIsChosenTogetherAndWhoFollows) {
  const std::filesystem::path routes = folder_.path() / "routes";
  test::GrowingRoutes recording(routes);
  recording.add(0, 1, 3);
  const auto report = [&](const std::vector<std::string>& more) {
    std::vector<std::string> words{"open", routes.native()};
    words.insert(words.end(), more.begin(), more.end());
    const auto options = parse(words);
    if (!options) return options.error().message;
    const auto made = report_recording(*options);
    return made ? *made : made.error().message;
  };
  EXPECT_THAT(report({"--headless"}), Not(HasSubstr("together")));
  // Token t has t + step + layer and the next, mod 4.
  EXPECT_THAT(report({"--headless", "--full"}),
              AllOf(HasSubstr("most often together"), HasSubstr("E00+E01 in 25.0 % of tokens, lift 1.50"),
                    HasSubstr("E00 to E01 in 50.0 % of tokens, lift 2.00")));
  const auto json = parse_json(report({"--json", "--full"}), "json");
  ASSERT_TRUE(json);
  const Json& layer = (*json)["layers"][0];
  for (const auto& [e, together, next] : {std::tuple{0, 24, 12}, {1, 12, 24}, {2, 0, 12}, {3, 12, 0}}) {
    EXPECT_EQ(*layer["pairs"][0][static_cast<std::size_t>(e)].integer(), together);
    EXPECT_EQ(*layer["to_next"][0][static_cast<std::size_t>(e)].integer(), next);
  }
  EXPECT_FALSE((*json)["layers"][1].contains("to_next"));
  EXPECT_THAT(report({"--full"}), HasSubstr("--full: is of a recording that is printed"));
}

TEST_F(RecordingTest, IsWrittenInTheCanonicalForm) {
  const std::string to = folder_.path() / "routes";
  const auto options = parse({"open", path_, "--key", "experts=2", "--out", to});
  ASSERT_TRUE(options) << options.error().message;
  const auto before = report_recording(*options);
  ASSERT_TRUE(before) << before.error().message;
  const auto again = parse({"open", to});
  ASSERT_TRUE(again) << again.error().message;
  const auto after = report_recording(*again);
  ASSERT_TRUE(after);
  EXPECT_EQ(after->substr(after->find('\n')), before->substr(before->find('\n')));
  EXPECT_THAT(refusal({"--out", to, "--key", "experts=2"}), HasSubstr("not empty"));
}

TEST_F(RecordingTest, SaysWhatIsWrong) {
  EXPECT_THAT(
      refusal({"--format", "mega"}),
      AllOf(HasSubstr("--format mega"),
            HasSubstr("routes, megatron, megatron-loads, csv, imatrix, torch, vllm, sglang, nemo, colibri")));
  EXPECT_THAT(refusal({"--format", "megatron"}), HasSubstr("no router_trace_rank"));
  EXPECT_THAT(refusal({"--key", "k=0"}), AllOf(HasSubstr("--key k=0"), HasSubstr("1 to 1024")));
  EXPECT_THAT(refusal({"--key", "k=3", "--key", "experts=2"}), HasSubstr("has 2 experts"));
  EXPECT_THAT(refusal({"--set", "top_k=1"}), HasSubstr("trains nothing"));
  EXPECT_THAT(refusal({"--steps", "5"}), HasSubstr("trains nothing"));
  EXPECT_THAT(refusal({"--out", ""}), HasSubstr("name of a folder"));
  path_ = folder_.path() / "none";
  EXPECT_THAT(refusal({}), AllOf(HasSubstr("no folder of a run"), HasSubstr("no recording")));
  EXPECT_THAT(refusal({"--key", "k=2"}), HasSubstr("--format says which"));
}

TEST_F(RecordingTest, IsLookedAtInTheWindowUnlessItIsToBePrinted) {
  const std::string routes = folder_.path() / "routes";
  folder_.write(
      "routes/manifest.jsonl",
      "{\"format\":\"switchyard-routes/2\",\"layers\":[{\"id\":0,\"n_experts\":2,\"k\":1}],\"order\":\"gate\"}\n");
  for (const std::vector<std::string>& words : {std::vector<std::string>{"open", routes},
                                                {routes},
                                                {"open", routes, "--theme", "light", "--size", "1920x1080"}}) {
    const auto options = parse(words);
    ASSERT_TRUE(options) << options.error().message;
    EXPECT_TRUE(options->shows);
    EXPECT_EQ(options->recording->path, routes);
    EXPECT_FALSE(options->recording->waits);
  }
  EXPECT_TRUE(parse({"open", routes, "--theme", "light"})->light_theme);
  for (const std::vector<std::string>& words : {std::vector<std::string>{"open", routes, "--headless"},
                                                {routes, "--headless"},
                                                {"open", routes, "--json"}}) {
    const auto options = parse(words);
    ASSERT_TRUE(options) << options.error().message;
    EXPECT_FALSE(options->shows);
    EXPECT_EQ(options->mode, Mode::recording);
  }
  // Points are points, and loads that say so are loads.
  folder_.write("points.csv", "x,y,class\n1,2,0\n2,3,1\n");
  EXPECT_FALSE(parse({folder_.path() / "points.csv", "--headless", "--steps", "1"})->recording);
  EXPECT_TRUE(parse({"open", path_, "--key", "experts=2"})->shows);
  // What its form does not say is asked for before a window opens.
  EXPECT_THAT(parse({"open", path_}).error().message, HasSubstr("needs experts=N"));
}

TEST_F(RecordingTest, AnotherOneIsOpenedBesideItOrRefused) {
  folder_.write("more.csv", "step,layer,expert,count\n1,0,0,30\n");
  const std::string more = folder_.path() / "more.csv", first = folder_.path() / "first";
  folder_.write(
      "first/manifest.jsonl",
      "{\"format\":\"switchyard-routes/2\",\"layers\":[{\"id\":0,\"n_experts\":2,\"k\":1}],\"order\":\"gate\"}\n");
  const auto both = parse({first, more});
  ASSERT_TRUE(both) << both.error().message;
  ASSERT_TRUE(both->recording);
  EXPECT_EQ(both->recording->path, first);
  EXPECT_EQ(both->drops, std::vector<std::string>{more});
  for (const char* word : {"--json", "--headless"}) {
    const auto printed = parse({first, more, word});
    ASSERT_FALSE(printed) << word;
    EXPECT_THAT(printed.error().message, AllOf(HasSubstr(more), HasSubstr("one is enough without a window")));
  }
}

TEST_F(RecordingTest, IsWatchedBeforeItIsThere) {
  const std::string later = folder_.path() / "later";
  const auto options = parse({"watch", later, "--key", "experts=8", "--workspace", "health"});
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_EQ(options->mode, Mode::window);
  ASSERT_TRUE(options->recording);
  EXPECT_EQ(options->recording->path, later);
  EXPECT_EQ(options->recording->keys, std::vector<std::string>{"experts=8"});
  EXPECT_TRUE(options->recording->waits);
  EXPECT_THAT(parse({"watch", later, "--headless"}).error().message, HasSubstr("--headless prints"));
  EXPECT_THAT(parse({"watch", later, "--steps", "5"}).error().message, HasSubstr("trains nothing"));
  EXPECT_THAT(parse({"watch", later, "--format", "none"}).error().message, HasSubstr("--format none"));
  EXPECT_FALSE(parse({"watch"}));
}

TEST_F(RecordingTest, NothingOfItControlsATerminal) {
  folder_.write("bad/manifest.jsonl",
                "{\"format\":\"switchyard-routes/"
                "2\",\"layers\":[{\"id\":0,\"block\":\"\\u001b[2J\",\"n_experts\":2,\"k\":1}],"
                "\"order\":\"id\",\"model\":\"\\u001b]0;x\\u0007\"}\n\x1b[31m\n");
  path_ = folder_.path() / "bad";
  const auto table = report_recording(*parse({"open", path_}));
  ASSERT_TRUE(table);
  EXPECT_THAT(*table, AllOf(HasSubstr("\\x1b"), Not(HasSubstr("\x1b")), Not(HasSubstr("\x07"))));
  EXPECT_THAT(*table, HasSubstr("nothing"));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
