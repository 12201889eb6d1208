// What a window leaves for the next one: read back as it was, and of a strange file only what makes sense.
#include "app/window/memory/window_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "app/window/memory/window_memory.h"
#include "core/record/folder/run_place.h"
#include "tests/support/environment.h"
#include "tests/support/mutants.h"
#include "tests/support/temporary_folder.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

ChosenIn some(std::uint64_t probe = 0xfedcba9876543210ULL) { return {probe, {1, 0, 0, 1, 0, 1}, "“the”", 3, 12}; }
WindowState good() {
  WindowState state;
  state.folders = {"/data/one run", "/data/caf\xe9", "/data/three"};
  state.runs = {{"20261128T151200Z-stories-x7k2mq", some()},
                {"other", {1, {}, {}, -1, 0}},
                {"third", {2, {0, 1}, "a box", -1, -1}}};
  state.study = "/studies/caf\xe9";
  state.used = {{"/texts/caf\xe9.txt", "/texts/b"}, {"/runs/a"}, {"/settings/mine.json"}, {"/studies/one"}, {"/routes/of one"}};
  return state;
}

TEST(WindowStateText, ComesBackAsItWas) {
  EXPECT_EQ(parse_window_state(to_text(good())), good());
  EXPECT_EQ(parse_window_state(to_text(WindowState{})), WindowState{});
}

TEST(WindowStateText, NonsenseIsPassedOver) {
  for (const char* text :
       {"", "[]", "7", "{\"folders\": 3, \"runs\": {}}",
        "{\"texts\": [1, \"\", \"relative\"], \"opened\": {}, \"settings\": 3}",
        "{\"study\": \"relative\", \"sweep\": [\"/a\"]}", "{\"study\": \"/a\\u0000b\", \"sweep\": 7}",
        "{\"folders\": [1, null, \"\", \"relative\", \"/a\\u0000b\"]}",
        "{\"runs\": [1, {}, {\"run\": \"a\"}, {\"run\": \"a\", \"probe\": \"0\", \"pinned\": 1}]}"})
    EXPECT_EQ(parse_window_state(text), WindowState{}) << text;
  const auto entry = [](const char* members) {
    return parse_window_state(std::string("{\"runs\": [{\"run\": \"a\", \"probe\": \"9\"") + members +
                              "}, {\"run\": \"b\", \"probe\": \"9\", \"card\": 1}]}")
        .runs;
  };
  ASSERT_EQ(entry(", \"tokens\": 3, \"chosen\": \"a\", \"of\": \"x\"").size(), 2u);
  EXPECT_THAT(entry(", \"tokens\": 3, \"chosen\": \"a\", \"of\": \"x\"")[0].second.chosen, ElementsAre(1, 0, 1));
  // Nothing chosen, one behind the last, of another length, no digit, no words, no expert.
  for (const char* members :
       {"", ", \"tokens\": 3, \"chosen\": \"0\", \"of\": \"x\"",
        ", \"tokens\": 3, \"chosen\": \"b\", \"of\": \"x\"", ", \"tokens\": 5, \"chosen\": \"a\", \"of\": \"x\"",
        ", \"tokens\": 3, \"chosen\": \"A\", \"of\": \"x\"", ", \"tokens\": 3, \"chosen\": \"a\"",
        ", \"pinned\": -2", ", \"pinned\": 1.5", ", \"card\": 99999999999",
        ", \"tokens\": -1, \"chosen\": \"\", \"of\": \"x\"",
        ", \"tokens\": 9223372036854775807, \"chosen\": \"a\", \"of\": \"x\""}) {
    const auto runs = entry(members);
    ASSERT_EQ(runs.size(), 1u) << members;
    EXPECT_EQ(runs[0].first, "b");
  }
}

TEST(WindowStateText, MutantsAreValidOrLeftOut) {
  test::try_mutants(to_text(good()), 4, [](const std::string& bad) {
    const WindowState read = parse_window_state(bad);
    EXPECT_LE(read.folders.size(), WindowState::kMostFolders);
    for (const fs::path& folder : read.folders) EXPECT_TRUE(folder.is_absolute()) << bad;
    for (const auto& [id, in] : read.runs) EXPECT_FALSE(in.empty()) << bad;
    EXPECT_EQ(parse_window_state(to_text(read)), read) << bad;
    return !read.folders.empty();
  });
}

TEST(WindowStateText, NewsComeFirstAndTheOldestLeave) {
  WindowNews news{{"/new", "/data/three"}, {"/data/one run"}, {{"other", {}}, {"mine", some(5)}}};
  const WindowState now = with_news(good(), news);
  EXPECT_THAT(now.folders, ElementsAre("/new", "/data/three", "/data/caf\xe9"));
  ASSERT_EQ(now.runs.size(), 3u);
  EXPECT_EQ(now.runs[0].first, "mine");
  EXPECT_EQ(now.runs[1].first, "20261128T151200Z-stories-x7k2mq") << "nothing is chosen in the other any more";
  EXPECT_EQ(now.runs[2].first, "third");
  for (int i = 0; i < 100; ++i) {
    news.recorded_in.push_back("/run" + std::to_string(i));
    news.chosen.emplace_back(std::to_string(i), some());
  }
  const WindowState full = with_news(good(), news);
  EXPECT_EQ(full.folders.size(), WindowState::kMostFolders);
  EXPECT_EQ(full.runs.size(), WindowState::kMostRuns);
  EXPECT_EQ(full.folders[0], "/new");
  EXPECT_EQ(full.runs[0].first, "mine");

  WindowNews opened;
  opened.used.note(Chooses::text, "/texts/b");
  opened.used.note(Chooses::text, "/texts/new");
  EXPECT_THAT(with_news(good(), opened).used.texts, ElementsAre("/texts/new", "/texts/b", "/texts/caf\xe9.txt"));
  EXPECT_THAT(with_news(good(), opened).used.runs, ElementsAre("/runs/a"));
  for (int i = 0; i < 100; ++i) opened.used.note(Chooses::text, "/texts/" + std::to_string(i));
  EXPECT_EQ(with_news(good(), opened).used.texts.size(), UsedPaths::kMost);
}

// What was shown of several seeds stays where there is no news of it, and goes when it was put away.
TEST(WindowStateText, TheStudyThatIsShownIsKept) {
  EXPECT_EQ(with_news(good(), {}).study, "/studies/caf\xe9");
  WindowNews news;
  news.sweep = "/studies/b";
  EXPECT_EQ(with_news(good(), news).study, "/studies/caf\xe9");
  EXPECT_EQ(with_news(good(), news).sweep, "/studies/b");
  news.study = fs::path();
  EXPECT_TRUE(with_news(good(), news).study.empty());
  EXPECT_EQ(parse_window_state(to_text(with_news(good(), news))).sweep, "/studies/b");
}

class StateFile : public testing::Test {
 protected:
  test::TemporaryFolder home_;
  test::EnvironmentVariable state_{"XDG_STATE_HOME", (home_.path() / "state").string()};
  test::EnvironmentVariable data_{"XDG_DATA_HOME", (home_.path() / "data").string()};
};

// Written at once: a window that is killed leaves its study to the next.
TEST_F(StateFile, AStudyIsFoundAgainWithoutAnEndOfTheWindow) {
  {
    WindowMemory memory(true);
    EXPECT_TRUE(memory.study().empty());
    memory.shows_studies("/studies/one", "");
  }  // not end()
  EXPECT_EQ(WindowMemory(true).study(), "/studies/one");
  {
    WindowMemory memory(true);
    memory.shows_studies("", "/studies/two");
  }
  EXPECT_TRUE(WindowMemory(true).study().empty());
  EXPECT_EQ(WindowMemory(true).sweep(), "/studies/two");
  {
    WindowMemory picture(false);
    picture.shows_studies("", "");
  }
  EXPECT_EQ(WindowMemory(true).sweep(), "/studies/two") << "a picture remembers nothing";
}

TEST_F(StateFile, WhatAnotherVersionRemembersStays) {
  home_.write("state/switchyard/window.json", R"({"folders": ["/a"], "glow": {"of": [1, "x"]}, "runs": []})");
  add_to_window_state({{"/b"}, {}, {}});
  const WindowState now = read_window_state();
  EXPECT_THAT(now.folders, ElementsAre("/b", "/a"));
  EXPECT_EQ(now.others, *parse_json(R"({"glow": {"of": [1, "x"]}})", "a test"));
  const std::string much = R"({"folders": ["/a"], "glow": ")" + std::string(300'000, 'x') + "\"}";
  EXPECT_EQ(parse_window_state(much).others, Json::object());
  EXPECT_THAT(parse_window_state(much).folders, ElementsAre("/a"));
}

TEST_F(StateFile, NeverStandsInTheWay) {
  const fs::path file = window_state_file();
  EXPECT_EQ(file, home_.path() / "state" / "switchyard" / "window.json");
  EXPECT_EQ(read_window_state(), WindowState{}) << "none";
  const WindowNews news{{"/somewhere"}, {}, {{"a", some()}}};
  add_to_window_state(news);
  const WindowState written = read_window_state();
  EXPECT_THAT(written.folders, ElementsAre("/somewhere"));
  ASSERT_EQ(written.runs.size(), 1u);
  add_to_window_state({{"/else"}, {}, {}});
  EXPECT_THAT(read_window_state().folders, ElementsAre("/else", "/somewhere"));
  fs::resize_file(file, 1 << 30);
  EXPECT_EQ(read_window_state(), WindowState{}) << "a gigabyte";
  fs::remove(file);
  ASSERT_EQ(mkfifo(file.c_str(), 0600), 0);
  EXPECT_EQ(read_window_state(), WindowState{}) << "a pipe that nobody writes to";
  add_to_window_state(news);
  EXPECT_EQ(read_window_state(), written);
  fs::remove(file);
  fs::create_directories(file / "below");
  EXPECT_EQ(read_window_state(), WindowState{}) << "a folder";
  add_to_window_state(news);
}

TEST_F(StateFile, RemembersFoldersThatTheUsualDirectoryDoesNotList) {
  Live live;
  UiState ui;
  WindowMemory memory(true);
  EXPECT_THAT(memory.folders(), IsEmpty());
  {
    // Of a window that is killed its end tells nothing.
    WindowMemory killed(true);
    killed.recorded_in("/elsewhere/killed");
  }
  EXPECT_THAT(read_window_state().folders, ElementsAre("/elsewhere/killed"));
  memory.recorded_in("");
  memory.recorded_in((default_runs_directory() / "20261128T151200Z-stories-x7k2mq").string());
  memory.recorded_in("/elsewhere/run");
  memory.recorded_in("/elsewhere/run");
  memory.recorded_in("/elsewhere/run-2");
  memory.end(live, ui);
  EXPECT_THAT(WindowMemory(true).folders(),
              ElementsAre("/elsewhere/run-2", "/elsewhere/run", "/elsewhere/killed"));
  EXPECT_THAT(WindowMemory(false).folders(), IsEmpty()) << "a picture has no past";

  WindowMemory next(true);
  next.are_gone({"/elsewhere/run", "/elsewhere/killed"});
  next.end(live, ui);
  EXPECT_THAT(WindowMemory(true).folders(), ElementsAre("/elsewhere/run-2"));
}

TEST_F(StateFile, RemembersWhatWasOpenedAsItIs) {
  UsedPaths used;
  used.note(Chooses::text, "/texts/a");
  used.note(Chooses::run, "/runs/caf\xe9");
  {
    WindowMemory killed(true);
    killed.opened(used);
  }
  EXPECT_EQ(WindowMemory(true).used(), used);
  WindowMemory(false).opened({});
  EXPECT_EQ(WindowMemory(true).used(), used);
}

// As the window ends and the next one goes on with the run.
TEST_F(StateFile, WhatWasChosenInARunIsChosenWhenItGoesOn) {
  const auto look = [](const std::string& text) {
    auto tokens = std::make_shared<ProbeTokens>();
    for (const char c : text) tokens->text.emplace_back(1, c);
    ProbeLayer layer;
    layer.experts = 4;
    auto made = std::make_shared<Snapshot>();
    made->model_id = 1;
    made->tokens = std::move(tokens);
    made->layers = {layer};
    return made;
  };
  const auto begin = [&](Live& live, UiState& ui, const std::string& text) {
    Update update;
    update.begins.push_back({"a run", 1, 0, nullptr});
    update.snapshot = look(text);
    update.status.run_folder = "/elsewhere/run";
    take_update(live, ui, std::move(update), 0);
  };
  {
    Live live;
    UiState ui;
    WindowMemory memory(true);
    begin(live, ui, "abcdef");
    ui.selection = select(*live.run().snapshot, {0, 1, 0, 0, 0, 1}, "a box");
    ui.pinned_expert = 2;
    ui.card_expert = 3;
    memory.end(live, ui);
  }
  for (const std::string text : {"another", "abcdef"}) {
    Live live;
    UiState ui;
    const WindowMemory memory(true);
    memory.give(live.runs);
    begin(live, ui, text);
    const bool same = text == "abcdef";
    EXPECT_EQ(ui.selection.active(), same);
    EXPECT_EQ(ui.pinned_expert, same ? 2 : -1);
    EXPECT_EQ(ui.card_expert, same ? 3 : -1);
    if (same) {
      EXPECT_THAT(ui.selection.chosen, ElementsAre(0, 1, 0, 0, 0, 1));
    }
  }
  // Nothing chosen any more is remembered too.
  Live live;
  UiState ui;
  WindowMemory memory(true);
  begin(live, ui, "abcdef");
  memory.end(live, ui);
  EXPECT_THAT(read_window_state().runs, IsEmpty());
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
