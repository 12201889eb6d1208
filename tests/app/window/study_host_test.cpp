// The process of a study, with small scripts for the program.
#include "app/window/study_host.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <thread>

#include "tests/study/written_study.h"

namespace switchyard::app {
namespace {

using test::WrittenStudy;

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
  // Until there is nothing to wait for any more.
  void wait_for_rest(StudyHost& host) {
    wait(host, [&] { return std::isinf(host.next_s()); });
  }

  test::TemporaryFolder folder_;
  WrittenStudy study_{{"a", "b"}, 2};
  StudyShown shown_;
  double now_s_ = 100;
};

TEST_F(StudyHostTest, ItsFolderIsReadWhileItRunsAndOnceMoreAtItsEnd) {
  StudyHost host(script("until test -e \"$3/go\"; do sleep 0.02; done; echo \"$1 $2\" > \"$3/asked\""), nullptr);
  EXPECT_TRUE(std::isinf(host.next_s())) << "nobody was asked";
  ASSERT_TRUE(host.begin(study_.plan(), study_.path()));
  wait(host, [&] { return shown_.planned == 4; });
  EXPECT_TRUE(shown_.runs);
  EXPECT_EQ(shown_.ended, 0u);
  // Training is paused and nothing wakes the window: it looks again by itself.
  wait(host, [&] { return host.next_s() <= now_s_ + StudyHost::kEvery_s; });
  end_run(0);
  wait(host, [&] { return shown_.ended == 1; });
  EXPECT_TRUE(shown_.runs);
  end_run(1);
  std::ofstream(study_.path() / "go") << "go";
  wait_for_rest(host);
  EXPECT_FALSE(shown_.runs);
  EXPECT_EQ(shown_.ended, 2u);
  EXPECT_EQ(shown_.error, "");
  std::string asked;
  std::getline(std::ifstream(study_.path() / "asked"), asked);
  EXPECT_EQ(asked, "compare --out");
}

}  // namespace
}  // namespace switchyard::app
