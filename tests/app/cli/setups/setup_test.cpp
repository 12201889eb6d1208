// A setup as a line for a shell and back, and presets of the user's own.
#include "app/cli/setups/setup.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cmath>
#include <cstdio>
#include <fstream>
#include <random>
#include <set>

#include "app/cli/setups/own_presets.h"
#include "app/cli/words/cli.h"
#include "app/cli/words/pasted_setup.h"
#include "core/base/file_name.h"
#include "core/base/version.h"
#include "core/config/knobs.h"
#include "core/data/corpus.h"
#include "core/record/folder/kept_text.h"
#include "tests/support/environment.h"
#include "tests/support/temporary_folder.h"

namespace switchyard::app {
namespace {

namespace fs = std::filesystem;
using test::EnvironmentVariable;
using test::TemporaryFolder;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

Result<Options> parse(std::vector<std::string> arguments) {
  std::vector<const char*> argv{"switchyard"};
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  return parse_options(static_cast<int>(argv.size()), argv.data());
}

std::string refusal(std::vector<std::string> arguments) {
  const auto options = parse(std::move(arguments));
  return options ? "accepted" : options.error().message;
}

// Valid, and far from the defaults: each knob in turn is given a value of its range, and keeps it where the others
// allow it.
Config random_config(std::mt19937_64& random, bool with_files = true) {
  const auto below = [&](std::uint64_t bound) { return random() % bound; };
  Config config;
  std::vector<const Knob*> order;
  for (const Knob& knob : knobs())
    if (with_files || knob.type != KnobType::text) order.push_back(&knob);
  std::shuffle(order.begin(), order.end(), random);
  for (const Knob* knob : order) {
    Config next = config;
    switch (knob->type) {
      case KnobType::boolean:
        knob->set(next, below(2) == 0);
        break;
      case KnobType::integer: {
        const double high = below(2) == 0 ? knob->maximum : knob->soft_maximum;
        knob->set(next, static_cast<std::int64_t>(std::uniform_real_distribution(knob->minimum, high)(random)));
        break;
      }
      case KnobType::real:
        knob->set(next,
                  std::uniform_real_distribution(knob->minimum, knob->maximum)(random) * std::pow(0.1, below(6)));
        break;
      case KnobType::choice:
        knob->set(next, std::string(knob->choices[below(knob->choices.size())]));
        break;
      case KnobType::text: {
        constexpr std::string_view kNames[] = {"/a/it's.txt",    "/\"two\"\\.txt", "/caf\u00e9 \u6f22.txt",
                                               "/new\nline.txt", "/\xe9.txt",      "/$HOME `x` !x.txt"};
        knob->set(next, std::string(kNames[below(std::size(kNames))]));
        break;
      }
    }
    if (validate(next).empty()) config = next;
  }
  return config;
}

std::vector<std::string> words_of_shell(const std::string& command) {
  const std::string script = "switchyard() { printf '%s\\0' \"$@\"; }\n" + command;
  FILE* pipe = popen(("sh -c " + shell_quoted(script)).c_str(), "r");
  std::vector<std::string> words(1);
  for (int c; (c = std::fgetc(pipe)) != EOF;) {
    if (c == 0) words.emplace_back();
    else words.back() += static_cast<char>(c);
  }
  pclose(pipe);
  words.pop_back();
  return words;
}

TEST(Setup, HoldsWhatDiffersFromTheStartAlone) {
  EXPECT_EQ(setup_command({}, {}), "switchyard --config-text '{}'");
  EXPECT_EQ(setup_summary({}), "as the program starts");
  Config config;
  config.top_k = 1;
  config.experts = 16;
  config.learning_rate = 0.1;
  EXPECT_EQ(setup_command(config, {}),
            R"(switchyard --config-text '{"experts":16,"top_k":1,"learning_rate":0.1}')");
  EXPECT_EQ(setup_summary(config), "experts 16, top_k 1, learning_rate 0.1");
}

TEST(Setup, EveryKnobComesBackFromTheShell) {
  std::mt19937_64 random(7);
  std::set<std::string_view> changed;
  for (int i = 0; i < 300; ++i) {
    // Files are named otherwise: NamesAFileByItsNameAndFingerprint.
    const Config config = random_config(random, false);
    for (const Knob* knob : changed_knobs({}, config)) changed.insert(knob->key);
    const std::string command = setup_command(config, {});
    const std::string text = dump_json(setup_json(config), -1, true);
    ASSERT_EQ(command, "switchyard --config-text " + shell_quoted(text));
    const auto direct = parse({"--headless", "--config-text", text});
    ASSERT_TRUE(direct) << direct.error().message << "\n" << command;
    ASSERT_EQ(direct->config, config) << command;
    if (i >= 25) continue;
    const std::vector<std::string> words = words_of_shell(command);
    ASSERT_THAT(words, ElementsAre("--config-text", text)) << command;
  }
  for (const Knob& knob : knobs())
    EXPECT_TRUE(knob.type == KnobType::text || changed.contains(knob.key)) << knob.key << " never differed";
}

// It is made to be shared: of a file its name, size and SHA-256, whatever the name is; not where it lies.
TEST(Setup, NamesAFileByItsNameAndFingerprint) {
  const Fingerprint source{9021, std::string(64, '7')};
  for (const auto& [file, name] : {std::pair<std::string, std::string>{"/home/ann/book.txt", "book.txt"},
                                   {"/a/it's.txt", "it's.txt"},
                                   {"/b/\"two\"\\ $HOME `x` !x.txt", "\"two\"\\ $HOME `x` !x.txt"},
                                   {"file:/c/caf%E9.txt", "file:caf%E9.txt"},
                                   {"/d/stories", "./stories"}}) {
    Config config;
    config.corpus = file;
    config.points = "/home/ann/other.csv";  // of another task
    config.top_k = 1;
    const std::string command = setup_command(config, source);
    EXPECT_THAT(command, Not(HasSubstr("ann")));
    const auto words = words_of_line(command);
    ASSERT_TRUE(words) << words.error().message;
    ASSERT_EQ(words->size(), 3u);
    EXPECT_THAT(words_of_shell(command), ElementsAre((*words)[1], (*words)[2])) << "a shell reads the same words";
    const auto json = parse_json((*words)[2], "setup");
    ASSERT_TRUE(json) << json.error().message;
    EXPECT_EQ(*(*json)["config"]["corpus"].text(), name);
    EXPECT_EQ(*(*json)["config"]["top_k"].integer(), 1);
    EXPECT_EQ(*(*json)["data"]["sha256"].text(), source.sha256);
    EXPECT_THAT(refusal({"--config-text", (*words)[2]}), HasSubstr(source.sha256)) << "it lies nowhere here";
  }
  Config config;
  config.corpus = "/home/ann/book.txt";
  EXPECT_EQ(setup_command(config, {}), R"(switchyard --config-text '{"corpus":"book.txt"}')") << "not known yet";
}

// The text is found by its fingerprint where a directory of runs keeps it.
TEST(PastedSetup, FindsItsTextAmongTheKeptOnes) {
  const TemporaryFolder folder;
  const std::string bytes = "Once upon a time. ";
  fs::create_directories(folder.path() / "runs" / "one");
  const auto kept = keep_text(folder.path() / "runs" / "one", "book.txt", fingerprint(bytes), bytes);
  ASSERT_TRUE(kept) << kept.error().message;
  Config config;
  config.corpus = "/gone/book.txt";
  config.experts = 16;
  const std::string command = setup_command(config, fingerprint(bytes));
  const auto read = read_pasted_setup("  " + command + "\n", {folder.path() / "runs"});
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->config.experts, 16);
  EXPECT_THAT(read->notes, testing::IsEmpty());
  std::ifstream file(path_of_text(read->config.corpus), std::ios::binary);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), bytes);
  const auto elsewhere = read_pasted_setup(command, {folder.path()});
  ASSERT_FALSE(elsewhere);
  EXPECT_THAT(elsewhere.error().message, AllOf(HasSubstr("book.txt"), HasSubstr(fingerprint(bytes).sha256)));
  // What it advises can be pasted too; another text than the recorded one is learned, and said to be that.
  EXPECT_THAT(elsewhere.error().message, HasSubstr("--corpus FILE"));
  for (const bool is_another : {false, true}) {
    folder.write("mine.txt", is_another ? bytes + bytes : bytes);
    const std::string mine = (folder.path() / "mine.txt").string();
    const auto named = read_pasted_setup(command + " --corpus " + mine, {folder.path()});
    ASSERT_TRUE(named) << named.error().message;
    EXPECT_EQ(named->config.corpus, mine);
    ASSERT_EQ(named->notes.size(), is_another ? 1u : 0u);
    for (const std::string& note : named->notes) EXPECT_THAT(note, HasSubstr("another text than the one"));
  }
}

TEST(PastedSetup, IsWhatTheCommandLineMakesOfIt) {
  for (const std::vector<std::string>& words : {std::vector<std::string>{"--preset", "switch", "--seed", "3"},
                                                {"--config-text", "{\"experts\":16}", "--set", "top_k=1"},
                                                {"--set=top_k=1", "--preset=switch"}}) {
    std::string line = "switchyard";
    for (const std::string& word : words) line += " " + shell_quoted(word);
    const auto pasted = read_pasted_setup(line, {});
    const auto given = parse(words);
    ASSERT_TRUE(pasted && given) << line << (pasted ? "" : pasted.error().message);
    EXPECT_EQ(pasted->config, given->config) << line;
  }
  EXPECT_EQ(read_pasted_setup(" {\"experts\": 16}\n", {})->config.experts, 16);
  EXPECT_EQ(read_pasted_setup("app/run.sh --set experts=16", {})->config.experts, 16);
}

// What a shell would run, expand or write is refused, and so is every word that does not say what to train.
TEST(PastedSetup, IsReadAndNeverRun) {
  const auto refused = [](const std::string& text) {
    const auto read = read_pasted_setup(text, {});
    return read ? "taken up" : read.error().message;
  };
  for (const char* line :
       {"switchyard; rm -rf ~", "switchyard && ls", "switchyard $(ls)", "switchyard --set \"a=$HOME\"",
        "switchyard `ls`", "switchyard > file", "switchyard | sh", "switchyard --set top_k=*",
        "switchyard --seed 3\nls", "switchyard \\\nls"})
    EXPECT_THAT(refused(line), HasSubstr("no plain line")) << line;
  EXPECT_THAT(refused("switchyard --out /tmp/x"), HasSubstr("--out: a setup has"));
  EXPECT_THAT(refused("switchyard --headless"), HasSubstr("--headless: a setup has"));
  EXPECT_THAT(refused("switchyard --config /etc/passwd"), HasSubstr("--config: a setup has"));
  EXPECT_THAT(refused("switchyard --seed"), HasSubstr("--seed has no value"));
  EXPECT_THAT(refused("switchyard 'a"), HasSubstr("no whole line"));
  EXPECT_THAT(refused("rm -rf /"), HasSubstr("no setup"));
  EXPECT_THAT(refused(""), HasSubstr("no setup"));
  EXPECT_THAT(refused("Once upon a time"), HasSubstr("no setup"));
  EXPECT_THAT(refused("{\"experst\": 3}"), HasSubstr("did you mean"));
  EXPECT_THAT(refused("{\"experts\": 0}"), HasSubstr("experts"));
  EXPECT_THAT(refused(std::string(kMostPastedBytes + 1, '{')), HasSubstr("longer than a setup"));
}

// Words are those of a shell, for any bytes in them.
TEST(PastedSetup, WordsAreThoseOfAShell) {
  const std::string line = R"(switchyard 'a b'"c 'd'"\e "\"f\\ \g" '' x'y'"z")";
  const auto words = words_of_line(line);
  ASSERT_TRUE(words) << words.error().message;
  std::vector<std::string> shell = words_of_shell(line);
  shell.insert(shell.begin(), "switchyard");
  EXPECT_EQ(*words, shell);
  std::mt19937_64 random(3);
  for (int i = 0; i < 2000; ++i) {
    std::string any;
    for (std::size_t k = random() % 20; k > 0; --k) any += static_cast<char>(random() % 256);
    const auto read = words_of_line("x " + shell_quoted(any));
    ASSERT_TRUE(read) << read.error().message;
    ASSERT_THAT(*read, ElementsAre("x", any));
  }
}

TEST(Setup, ARelativeCorpusIsNamedFromAnywhere) {
  Config config;
  config.points = "p.csv";
  EXPECT_EQ(*setup_json(config)["points"].text(), (fs::current_path() / "p.csv").string());
  config.corpus = "book.txt";
  EXPECT_EQ(*setup_json(config)["corpus"].text(), (fs::current_path() / "book.txt").string());
}

TEST(Setup, AWordOfTheShellIsOneWhateverItHolds) {
  const std::string word = "it's \"$HOME\" `x` \\ * ; & | < > ( ) # ~ !\n''";
  EXPECT_THAT(words_of_shell("switchyard " + shell_quoted(word)), ElementsAre(word));
  EXPECT_THAT(words_of_shell("switchyard " + shell_quoted("")), ElementsAre(""));
}

TEST(ConfigText, StandsBetweenTheFileAndTheWords) {
  const TemporaryFolder folder;
  folder.write("a.json", R"({"experts": 12, "top_k": 3, "seed": 5})");
  const auto options = parse({"--headless", "--set", "top_k=4", "--seed", "9", "--config-text",
                              R"({"experts":14,"top_k":5,"seed":6})", "--config",
                              (folder.path() / "a.json").string(), "--preset", "switch"});
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_EQ(options->config.experts, 14);
  EXPECT_EQ(options->config.top_k, 4);
  EXPECT_EQ(options->config.seed, 9);
  EXPECT_EQ(options->config.gate, Gate::softmax);
}

TEST(ConfigText, SaysWhatIsWrongAsAFileDoes) {
  EXPECT_THAT(refusal({"--config-text", R"({"experts":0})"}),
              AllOf(HasSubstr("--config-text: experts = 0"), HasSubstr("1 to 256")));
  EXPECT_THAT(refusal({"--config-text", R"({"expert":"few"})"}), HasSubstr("relu, gelu, swiglu, geglu"));
  EXPECT_THAT(refusal({"--config-text", R"({"expertz":3})"}), HasSubstr("did you mean"));
  EXPECT_THAT(refusal({"--config-text", R"({"experts":4,"top_k":5})"}), HasSubstr("1 to experts = 4"));
  EXPECT_THAT(refusal({"--config-text", "{experts:4}"}), HasSubstr("--config-text: line 1, column 2"));
  EXPECT_THAT(refusal({"--config-text", "[1]"}), HasSubstr("wants a JSON object"));
  EXPECT_THAT(refusal({"--config-text", ""}), HasSubstr("--config-text"));
  EXPECT_THAT(refusal({"--resume", "x", "--config-text", "{}"}), HasSubstr("its own settings"));
}

class OwnPresetFiles : public testing::Test {
 protected:
  TemporaryFolder home_;
  EnvironmentVariable there_{"XDG_CONFIG_HOME", home_.path().string()};
  fs::path file(const std::string& name) const {
    return home_.path() / "switchyard" / "presets" / (name + ".json");
  }
};

TEST_F(OwnPresetFiles, AreSavedFoundListedAndReplaced) {
  EXPECT_TRUE(read_own_presets().presets.empty());
  Config config;
  config.experts = 12;
  config.corpus = "/books/a.txt";
  const auto saved = save_own_preset("Twelve of them", config);
  ASSERT_TRUE(saved) << saved.error().message;
  EXPECT_EQ(saved->name, "Twelve-of-them");
  const Json json = *read_json_file(file("Twelve-of-them"));
  EXPECT_EQ(*json["title"].text(), "Twelve of them");
  EXPECT_EQ(json["config"], (Json{{"experts", 12}, {"corpus", "/books/a.txt"}}));
  EXPECT_FALSE(json["description"].text()->empty());

  for (const char* name : {"Twelve-of-them", "Twelve of them"}) {
    const auto options = parse({"--headless", "--preset", name});
    ASSERT_TRUE(options) << options.error().message;
    EXPECT_EQ(options->config, config);
    EXPECT_EQ(options->preset, "Twelve-of-them");
  }
  config.experts = 13;
  ASSERT_TRUE(save_own_preset("Twelve of them", config));
  const OwnPresets own = read_own_presets();
  ASSERT_EQ(own.presets.size(), 1u);
  EXPECT_TRUE(own.warnings.empty());
  EXPECT_EQ(own.presets[0].config, config);
  EXPECT_THAT(preset_list(own.presets),
              AllOf(HasSubstr("+ Twelve-of-them"), HasSubstr("+ yours"), HasSubstr("* tiny-stories")));
  EXPECT_THAT(preset_list({}), testing::Not(HasSubstr("yours")));
  EXPECT_THAT(refusal({"--preset", "none"}), AllOf(HasSubstr("tiny-stories"), HasSubstr("Twelve-of-them")));
}

// Two versions share a person's presets: what a later one saved is said to be that, and not written over.
TEST_F(OwnPresetFiles, OneOfALaterVersionIsSaidToBeAndStays) {
  const std::string text = R"({"title": "Later", "switchyard": "9.9.9", "config": {"experts_of_experts": 3}})";
  home_.write("switchyard/presets/Later.json", text);
  const OwnPresets own = read_own_presets();
  EXPECT_TRUE(own.presets.empty());
  ASSERT_EQ(own.warnings.size(), 1u);
  const auto says = AllOf(HasSubstr("Later.json"), HasSubstr("unknown key 'experts_of_experts'"),
                          HasSubstr("written by switchyard 9.9.9, later than this one"));
  EXPECT_THAT(own.warnings[0], says);
  EXPECT_THAT(refusal({"--preset", "Later"}), says);
  EXPECT_THAT(refusal({"--config", file("Later").string()}), HasSubstr("unknown key"));
  const auto saved = save_own_preset("Later", {});
  ASSERT_FALSE(saved);
  EXPECT_THAT(saved.error().message, AllOf(says, HasSubstr("choose another name")));
  std::ifstream in(file("Later"));
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}), text);
  ASSERT_TRUE(save_own_preset("Now", {}));
  EXPECT_EQ(*(*read_json_file(file("Now")))["switchyard"].text(), version());
}

TEST_F(OwnPresetFiles, ANameIsSafeAndNobodyElses) {
  for (const Preset& preset : presets())
    for (const std::string& taken : {preset.name, preset.title})
      EXPECT_THAT(save_own_preset(taken, {}).error().message, HasSubstr("preset of the program")) << taken;
  for (const char* nothing : {"", "...", "-", "///"})
    EXPECT_EQ(save_own_preset(nothing, {}).error().kind, ErrorKind::usage) << nothing;
  ASSERT_TRUE(save_own_preset("a b", {}));
  EXPECT_THAT(save_own_preset("a/b", {}).error().message, AllOf(HasSubstr("a-b.json"), HasSubstr("'a b'")));
  EXPECT_EQ(save_own_preset("../../etc/passwd", {})->name, "etc-passwd");
  EXPECT_EQ(save_own_preset("größer: 漢字", {})->name, "größer--漢字");
  EXPECT_EQ(safe_file_name(std::string(59, 'a') + "é"), std::string(59, 'a'));
  EXPECT_TRUE(fs::exists(file("größer--漢字")));
  const OwnPresets own = read_own_presets();
  EXPECT_EQ(own.presets.size(), 3u);
  EXPECT_TRUE(own.warnings.empty());
}

TEST_F(OwnPresetFiles, ADamagedOneIsOneWarningThatNamesIt) {
  ASSERT_TRUE(save_own_preset("good", {}));
  const auto write = [&](const char* name, const char* text) { std::ofstream(file(name)) << text; };
  write("broken", "{\"config\": {");
  write("empty", "");
  write("key", R"({"config": {"expertz": 3}})");
  write("number", R"({"title": 3, "config": {}})");
  write("plain", R"({"experts": 3})");
  write("switch", R"({"config": {}})");
  fs::create_directory(file("folder"));
  ASSERT_EQ(mkfifo(file("pipe").c_str(), 0600), 0);
  const OwnPresets own = read_own_presets();
  ASSERT_EQ(own.presets.size(), 1u);
  EXPECT_EQ(own.presets[0].name, "good");
  ASSERT_EQ(own.warnings.size(), 8u);
  for (const char* name : {"broken", "empty", "key", "number", "plain", "switch", "folder", "pipe"})
    EXPECT_THAT(own.warnings, testing::Contains(HasSubstr(file(name).string()))) << name;
  EXPECT_THAT(refusal({"--preset", "key"}),
              AllOf(HasSubstr(file("key").string()), HasSubstr("did you mean")));
  EXPECT_TRUE(parse({"--headless", "--preset", "good"}));
  EXPECT_EQ(parse({"--headless", "--preset", "switch"})->config, find_preset("switch")->config);
}

TEST_F(OwnPresetFiles, WhatCannotBeWrittenIsSaid) {
  std::ofstream(home_.path() / "switchyard") << "a file";
  const auto saved = save_own_preset("good", {});
  ASSERT_FALSE(saved);
  EXPECT_THAT(saved.error().message, HasSubstr((home_.path() / "switchyard").string()));
  EXPECT_TRUE(read_own_presets().presets.empty());
}

TEST(OwnPresets, LeaveTextAndThreadsWhereTheyNameNone) {
  Config now;
  now.corpus = "/books/a.txt";
  now.threads = 3;
  Preset preset;
  EXPECT_EQ(started_from(preset, now), now);
  preset.config.corpus = "/books/b.txt";
  preset.config.threads = 2;
  EXPECT_EQ(started_from(preset, now), preset.config);
}

// A shape that a preset is about is its own; one of a text leaves the points for whoever comes back to them.
TEST(OwnPresets, OfPointsDrawTheirOwn) {
  Config now;
  now.task = TaskKind::clusters;
  now.points = "/trees/p.csv";
  EXPECT_EQ(started_from(*find_preset(kPointsPreset), now).points, "drawn");
  EXPECT_EQ(started_from(*find_preset("switch"), now).points, "/trees/p.csv");
}

}  // namespace
}  // namespace switchyard::app
