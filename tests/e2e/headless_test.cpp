// The real program without a window: the run folder's contract, repeatability, Ctrl-C, the lists.
#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "core/config/knobs.h"
#include "core/record/tensorboard/event_file.h"
#include "tests/e2e/program.h"

namespace switchyard::test {
namespace SWITCHYARD_TEST_FILE {

namespace fs = std::filesystem;
using testing::HasSubstr;

std::vector<std::string> headless(const std::string& out, const std::string& steps) {
  auto arguments = tiny_model();
  arguments.insert(arguments.end(), {"--headless", "--steps", steps, "--out", out});
  return arguments;
}

#ifdef SWITCHYARD_HAS_WINDOW
constexpr bool kDrawsFigures = true;
#else
constexpr bool kDrawsFigures = false;
#endif

std::vector<std::vector<std::string>> read_csv(const fs::path& path) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream text(read_text(path));
  for (std::string line; std::getline(text, line);) {
    rows.emplace_back();
    std::istringstream cells(line);
    for (std::string cell; std::getline(cells, cell, ',');) rows.back().push_back(cell);
  }
  return rows;
}

std::vector<std::string> column(const std::vector<std::vector<std::string>>& rows, const std::string& name) {
  const auto at = std::find(rows.at(0).begin(), rows.at(0).end(), name) - rows[0].begin();
  std::vector<std::string> cells;
  for (std::size_t i = 1; i < rows.size(); ++i) cells.push_back(rows[i].at(static_cast<std::size_t>(at)));
  return cells;
}

TEST(Headless, WritesFiguresWithoutADisplay) {
  const ScratchFolder folder;
  auto arguments = headless(folder / "run", "6");
  arguments.emplace_back("--figures");
  const Outcome outcome = run_program(arguments);
  if (!kDrawsFigures) {
    EXPECT_EQ(outcome.code, 2);
    EXPECT_THAT(outcome.err, HasSubstr("--figures"));
    return;
  }
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const fs::path figures = fs::path(folder / "run") / "figures";
  for (const char* panel : {"loss", "expert-load-layer0", "expert-load-layer1", "routing-layer1", "projection-layer1",
                            "specialization-layer1", "gradients-layer1", "token", "router-health", "layer-flow",
                            "tokens-layer0", "generation-layer1"}) {
    const std::string stem = std::string(panel) + "-step6";
    EXPECT_THAT(read_text(figures / (stem + ".svg")), testing::AllOf(HasSubstr("</svg>"), HasSubstr("&quot;experts&quot;:4"))) << panel;
    EXPECT_THAT(read_text(figures / (stem + ".png")), HasSubstr("\"experts\":4")) << panel;
    EXPECT_GT(read_csv(figures / (stem + ".csv")).size(), 1u) << panel;
  }
  // The table behind the curve is the run's own.
  const auto shown = read_csv(figures / "loss-step6.csv");
  ASSERT_EQ(shown.size(), 7u);
  const auto recorded = column(read_csv(fs::path(folder / "run") / "metrics.csv"), "loss");
  for (std::size_t i = 0; i < 6; ++i) EXPECT_NEAR(std::stod(shown[i + 1][1]), std::stod(recorded[i]), 1e-5);
}

// Whatever is not written of a run is on its tape.
TEST(Headless, WhatIsWrittenOfARunIsChosen) {
  const ScratchFolder folder;
  const fs::path run = folder / "runs/one";
  auto arguments = headless(run, "6");
  arguments.insert(arguments.end(), {"--log", "tensorboard"});
  const Outcome outcome = run_program(arguments);
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const auto whole = [&] {
    const fs::path file = run / find_event_file(run);
    const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    const EventExtent extent = extent_of_events(descriptor, 0, static_cast<std::int64_t>(fs::file_size(file)));
    ::close(descriptor);
    EXPECT_EQ(extent.whole, static_cast<std::int64_t>(fs::file_size(file)));
    return extent.last_step.value_or(0);
  };
  EXPECT_EQ(whole(), 6);
  EXPECT_FALSE(fs::exists(run / "metrics.csv"));
  EXPECT_FALSE(fs::exists(run / "routing.jsonl"));
  const Outcome listed = run_program({"runs", folder / "runs", "--csv"});
  ASSERT_EQ(listed.code, 0) << listed.err;
  EXPECT_THAT(listed.out, HasSubstr("one,")) << listed.out;
  const Outcome found = run_program(
      {"runs", folder / "runs", "--csv", "--filter", "steps=6 and loss>0 and tokens>0 and val_loss>0"});
  EXPECT_THAT(found.out, HasSubstr("one,"));
  if (kDrawsFigures) {
    const Outcome drawn = run_program({"figures", run});
    ASSERT_EQ(drawn.code, 0) << drawn.err;
    EXPECT_EQ(read_csv(run / "figures" / "loss-step6.csv").size(), 7u);
  }
  // It goes on with more of it, and with less.
  const Outcome more = run_program({"--headless", "--resume", run, "--steps", "2", "--log", "tensorboard,csv"});
  ASSERT_EQ(more.code, 0) << more.err;
  EXPECT_EQ(whole(), 8);
  EXPECT_EQ(column(read_csv(run / "metrics.csv"), "step"), (std::vector<std::string>{"7", "8"}));
  ASSERT_EQ(run_program({"--headless", "--resume", run, "--steps", "1", "--log", "jsonl"}).code, 0);
  EXPECT_EQ(whole(), 8);
  EXPECT_TRUE(fs::exists(run / "routing.jsonl"));
}

TEST(Headless, LearnsPointsOfOnesOwnAndShowsThemInTheirUnits) {
  const ScratchFolder folder;
  std::string rows = "width,height,kind\n";
  for (int i = 0; i < 200; ++i)
    rows += fmt::format("{},{},{}\n", 1000 + i % 10 + (i % 2) * 40, 0.25 * (i % 7),
                        i % 2 == 0 ? "\"oak, old\"" : "elm");
  const std::string points = folder.write("trees.csv", rows);
  std::vector<std::string> arguments{"--headless", "--points", points, "--steps", "60", "--out", folder / "run"};
  if (kDrawsFigures) arguments.emplace_back("--figures");
  const Outcome outcome = run_program(arguments);
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const fs::path run = folder / "run";
  EXPECT_THAT(
      outcome.err + outcome.out,
      testing::AllOf(HasSubstr("60 steps on trees.csv: 200 points of 2 classes in 2 dimensions"),
                     HasSubstr("trees.csv: 200 points; coordinates width, height; class kind; between commas")));
  EXPECT_THAT(read_text(run / "config.json"),
              testing::AllOf(HasSubstr(points), HasSubstr("\"oak, old\""), HasSubstr("\"sha256\"")));
  const auto accuracy = column(read_csv(run / "metrics.csv"), "val_accuracy");
  EXPECT_GT(std::stod(accuracy.back()), 0.95) << "forty wide of each other";
  if (!kDrawsFigures) return;
  const auto plane = read_csv(run / "figures/plane-step60.csv");
  ASSERT_GT(plane.size(), 50u);
  EXPECT_EQ(plane[0][0], "width");
  EXPECT_EQ(plane[0][1], "height");
  for (std::size_t i = 1; i < plane.size(); ++i) {
    const double width = std::stod(plane[i][0]);
    EXPECT_EQ(width, std::round(width)) << "to the digit";
    EXPECT_TRUE((width > 999.5 && width < 1009.5) || (width > 1039.5 && width < 1049.5)) << width;
  }
  const std::string svg = read_text(run / "figures/plane-step60.svg");
  EXPECT_THAT(
      svg, testing::AllOf(HasSubstr("→ width "), HasSubstr("↑ height "), HasSubstr("oak, old"), HasSubstr("elm"),
                          HasSubstr("trees.csv"), testing::Not(HasSubstr(folder.path().native()))));
  EXPECT_THAT(read_text(run / "figures/confusion-step60.csv"), HasSubstr("taken for oak, old [points]"));
}

TEST(Headless, RowsThatAreNoPointsAreNamed) {
  const ScratchFolder folder;
  const std::string points = folder.write("bad.csv", "x,y,class\n1,2,a\n1,zwei,a\n3,4,b\n,4,b\n");
  const Outcome outcome = run_program({"--headless", "--points", points, "--steps", "2", "--out", folder / "run"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("points " + points +
                                     ": 2 of 4 rows are bad: row 3, column 2 (y): 'zwei' is no number; row 5, "
                                     "column 1 (x): is empty"));
  EXPECT_FALSE(fs::exists(fs::path(folder / "run")));
}

TEST(Headless, LeavesEveryFileOfTheContract) {
  const ScratchFolder folder;
  const Outcome outcome = run_program(headless(folder / "run", "27"));
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr(folder / "run"));
  EXPECT_THAT(outcome.err, HasSubstr("step 27/27"));
  const fs::path run = folder / "run";

  const Json config = strict_json(read_text(run / "config.json"));
  EXPECT_EQ(config["config"]["experts"], 4);
  for (const Knob& knob : knobs()) EXPECT_TRUE(config["config"].contains(knob.key)) << knob.key;

  const auto rows = read_csv(run / "metrics.csv");
  ASSERT_EQ(rows.size(), 28u);
  for (const char* name : {"step", "tokens", "wall_s", "loss", "val_loss", "total_loss", "lr", "grad_norm",
                           "tokens_per_s", "l0_entropy", "l1_max_violation", "l1_drop_rate"})
    EXPECT_THAT(rows[0], testing::Contains(name));
  EXPECT_EQ(column(rows, "step").back(), "27");
  EXPECT_EQ(column(rows, "tokens").back(), std::to_string(27 * 2 * 32));

  std::istringstream routing(read_text(run / "routing.jsonl"));
  double steps = 0, assigned_in_all = 0;
  for (std::string line; std::getline(routing, line);) {
    const Json row = strict_json(line);
    ASSERT_EQ(row["counts"].size(), 4u);
    double assigned = 0;
    for (const Json& count : *row["counts"].array_items()) assigned += *count.number();
    EXPECT_EQ(assigned, *row["window_steps"].number() * 2 * 32 * 2);  // sequences x context x k
    assigned_in_all += assigned;
    steps += *row["window_steps"].number();
  }
  EXPECT_EQ(steps, 2 * 27) << "of two layers, though no probe falls on the last step";
  EXPECT_EQ(assigned_in_all, 2 * 27 * 2 * 32 * 2);
  // What is printed of the last step stands in its row.
  const std::string val_loss = column(rows, "val_loss").back(), val_accuracy = column(rows, "val_accuracy").back();
  ASSERT_FALSE(val_loss.empty() || val_accuracy.empty());
  EXPECT_THAT(outcome.err, HasSubstr(fmt::format("({:.4g} and {:.2f} % right held out)", std::stod(val_loss),
                                                 100 * std::stod(val_accuracy))));
  EXPECT_THAT(read_text(run / "events.jsonl"), HasSubstr("\"step\":27,"));
  EXPECT_TRUE(fs::exists(run / "events.jsonl"));
  EXPECT_GT(fs::file_size(run / "model.safetensors"), 1000u);
}

// metrics.csv without the columns of the clock.
std::vector<std::vector<std::string>> timeless(const fs::path& run) {
  auto rows = read_csv(run / "metrics.csv");
  for (const char* name : {"wall_s", "tokens_per_s", "step_ms"}) {
    const auto at = std::find(rows.at(0).begin(), rows[0].end(), name) - rows[0].begin();
    for (auto& row : rows) row.erase(row.begin() + at);
  }
  return rows;
}

TEST(Headless, OperatesOnExpertsAndRepeatsItToTheBit) {
  const ScratchFolder folder;
  auto first = headless(folder / "first", "16");
  for (const std::string& edit :
       {std::string("5: clone 0.1 noise 0.1"), std::string("8: merge 0.0 0.2"), std::string("9: muted=1.0"),
        std::string("12: reinitialise router 0"), "14: transplant 0.0 onto 1.1 from " + (folder / "first") + "@4"})
    first.insert(first.end(), {"--do", edit});
  const Outcome operated = run_program(first);
  ASSERT_EQ(operated.code, 0) << operated.err;
  EXPECT_THAT(operated.err, testing::AllOf(HasSubstr("Makes 5 edits"), HasSubstr("All edits are made")));
  const fs::path run = folder / "first";
  EXPECT_THAT(read_text(run / "events.jsonl"),
              testing::AllOf(HasSubstr("\"kind\":\"operate\""), HasSubstr("merge 0.0 0.2")));
  EXPECT_TRUE(fs::exists(run / "checkpoints/step-000000007-before-merge-0.0-0.2.safetensors"))
      << "the model before it is kept";
  const Outcome again = run_program({"--headless", "--steps", "16", "--out", folder / "second", "--config",
                                     run / "config.json", "--replay-events", run / "events.jsonl"});
  ASSERT_EQ(again.code, 0) << again.err;
  EXPECT_EQ(timeless(folder / "second"), timeless(run));
  // What cannot be done ends the run with the reason.
  auto wrong = headless(folder / "third", "6");
  wrong.insert(wrong.end(), {"--do", "3: clone 0.99"});
  const Outcome refused = run_program(wrong);
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.err, HasSubstr("0.99: a layer has experts 0 to 3"));
}

TEST(Headless, RepeatsARunWithItsEdits) {
  const ScratchFolder folder;
  auto first = headless(folder / "first", "16");
  first.insert(
      first.end(),
      {"--set", "accumulation=2", "--replay-events",
       folder.write(
           "edits.jsonl",
           R"({"step":5,"kind":"set","changes":[{"key":"learning_rate","after":"0.01"}]})"
           "\n"
           R"({"step":9,"kind":"set","changes":[{"key":"experts","after":"6"},{"key":"top_k","after":"1"}]})"
           "\n")});
  const Outcome edited = run_program(first);
  ASSERT_EQ(edited.code, 0) << edited.err;
  EXPECT_THAT(edited.err, HasSubstr("edits.jsonl is replayed"));
  const fs::path run = folder / "first";
  EXPECT_EQ(strict_json(read_text(run / "config.json"))["config"]["experts"], 4) << "what it began with";
  const Outcome again = run_program({"--headless", "--steps", "16", "--out", folder / "second", "--config",
                                     run / "config.json", "--replay-events", run / "events.jsonl"});
  ASSERT_EQ(again.code, 0) << again.err;
  const Outcome plain =
      run_program({"--headless", "--steps", "16", "--out", folder / "plain", "--config", run / "config.json"});
  ASSERT_EQ(plain.code, 0) << plain.err;
  EXPECT_EQ(timeless(folder / "second"), timeless(run));
  EXPECT_NE(timeless(folder / "plain"), timeless(run));
  EXPECT_EQ(strict_json(read_text(folder / "first/events.jsonl")
                            .substr(0, read_text(folder / "first/events.jsonl").find('\n')))["changes"],
            strict_json(read_text(folder / "second/events.jsonl")
                            .substr(0, read_text(folder / "second/events.jsonl").find('\n')))["changes"]);
  const Outcome refused =
      run_program({"--headless", "--config", run / "config.json", "--replay-events", run / "metrics.csv"});
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.err, HasSubstr("metrics.csv: line 1"));
}

TEST(Headless, RepeatsToTheBitFromItsSeed) {
  const ScratchFolder folder;
  auto other_seed = headless(folder / "c", "6");
  other_seed.insert(other_seed.end(), {"--seed", "2"});
  ASSERT_EQ(run_program(headless(folder / "a", "6")).code, 0);
  ASSERT_EQ(run_program(headless(folder / "b", "6")).code, 0);
  ASSERT_EQ(run_program(other_seed).code, 0);
  const auto losses = [&](const char* name) {
    return column(read_csv(folder.path() / name / "metrics.csv"), "total_loss");
  };
  EXPECT_EQ(losses("a"), losses("b"));
  EXPECT_NE(losses("a"), losses("c"));
}

TEST(Headless, ItsConfigFileStartsTheSameRunAgain) {
  const ScratchFolder folder;
  ASSERT_EQ(run_program(headless(folder / "a", "4")).code, 0);
  const Outcome again =
      run_program({"--headless", "--steps", "4", "--config", folder / "a/config.json", "--out", folder / "b"});
  ASSERT_EQ(again.code, 0) << again.err;
  EXPECT_EQ(column(read_csv(folder / "a/metrics.csv"), "loss"),
            column(read_csv(folder / "b/metrics.csv"), "loss"));
}

TEST(Headless, CtrlCLeavesEverythingWritten) {
  const ScratchFolder folder;
  RunOptions options;
  options.interrupt_at = "step 1/";
  const Outcome outcome = run_program(headless(folder / "run", "1000000"), options);
  EXPECT_EQ(outcome.code, 130) << outcome.err;
  for (const char* name : {"config.json", "metrics.csv", "routing.jsonl", "events.jsonl", "model.safetensors"})
    EXPECT_TRUE(fs::exists(folder.path() / "run" / name)) << name;
  EXPECT_GE(read_csv(folder / "run/metrics.csv").size(), 2u);
}

TEST(Headless, TrainsOnATextOfTheUsers) {
  const ScratchFolder folder;
  std::string text;
  for (int i = 0; i < 200; ++i) text += "Señor Gödel ate " + std::to_string(i) + " crêpes.\n";
  auto arguments = headless(folder / "run", "4");
  arguments.insert(arguments.end(), {"--corpus", folder.write("text.txt", text)});
  const Outcome outcome = run_program(arguments);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
}

TEST(Headless, PointsAreLearnedAndTheirAccuracyWritten) {
  const ScratchFolder folder;
  const Outcome outcome = run_program({"--headless", "--preset", "clusters-plane", "--set", "threads=1", "--steps", "200", "--out",
                                       folder / "run"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  for (const char* text : {"1.2k points of 3 classes", "points/s", "% right held out"}) EXPECT_THAT(outcome.err, HasSubstr(text));
  const auto rows = read_csv(folder / "run/metrics.csv");
  EXPECT_EQ(column(rows, "tokens").back(), std::to_string(200 * 256));
  EXPECT_GT(std::stod(column(rows, "val_accuracy").back()), 0.6) << "chance is a third";
  EXPECT_GT(std::stod(column(rows, "train_accuracy").back()), 0.6);
  // What people see first: every expert works, from the first seconds on.
  EXPECT_GE(std::stod(column(rows, "l0_tokens_min").back()), 3);
  EXPECT_EQ(strict_json(read_text(folder.path() / "run/config.json"))["vocabulary"], Json(std::vector<std::string>{"class 0", "class 1", "class 2"}));
  const Outcome route = run_program({"route", "--run", folder / "run", "--text", "fox"});
  EXPECT_EQ(route.code, 2);
  EXPECT_THAT(route.err, HasSubstr("task = language"));
}

TEST(Headless, EveryPresetTrains) {
  const Json knob_list = strict_json(run_program({"--list-knobs", "--json"}).out);
  EXPECT_EQ(knob_list.size(), knobs().size());
  const ScratchFolder folder;
  for (const char* preset : {"clusters-plane", "seed-004-clusters", "tiny-stories", "switch", "noisy-top2", "deepseek", "dense-baseline", "collapse-on-purpose"}) {
    EXPECT_THAT(run_program({"--list-presets"}).out, HasSubstr(preset));
    auto arguments = headless(folder / preset, "2");
    arguments.insert(arguments.end(), {"--preset", preset});
    // Six a token are more than the tiny model has.
    if (std::string(preset) == "deepseek") arguments.insert(arguments.end(), {"--set", "experts=8"});
    const bool figures = kDrawsFigures && std::string(preset) == "dense-baseline";
    if (figures) arguments.emplace_back("--figures");
    const Outcome outcome = run_program(arguments);
    EXPECT_EQ(outcome.code, 0) << preset << outcome.err;
    if (!figures) continue;
    // A model without any MoE layer has the figures it can have, and says what has none.
    EXPECT_THAT(outcome.err,
                testing::ContainsRegex("no figure of Expert load, .*Token.*: this model has no MoE layer"));
    for (const char* stem : {"loss", "generation", "timeline"})
      EXPECT_TRUE(fs::exists(fs::path(folder / preset) / "figures" / (std::string(stem) + "-step2.svg"))) << stem;
  }
}

TEST(Headless, VersionTellsWhatRuns) {
  const Outcome outcome = run_program({"--version"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  for (const char* word : {"Switchyard", "LibTorch", "BLAS", "threads"}) EXPECT_THAT(outcome.out, HasSubstr(word));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::test
