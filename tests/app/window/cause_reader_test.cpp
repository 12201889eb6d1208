// Answers that lie in a run's folder, shown when the run is.
#include "app/window/beside/cause_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

#include "app/cli/causes/cause_reading.h"
#include "app/cli/causes/cause_texts.h"
#include "tests/causes/sample_reports.h"
#include "tests/support/temporary_folder.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

using testing::ElementsAre;
using testing::HasSubstr;

class CauseReaderTest : public testing::Test {
 protected:
  CauseReaderTest() {
    live_.runs.open({"a run", 7, 400, nullptr});
    Standing here;
    live_.runs.show("a run", here);
    RunView& run = live_.run();
    run.status.run = "a run";
    run.status.run_folder = folder_.path().native();
    run.status.state = RunState::opened;
    run.status.config = std::make_shared<Config>();
  }
  void keep(Cause what, std::int64_t step, const std::string& text = {}) {
    CauseReport report = test::sample_report(what);
    report.step = step;
    std::filesystem::create_directories(folder_.path() / "causes");
    std::ofstream(folder_.path() / "causes" / name_of_answer(what, step), std::ios::binary)
        << (text.empty() ? kept_cause_json(report) : text);
  }
  bool frame() {
    const PanelInput in{.run = live_.run(),
                        .snapshot = nullptr,
                        .status = live_.run().status,
                        .theme = theme_,
                        .exports = exports_};
    return reader_.serve(in, live_, ui_);
  }
  // Until it has something to say, or surely nothing.
  bool wait() {
    for (int i = 0; i < 5000; ++i) {
      if (frame()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return false;
  }
  const CauseReport* report(Cause cause) { return live_.run().causes[static_cast<std::size_t>(cause)].get(); }
  std::vector<std::int64_t> kept(Cause cause) {
    std::vector<std::int64_t> steps;
    for (const KeptAnswer& one : live_.run().kept_answers[static_cast<std::size_t>(cause)]) steps.push_back(one.step);
    return steps;
  }

  test::TemporaryFolder folder_;
  Live live_;
  UiState ui_;
  viz::Theme theme_;
  PanelExports exports_;
  CauseReader reader_{nullptr};
};

TEST_F(CauseReaderTest, TheNewestOfEachQuestionIsShownAndAnEarlierOneWhereItIsChosen) {
  for (std::size_t c = 0; c < kCauses; ++c) keep(static_cast<Cause>(c), 400);
  keep(Cause::zoo, 1200);
  keep(Cause::zoo, 90);
  ASSERT_TRUE(wait());
  for (std::size_t c = 0; c < kCauses; ++c) {
    const auto cause = static_cast<Cause>(c);
    ASSERT_TRUE(report(cause)) << file_of(cause);
    EXPECT_EQ(report(cause)->step, cause == Cause::zoo ? 1200 : 400);
    EXPECT_EQ(cause_json(*report(cause)), cause_json(test::sample_report(cause)));
    EXPECT_EQ(ui_.causes[cause].why_not, "");
  }
  EXPECT_THAT(kept(Cause::zoo), ElementsAre(90, 400, 1200));
  EXPECT_THAT(kept(Cause::ablate), ElementsAre(400));
  ui_.causes[Cause::zoo].file_wanted = live_.run().kept_answers[static_cast<std::size_t>(Cause::zoo)][0].file;
  ASSERT_TRUE(wait());
  EXPECT_EQ(report(Cause::zoo)->step, 90);
  EXPECT_EQ(report(Cause::ablate)->step, 400);
  // Read once.
  for (int i = 0; i < 50; ++i) EXPECT_FALSE(frame());
}

TEST_F(CauseReaderTest, WhatCannotBeReadIsSaidWhereNothingElseCanBeShown) {
  keep(Cause::ablate, 400, "{\"tokens\": ");
  keep(Cause::steer, 300);
  keep(Cause::steer, 400, std::string("\0\xff", 2));
  ASSERT_TRUE(wait());
  EXPECT_FALSE(report(Cause::ablate));
  EXPECT_THAT(ui_.causes[Cause::ablate].why_not, HasSubstr("ablation-400.json"));
  EXPECT_EQ(ui_.causes[Cause::ablate].run, "a run");
  ASSERT_TRUE(report(Cause::steer)) << "the one before it";
  EXPECT_EQ(report(Cause::steer)->step, 300);
  EXPECT_EQ(ui_.causes[Cause::steer].why_not, "");
  // Chosen, it is said.
  ui_.causes[Cause::steer].file_wanted = live_.run().kept_answers[static_cast<std::size_t>(Cause::steer)][1].file;
  ASSERT_TRUE(wait());
  EXPECT_THAT(ui_.causes[Cause::steer].why_not, HasSubstr("steering-400.json"));
  EXPECT_EQ(report(Cause::steer)->step, 300);
}

TEST_F(CauseReaderTest, WhatWasFoundOutMeanwhileStays) {
  keep(Cause::zoo, 400);
  CauseReport newer = test::sample_report(Cause::zoo);
  newer.step = 900;
  frame();
  live_.run().causes[static_cast<std::size_t>(Cause::zoo)] = std::make_shared<const CauseReport>(newer);
  ASSERT_TRUE(wait());
  EXPECT_EQ(report(Cause::zoo)->step, 900);
}

TEST_F(CauseReaderTest, OfARunWithoutAFolderNothingIsRead) {
  live_.run().status.run_folder.clear();
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(frame());
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
