// What of a command line lies in files: settings, texts, points, folders of runs.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>

#include "app/cli/setups/presets.h"
#include "core/base/file_name.h"
#include "core/base/printable.h"
#include "core/data/data_file.h"
#include "core/study/study_plan.h"
#include "tests/app/cli/words/cli_files.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

namespace fs = std::filesystem;
using testing::HasSubstr;

// A comparison that is there goes on without its arms being named, with more seeds too; with nothing else.
TEST_F(CliFiles, AComparisonGoesOnWithMoreSeeds) {
  const fs::path study = fs::path(write("beside", "")).parent_path() / "study";
  auto plan = make_plan({{"a", {}, {}}, {"b", {}, {}}}, 100, 3, 7);
  ASSERT_TRUE(plan) << plan.error().message;
  plan->arms[1].config.top_k = 1;
  ASSERT_TRUE(settle_study(study, *plan));
  for (const auto& [seeds, more] :
       {std::pair{3, std::vector<std::string>{}}, {3, {"--seeds", "3"}}, {8, {"--seeds", "8"}}}) {
    std::vector<std::string> words{"compare", "--out", study.native()};
    words.insert(words.end(), more.begin(), more.end());
    const auto options = parse(words);
    ASSERT_TRUE(options) << options.error().message;
    EXPECT_EQ(options->study->seeds, seeds);
    EXPECT_EQ(options->study->first_seed, 7);
    EXPECT_EQ(options->study->steps, 100);
    ASSERT_EQ(options->study->arms.size(), 2u);
    EXPECT_EQ(options->study->arms[1].config, plan->arms[1].config);
  }
  EXPECT_THAT(parse({"compare", "--out", study.native(), "--seeds", "2"}).error().message,
              HasSubstr("3 and more"));
  EXPECT_THAT(parse({"compare", "--out", study.native(), "--seeds", "many"}).error().message,
              HasSubstr("--seeds"));
  EXPECT_THAT(parse({"compare", "--out", study.native(), "--seeds", "8", "--steps", "5"}).error().message,
              HasSubstr("with --steps its arms"));
}

TEST_F(CliFiles, ARunIsOpenedWithTheWindowsArgumentsAlone) {
  const std::string folder = write("config.json", R"({"run": "a", "config": {}})");
  const std::string run = std::filesystem::path(folder).parent_path().native();
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"open", run, "--theme", "light"}, {"--follow", run, "--theme", "light"}}) {
    const auto options = parse(words);
    ASSERT_TRUE(options) << options.error().message;
    EXPECT_EQ(options->mode, Mode::window);
    EXPECT_EQ(options->open, run);
    EXPECT_TRUE(options->light_theme);
  }
  EXPECT_THAT(parse({"open", run, "--set", "top_k=1"}).error().message, HasSubstr("trains nothing"));
  EXPECT_THAT(parse({"--follow", run, "--headless"}).error().message, HasSubstr("--follow"));
  EXPECT_THAT(parse({"open", run + "/none"}).error().message, HasSubstr("no folder of a run"));
  EXPECT_FALSE(parse({"open"}));
  const auto list = parse({"checkpoints", run, "--json"});
  ASSERT_TRUE(list);
  EXPECT_EQ(list->mode, Mode::checkpoints);
  EXPECT_EQ(list->run, run);
  EXPECT_TRUE(list->json);
  const auto script = parse({"load-script", run});
  ASSERT_TRUE(script) << script.error().message;
  EXPECT_EQ(script->mode, Mode::load_script);
  EXPECT_EQ(script->run, run);
  EXPECT_FALSE(parse({"load-script"}));
  const auto figures = parse({"figures", run, "--theme", "light", "--out", "here"});
  ASSERT_TRUE(figures) << figures.error().message;
  EXPECT_EQ(figures->mode, Mode::figures);
  EXPECT_EQ(figures->run, run);
  EXPECT_EQ(figures->out, "here");
  EXPECT_TRUE(figures->light_theme);
  EXPECT_THAT(parse({"figures", run, "--theme", "blue"}).error().message, HasSubstr("light, dark"));
}

TEST_F(CliFiles, LaterWins) {
  const std::string config = write("a.json", R"({"experts": 12, "top_k": 3, "seed": 5, "learning_rate": 0.001})");
  const auto options =
      parse({"--set", "experts=14", "--seed", "7", "--config", config, "--preset", "switch", "--headless"});
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_EQ(options->config.experts, 14);          // --set over the file
  EXPECT_EQ(options->config.top_k, 3);             // the file over the preset
  EXPECT_EQ(options->config.seed, 7);              // --seed over the file
  EXPECT_EQ(options->config.gate, Gate::softmax);  // the preset over the defaults
  EXPECT_EQ(options->config.learning_rate, 0.001);
  EXPECT_EQ(options->preset, "switch");
}

TEST_F(CliFiles, RefusesBadConfigFilesByName) {
  const char* bad[] = {"{\"experts\": 8",
                       "{\"experts\": NaN}",
                       "{\"experts\": \"many\"}",
                       "{\"experts\": 1000}",
                       "{\"nope\": 1}",
                       "[1, 2]",
                       "",
                       "{\"experts\": 2, \"top_k\": 3}",
                       "{\"experts\": 1e999}"};
  for (const char* text : bad) {
    const std::string path = write("bad.json", text);
    EXPECT_THAT(refusal({"--config", path}), HasSubstr(path)) << text;
  }
  EXPECT_THAT(refusal({"--config", "/nowhere/a.json"}), HasSubstr("/nowhere/a.json"));
}

TEST_F(CliFiles, AWindowIsNotOpenedOnABadCorpus) {
  EXPECT_THAT(refusal({"--corpus", write("short.txt", "abc")}),
              testing::AllOf(HasSubstr("short.txt"), HasSubstr("at least")));
  EXPECT_THAT(refusal({"--corpus", ""}), HasSubstr("corpus"));
  EXPECT_TRUE(parse({"--corpus", write("good.txt", std::string(2000, 'a'))}));
}

TEST_F(CliFiles, NamesAreBytesAndAreSettledHere) {
  const std::string bytes = write("caf\xe9\x1b[31m.txt", std::string(2000, 'a'));
  for (const auto& words : {std::vector<std::string>{"--corpus", bytes}, {"--set", "corpus=" + bytes}}) {
    const auto options = parse(words);
    ASSERT_TRUE(options) << options.error().message;
    EXPECT_TRUE(is_printable(options->config.corpus));
    EXPECT_EQ(path_of_text(options->config.corpus).native(), bytes);
  }
  const std::string config = write("caf\xe9\n.json", "{\"experts\": 3}");
  EXPECT_EQ(parse({"--config", config})->config.experts, 3);
  EXPECT_EQ(parse({"--config", config})->preset, "") << "its settings are the file's";
  EXPECT_EQ(parse({"--config", config, "--preset", "switch"})->preset, "switch");
  EXPECT_EQ(parse({"--config-text", "{\"top_k\": 1}"})->preset, "") << "so are those that Copy setup gives";
  EXPECT_EQ(parse({"--config-text", "{\"top_k\": 1}", "--preset", "switch"})->preset, "switch");
  // Made by the program, printed for scripts.
  EXPECT_THAT(refusal({"--headless", "--out", "a\x1b[31m"}), HasSubstr("control characters"));
  EXPECT_THAT(refusal({"--screenshot", "a\nb.png"}), HasSubstr("control characters"));
  EXPECT_TRUE(parse({"--headless", "--out", (folder_ / "caf\xe9").string()}));
}

TEST_F(CliFiles, NamesThatNoFolderCanHave) {
  EXPECT_THAT(refusal({"--out", std::string(300, 'a')}), HasSubstr("too long"));
  fs::create_symlink("circle", folder_ / "circle");
  EXPECT_THAT(refusal({"--out", (folder_ / "circle" / "x").string()}), HasSubstr("--out"));
  for (const char* argument : {"--corpus", "--config"}) {
    EXPECT_THAT(refusal({argument, std::string(300, 'a')}), HasSubstr("aaa"));
    EXPECT_THAT(refusal({argument, (folder_ / "circle" / "x").string()}), HasSubstr("circle"));
  }
}

TEST_F(CliFiles, SaysWhenTheTextIsNotTheRecordedOne) {
  const std::string text(2000, 'a'), other(2000, 'b');
  write("text.txt", text);
  const std::string record =
      write("config.json", fmt::format("{{\"config\": {{\"corpus\": \"text.txt\"}}, \"data\": {{\"bytes\": "
                                       "2000, \"sha256\": \"{}\"}}}}",
                                       fingerprint(text).sha256));
  const auto same = parse({"--headless", "--config", record});
  ASSERT_TRUE(same) << same.error().message;
  EXPECT_EQ(same->config.corpus, (folder_ / "text.txt").string());
  EXPECT_TRUE(same->notes.empty());
  EXPECT_TRUE(parse({"--headless", "--config", record, "--corpus", write("copy.txt", text)})->notes.empty());
  // Chosen by name: told. Changed behind the record's back: refused.
  const auto chosen = parse({"--headless", "--config", record, "--corpus", write("other.txt", other)});
  ASSERT_EQ(chosen->notes.size(), 1u);
  EXPECT_THAT(chosen->notes[0],
              testing::AllOf(HasSubstr(fingerprint(text).sha256), HasSubstr(fingerprint(other).sha256)));
  write("text.txt", other);
  EXPECT_THAT(refusal({"--headless", "--config", record}),
              testing::AllOf(HasSubstr(fingerprint(text).sha256), HasSubstr(fingerprint(other).sha256),
                             HasSubstr("--corpus")));
}

TEST_F(CliFiles, PointsBeginWithTheModelOfThePlaneAsWideAsTheyAre) {
  const std::string flat = write("flat.csv", "1,2,a\n1,2,a\n1,2,b\n1,2,b\n"),
                    wide = write("wide.tsv", "1\t2\t3\ta\n1\t2\t3\ta\n1\t2\t3\tb\n1\t2\t3\tb\n");
  auto options = parse({"--points", flat});
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_EQ(options->preset, kPointsPreset);
  EXPECT_EQ(options->config.task, TaskKind::clusters);
  EXPECT_EQ(options->config.points, flat);
  EXPECT_EQ(options->config.d_model, 2);
  EXPECT_EQ(parse({"--points", wide})->config.d_model, 3);
  EXPECT_EQ(parse({"--points", wide, "--config-text", "{\"d_model\": 16}"})->config.d_model, 16);
  EXPECT_EQ(parse({"--points", wide, "--preset", "seed-004-clusters"})->config.experts, 9);
  EXPECT_TRUE(parse({"--set", "task=clusters", "--set", "points=" + flat}));
  EXPECT_THAT(refusal({"--points", flat, "--preset", "switch"}), HasSubstr("these settings learn a text"));
  EXPECT_TRUE(parse({"--points", flat, "--preset", "switch", "--set", "task=clusters"}));
  EXPECT_THAT(refusal({"--points", flat, "--corpus", flat}), HasSubstr("--points: goes without --corpus"));
  EXPECT_THAT(refusal({"--points", write("bad.csv", "1,2,a\n1,2\n1,2,b\n1,2,b\n")}),
              HasSubstr("bad.csv: 1 of 4 rows is bad: row 2 has 2 columns"));
  EXPECT_THAT(refusal({"--points", (folder_ / "gone.csv").native()}), HasSubstr("no such file"));
  EXPECT_THAT(refusal({"--points", ""}),
              HasSubstr("points is empty: allowed is drawn, or the path of a CSV file"));
}

TEST_F(CliFiles, ARunFolderIsNewOrEmpty) {
  const std::string file = write("file", "x");
  EXPECT_THAT(refusal({"--out", folder_.string()}), HasSubstr("not empty"));
  EXPECT_THAT(refusal({"--out", file}), HasSubstr("not a folder"));
  EXPECT_THAT(refusal({"--out", file + "/below"}), HasSubstr("cannot write"));
  EXPECT_TRUE(parse({"--out", (folder_ / "new" / "deep").string()}));
  EXPECT_FALSE(fs::exists(folder_ / "new"));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
