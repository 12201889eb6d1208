// A study's process with small scripts for the program, and waiting for what comes of it.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <optional>
#include <string>
#include <thread>

#include "app/window/beside/study_host.h"
#include "tests/study/written_study.h"

namespace switchyard::app {

class StudyHostTest : public testing::Test {
 protected:
  // $3 is the folder of the study.
  std::filesystem::path script(const std::string& text) {
    const std::filesystem::path file = folder_.path() / "program";
    std::ofstream(file) << "#!/bin/sh\n" << text << '\n';
    std::filesystem::permissions(file, std::filesystem::perms::owner_all);
    return file;
  }
  void frame(StudyHost& host) { host.frame(shown_, now_s_ += 0.1); }
  void wait(StudyHost& host, const std::function<bool()>& until) {
    for (int i = 0; i < 5000 && !until(); ++i) {
      frame(host);
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    EXPECT_TRUE(until());
  }
  // Its result is there.
  void end_run(std::size_t arm) {
    const StudyArm& of = study_.plan().arms[arm];
    std::filesystem::create_directories(run_folder_of(study_.path(), of, 1));
    study_.diverge(of.name, 1);
  }
  // Nobody is waited for any more; one that is not done is looked at now and then.
  static bool rests(const StudyHost& host, double now_s) {
    return host.next_s() > now_s + 2 * StudyHost::kEvery_s;
  }
  void wait_for_rest(StudyHost& host) {
    wait(host, [&] { return rests(host, now_s_); });
  }
  // The same as the window does it, for what it shows.
  static void serve_rest(StudyHost& host, UiState& ui, const std::filesystem::path& studies) {
    double now_s = 1;
    for (int i = 0; i < 5000 && !rests(host, now_s); ++i) {
      host.serve(ui, studies, now_s += 0.1);
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    EXPECT_TRUE(rests(host, now_s));
  }
  static bool has_children() { return ::waitpid(-1, nullptr, WNOHANG) >= 0; }

  test::TemporaryFolder folder_;
  test::WrittenStudy study_{{"a", "b"}, 2};
  StudyShown shown_;
  double now_s_ = 100;
};

}  // namespace switchyard::app
