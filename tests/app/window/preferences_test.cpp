// What the window remembers of its user, and how large it may be.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>

#include "app/window/memory/preferences.h"
#include "app/window/system/window.h"
#include "tests/support/mutants.h"
#include "tests/support/temporary_folder.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

TEST(PreferencesText, ComesBackAsItWas) {
  Preferences remembered;
  remembered.width = 1920;
  remembered.height = 1080;
  remembered.light_theme = true;
  remembered.scale = 1.5f;
  remembered.show_welcome = false;
  remembered.all_knobs = true;
  remembered.tour_seen = true;
  remembered.layer = 3;
  remembered.workspace = Workspace::health;
  remembered.knobs = {{"train", false}, {"routing", true}};
  remembered.shares = {{"train.1.text", {0.53f, 0.1f, 1.0f / 3}}};
  EXPECT_EQ(parse_preferences(to_text(remembered)), remembered);
}

TEST(PreferencesText, NonsenseIsIgnored) {
  // A workspace that is none here may be one of a later version: what is known of it stays.
  EXPECT_EQ(parse_preferences("width=-5\nheight=abc\nscale=99\nwhat\n=\ntheme="), Preferences{});
  Preferences others;
  others.others = {{"knobs.kitchen", "1"}, {"layout.train", "0.5,x"}, {"layout.b", "0.2,-1"}};
  EXPECT_EQ(
      parse_preferences("workspace=kitchen\nknobs.kitchen=1\nlayout.train=0.5,x\nlayout.a=\nlayout.b=0.2,-1"),
      others);
  EXPECT_EQ(parse_preferences("height=1000").height, 1000);
  EXPECT_EQ(parse_preferences("knobs.TRAIN=1\nknobs.Train=0").knobs,
            (std::map<std::string, bool>{{"train", false}}));
  // With more parts than any layout has nothing is kept; layouts that the window does not have are another
  // version's.
  std::string many = "layout.train.1.text=0.5";
  for (int i = 0; i < 1000; ++i) many += ",0.5";
  others.others = {{"layout.train.0.text", "0.5"}, {"layout.", "0.5"}, {"other", "1"}};
  EXPECT_EQ(parse_preferences(many + "\nlayout.train.0.text=0.5\nlayout.=0.5\nother=1\nOther=1\n=1\nesc=\x1b"),
            others);
}

TEST(PreferencesText, MutantsAreValidOrLeftOut) {
  Preferences good;
  good.shares = {{"train.1.text", {0.53f, 0.1f, 1.0f / 3}}, {"health.1.points.wide", {0.5f}}};
  good.knobs = {{"routing", true}};
  test::try_mutants(to_text(good), 4, [](const std::string& bad) {
    const Preferences read = parse_preferences(bad);
    EXPECT_TRUE(read.width >= 960 && read.width <= 16384 && read.height >= 600 && read.height <= 16384) << bad;
    EXPECT_TRUE(read.scale >= 0 && read.scale <= 4) << bad;
    for (const auto& [name, shares] : read.shares)
      EXPECT_TRUE(!shares.empty() && std::all_of(shares.begin(), shares.end(), [](float s) {
        return s >= 0 && s <= 1;
      })) << bad;
    EXPECT_EQ(parse_preferences(to_text(read)), read) << bad;
    return true;
  });
}

// Two versions share the file: what the earlier does not know it leaves to the later, also what that wrote
// meanwhile.
TEST(PreferencesFile, WhatAnotherVersionSettledStays) {
  const test::TemporaryFolder folder;
  const char* const before = std::getenv("XDG_CONFIG_HOME");
  const auto kept = before ? std::optional<std::string>(before) : std::nullopt;
  setenv("XDG_CONFIG_HOME", folder.path().c_str(), 1);
  folder.write("switchyard/window.ini", "width=1000\nlayout.train.9.text=0.3,0.7\nglow=1\n");
  Preferences here = read_preferences();
  EXPECT_EQ(here.width, 1000);
  folder.write("switchyard/window.ini", "width=1000\nlayout.train.9.text=0.3,0.7\nglow=2\nwall=blue\n");
  here.width = 1100;
  write_preferences(here);
  const Preferences now = read_preferences();
  EXPECT_EQ(now.width, 1100);
  EXPECT_EQ(now.others, (std::map<std::string, std::string>{
                            {"layout.train.9.text", "0.3,0.7"}, {"glow", "2"}, {"wall", "blue"}}));
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "key" + std::to_string(i) + "=1\n";
  EXPECT_EQ(parse_preferences(many).others.size(), Preferences::kMostOthers);
  EXPECT_TRUE(parse_preferences("key=" + std::string(2000, 'x')).others.empty());
  if (kept) setenv("XDG_CONFIG_HOME", kept->c_str(), 1);
  else unsetenv("XDG_CONFIG_HOME");
}

// The file of preferences may be anything: the window opens with its defaults, and leaves a good one behind.
TEST(PreferencesFile, NeverStandsInTheWay) {
  const test::TemporaryFolder folder;
  const auto kept =
      std::getenv("XDG_CONFIG_HOME") ? std::optional<std::string>(std::getenv("XDG_CONFIG_HOME")) : std::nullopt;
  setenv("XDG_CONFIG_HOME", folder.path().c_str(), 1);
  const std::filesystem::path file = preferences_file();
  std::filesystem::create_directories(file.parent_path());
  Preferences wide;
  wide.width = 1900;
  EXPECT_EQ(read_preferences(), Preferences{}) << "none";
  write_preferences(wide);
  EXPECT_EQ(read_preferences(), wide);
  std::filesystem::resize_file(file, 1 << 30);
  EXPECT_EQ(read_preferences(), Preferences{}) << "a gigabyte";
  std::filesystem::remove(file);
  ASSERT_EQ(mkfifo(file.c_str(), 0600), 0);
  EXPECT_EQ(read_preferences(), Preferences{}) << "a pipe that nobody writes to";
  write_preferences(wide);
  EXPECT_EQ(read_preferences(), wide);
  std::filesystem::remove(file);
  std::filesystem::create_directories(file / "below");
  EXPECT_EQ(read_preferences(), Preferences{}) << "a folder";
  write_preferences(wide);
  if (kept) setenv("XDG_CONFIG_HOME", kept->c_str(), 1);
  else unsetenv("XDG_CONFIG_HOME");
}

TEST(WindowSize, IsNoMoreThanTheLargestScreen) {
  const Extent screens[] = {{1920, 1080}, {1080, 1920}};
  const auto fits = [&](Extent wanted, std::span<const Extent> on) {
    const Extent size = fitted(wanted, on);
    return std::pair(size.width, size.height);
  };
  EXPECT_EQ(fits({16384, 16384}, screens), std::pair(1920, 1920));
  EXPECT_EQ(fits({16384, 16384}, std::span(screens, 1)), std::pair(1920, 1080));
  EXPECT_EQ(fits({1280, 720}, screens), std::pair(1280, 720));
  EXPECT_EQ(fits({1280, 720}, {}), std::pair(1280, 720)) << "no screen is known";
}

TEST(PreferencesText, RememberTheFigureForAPage) {
  Preferences one;
  EXPECT_EQ(parse_preferences(to_text(one)), one);
  one.figure.width_mm = 120.5, one.figure.height_mm = 60, one.figure.font_pt = 9.5;
  one.figure.light_theme = false, one.figure.pdf = true, one.figure.png = false;
  EXPECT_EQ(parse_preferences(to_text(one)).figure, one.figure);
  for (const char* text : {"figure=", "figure=85mm", "figure=85mm 8 light", "figure=85mm 8 light jpg",
                           "figure=9mm 8 light svg", "figure=85mm 800 light svg"})
    EXPECT_EQ(parse_preferences(text).figure, Preferences{}.figure) << text;
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
