// Completion and manual page are made from the tables: what a table gains is in them.
#include "app/cli/manual/completion.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>

#include "app/cli/manual/man_page.h"
#include "app/cli/setups/presets.h"
#include "app/cli/words/workspace.h"
#include "tests/support/temporary_folder.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr std::string_view kMadeUp[] = {"one-way", "the-other"};

// A knob, a preset, a command and an option that no table has.
CompletionTables with_made_up() {
  CompletionTables tables = completion_tables();
  Knob knob = *find_knob("gate");
  knob.key = "made_up_knob", knob.label = "Made up", knob.help = "Help that is made up.", knob.choices = kMadeUp;
  tables.knobs.push_back(knob);
  tables.presets.push_back("made-up-preset");
  tables.words.commands.push_back({"made-up-command",
                                   "What it does",
                                   {{{"--made-up-option"}, "red|green", "An option", "", false, false}},
                                   false});
  return tables;
}

TEST(Completion, AShellIsNamedOrRefused) {
  EXPECT_EQ(shell_of("zsh"), Shell::zsh);
  EXPECT_FALSE(shell_of("Zsh"));
  EXPECT_FALSE(shell_of(""));
}

TEST(Completion, WhatEveryOptionTakesIsKnown) {
  const CompletionTables tables = completion_tables();
  ASSERT_GT(tables.words.commands.size(), 7u);
  for (const WordCommand& command : tables.words.commands)
    for (const WordOption& option : command.options) {
      if (option.takes.empty()) continue;
      EXPECT_TRUE(taken(tables, option.takes)) << command.name << ' ' << option.names.back() << " takes "
                                               << option.takes << ": say in completion.cpp how that is completed";
    }
  EXPECT_FALSE(taken(tables, "WHAT"));
}

TEST(Completion, ScriptsAndPageHoldEveryNameOfEveryTable) {
  const CompletionTables tables = with_made_up();
  for (const std::string_view name : shell_names()) {
    const std::string script = completion(*shell_of(name), tables);
    for (const Knob& knob : tables.knobs) {
      EXPECT_THAT(script, HasSubstr(knob.key)) << name;
      for (const std::string& value : values_of(knob))
        EXPECT_THAT(script, HasSubstr(value)) << name << ' ' << knob.key;
    }
    for (const Preset& preset : presets()) EXPECT_THAT(script, HasSubstr(preset.name)) << name;
    for (const WorkspaceSpec& workspace : workspaces()) EXPECT_THAT(script, HasSubstr(workspace.name)) << name;
    for (const WordCommand& command : tables.words.commands) {
      EXPECT_THAT(script, HasSubstr(command.name)) << name;
      for (const WordOption& option : command.options) {
        if (option.positional) continue;
        EXPECT_THAT(script, HasSubstr(option.names.back().substr(2))) << name << ' ' << command.name;
      }
    }
    EXPECT_THAT(script, HasSubstr("made-up-preset")) << name;
    EXPECT_THAT(script, HasSubstr("the-other")) << name;
  }
  const std::string page = man_page(tables);
  for (const std::string_view text : {"made_up_knob", "Help that is made up.", "made\\-up\\-preset",
                                      "made\\-up\\-command", "\\-\\-made\\-up\\-option", "red|green", "--"})
    EXPECT_EQ(page.find(text) != page.npos, text != "--") << text;
  for (const Knob& knob : knobs()) EXPECT_THAT(page, HasSubstr(fmt::format("\\fB{}\\fR", knob.key)));
}

// As a command refuses to do without it or not.
TEST(ManPage, WhatMayBeLeftOutAloneStandsInBrackets) {
  const std::string page = man_page(completion_tables());
  const auto synopsis_of = [&](const std::string& command) {
    const std::string begin = ".B switchyard\n" + (command.empty() ? "" : ".B " + command + "\n");
    const std::size_t at = page.find(begin) + begin.size();
    return page.substr(at, page.find('\n', at) - at);
  };
  EXPECT_EQ(synopsis_of(""), "[\\fIOPTION\\fR]... [\\fIPATH\\fR]...");
  EXPECT_EQ(synopsis_of("open"), "[\\fIOPTION\\fR]... \\fIPATH\\fR");
  for (const char* command : {"checkpoints", "load\\-script", "figures", "report"})
    EXPECT_EQ(synopsis_of(command), "[\\fIOPTION\\fR]... \\fIDIR\\fR") << command;
  EXPECT_EQ(synopsis_of("route"),
            "\\fB\\-\\-run\\fR \\fIDIR\\fR \\fB\\-\\-text\\fR \\fITEXT\\fR [\\fIOPTION\\fR]...");
  EXPECT_EQ(synopsis_of("compare"), "[\\fIOPTION\\fR]... [\\fIARM\\fR]...")
      << "without arms one that is there goes on";
}

TEST(ManPage, NoTextIsARequest) {
  CompletionTables tables = completion_tables();
  Knob knob = *find_knob("gate");
  knob.key = "trap", knob.help = ".so /etc/passwd\n.sh \\*[x] 'quoted' e.g. this. 'And that.";
  tables.knobs = {knob};
  const std::string page = man_page(tables);
  EXPECT_THAT(page, HasSubstr("\n\\&.so /etc/passwd\n\\&.sh \\e*[x] 'quoted' "));
  EXPECT_EQ(page.find("\n'"), page.npos);
}

// --- what bash offers: its own, for which nothing else need be installed

class Bash : public testing::Test {
 protected:
  void SetUp() override {
    std::ofstream(folder_.path() / "script") << completion(Shell::bash, with_made_up());
    std::filesystem::create_directories(folder_.path() / "switchyard/presets");
    std::ofstream(folder_.path() / "switchyard/presets/my-own.json") << "{}";
  }
  // What takes the place of the word that Tab was pressed in.
  std::vector<std::string> offered(const std::string& line) {
    std::ofstream(folder_.path() / "ask")
        << "export XDG_CONFIG_HOME=" << folder_.path().native() << "\ncompopt() { echo \"$*\"; }\nsource "
        << (folder_.path() / "script").native()
        << "\nCOMP_WORDBREAKS=$' \\t\\n\"\\'><=;|&(:'\nCOMP_LINE=" << quoted_once(line)
        << "\nCOMP_POINT=${#COMP_LINE}\n_switchyard\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n";
    std::vector<std::string> words;
    std::istringstream in(run("ask"));
    for (std::string word; std::getline(in, word);)
      if (!word.empty()) words.push_back(word);
    return words;
  }
  // What this script of the folder prints, run there.
  std::string run(const std::string& script) {
    const std::string command =
        fmt::format("cd {} && bash --norc --noprofile {} 2>&1", folder_.path().native(), script);
    const std::unique_ptr<FILE, int (*)(FILE*)> shell(popen(command.c_str(), "r"), pclose);
    std::string text(1 << 16, '\0');
    text.resize(std::fread(text.data(), 1, text.size(), shell.get()));
    return text;
  }
  const test::TemporaryFolder folder_;
};

TEST_F(Bash, OffersKeysThenTheirValues) {
  EXPECT_THAT(offered("switchyard --set made_up"), ElementsAre("-o nospace", "made_up_knob="));
  EXPECT_THAT(offered("switchyard --set made_up_knob="), ElementsAre("one-way", "the-other"));
  EXPECT_THAT(offered("switchyard --headless --set top_k=2 --set=made_up_knob=t"), ElementsAre("the-other"));
  EXPECT_THAT(offered("switchyard --set tied_head="), ElementsAre("true", "false"));
  EXPECT_THAT(offered("switchyard --set corpus=bo"), ElementsAre("-o default")) << "a file, by the shell itself";
  EXPECT_THAT(offered("switchyard --set top_k="), IsEmpty());
  EXPECT_THAT(offered("switchyard sweep --set made_up_knob=one-way,t"), ElementsAre("one-way,the-other"));
  EXPECT_THAT(offered("switchyard compare mine=switch,made_up_knob=o"), ElementsAre("one-way"));
}

TEST_F(Bash, OffersCommandsOptionsAndTheirWords) {
  EXPECT_THAT(offered("switchyard made"), UnorderedElementsAre("-o default", "made-up-command"));
  EXPECT_THAT(offered("switchyard made-up-command --made-up-option "), ElementsAre("red", "green"));
  EXPECT_THAT(offered("switchyard route --pre"), ElementsAre("--precision"));
  EXPECT_THAT(offered("switchyard open --the"), ElementsAre("--theme"));
  EXPECT_THAT(offered("switchyard open "), ElementsAre("-o default")) << "a recording may be a file";
  EXPECT_THAT(offered("switchyard open --format meg"), ElementsAre("megatron", "megatron-loads"));
  EXPECT_THAT(offered("switchyard checkpoints "), ElementsAre("-o dirnames"));
  EXPECT_THAT(offered("switchyard --preset m"), ElementsAre("made-up-preset", "my-own"));
  EXPECT_THAT(offered("switchyard --workspace tr"), ElementsAre("train"));
  EXPECT_THAT(offered("switchyard runs --sort best_"), ElementsAre("best_val_loss", "best_step"));
  EXPECT_THAT(offered("switchyard --steps "), IsEmpty());
}

// Tab runs nothing, whatever a preset is called and whatever stands in the line; and what it puts there names the
// preset to the shell, character by character.
TEST_F(Bash, RunsNothingOfWhatItCompletes) {
  const std::filesystem::path presets = folder_.path() / "switchyard/presets";
  const std::vector<std::string> names{"x$(touch ran)", "x`touch ran`", "x; touch ran", "x a  b", "x*",
                                       "x'\"\\",        "x${HOME}"};
  for (const std::string& name : names) std::ofstream(presets / (name + ".json")) << "{}";
  const std::vector<std::string> typed = offered("switchyard --preset x");
  EXPECT_THAT(typed, testing::SizeIs(names.size()));
  std::vector<std::string> named;
  for (const std::string& word : typed) {
    std::ofstream(folder_.path() / "name") << "printf %s " << word;
    named.push_back(run("name"));
  }
  EXPECT_THAT(named, testing::UnorderedElementsAreArray(names));
  EXPECT_THAT(offered("switchyard compare mine=x\\$"), testing::SizeIs(3)) << "two, and folders";
  for (const char* line :
       {"switchyard --set $(touch${IFS}ran)", "switchyard --set made_up_knob=$(touch${IFS}ran)",
        "switchyard sweep --set made_up_knob=$(touch${IFS}ran),",
        "switchyard sweep --set made_up_knob=`touch${IFS}ran`,o",
        "switchyard compare $(touch${IFS}ran)=", "switchyard compare a,$(touch${IFS}ran)",
        "switchyard compare $(touch${IFS}ran),made_up_knob=", "switchyard --preset $(touch${IFS}ran)",
        "switchyard --$(touch${IFS}ran)=", "switchyard $(touch${IFS}ran)"})
    (void)offered(line);
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "ran"));
  EXPECT_THAT(offered("switchyard sweep --set made_up_knob=$(a),t"), ElementsAre("$(a),the-other"));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
