// A setup that somebody pastes or gives as a text: read, never run.
#include "app/cli/words/pasted_setup.h"

#include <gmock/gmock.h>

#include <fstream>
#include <random>

#include "app/cli/setups/setup.h"
#include "core/base/file_name.h"
#include "core/data/data_file.h"
#include "core/record/folder/kept_text.h"
#include "tests/app/cli/words/parse.h"
#include "tests/app/cli/words/words_of_shell.h"
#include "tests/support/temporary_folder.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

namespace fs = std::filesystem;
using test::TemporaryFolder;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

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

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
