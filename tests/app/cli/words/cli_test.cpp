#include "app/cli/words/cli.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "app/cli/setups/presets.h"
#include "core/base/file_name.h"
#include "core/base/json.h"
#include "core/base/printable.h"
#include "core/config/knobs.h"
#include "core/data/data_file.h"

namespace switchyard::app {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

Result<Options> parse(std::vector<std::string> arguments) {
  std::vector<const char*> argv{"switchyard"};
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  return parse_options(static_cast<int>(argv.size()), argv.data());
}

std::string refusal(std::vector<std::string> arguments) {
  const auto options = parse(std::move(arguments));
  if (options) return "accepted";
  EXPECT_EQ(options.error().kind, ErrorKind::usage);
  return options.error().message;
}

class CliFiles : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("switchyard-cli-" + std::to_string(getpid()) + "-" +
                                           testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  std::string write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name) << text;
    return (folder_ / name).string();
  }
  fs::path folder_;
};

TEST(Cli, NothingMeansTheWindowWithTheDefaultDemo) {
  const auto options = parse({});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->mode, Mode::window);
  EXPECT_EQ(options->config, Config{});
  EXPECT_EQ(options->preset, kDefaultPreset);
  EXPECT_FALSE(options->steps);
  EXPECT_EQ(options->width, 1280);
  EXPECT_EQ(options->height, 720);
}

TEST_F(CliFiles, APathIsWhatADropOnTheWindowWouldBe) {
  const std::string book = write("book.txt", std::string(1000, 'a') + std::string(1000, 'b'));
  const std::string json = write("knobs.json", R"({"experts": 3, "top_k": 1})");
  const std::string latin = write("latin.txt", std::string(2000, 'a') + "\xe9");
  const auto text = parse({book, "--set", "experts=5"});
  ASSERT_TRUE(text) << text.error().message;
  EXPECT_EQ(text->config.corpus, book);
  EXPECT_EQ(text->config.experts, 5);
  EXPECT_THAT(text->drops, testing::IsEmpty());
  const auto settings = parse({json, book});
  ASSERT_TRUE(settings) << settings.error().message;
  EXPECT_EQ(settings->config.experts, 3);
  EXPECT_THAT(settings->drops, testing::ElementsAre(book)) << "the first is what it begins with";
  const auto table = parse({"--headless", write("table.CSV", "x,y,class\n0,1,a\n1,0,b\n2,1,a\n3,0,b\n")});
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ(table->config.task, TaskKind::clusters);

  // What a window would say of it, it says there.
  const auto offered = parse({latin});
  ASSERT_TRUE(offered) << offered.error().message;
  EXPECT_THAT(offered->drops, testing::ElementsAre(latin));
  EXPECT_EQ(offered->config, Config{});
  EXPECT_THAT(parse({folder_.string()})->drops, testing::ElementsAre(folder_.string()));
  EXPECT_THAT(refusal({"--headless", folder_.string()}), HasSubstr("is no folder of a run"));
  EXPECT_THAT(refusal({"--headless", book, json}), HasSubstr(json));
  EXPECT_THAT(refusal({latin, "--set", "experts=0"}), HasSubstr("experts")) << "that is no fault of the text";
  EXPECT_THAT(refusal({"comparee"}),
              HasSubstr("comparee: there is no such file, folder or command (did you mean 'compare'?)"));
  EXPECT_THAT(refusal({book, "--list-knobs"}), HasSubstr(book));
}

TEST(Cli, EveryKnobCanBeSetToItsDefaultAndRefusesNonsense) {
  for (const Knob& knob : knobs()) {
    const std::string key(knob.key);
    const auto options = parse({"--set", key + "=" + to_text(knob.get(Config{}))});
    ASSERT_TRUE(options) << options.error().message;
    EXPECT_EQ(options->config, Config{}) << key;
    if (knob.type == KnobType::text) continue;
    EXPECT_THAT(refusal({"--set", key + "=nonsense"}),
                testing::AllOf(HasSubstr(key), HasSubstr(allowed_range(knob))));
    if (knob.type != KnobType::integer && knob.type != KnobType::real) continue;
    for (const char* bad : {"nan", "inf", "-1", "1e300", ""})
      EXPECT_THAT(refusal({"--set", key + "=" + bad}),
                  testing::AllOf(HasSubstr(key), HasSubstr(allowed_range(knob))));
  }
}

TEST(Cli, NamesWhatIsWrongAndWhatIsAllowed) {
  EXPECT_THAT(refusal({"--set", "expert_count=3"}), HasSubstr("expert_count"));
  EXPECT_THAT(refusal({"--set", "experts=999"}), HasSubstr("1 to 256"));
  EXPECT_THAT(refusal({"--set", "experts=2.5"}), HasSubstr("integer"));
  EXPECT_THAT(refusal({"--set", "experts"}), HasSubstr("key=value"));
  EXPECT_THAT(refusal({"--set", "top_k=9"}), HasSubstr("1 to experts = 8"));
  EXPECT_THAT(refusal({"--seed", "abc"}), testing::AllOf(HasSubstr("--seed"), HasSubstr("integer")));
  EXPECT_THAT(refusal({"--steps", "0"}), testing::AllOf(HasSubstr("--steps"), HasSubstr("from 1")));
  EXPECT_THAT(refusal({"--steps", "ten"}), HasSubstr("whole number"));
  EXPECT_THAT(refusal({"--preset", "none"}),
              testing::AllOf(HasSubstr("--preset none"), HasSubstr("tiny-stories")));
  EXPECT_THAT(refusal({"--theme", "pink"}), HasSubstr("light, dark"));
  EXPECT_THAT(refusal({"--workspace", "kitchen"}), testing::AllOf(HasSubstr("--workspace kitchen"), HasSubstr("train, routing, ")));
  EXPECT_EQ(parse({"--workspace", "health"})->workspace, Workspace::health);
  EXPECT_EQ(parse({"--workspace", "Tokens"})->workspace, Workspace::tokens);
  EXPECT_THAT(refusal({"--scale", "3"}), HasSubstr("1.25"));
  EXPECT_THAT(refusal({"--size", "1920"}), HasSubstr("1920x1080"));
  for (const char* size : {"", "x", "1920x", "x1080", "1920x1080x2", "-1920x-1080", "99999x1080"})
    EXPECT_THAT(refusal({"--size", size}), HasSubstr("--size"));
  EXPECT_THAT(refusal({"--size", "10x10"}), HasSubstr("640x360"));
  EXPECT_THAT(refusal({"--after-steps", "5"}), HasSubstr("--screenshot"));
  EXPECT_THAT(refusal({"--headless", "--screenshot", "a.png"}), HasSubstr("--headless"));
  EXPECT_THAT(refusal({"--figures"}), HasSubstr("--headless"));
  EXPECT_THAT(refusal({"--json"}), HasSubstr("--list-knobs"));
  EXPECT_THAT(refusal({"--frobnicate"}), HasSubstr("--frobnicate"));
  EXPECT_THAT(refusal({"--out"}), HasSubstr("--out"));
  EXPECT_THAT(refusal({"book.txt"}), HasSubstr("book.txt"));
  for (const char* size : {"7681x720", "1280x4321", "16384x16384", "639x720", "1280", "x", "1280x720x3", "-1280x720", "1e3x720", "99999999999999999999x720"})
    EXPECT_THAT(refusal({"--size", size}), AllOf(HasSubstr(size), HasSubstr("640x360 to 7680x4320")));
  EXPECT_THAT(refusal({"route", "--run", "x", "--text", "a", "--precision", "fp64"}), AllOf(HasSubstr("fp64"), HasSubstr("fp32, bf16, auto")));
  EXPECT_THAT(refusal({"route"}), HasSubstr("--run"));
  EXPECT_THAT(refusal({"route", "--run", "x"}), HasSubstr("--text"));
}

TEST(Cli, WhatIsLoggedIsNamed) {
  const auto logged = [](std::vector<std::string> arguments) {
    const auto options = parse(std::move(arguments));
    if (!options) return options.error().message;
    const Config& config = options->config;
    return fmt::format("{:d}{:d}{:d}", config.log_csv, config.log_jsonl, config.log_tensorboard);
  };
  EXPECT_EQ(logged({}), "110");
  EXPECT_EQ(logged({"--log", "tensorboard"}), "001");
  EXPECT_EQ(logged({"--log", "tensorboard,csv,jsonl"}), "111");
  EXPECT_EQ(logged({"--log", "none"}), "000");
  EXPECT_EQ(logged({"--set", "log_jsonl=true", "--log", "csv"}), "110") << "--set wins wherever it stands";
  for (const char* wrong : {"", "cvs", "csv,", "csv,none", ",", "csv jsonl"})
    EXPECT_THAT(refusal({"--log", wrong}), AllOf(HasSubstr("--log"), HasSubstr("csv, jsonl and tensorboard")));
  EXPECT_THAT(refusal({"open", ".", "--log", "csv"}), HasSubstr("trains nothing"));
  const auto compared = parse({"compare", "switch", "switch,top_k=1", "--log", "tensorboard", "--out", "x"});
  ASSERT_TRUE(compared) << compared.error().message;
  for (const StudyArm& arm : compared->study->arms) EXPECT_TRUE(arm.config.log_tensorboard && !arm.config.log_csv);
  const auto swept = parse({"sweep", "--set", "top_k=1,2", "--log", "tensorboard,csv", "--out", "x"});
  ASSERT_TRUE(swept) << swept.error().message;
  ASSERT_EQ(swept->study->arms.size(), 2u);
  for (const StudyArm& arm : swept->study->arms) EXPECT_TRUE(arm.config.log_tensorboard && !arm.config.log_jsonl);
}

TEST(Cli, ReadsTheWindowsArguments) {
  const auto options = parse({"--screenshot", "a.png", "--after-steps", "7", "--size", "1920x1080", "--scale", "2",
                              "--theme", "light", "--out", "somewhere", "--steps", "9"});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->mode, Mode::window);
  EXPECT_EQ(options->screenshot, "a.png");
  EXPECT_EQ(options->after_steps, 7);
  EXPECT_EQ(options->width, 1920);
  EXPECT_EQ(options->height, 1080);
  EXPECT_EQ(options->scale, 2);
  EXPECT_TRUE(options->light_theme);
  EXPECT_TRUE(options->has_theme && options->has_size);
  EXPECT_EQ(options->out, "somewhere");
  EXPECT_EQ(options->steps, 9);
}

TEST(Cli, TheLastOfTwoWins) {
  const auto options = parse({"--seed", "1", "--seed", "2", "--set", "experts=4", "--set", "experts=6"});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->config.seed, 2);
  EXPECT_EQ(options->config.experts, 6);
}

TEST(Cli, ShowsInsteadOfRunning) {
  EXPECT_EQ(parse({"--list-knobs"})->mode, Mode::list_knobs);
  EXPECT_TRUE(parse({"--list-knobs", "--json"})->json);
  EXPECT_EQ(parse({"--list-presets"})->mode, Mode::list_presets);
  EXPECT_EQ(parse({"--version"})->mode, Mode::version);
  const auto help = parse({"--help"});
  EXPECT_EQ(help->mode, Mode::help);
  for (const char* argument : {"--headless", "--steps", "--out", "--config", "--set", "--corpus", "--seed",
                               "--preset", "--list-presets", "--list-knobs", "--version", "--screenshot",
                               "--after-steps", "--size", "--scale", "--theme", "--figures", "route", "130"})
    EXPECT_THAT(help->help, HasSubstr(argument));
  EXPECT_THAT(parse({"route", "--help"})->help, HasSubstr("--full"));
}

TEST(Cli, FiguresGoWithAHeadlessRunAndATheme) {
  EXPECT_FALSE(parse({"--headless"})->figures);
  const auto options = parse({"--headless", "--figures", "--theme", "light"});
  ASSERT_TRUE(options);
  EXPECT_TRUE(options->figures);
  EXPECT_TRUE(options->light_theme);
}

TEST(Cli, ReadsRoute) {
  const auto options = parse({"route", "--run", "dir", "--text", "Once = upon", "--json", "--full"});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->mode, Mode::route);
  EXPECT_EQ(options->run, "dir");
  EXPECT_EQ(options->text, "Once = upon");
  EXPECT_TRUE(options->json && options->full);
  EXPECT_EQ(options->precision, Precision::fp32);
  EXPECT_EQ(parse({"route", "--run", "dir", "--text", "a", "--precision", "bf16"})->precision, Precision::bf16);
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

TEST(Lists, ShowEveryKnob) {
  const std::string table = knob_list(false);
  const Json json = *parse_json(knob_list(true), "--list-knobs");
  ASSERT_EQ(json.size(), knobs().size());
  for (std::size_t i = 0; i < json.size(); ++i) {
    const Knob& knob = knobs()[i];
    EXPECT_THAT(table, HasSubstr("  " + std::string(knob.key) + " "));
    EXPECT_EQ(json[i]["key"], knob.key);
    EXPECT_EQ(json[i]["allowed"], allowed_range(knob));
    EXPECT_EQ(json[i]["help"], knob.help);
    EXPECT_EQ(json[i]["level"], name_of(knob.level));
    EXPECT_TRUE(json[i].contains("default"));
  }
  EXPECT_EQ(json[0]["minimum"], 1);
  std::size_t width = 0, start = 0;
  for (std::size_t end; (end = table.find('\n', start)) != std::string::npos; start = end + 1)
    width = std::max(width, end - start);
  EXPECT_LE(width, 112u);
}

TEST(Presets, AreValidNamedAndTold) {
  ASSERT_GE(presets().size(), 5u);
  EXPECT_EQ(presets()[0].name, kDefaultPreset);
  EXPECT_EQ(presets()[0].config, Config{});
  for (const Preset& preset : presets()) {
    EXPECT_TRUE(validate(preset.config).empty()) << preset.name;
    EXPECT_FALSE(preset.title.empty());
    EXPECT_FALSE(preset.description.empty());
    EXPECT_EQ(preset.description.find('\n'), std::string::npos);
    EXPECT_EQ(find_preset(preset.name), &preset);
    EXPECT_THAT(preset_list({}), HasSubstr(preset.name));
    EXPECT_EQ(parse({"--preset", preset.name})->config, preset.config);
  }
  EXPECT_EQ(find_preset("no such"), nullptr);
}

TEST(Presets, SwitchIsOneExpertATokenWithCapacity) {
  const Config& config = find_preset("switch")->config;
  EXPECT_EQ(config.top_k, 1);
  EXPECT_EQ(config.gate, Gate::softmax);
  EXPECT_EQ(config.overflow, Overflow::drop_late);
  EXPECT_EQ(config.capacity_factor, 1.25);
}

}  // namespace
}  // namespace switchyard::app
