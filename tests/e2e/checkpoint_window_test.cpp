// A checkpoint of another program's in the real window: read, asked, exported, closed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <filesystem>

#include "app/cli/terminal.h"
#include "app/run/checkpoint_shown.h"
#include "app/window/application.h"
#include "core/record/folder/run_place.h"
#include "core/train/interface/engine_loader.h"
#include "tests/support/environment.h"
#include "tests/support/read_file.h"
#include "tests/support/small_weights.h"
#include "tests/support/temporary_folder.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

namespace fs = std::filesystem;

// What somebody does, a thing at a time.
class Looker {
 public:
  void frame(const Live& live, UiState& ui) {
    if (std::chrono::steady_clock::now() > deadline_) {
      ADD_FAILURE() << "stuck at " << did_;
      ui.wants_quit = true;
      return;
    }
    // The model beside it waits, and there is something to leave behind or not.
    if (!ui.checkpoint || live.status.state != RunState::paused || live.status.run_folder.empty()) return;
    CheckpointShown& shown = *ui.checkpoint;
    const CheckpointNews& news = *shown.news;
    switch (did_) {
      case 0:
        workspace_ = ui.arranging.workspace;
        shown.read_all_wanted = true;
        choose_expert(shown, {0, 0});
        ++did_;
        return;
      case 1:
        if (shown.read_all_wanted || news.pass.runs || !news.spectra.contains({0, 0}) || news.decomposing.runs)
          return;
        news_ = shown.news;
        ui.figure_prompt.panel = "expert-norms";
        ui.figure_prompt.form.png = false;
        ui.figure_prompt.form.csv = true;
        ++did_;
        return;
      case 2:
        if (ui.figure_prompt.preview) ui.figure_prompt.is_wanted = true, ++did_;
        return;
      case 3:
        if (!ui.figure_prompt.panel.empty()) return;
        shown.close_wanted = true;
        ui.wants_quit = true;
        return;
      default:
        return;
    }
  }
  int did_ = 0;
  Workspace workspace_ = Workspace::train;
  std::shared_ptr<const CheckpointNews> news_;

 private:
  std::chrono::steady_clock::time_point deadline_ = std::chrono::steady_clock::now() + std::chrono::minutes(3);
};

TEST(CheckpointInTheWindow, IsReadAskedAndWrittenAndLeavesNoRunBehind) {
  prepare_process();
  const test::TemporaryFolder scratch;
  const test::EnvironmentVariable state("XDG_STATE_HOME", scratch.path() / "state"),
      config("XDG_CONFIG_HOME", scratch.path() / "config"), data("XDG_DATA_HOME", scratch.path() / "data");
  const test::SmallWeights weights = test::mixtral_like();
  fs::create_directory(scratch.path() / "small-moe");
  weights.write(scratch.path() / "small-moe" / "model.safetensors");
  std::vector<std::string> words{"switchyard", "open", (scratch.path() / "small-moe").native(), "--size",
                                 "1280x720"};
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  const auto options = parse_options(static_cast<int>(arguments.size()), arguments.data());
  ASSERT_TRUE(options) << options.error().message;
  ASSERT_TRUE(options->shows);
  Looker looker;
  const auto shown =
      run_window(*options, make_engine_trainer,
                 [&](const Live& live, UiState& ui, std::vector<Command>&) { looker.frame(live, ui); });
  ASSERT_TRUE(shown) << shown.error().message;
  EXPECT_EQ(looker.workspace_, Workspace::checkpoint) << "shown at once, and no tour over it";
  ASSERT_TRUE(looker.news_);
  double squares = 0;
  for (const char* name : {"w1", "w2", "w3"})
    for (const float value : weights[test::matrix_named(1, 3, name)])
      squares += static_cast<double>(value) * static_cast<double>(value);
  EXPECT_NEAR(looker.news_->experts[1]->whole[3], std::sqrt(squares), 1e-5);
  EXPECT_EQ((*looker.news_->spectra.at({0, 0}))[0]->rank, 1);

  const fs::path figures = default_runs_directory().parent_path() / "figures";
  const std::string svg = test::read(figures / "expert-norms.svg"), csv = test::read(figures / "expert-norms.csv");
  EXPECT_THAT(svg, testing::HasSubstr("<desc>small-moe</desc>"));
  EXPECT_THAT(csv, testing::HasSubstr("norm of all weights"));
  EXPECT_TRUE(!fs::exists(default_runs_directory()) || fs::is_empty(default_runs_directory()))
      << "nobody pressed Play";
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
