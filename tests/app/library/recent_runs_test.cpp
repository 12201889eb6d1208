// The runs a window offers to go on with: those of the usual directory and those recorded elsewhere.
#include "app/library/recent_runs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "core/record/checkpoint/checkpoint_store.h"
#include "core/record/folder/run_folder.h"
#include "tests/support/fake_trainer.h"
#include "tests/support/small_checkpoint.h"
#include "tests/support/temporary_folder.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class RecentRunsIn : public testing::Test {
 protected:
  // A run of so many steps that is kept and whose last row is so old.
  fs::path record(const fs::path& folder, int steps, int age_s) const {
    test::FakeTrainer trainer(Config{});
    auto made = RunFolder::create(folder);
    EXPECT_TRUE(made);
    (*made)->on_model(trainer);
    for (int step = 1; step <= steps; ++step) (*made)->on_step(test::fake_record(Config{}, step));
    made->reset();
    Checkpoint kept = test::small_checkpoint(steps);
    EXPECT_TRUE(CheckpointStore(folder).write(kept));
    fs::last_write_time(folder / "metrics.csv", fs::file_time_type::clock::now() - std::chrono::seconds(age_s));
    return folder;
  }
  static std::vector<std::string> names(const std::vector<RecentRun>& runs) {
    std::vector<std::string> out;
    for (const RecentRun& run : runs) out.push_back(run.run.folder.filename().string());
    return out;
  }
  test::TemporaryFolder home_;
  fs::path usual_ = home_.path() / "runs", elsewhere_ = home_.path() / "elsewhere";
};

TEST_F(RecentRunsIn, ThoseRecordedElsewhereAreAmongThem) {
  record(usual_ / "old", 5, 300);
  record(usual_ / "new", 5, 100);
  const fs::path mine = record(elsewhere_ / "mine", 7, 200), untidy = elsewhere_ / "untidy",
                 gone = elsewhere_ / "gone";
  fs::create_directories(untidy);
  std::ofstream(untidy / "config.json") << "{\"config\": [";
  std::ofstream(elsewhere_ / "file") << "x";
  std::vector<fs::path> missing;
  const auto runs = recent_runs(usual_, {gone, untidy, elsewhere_ / "file", mine, mine, usual_ / "new"}, &missing);
  EXPECT_THAT(names(runs), ElementsAre("new", "mine", "old"));
  EXPECT_EQ(runs[1].run.steps, 7);
  EXPECT_FALSE(runs[1].curve.empty());
  EXPECT_THAT(missing, ElementsAre(gone)) << "what cannot be read may come back";
  EXPECT_THAT(names(recent_runs(home_.path() / "no such", {mine})), ElementsAre("mine"));
  EXPECT_THAT(names(recent_runs(usual_, {mine}, nullptr, 2)), ElementsAre("new", "mine"));
  EXPECT_THAT(recent_runs(home_.path() / "no such"), IsEmpty());
}

TEST_F(RecentRunsIn, AreReadOnAThreadOfTheirOwn) {
  const fs::path mine = record(elsewhere_ / "mine", 3, 10), gone = elsewhere_ / "gone";
  RecentRuns reader;
  std::vector<RecentRun> runs;
  EXPECT_FALSE(reader.take(runs));
  reader.read(usual_, {mine, gone}, nullptr);
  for (int i = 0; i < 2000 && !reader.take(runs); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_THAT(names(runs), ElementsAre("mine"));
  EXPECT_THAT(reader.gone(), ElementsAre(gone));
  EXPECT_FALSE(reader.take(runs)) << "once";
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
