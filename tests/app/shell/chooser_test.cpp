// The chooser of files and runs, by keys and mouse.
#include "app/files/chooser.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "app/files/typed_path.h"
#include "app/shell/dialogs/chooser_view.h"
#include "core/data/data_file.h"
#include "core/record/folder/run_folder.h"
#include "tests/app/shell/workbench_fixture.h"
#include "tests/support/environment.h"
#include "tests/support/fake_trainer.h"
#include "tests/support/temporary_folder.h"

namespace switchyard::test {
namespace {

namespace fs = std::filesystem;
using app::Chooses;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using viz::Key;

class Choosing : public WorkbenchTest {
 protected:
  explicit Choosing(float width = 1280, float height = 720) : WorkbenchTest(width, height) {
    for (const char* name : {"texts", "texts/deep", "empty", "runs"}) fs::create_directories(home_ / name);
    for (const char* name : {"texts/part 10.txt", "texts/part 2.txt", "texts/Zebra.md", "texts/.secret",
                             "texts/deep/war and peace.txt"})
      file(name, "some words\n");
  }
  fs::path file(const std::string& name, const std::string& text) {
    std::ofstream(home_ / name, std::ios::binary) << text;
    return home_ / name;
  }
  fs::path record(const std::string& name, int steps) {
    FakeTrainer trainer(Config{});
    auto made = RunFolder::create(home_ / name);
    EXPECT_TRUE(made);
    (*made)->on_model(trainer);
    for (int step = 1; step <= steps; ++step) (*made)->on_step(fake_record(Config{}, step));
    return home_ / name;
  }
  // Frames until it is so; what is read is read on another thread.
  template <class Condition>
  void draw_until(Condition condition) {
    for (int i = 0; i < 4000 && !condition(); ++i) {
      draw();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    EXPECT_TRUE(condition());
  }
  void settle() {
    draw_until([&] { return ui_.chooser.listed && ui_.chooser.listed->whole && ui_.chooser.recent; });
    draw();
  }
  void choose(Chooses what, const fs::path& at) {
    ui_.used.note(what, at / "gone");
    draw_with([&](const app::PanelInput& in) { app::open_chooser(in, ui_, what); });
    settle();
    commands_.clear();
  }
  void draw_with(const std::function<void(const app::PanelInput&)>& before) {
    draw_frame([&](const app::PanelInput& in) {
      before(in);
      app::draw_workbench(in, {}, ui_, commands_);
    });
  }
  void press_alt_up() {
    viz::feed_modifiers(false, false, true);
    viz::feed_key(Key::up, true);
    draw();
    viz::feed_key(Key::up, false);
    viz::feed_modifiers(false, false, false);
    settle();
  }
  // The second press comes `later` frames after the first was let go.
  void double_click(const std::string& name, int later = 1) {
    const ImVec2 at = find(name).centre();
    move(at.x, at.y);
    draw(2);
    for (int i = 0; i < 2; ++i) {
      button(0, true);
      draw();
      button(0, false);
      draw(later);
    }
    draw();
  }
  std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const app::Chooser::Row& row : ui_.chooser.rows)
      out.push_back(row.is_heading ? "-" : app::entry_of(ui_.chooser, row).shown);
    return out;
  }
  std::string lit() const {
    if (ui_.chooser.lit < 0) return "";
    return app::entry_of(ui_.chooser, ui_.chooser.rows[static_cast<std::size_t>(ui_.chooser.lit)]).shown;
  }
  std::string says() { return find("chooser says").text; }
  bool is_open() const { return ui_.chooser.what != Chooses::nothing; }

  TemporaryFolder folder_;
  fs::path home_ = folder_.path();
  EnvironmentVariable home_variable_{"HOME", folder_.path().native()},
      data_{"XDG_DATA_HOME", (folder_.path() / "data").native()};
};

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

TEST_F(Choosing, RunsTellOfThemselvesAndAreOpenedOrGoneOnWith) {
  record("runs/first", 3);
  const fs::path second = record("runs/second", 12);
  fs::last_write_time(home_ / "runs/first/metrics.csv", fs::file_time_type::clock::now() - std::chrono::hours(3));
  fs::create_directories(home_ / "runs/zero");
  fs::last_write_time(home_ / "runs/zero", fs::file_time_type::clock::now() - std::chrono::hours(5));
  file("runs/notes.txt", "x");
  choose(Chooses::run, home_ / "runs");
  EXPECT_THAT(names(), ElementsAre("second", "first", "zero", "notes.txt")) << "the newest first";
  draw_until([&] { return ui_.chooser.looks.size() == 2; });
  draw();
  EXPECT_THAT(find("entry second").text, HasSubstr("12 steps"));
  double_click("entry notes.txt");
  EXPECT_EQ(says(), "notes.txt is no run: a run is a folder.");
  double_click("entry second");
  EXPECT_THAT(ui_.wants_open, ElementsAre(second.native()));
  choose(Chooses::run, home_ / "runs");
  click("entry second");
  click("chooser go on");
  ASSERT_EQ(sent<GoOn>().size(), 1u);
  EXPECT_EQ(sent<GoOn>()[0].where, second.native());
  // A run's folder is a folder too.
  choose(Chooses::run, home_ / "runs");
  click("entry second");
  press_key(Key::right);
  settle();
  EXPECT_EQ(ui_.chooser.folder, second);
}

// The folder that is listed is taken, not the row that is lit: runs are folders too.
TEST_F(Choosing, ADirectoryOfRunsIsTheOneThatIsListed) {
  record("studies/one/runs/a-seed-1", 3);
  file("studies/notes.txt", "x");
  choose(Chooses::runs, home_ / "studies");
  EXPECT_THAT(names(), ElementsAre("one", "notes.txt"));
  double_click("entry notes.txt");
  EXPECT_EQ(says(), "notes.txt is no folder.");
  double_click("entry one");
  settle();
  EXPECT_EQ(ui_.chooser.folder, home_ / "studies/one");
  click("chooser use");
  EXPECT_FALSE(is_open());
  EXPECT_EQ(ui_.library.directory, home_ / "studies/one");
  EXPECT_EQ(ui_.used.of(Chooses::runs).front(), home_ / "studies/one");
  EXPECT_TRUE(ui_.wants_open.empty());
  choose(Chooses::runs, home_ / "studies");
  press_key(Key::enter, true);
  EXPECT_EQ(ui_.library.directory, home_ / "studies");
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

TEST(TypedPaths, ReadBackToTheSamePath) {
  const EnvironmentVariable home("HOME", "/home/u");
  EXPECT_EQ(app::path_of_typed("~", "/x"), "/home/u");
  EXPECT_EQ(app::path_of_typed("~/a/../b/", "/x"), "/home/u/b");
  EXPECT_EQ(app::path_of_typed("a", "/x"), "/x/a");
  EXPECT_EQ(app::path_of_typed("../a", "/x/y"), "/x/a");
  EXPECT_EQ(app::path_of_typed("/..", "/x"), "/");
  EXPECT_EQ(app::path_of_typed("~u/a", "/x"), "/x/~u/a");
  for (const char* path :
       {"/", "/home/u", "/home/u/a b", "/home/user", "/tmp", "/home/u/caf\xe9", "/home/u/\xc3\xa9"})
    EXPECT_EQ(app::path_of_typed(app::typed_of_path(path), "/x"), path);
  EXPECT_EQ(app::typed_of_path("/home/u/a"), "~/a");
  EXPECT_EQ(app::typed_of_path("/home/user"), "/home/user");
}

TEST(Sizes, HaveTheirUnit) {
  EXPECT_EQ(app::size_text(0), "0 B");
  EXPECT_EQ(app::size_text(999), "999 B");
  EXPECT_EQ(app::size_text(1000), "1.0 kB");
  EXPECT_EQ(app::size_text(12'345), "12 kB");
  EXPECT_EQ(app::size_text(999'600), "1.0 MB");
  EXPECT_EQ(app::size_text(UINT64_MAX), "18 EB");
}

}  // namespace
}  // namespace switchyard::test
