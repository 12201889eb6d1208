// The chooser of runs, and of directories of them.
#include <gmock/gmock.h>

#include <chrono>

#include "tests/app/shell/chooser_fixture.h"

namespace switchyard::test {
namespace SWITCHYARD_TEST_FILE {

namespace fs = std::filesystem;
using app::Chooses;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using viz::Key;

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

TEST_F(Choosing, ARecordingOfAnotherProgramIsChosenAmongRuns) {
  file("logs/routes/manifest.jsonl", "");
  file("logs/loads.csv", "step,layer,expert,count\n");
  file("logs/notes.txt", "x");
  choose(Chooses::run, home_ / "logs");
  EXPECT_EQ(find("entry routes").text, "recording");
  double_click("entry routes");
  EXPECT_THAT(ui_.wants_open, ElementsAre((home_ / "logs/routes").native()));
  choose(Chooses::run, home_ / "logs");
  double_click("entry loads.csv");
  ASSERT_EQ(ui_.wants_recording.size(), 1u) << "and not learned as points";
  EXPECT_EQ(ui_.wants_recording[0].path, home_ / "logs/loads.csv");
  // Who chooses a text walks into the folder.
  choose(Chooses::text, home_ / "logs");
  double_click("entry routes");
  settle();
  EXPECT_EQ(ui_.chooser.folder, home_ / "logs/routes");
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

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::test
