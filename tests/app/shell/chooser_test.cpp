// The chooser of files and runs, by keys and mouse.
#include <gmock/gmock.h>

#include <fstream>

#include "core/data/data_file.h"
#include "tests/app/shell/chooser_fixture.h"

namespace switchyard::test {
namespace SWITCHYARD_TEST_FILE {

namespace fs = std::filesystem;
using app::Chooses;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using viz::Key;

TEST_F(Choosing, FoldersComeFirstAndNumbersCount) {
  choose(Chooses::text, home_ / "texts");
  EXPECT_THAT(names(), ElementsAre("deep", "part 2.txt", "part 10.txt", "Zebra.md"));
  EXPECT_EQ(find("entry part 2.txt").text, "11 B");
  press_key(Key::h, true);
  EXPECT_THAT(names(), ElementsAre("deep", ".secret", "part 2.txt", "part 10.txt", "Zebra.md"));
  click("hidden files");
  EXPECT_EQ(names().size(), 4u);
}

TEST_F(Choosing, TypingFindsAndEnterOpens) {
  click("File");
  click("Open a text or points…");
  EXPECT_TRUE(is_open());
  press_key(Key::escape);
  choose(Chooses::text, home_ / "texts");
  type("p10");
  EXPECT_THAT(names(), ElementsAre("part 10.txt"));
  press_key(Key::enter);
  EXPECT_FALSE(is_open());
  EXPECT_THAT(ui_.wants_text, ElementsAre((home_ / "texts/part 10.txt").native()));
}

TEST_F(Choosing, KeysWalk) {
  choose(Chooses::text, home_ / "texts");
  EXPECT_EQ(lit(), "deep");
  press_key(Key::down);
  EXPECT_EQ(lit(), "part 2.txt");
  press_key(Key::end);
  EXPECT_EQ(lit(), "Zebra.md");
  press_key(Key::down);
  EXPECT_EQ(lit(), "Zebra.md") << "it stops there";
  press_key(Key::home);
  press_key(Key::enter);
  settle();
  EXPECT_EQ(ui_.chooser.folder, home_ / "texts/deep");
  EXPECT_THAT(names(), ElementsAre("war and peace.txt"));
  press_key(Key::backspace);
  settle();
  EXPECT_EQ(ui_.chooser.folder, home_ / "texts");
  EXPECT_EQ(lit(), "deep") << "where one came from";
  press_alt_up();
  EXPECT_EQ(ui_.chooser.folder, home_);
  EXPECT_EQ(lit(), "texts");
  press_key(Key::right);
  settle();
  EXPECT_EQ(ui_.chooser.folder, home_ / "texts");
  // Among the places.
  press_key(Key::left);
  EXPECT_TRUE(ui_.chooser.in_places);
  press_key(Key::enter);
  settle();
  EXPECT_EQ(ui_.chooser.folder, home_);
  EXPECT_FALSE(ui_.chooser.in_places);
  press_key(Key::escape);
  EXPECT_FALSE(is_open());
  EXPECT_THAT(ui_.wants_text, IsEmpty());
}

TEST_F(Choosing, APathIsTypedAndCompleted) {
  choose(Chooses::text, home_ / "empty");
  type("~/te");
  settle();
  press_key(Key::tab);
  draw(2);
  EXPECT_EQ(ui_.chooser.typed, "~/texts/");
  settle();
  type("p");
  press_key(Key::tab);
  draw(2);
  EXPECT_EQ(ui_.chooser.typed, "~/texts/part ") << "what both have in common";
  type("2");
  EXPECT_EQ(lit(), "part 2.txt");
  press_key(Key::enter);
  EXPECT_THAT(ui_.wants_text, ElementsAre((home_ / "texts/part 2.txt").native()));
}

TEST_F(Choosing, APathPastedWithEnterBehindItIsWaitedFor) {
  choose(Chooses::text, home_ / "empty");
  ImGui::GetIO().AddInputCharactersUTF8("../texts/deep/war and peace.txt");
  draw();
  press_key(Key::enter);
  draw_until([&] { return !is_open(); });
  EXPECT_THAT(ui_.wants_text, ElementsAre((home_ / "texts/deep/war and peace.txt").native()));
}

TEST_F(Choosing, WhatIsNotThereIsASentence) {
  choose(Chooses::text, home_ / "texts");
  type("/no/such/place.txt");
  settle();
  EXPECT_EQ(find("nothing listed").text, "/no/such: there is no such folder.");
  press_key(Key::enter);
  EXPECT_TRUE(is_open());
  EXPECT_EQ(says(), "/no/such/place.txt: there is no such entry.");
  press_key(Key::l, true);
  draw();
  EXPECT_EQ(ui_.chooser.typed, "/no/such/") << "the path of the folder";
  press_key(Key::escape);
  choose(Chooses::text, home_ / "empty");
  EXPECT_EQ(find("nothing listed").text, "Nothing is in this folder.");
  press_key(Key::escape);
  if (geteuid() != 0) {
    fs::permissions(home_ / "empty", fs::perms::none);
    choose(Chooses::text, home_ / "empty");
    EXPECT_EQ(find("nothing listed").text, "~/empty: you have no right to look into it.");
    fs::permissions(home_ / "empty", fs::perms::all);
  }
  ui_.chooser = {};
  choose(Chooses::text, home_ / "texts/Zebra.md");
  EXPECT_EQ(find("nothing listed").text, "~/texts/Zebra.md: is not a folder.");
}

TEST_F(Choosing, WhatIsNoTextIsNotTaken) {
  file("texts/none.txt", "");
  file("texts/bytes", std::string("\x7f"
                                  "ELF\0\0\0\1\2\3",
                                  10));
  file("texts/weights.safetensors", "x");
  fs::resize_file(file("texts/large.txt", "x"), kMaxCorpusBytes + 1);
  choose(Chooses::text, home_ / "texts");
  draw_until([&] { return ui_.chooser.looks.contains((home_ / "texts/bytes").native()); });
  for (const auto& [name, why] :
       {std::pair("none.txt", "none.txt is empty."), std::pair("bytes", "bytes is binary, not text."),
        std::pair("weights.safetensors", "weights.safetensors holds weights, not a text."),
        std::pair("large.txt", "large.txt is too large: 134 MB, and at most 134 MB are read.")}) {
    double_click(std::string("entry ") + name);
    EXPECT_EQ(says(), why);
    click("sort Name");
    double_click(std::string("entry ") + name, 6);
    EXPECT_EQ(says(), why) << "by a slower hand";
  }
  EXPECT_TRUE(is_open() && ui_.wants_text.empty());
}

TEST_F(Choosing, NamesOfAnyBytesAreChosen) {
  const fs::path path = file("texts/caf\xe9 \x1b[31m.txt", "abc");
  choose(Chooses::text, home_ / "texts");
  double_click("entry caf\\xe9 \\x1b[31m.txt");
  EXPECT_THAT(ui_.wants_text, ElementsAre(path.native()));
  // Typed as the URI that Tab makes of it.
  choose(Chooses::text, home_ / "texts");
  type("caf");
  press_key(Key::tab);
  draw(2);
  EXPECT_THAT(ui_.chooser.typed, HasSubstr("caf%E9"));
  settle();
  press_key(Key::enter);
  ASSERT_EQ(ui_.wants_text.size(), 2u);
  EXPECT_EQ(ui_.wants_text[1], path.native());
}

TEST_F(Choosing, WhatWasOpenedLastStandsAbove) {
  const fs::path deep = home_ / "texts/deep/war and peace.txt";
  ui_.used.note(Chooses::text, home_ / "texts/gone.txt");
  ui_.used.note(Chooses::text, deep);
  draw_with([&](const app::PanelInput& in) { app::open_chooser(in, ui_, Chooses::text); });
  settle();
  EXPECT_THAT(names(), ElementsAre("-", "war and peace.txt", "-", "war and peace.txt"))
      << "what is gone is left out";
  EXPECT_EQ(ui_.chooser.lit, 1);
  press_key(Key::enter);
  EXPECT_THAT(ui_.wants_text, ElementsAre(deep.native()));
}

TEST_F(Choosing, KeysAreNoShortcutsMeanwhile) {
  choose(Chooses::text, home_ / "texts");
  for (const Key key : {Key::r, Key::space, Key::period, Key::l, Key::a}) press_key(key);
  press_key(Key::z, true);
  press_key(Key::p, true, true);
  press_key(Key::f1);
  EXPECT_TRUE(commands_.empty());
  EXPECT_EQ(ui_.palette.open, app::Palette::Open::nothing);
  EXPECT_FALSE(ui_.show_help);
  // Nor does the mouse reach what lies behind.
  const auto play = registry_.find("Play");
  if (play) press(play->centre());
  EXPECT_TRUE(sent<Play>().empty() && sent<Pause>().empty());
  // A letter right behind the keys that open it is typed.
  press_key(Key::escape);
  viz::feed_modifiers(true, false);
  viz::feed_key(Key::o, true);
  draw();
  viz::feed_modifiers(false, false);
  viz::feed_key(Key::o, false);
  viz::feed_key(Key::r, true);
  draw();
  viz::feed_key(Key::r, false);
  draw();
  EXPECT_TRUE(sent<ResetModel>().empty());
  type("r");
  EXPECT_EQ(ui_.chooser.typed, "r");
}

TEST_F(Choosing, ManyFilesAreReadBehindTheFrames) {
  const fs::path many = home_ / "many";
  fs::create_directories(many);
  for (int i = 0; i < 3000; ++i) std::ofstream(many / ("file " + std::to_string(i)));
  choose(Chooses::text, many);
  EXPECT_EQ(ui_.chooser.rows.size(), 3000u);
  EXPECT_TRUE(has("entry file 0") && !has("entry file 100")) << "those in sight";
  press_key(Key::end);
  draw(2);
  EXPECT_TRUE(has("entry file 2999"));
  press_key(Key::page_up);
  EXPECT_EQ(lit(), "file " + std::to_string(2999 - ui_.chooser.page));
}

class ChoosingNarrowly : public Choosing {
 protected:
  ChoosingNarrowly() : Choosing(960, 600) {}
};
TEST_F(ChoosingNarrowly, EverythingIsWithinTheWindow) {
  choose(Chooses::run, home_ / "runs");
  for (const char* name :
       {"chooser open", "chooser go on", "chooser cancel", "hidden files", "folder above", "chooser field"}) {
    const app::Registry::Item item = find(name);
    EXPECT_TRUE(item.min.x >= 0 && item.min.y >= 0 && item.max.x <= 960 && item.max.y <= 600) << name;
  }
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::test
