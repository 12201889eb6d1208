// Presets of the user's own.
#include "app/cli/setups/own_presets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "core/base/file_name.h"
#include "core/base/json.h"
#include "core/base/version.h"
#include "tests/app/cli/words/parse.h"
#include "tests/support/environment.h"
#include "tests/support/temporary_folder.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

namespace fs = std::filesystem;
using test::EnvironmentVariable;
using test::TemporaryFolder;
using testing::AllOf;
using testing::HasSubstr;

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

TEST(OwnPresets, AreFoundByTitleBehindTheProgramsOwn) {
  const std::vector<Preset> own{{"switch", "Switch", "", {}}, {"mine", "Mine", "", {}}};
  EXPECT_EQ(find_preset_titled("Mine", own), &own[1]);
  EXPECT_EQ(find_preset_titled("Switch", own), find_preset("switch")) << "the program's comes first";
  EXPECT_EQ(find_preset_titled("mine", own), nullptr) << "that is its name";
  const std::vector<Preset> untitled{{"x", "", "", {}}};
  EXPECT_EQ(find_preset_titled("", untitled), nullptr);
  const std::vector<const Preset*> all = all_presets(own);
  ASSERT_EQ(all.size(), presets().size() + 2);
  EXPECT_EQ(all.front(), &presets().front());
  EXPECT_EQ(all.back(), &own[1]);
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

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
