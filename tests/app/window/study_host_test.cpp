// The process of a study, with small scripts for the program.
#include "app/window/beside/study_host.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <thread>

#include "app/cli/setups/presets.h"
#include "app/cli/words/cli.h"
#include "app/window/beside/report_host.h"
#include "core/study/sweep_results.h"
#include "tests/app/window/study_host_fixture.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

using test::WrittenStudy;
using testing::HasSubstr;

TEST_F(StudyHostTest, ItsFolderIsReadWhileItRunsAndOnceMoreAtItsEnd) {
  StudyHost host(HostedStudy::compare,
                 script("until test -e \"$3/go\"; do sleep 0.02; done; echo \"$1 $2\" > \"$3/asked\""), nullptr);
  EXPECT_TRUE(std::isinf(host.next_s())) << "nobody was asked";
  ASSERT_TRUE(host.begin(study_.plan(), study_.path()));
  wait(host, [&] { return shown_.far.planned == 4; });
  EXPECT_TRUE(shown_.runs);
  EXPECT_EQ(shown_.far.ended, 0u);
  // Training is paused and nothing wakes the window: it looks again by itself.
  wait(host, [&] { return host.next_s() <= now_s_ + StudyHost::kEvery_s; });
  end_run(0);
  wait(host, [&] { return shown_.far.ended == 1; });
  EXPECT_TRUE(shown_.runs);
  end_run(1);
  std::ofstream(study_.path() / "go") << "go";
  wait_for_rest(host);
  EXPECT_FALSE(shown_.runs);
  EXPECT_EQ(shown_.far.ended, 2u);
  EXPECT_EQ(shown_.error, "");
  std::string asked;
  std::getline(std::ifstream(study_.path() / "asked"), asked);
  EXPECT_EQ(asked, "compare --out");
}

// The curves are read again when a run has ended, and are of the seeds at which all have.
TEST_F(StudyHostTest, ItsCurvesGrowWithItsRuns) {
  StudyHost host(HostedStudy::compare, script("while :; do sleep 0.02; done"), nullptr);
  ASSERT_TRUE(host.begin(study_.plan(), study_.path()));
  wait(host, [&] { return shown_.curves != nullptr; });
  EXPECT_EQ(shown_.curves->arms, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(shown_.curves->seeds, 0u);
  const auto before = shown_.curves;
  study_.write("a", {1.0, 2.0});
  study_.write("b", {0.5, kMissing});
  wait(host, [&] { return shown_.far.ended == 3; });
  EXPECT_NE(shown_.curves, before);
  EXPECT_EQ(shown_.curves->seeds, 1u);
  EXPECT_EQ(shown_.curves->curves[1].step, (std::vector<double>{50, 100}));
  const auto then = shown_.curves;
  for (int i = 0; i < 50; ++i) frame(host);
  EXPECT_EQ(shown_.curves, then) << "nothing has ended since";
  host.cancel();
  wait_for_rest(host);
}

// Records alone can be studied: nobody has to learn here.
TEST_F(StudyHostTest, ServesWhatIsAskedForInCompare) {
  StudyHost host(HostedStudy::compare, script("while :; do sleep 0.02; done"), nullptr);
  UiState ui;
  const std::filesystem::path studies = folder_.path() / "studies";
  Config other;
  other.top_k = 1;
  ui.comparing.study_wanted = StudyWish{{{Config{}, "Top-k: 2"}, {other, "Top-k: 1"}}, 100, 2};
  host.serve(ui, studies, 0);
  EXPECT_FALSE(ui.comparing.study_wanted);
  EXPECT_TRUE(ui.comparing.study.runs);
  EXPECT_EQ(std::filesystem::path(ui.comparing.study.folder).parent_path(), studies);
  const auto plan = read_study(ui.comparing.study.folder);
  ASSERT_TRUE(plan) << plan.error().message;
  ASSERT_EQ(plan->arms.size(), 2u);
  EXPECT_EQ(plan->arms[1].config.top_k, 1);
  ui.comparing.study_cancelled = true;
  host.serve(ui, studies, 1);
  EXPECT_FALSE(ui.comparing.study_cancelled);
  EXPECT_FALSE(ui.comparing.study.runs);
  serve_rest(host, ui, studies);
  const std::string shown = ui.comparing.study.folder;
  ui.comparing.study_wanted = StudyWish{{}, 100, 2};  // no arm
  host.serve(ui, studies, 1000);
  EXPECT_EQ(ui.comparing.study.folder, shown) << "what there is stays, and is known";
  EXPECT_GT(ui.comparing.study.far.planned, 0u);
  EXPECT_FALSE(ui.comparing.study.runs);
  ASSERT_EQ(ui.toasts.size(), 1u);
  EXPECT_EQ(ui.toasts[0].level, Notice::Level::error);
}

// One that was stopped takes its time; who puts it away does not wait for it, and sees it no more.
TEST_F(StudyHostTest, OneThatStillEndsCanBePutAway) {
  StudyHost host(HostedStudy::compare,
                 script("trap 'sleep 0.5; exit 130' TERM; : > \"$3/up\"; while :; do sleep 0.02; done"), nullptr);
  UiState ui;
  const std::filesystem::path studies = folder_.path() / "studies";
  ui.comparing.study_wanted = StudyWish{{{Config{}, "one"}, {Config{}, "two"}}, 100, 2};
  host.serve(ui, studies, 0);
  const std::filesystem::path up = std::filesystem::path(ui.comparing.study.folder) / "up";
  for (int i = 0; i < 5000 && !std::filesystem::exists(up); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  ui.comparing.study_cancelled = true;
  host.serve(ui, studies, 1);
  EXPECT_FALSE(ui.comparing.study.folder.empty());
  ui.comparing.study_cancelled = true;
  host.serve(ui, studies, 1);
  EXPECT_TRUE(ui.comparing.study.folder.empty());
  serve_rest(host, ui, studies);
  EXPECT_FALSE(has_children());
}

// What the verdict says comes with it, arm by arm.
TEST_F(StudyHostTest, TheVerdictIsReadArmByArm) {
  WrittenStudy of_three({"a", "b"}, 3);
  of_three.write("a", {2, 2.1, 2.2});
  of_three.write("b", {1.5, 1.61, 1.69});
  StudyHost host(HostedStudy::compare, script("exit 0"), nullptr);
  ASSERT_TRUE(host.begin(of_three.plan(), of_three.path()));
  wait_for_rest(host);
  EXPECT_EQ(shown_.first, "a");
  ASSERT_EQ(shown_.verdicts.size(), 1u);
  EXPECT_EQ(shown_.verdicts[0].name, "b");
  EXPECT_EQ(shown_.verdicts[0].finding, Finding::better);
  EXPECT_NEAR(shown_.verdicts[0].difference, -0.5, 1e-12);
  EXPECT_GT(shown_.verdicts[0].half_width, 0);
  EXPECT_FALSE(shown_.sweep);
}

// The plan is the one that the command makes of the same words, and the command goes on with it.
TEST_F(StudyHostTest, ASweepIsServedAsTheCommandWouldMakeIt) {
  const char* const words[] = {"switchyard", "sweep",       "switch",  "--set", "top_k=1,2",
                               "--set",      "experts=1,8", "--steps", "200"};
  const auto options = parse_options(static_cast<int>(std::size(words)), words);
  ASSERT_TRUE(options) << options.error().message;
  StudyHost host(HostedStudy::sweep, script("echo \"$1 $2\" > \"$3/asked\"; while :; do sleep 0.02; done"),
                 nullptr);
  UiState ui;
  const std::filesystem::path studies = folder_.path() / "studies";
  ui.comparing.study_wanted = StudyWish{};  // the other host's
  ui.comparing.sweep_wanted =
      SweepWish{find_preset("switch")->config, {{"top_k", {"1", "2"}}, {"experts", {"1", "8"}}}, 200, 3};
  host.serve(ui, studies, 0);
  EXPECT_TRUE(ui.comparing.study_wanted);
  EXPECT_FALSE(ui.comparing.sweep_wanted);
  ASSERT_TRUE(ui.comparing.sweep.runs);
  EXPECT_TRUE(ui.comparing.study.folder.empty());
  const std::filesystem::path folder = ui.comparing.sweep.folder;
  EXPECT_EQ(folder.parent_path(), studies);
  const auto plan = read_study(folder);
  ASSERT_TRUE(plan) << plan.error().message;
  ASSERT_EQ(plan->arms.size(), 3u) << "two of one expert are refused";
  EXPECT_EQ(plan->sweep, options->study->sweep);
  for (std::size_t i = 0; i < plan->arms.size(); ++i) {
    EXPECT_EQ(plan->arms[i].name, options->study->arms[i].name);
    EXPECT_EQ(plan->arms[i].folder, options->study->arms[i].folder);
    EXPECT_EQ(plan->arms[i].config, options->study->arms[i].config);
  }
  EXPECT_EQ(plan->seeds, options->study->seeds);
  // What has ended of it is ranked as it stands.
  double now_s = 1;
  const auto serve_until = [&](const std::function<bool()>& until) {
    for (int i = 0; i < 5000 && !until(); ++i) {
      host.serve(ui, studies, now_s += 0.1);
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    EXPECT_TRUE(until());
  };
  const std::filesystem::path run = run_folder_of(folder, plan->arms[0], 1);
  std::filesystem::create_directories(run);
  ASSERT_TRUE(write_result(run, {.step = 200, .val_loss = 1.5}));
  serve_until([&] { return ui.comparing.sweep.sweep && ui.comparing.sweep.far.ended == 1; });
  EXPECT_EQ(ui.comparing.sweep.far.planned, 9u);
  EXPECT_EQ(ui.comparing.sweep.sweep->axes.size(), 2u);
  serve_until([&] { return std::filesystem::exists(folder / "asked"); });
  std::string asked;
  std::getline(std::ifstream(folder / "asked"), asked);
  EXPECT_EQ(asked, "sweep --out");
  // Stopped, then put away.
  ui.comparing.sweep_cancelled = true;
  serve_until([&] { return rests(host, now_s); });
  EXPECT_FALSE(ui.comparing.sweep.runs);
  EXPECT_EQ(ui.comparing.sweep.folder, folder.native());
  ui.comparing.sweep_cancelled = true;
  host.serve(ui, studies, now_s += 1);
  EXPECT_TRUE(ui.comparing.sweep.folder.empty());
  EXPECT_TRUE(std::filesystem::exists(folder));
  EXPECT_FALSE(has_children());
  // What cannot be is said.
  ui.comparing.sweep_wanted = SweepWish{Config{}, {{"top_k", {"100", "200"}}}, 100, 3};
  host.serve(ui, studies, now_s += 1);
  ASSERT_EQ(ui.toasts.size(), 1u);
  EXPECT_THAT(ui.toasts[0].message, HasSubstr("every combination is refused"));
}

TEST_F(StudyHostTest, WhatEndedItIsTold) {
  for (const auto& [text, says] : {std::pair{"exit 3", "exit code 3"}, {"kill -KILL $$", "signal: Killed"}}) {
    shown_ = {};
    StudyHost host(HostedStudy::compare, script(text), nullptr);
    ASSERT_TRUE(host.begin(study_.plan(), study_.path()));
    wait_for_rest(host);
    EXPECT_FALSE(shown_.runs);
    EXPECT_THAT(shown_.error, HasSubstr(says));
  }
  shown_ = {};
  StudyHost host(HostedStudy::compare, folder_.path() / "nothing", nullptr);
  ASSERT_TRUE(host.begin(study_.plan(), study_.path()));
  wait_for_rest(host);
  EXPECT_THAT(shown_.error, HasSubstr("could not be started"));
}

constexpr const char* kLateResult =
    "trap 'mv \"$3/late\" \"$3/runs\"; exit 130' TERM; : > \"$3/up\"; while :; do sleep 0.02; done";

// What it writes when it is asked to end is read, and nothing of it stays in the system's table.
TEST_F(StudyHostTest, OneThatIsCancelledIsCollectedAndItsLastWordsAreRead) {
  StudyHost host(HostedStudy::compare, script(kLateResult), nullptr);
  ASSERT_TRUE(host.begin(study_.plan(), study_.path()));
  end_run(0);
  std::filesystem::rename(study_.path() / "runs", study_.path() / "late");
  wait(host, [&] { return std::filesystem::exists(study_.path() / "up") && shown_.far.planned == 4; });
  EXPECT_EQ(shown_.far.ended, 0u);
  host.cancel();
  frame(host);
  EXPECT_FALSE(shown_.runs);
  wait_for_rest(host);
  EXPECT_EQ(shown_.far.ended, 1u);
  EXPECT_EQ(shown_.error, "") << "that was asked for";
  EXPECT_FALSE(has_children());
}

// Asked to end before it is the program it is to become.
TEST_F(StudyHostTest, OneThatHasJustBegunHearsItToo) {
  StudyHost host(HostedStudy::compare, script("while :; do sleep 0.02; done"), nullptr);
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(host.begin(study_.plan(), study_.path()));
    host.cancel();
    wait_for_rest(host);
  }
  EXPECT_FALSE(has_children());
}

TEST_F(StudyHostTest, ANewOneIsNotMixedWithTheOneThatStillEnds) {
  WrittenStudy next({"a", "b"}, 3);
  StudyHost host(HostedStudy::compare,
                 script("trap 'sleep 0.3; exit 7' TERM; : > \"$3/up\"; while :; do sleep 0.02; done"), nullptr);
  ASSERT_TRUE(host.begin(study_.plan(), study_.path()));
  wait(host, [&] { return std::filesystem::exists(study_.path() / "up"); });
  now_s_ += StudyHost::kEvery_s;
  frame(host);  // and read again, while the next begins
  ASSERT_TRUE(host.begin(next.plan(), next.path()));
  shown_ = {};
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  wait(host, [&] {
    EXPECT_NE(shown_.far.planned, 4u) << "of the one before";
    EXPECT_EQ(shown_.error, "");
    return std::filesystem::exists(next.path() / "up") && shown_.far.planned == 6;
  });
  EXPECT_TRUE(shown_.runs);
  for (int i = 0; i < 300; ++i) {
    frame(host);
    EXPECT_TRUE(shown_.runs) << "the end of the one before is not its end";
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  host.cancel();
  wait_for_rest(host);
  EXPECT_FALSE(has_children());
}

TEST_F(StudyHostTest, ItsEndIsNotWaitedFor) {
  const auto began = std::chrono::steady_clock::now();
  {
    StudyHost host(HostedStudy::compare,
                   script("trap 'sleep 2; exit 130' TERM; : > \"$3/up\"; while :; do sleep 0.02; done"), nullptr);
    ASSERT_TRUE(host.begin(study_.plan(), study_.path()));
    wait(host, [&] { return std::filesystem::exists(study_.path() / "up"); });
  }
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::milliseconds(1900));
  while (::waitpid(-1, nullptr, 0) > 0) {
  }  // for the tests behind this one
}

// The window goes on while a page is written, and is told what became of it.
TEST_F(StudyHostTest, AReportIsWrittenBesideTheWindow) {
  UiState ui;
  const std::filesystem::path run = folder_.path() / "run";
  std::filesystem::create_directories(run);
  const auto serve = [&](ReportHost& host, const std::string& folder) {
    ui.toasts.clear();
    ui.wants_report = true;
    for (int i = 0; i < 5000; ++i) {
      host.serve(ui, folder, now_s_ += 0.1);
      if (std::isinf(host.next_s())) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    EXPECT_FALSE(ui.wants_report);
    return ui.toasts.empty() ? std::string() : ui.toasts.back().message;
  };
  ReportHost good(script("test \"$1 $3\" = \"report --out\" && echo page > \"$4\""));
  EXPECT_THAT(serve(good, run.native()), HasSubstr("Written: " + (run / "report.html").native()));
  EXPECT_TRUE(std::filesystem::exists(run / "report.html"));
  EXPECT_FALSE(std::filesystem::exists(run / "report.log"));
  ReportHost bad(script("echo 'switchyard: no room' >&2; exit 1"));
  EXPECT_EQ(serve(bad, run.native()), "No report: switchyard: no room");
  EXPECT_FALSE(std::filesystem::exists(run / "report.log"));
  EXPECT_THAT(serve(good, ""), HasSubstr("Nothing is recorded"));
  ReportHost gone(folder_.path() / "nowhere");
  EXPECT_EQ(serve(gone, run.native()), "No report: it ended with exit code 127");
  EXPECT_THAT(serve(good, (folder_.path() / "missing").native()), HasSubstr("No report: "));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
