// What runs are called and began from: kept in their folders, from one window to the next.
#include "app/window/run_notes.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <filesystem>
#include <thread>

#include "app/cli/setups/run_origin.h"
#include "app/run/edits.h"
#include "core/config/json.h"
#include "tests/app/run/live_runs.h"
#include "tests/support/temporary_folder.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

class RunNotesTest : public LiveRuns {
 protected:
  // A folder as a run of these settings makes it.
  std::string folder_of(const std::string& id, const Config& config = {}, const std::string& parent = {}) {
    Json json = Json::object();
    json.member("run") = id;
    json.member("parent") = nullptr;
    if (!parent.empty()) json.member("parent") = Json{{"run", parent}, {"step", 3}};
    json.member("config") = to_json(config);
    folder_.write("runs/" + id + "/config.json", dump_json(json));
    return (folder_.path() / "runs" / id).native();
  }
  void learn(const std::string& id, std::uint32_t model, const std::string& folder) {
    Update update = steps(id, model, 0, 2);
    update.status.run = id;
    update.status.run_folder = folder;
    update.status.config = std::make_shared<Config>();
    update.status.state = RunState::playing;
    update.status.revision = ui_.knobs.sent_revision;
    tell(std::move(update));
  }
  // Frames until what was begun is done.
  void frames(RunNotes& notes) {
    for (int i = 0; i < 40; ++i) {
      notes.frame(live_, ui_, now_s_ += 5);
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }
  RunNote note_of(const std::string& folder) { return read_run_note(folder); }

  test::TemporaryFolder folder_;
  double now_s_ = 0;
};

TEST_F(RunNotesTest, TheRunThatLearnsHasItsPresetInItsFolder) {
  ui_.knobs.began_from = "Switch";
  RunNotes notes({});
  const std::string folder = folder_of("a");
  learn("a", 1, folder);
  frames(notes);
  EXPECT_EQ(note_of(folder), (RunNote{"", "Switch"}));
  EXPECT_EQ(live_.run().began_from, "Switch");
}

// The folder of the one before is told of until the new run has a step.
TEST_F(RunNotesTest, NothingIsWrittenIntoAnothersFolder) {
  ui_.knobs.began_from = "Switch";
  RunNotes notes({});
  const std::string first = folder_of("a");
  learn("a", 1, first);
  frames(notes);
  ui_.knobs.began_from = "Tiny stories";
  learn("b", 2, first);
  frames(notes);
  EXPECT_EQ(note_of(first), (RunNote{"", "Switch"}));
  const std::string second = folder_of("b");
  live_.status.run_folder = second;
  frames(notes);
  EXPECT_EQ(note_of(second), (RunNote{"", "Tiny stories"}));
  EXPECT_EQ(note_of(first), (RunNote{"", "Switch"}));
}

// A window at rest looks for names as well.
TEST_F(RunNotesTest, SaysWhenItLooksAgain) {
  RunNotes notes({});
  frames(notes);
  EXPECT_TRUE(std::isinf(notes.next_s()));
  // Found within the first seconds, when no look is due.
  learn("a", 1, folder_of("a"));
  notes.frame(live_, ui_, now_s_ += 0.1);
  EXPECT_GT(notes.next_s(), now_s_);
  EXPECT_LT(notes.next_s(), now_s_ + 10);
  frames(notes);
  EXPECT_GT(notes.next_s(), now_s_);
}

TEST_F(RunNotesTest, WhatIsOnItsWayIsOfNoRunYet) {
  ui_.knobs.began_from = "Switch";
  RunNotes notes({});
  const std::string folder = folder_of("a");
  learn("a", 1, folder);
  ui_.knobs.sent_revision = live_.status.revision + 1;  // a preset was chosen, and its model is not there yet
  ui_.knobs.began_from = "Tiny stories";
  frames(notes);
  EXPECT_EQ(note_of(folder), RunNote());
}

TEST_F(RunNotesTest, ANameComesBackWithTheNextWindow) {
  const std::string folder = folder_of("b");
  {
    Live live{.runs = Runs({}, 1)};
    UiState ui;
    std::swap(live, live_);
    learn("a", 1, folder_of("a"));
    Update beside = steps("b", 2, 0, 2);
    beside.status.run = "b";
    beside.status.run_folder = folder;
    beside.status.state = RunState::playing;
    take_beside(live_, ui_, std::move(beside), "", "Top-k: 2 to 1", 0);
    RunNotes notes({});
    frames(notes);
    EXPECT_EQ(note_of(folder).name, "Top-k: 2 to 1");
    std::swap(live, live_);
  }
  Update opened;
  opened.begins.push_back({"b", 1u << 31, 0, std::make_shared<RunPast>()});
  opened.records = {record(1, 1u << 31)};
  opened.status.run = "b";
  opened.status.run_folder = folder;
  opened.status.state = RunState::opened;
  take_viewed(live_, ui_, std::move(opened), 0, "");
  RunNotes notes({});
  frames(notes);
  ASSERT_TRUE(live_.runs.find("b"));
  EXPECT_EQ(live_.runs.find("b")->called, "Top-k: 2 to 1");
}

// Of any run of the window, whoever records it; taken off again it is called as its folder is.
TEST_F(RunNotesTest, ARunIsNamedByHand) {
  const std::string folder = folder_of("b");
  Update opened;
  opened.begins.push_back({"b", 1u << 31, 0, std::make_shared<RunPast>()});
  opened.records = {record(1, 1u << 31)};
  opened.status.run = "b";
  opened.status.run_folder = folder;
  opened.status.state = RunState::opened;
  take_viewed(live_, ui_, std::move(opened), 0, "");
  RunNotes notes({});
  frames(notes);
  ui_.wants_named = {{"b", "the good one"}, {"nobody", "x"}};
  frames(notes);
  EXPECT_EQ(live_.runs.find("b")->called, "the good one");
  EXPECT_EQ(note_of(folder).name, "the good one");
  EXPECT_TRUE(ui_.library.reads_again) << "the table has it too";
  ui_.wants_named = {{"b", ""}};
  frames(notes);
  EXPECT_EQ(live_.runs.find("b")->called, "");
  EXPECT_EQ(note_of(folder).name, "");
}

// Two windows show it: what it is called in one it is called in the other a moment later.
TEST_F(RunNotesTest, ANameGivenElsewhereComesHere) {
  const std::string folder = folder_of("b");
  Update opened;
  opened.begins.push_back({"b", 1u << 31, 0, std::make_shared<RunPast>()});
  opened.records = {record(1, 1u << 31)};
  opened.status.run = "b";
  opened.status.run_folder = folder;
  opened.status.state = RunState::opened;
  take_viewed(live_, ui_, std::move(opened), 0, "");
  RunNotes notes({});
  frames(notes);
  EXPECT_EQ(live_.runs.find("b")->called, "");
  EXPECT_FALSE(ui_.library.reads_again);
  ASSERT_TRUE(write_run_note(folder, "b", {"theirs", ""}));
  frames(notes);
  EXPECT_EQ(live_.runs.find("b")->called, "theirs");
  EXPECT_TRUE(ui_.library.reads_again) << "the table has it too";
  // The last one to name it has it.
  ui_.wants_named = {{"b", "ours"}};
  frames(notes);
  EXPECT_EQ(note_of(folder).name, "ours");
  ASSERT_TRUE(write_run_note(folder, "b", {"theirs again", ""}));
  frames(notes);
  EXPECT_EQ(live_.runs.find("b")->called, "theirs again");
  EXPECT_EQ(note_of(folder).name, "theirs again");
}

// What is only looked at is not read any more at the end.
TEST_F(RunNotesTest, TheEndReadsNothingOfRunsThatAreLookedAt) {
  const std::string folder = folder_of("b");
  ASSERT_TRUE(write_run_note(folder, "b", {"theirs", ""}));
  Update opened;
  opened.begins.push_back({"b", 1u << 31, 0, std::make_shared<RunPast>()});
  opened.records = {record(1, 1u << 31)};
  opened.status.run = "b";
  opened.status.run_folder = folder;
  opened.status.state = RunState::opened;
  take_viewed(live_, ui_, std::move(opened), 0, "");
  RunNotes notes({});
  notes.end(live_, ui_);
  EXPECT_EQ(live_.runs.find("b")->called, "");
  EXPECT_FALSE(live_.runs.find("b")->is_noted);
  // Unless somebody named it just before.
  ui_.wants_named = {{"b", "ours"}};
  notes.end(live_, ui_);
  EXPECT_EQ(note_of(folder).name, "ours");
}

// The window closes before anything was written.
TEST_F(RunNotesTest, TheEndWritesWhatIsLeft) {
  ui_.knobs.began_from = "Switch";
  const std::string folder = folder_of("a");
  learn("a", 1, folder);
  RunNotes notes({});
  notes.end(live_, ui_);
  EXPECT_EQ(note_of(folder), (RunNote{"", "Switch"}));
}

TEST_F(RunNotesTest, AFolderThatCannotBeWrittenIsLetBe) {
  ui_.knobs.began_from = "Switch";
  const std::string folder = folder_of("a");
  std::filesystem::create_directory(std::filesystem::path(folder) / kRunNoteFile);
  learn("a", 1, folder);
  RunNotes notes({});
  frames(notes);
  // Nor is a name that was given taken off again, though the folder has none.
  ui_.wants_named = {{"a", "mine"}};
  frames(notes);
  EXPECT_EQ(live_.run().called, "mine");
  notes.end(live_, ui_);
  EXPECT_EQ(live_.run().called, "mine");
  EXPECT_EQ(live_.run().began_from, "Switch");
  EXPECT_TRUE(ui_.toasts.empty());
}

// What the knobs are held against once another run goes on.
TEST_F(RunNotesTest, ARunThatGoesOnSaysWhatItBeganFrom) {
  const std::string folder = folder_of("a");
  ASSERT_TRUE(write_run_note(folder, "a", {"", "Switch"}));
  ui_.knobs.began_from = "Tiny stories";
  Commands out;
  ui_.knobs.is_set = true;
  go_on_with(ui_.knobs, out, folder);
  EXPECT_EQ(ui_.knobs.began_from, "");
  learn("a", 1, folder);
  RunNotes notes({});
  frames(notes);
  EXPECT_EQ(ui_.knobs.began_from, "Switch");
  EXPECT_FALSE(ui_.knobs.wants_origin);
  EXPECT_EQ(note_of(folder).preset, "Switch");
}

TEST_F(RunNotesTest, WhereItDoesNotSayItsParentOrItsSettingsDo) {
  const std::string parent = folder_of("parent");
  const std::string child = folder_of("child", {}, "parent");
  ASSERT_TRUE(write_run_note(parent, "parent", {"", "Mine"}));
  EXPECT_EQ(origin_of_run(child, {}), "Mine");
  Config other = find_preset("switch")->config;
  EXPECT_EQ(origin_of_run(folder_of("as it is", other), {}), "Switch");
  other.experts = 5;
  EXPECT_EQ(origin_of_run(folder_of("changed", other), {}), "");
  const std::string circle = folder_of("circle", other, "circle");
  EXPECT_EQ(origin_of_run(circle, {}), "") << "a record may claim anything";
  EXPECT_EQ(origin_of_run(folder_.path() / "none", {}), "");
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
