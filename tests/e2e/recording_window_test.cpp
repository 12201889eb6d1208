// A loop in PyTorch, watched in the real window while it learns: what the window exports is what numpy computes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <set>
#include <thread>

#include "app/cli/terminal.h"
#include "app/window/application.h"
#include "core/base/json.h"
#include "core/record/folder/run_place.h"
#include "core/train/interface/engine_loader.h"
#include "tests/support/environment.h"
#include "tests/support/temporary_folder.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

constexpr std::size_t kExperts = 8;
constexpr std::int64_t kLast = 30;

// A line of CSV, whose fields may be quoted.
std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields(1);
  bool is_quoted = false;
  for (const char c : line) {
    if (c == '"') is_quoted = !is_quoted;
    else if (c == ',' && !is_quoted) fields.emplace_back();
    else if (c != '\r') fields.back() += c;
  }
  return fields;
}

// Column by header, row by row; lines that say where it is from begin with '#'.
struct ExportedTable {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;
  double at(const std::string& column, std::size_t row) const {
    const auto found = std::find(header.begin(), header.end(), column);
    EXPECT_NE(found, header.end()) << column << " is not among " << testing::PrintToString(header);
    if (found == header.end()) return NAN;
    const std::string& text = rows.at(row).at(static_cast<std::size_t>(found - header.begin()));
    return text.empty() ? NAN : std::stod(text);
  }
};

ExportedTable exported(const std::string& panel) {
  ExportedTable table;
  const std::filesystem::path folder = default_runs_directory().parent_path() / "figures";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename();
    if (!name.starts_with(panel) || entry.path().extension() != ".csv") continue;
    std::ifstream file(entry.path());
    for (std::string line; std::getline(file, line);) {
      if (line.starts_with('#')) continue;
      if (table.header.empty()) table.header = fields_of(line);
      else table.rows.push_back(fields_of(line));
    }
  }
  EXPECT_FALSE(table.rows.empty()) << panel;
  return table;
}

// Watches until the last step is there, then has panels written one after another.
class Watcher {
 public:
  void frame(const Live& live, UiState& ui) {
    if (std::chrono::steady_clock::now() > deadline_) {
      ADD_FAILURE() << "stuck at panel " << panel_ << ", step " << live.shown_status().step << ": "
                    << live.shown_status().message;
      ui.wants_quit = true;
      return;
    }
    const RunView& run = live.run();
    if (run.status.recorded && run.history.empty())
      waited_ |= run.status.message.find("Waiting for") != std::string::npos;
    steps_seen_.insert(run.status.step);
    if (run.status.step < kLast || !run.snapshot || run.snapshot->step < kLast) return;
    facts_ = run.status.recorded;
    if (state_ != RunState::followed) state_ = run.status.state;  // it rests while this writes
    has_config_ = run.status.config != nullptr;
    FigurePrompt& prompt = ui.figure_prompt;
    if (!prompt.panel.empty()) {
      if (prompt.preview && !prompt.is_wanted) {
        EXPECT_TRUE(prompt.preview->error.empty()) << prompt.panel << ": " << prompt.preview->error;
        prompt.is_wanted = true;
      }
      return;
    }
    if (panel_ == panels_.size()) {
      ui.wants_quit = true;  // what is being written is waited for
      return;
    }
    prompt.panel = panels_[panel_++];
    prompt.form.svg = prompt.form.png = false;
    prompt.form.csv = true;
  }

  bool waited_ = false, has_config_ = true;
  std::set<std::int64_t> steps_seen_;
  std::shared_ptr<const OtherRecording> facts_;
  RunState state_{};

 private:
  std::vector<std::string> panels_{"strips", "loss", "routing", "expert-load", "co-activation"};
  std::size_t panel_ = 0;
  std::chrono::steady_clock::time_point deadline_ = std::chrono::steady_clock::now() + std::chrono::minutes(3);
};

Result<Options> options_of(std::vector<std::string> words) {
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  return parse_options(static_cast<int>(arguments.size()), arguments.data());
}

TEST(WatchedRecording, WhatTheWindowExportsIsWhatNumpyComputes) {
  prepare_process();
  const test::TemporaryFolder scratch;
  const test::EnvironmentVariable state("XDG_STATE_HOME", scratch.path() / "state"),
      config("XDG_CONFIG_HOME", scratch.path() / "config"), data("XDG_DATA_HOME", scratch.path() / "data");
  const std::string routes = scratch.path() / "routes";
  const auto options = options_of({"switchyard", "watch", routes, "--size", "1280x720", "--workspace", "train"});
  ASSERT_TRUE(options) << options.error().message;

  // The loop begins once the window waits for it.
  std::thread loop;
  int ended = -1;
  Watcher watcher;
  const auto shown =
      run_window(*options, make_engine_trainer, [&](const Live& live, UiState& ui, std::vector<Command>&) {
        watcher.frame(live, ui);
        if (watcher.waited_ && !loop.joinable())
          loop = std::thread([&] {
            ended = std::system((std::string("/usr/bin/python3 ") + SWITCHYARD_E2E + "/watch_loop.py " +
                                 scratch.path().string() + " " + SWITCHYARD_PYTHON_ASSETS)
                                    .c_str());
          });
      });
  ASSERT_TRUE(loop.joinable()) << "it never said that it waits";
  loop.join();
  ASSERT_EQ(ended, 0);
  ASSERT_TRUE(shown) << shown.error().message;
  EXPECT_GE(watcher.steps_seen_.size(), 2u) << "it was seen while it grew";
  EXPECT_EQ(watcher.state_, RunState::followed);
  EXPECT_FALSE(watcher.has_config_);
  ASSERT_TRUE(watcher.facts_);
  EXPECT_EQ(watcher.facts_->model, "tutorial loop");
  EXPECT_TRUE(watcher.facts_->has_logits && watcher.facts_->has_losses && watcher.facts_->has_token_ids);

  const auto expected = read_json_file(scratch.path() / "expected.json");
  ASSERT_TRUE(expected) << expected.error().message;
  const auto at = [&](std::int64_t step, std::size_t layer) -> const Json& {
    return (*expected)[std::to_string(step)]["layers"][layer];
  };
  const ExportedTable loss = exported("loss"), routing = exported("routing"), load = exported("expert-load"),
                      pairs = exported("co-activation"), strips = exported("layers-of-a-passage");
  ASSERT_EQ(loss.rows.size(), static_cast<std::size_t>(kLast));
  ASSERT_EQ(routing.rows.size(), static_cast<std::size_t>(kLast));
  ASSERT_GE(load.rows.size(), static_cast<std::size_t>(kLast));
  for (std::int64_t step = 1; step <= kLast; ++step) {
    SCOPED_TRACE(step);
    const auto row = static_cast<std::size_t>(step - 1);
    EXPECT_EQ(loss.at("step", row), static_cast<double>(step));
    EXPECT_NEAR(loss.at("train loss [nats]", row), *(*expected)[std::to_string(step)]["loss"].number(), 1e-5);
    for (std::size_t layer = 0; layer < 2; ++layer) {
      const std::string of = ", layer " + std::to_string(layer);
      EXPECT_NEAR(routing.at("load entropy" + of + " [0 to 1]", row), *at(step, layer)["load_entropy"].number(),
                  1e-5);
      EXPECT_NEAR(routing.at("token entropy" + of + " [0 to 1]", row), *at(step, layer)["token_entropy"].number(),
                  1e-5);
      EXPECT_NEAR(routing.at("max violation" + of, row), *at(step, layer)["max_violation"].number(), 1e-5);
      EXPECT_TRUE(std::isnan(routing.at("dropped assignments" + of + " [share]", row))) << "nobody recorded drops";
    }
    for (std::size_t e = 0; e < kExperts; ++e)
      EXPECT_NEAR(load.at("E0" + std::to_string(e) + " [utilisation, fair share 1]", row),
                  *at(step, 0)["utilisation"][e].number(), 1e-5);
  }
  for (std::size_t row = 0; row < pairs.rows.size(); ++row) {
    const auto a = static_cast<std::size_t>(pairs.at("expert", row)),
               b = static_cast<std::size_t>(pairs.at("with expert", row));
    EXPECT_EQ(pairs.at("of them with both", row), *at(kLast, 0)["pairs"][a][b].number());
  }
  // The first passage is the first sequence: sixteen tokens.
  ASSERT_EQ(strips.rows.size(), 16u);
  for (std::size_t t = 0; t < 16; ++t)
    for (std::size_t layer = 0; layer < 2; ++layer)
      EXPECT_EQ(strips.at("first expert of layer " + std::to_string(layer), t),
                *at(kLast, layer)["first"][t].number());
}

// Most panels of the workspace Train tell of choices.
TEST(OpenedRecording, OfLoadsAloneIsShownWhereLoadsAre) {
  prepare_process();
  const test::TemporaryFolder scratch;
  const test::EnvironmentVariable state("XDG_STATE_HOME", scratch.path() / "state"),
      config("XDG_CONFIG_HOME", scratch.path() / "config"), data("XDG_DATA_HOME", scratch.path() / "data");
  const std::string loads = scratch.path() / "loads.csv";
  std::ofstream(loads) << "step,layer,expert,count\n0,0,0,3\n0,0,1,5\n1,0,0,4\n1,0,1,4\n";
  const auto shown_in = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"switchyard", "open", loads, "--key", "experts=2"});
    const auto options = options_of(std::move(more));
    EXPECT_TRUE(options) << options.error().message;
    std::optional<Workspace> workspace;
    int frames = 0;
    const auto left =
        run_window(*options, make_engine_trainer, [&](const Live& live, UiState& ui, std::vector<Command>&) {
          if (live.run().history.empty()) return;
      // Nothing happens any more, so no frame comes by itself.
      if (++frames < 3) return ui.wake();
          workspace = ui.arranging.workspace;
          ui.wants_quit = true;
        });
    EXPECT_TRUE(left) << left.error().message;
    return workspace;
  };
  EXPECT_EQ(shown_in({}), Workspace::health);
  EXPECT_EQ(shown_in({"--workspace", "routing"}), Workspace::routing) << "who names one gets it";
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
