// Processes that train together, begun from the window, with small scripts for the program.
#include "app/window/beside/ranks_host.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <thread>

#include "core/base/json.h"
#include "core/config/json.h"
#include "tests/support/read_file.h"
#include "tests/support/temporary_folder.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class RanksHostTest : public testing::Test {
 protected:
  RanksHostTest() {
    ui_.ranks.wanted = RanksWish{Config{}, 2, "stories"};
    ui_.ranks.wanted->config.experts = 12;
  }
  // $7 is the run's folder; "up" beside it says that the script is.
  std::filesystem::path script(const std::string& text) {
    const std::filesystem::path file = folder_.path() / "program";
    std::ofstream(file) << "#!/bin/sh\n" << text << '\n';
    std::filesystem::permissions(file, std::filesystem::perms::owner_all);
    return file;
  }
  void serve_until(RanksHost& host, const std::function<bool()>& until) {
    for (int i = 0; i < 5000 && !until(); ++i) {
      host.serve(ui_, runs(), now_s_ += 0.1);
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    EXPECT_TRUE(until());
  }
  void serve_rest(RanksHost& host) {
    host.serve(ui_, runs(), now_s_);
    serve_until(host, [&] { return std::isinf(host.next_s()); });
  }
  std::filesystem::path runs() const { return folder_.path() / "data" / "runs"; }
  std::string last_toast() const { return ui_.toasts.empty() ? "" : ui_.toasts.back().message; }

  test::TemporaryFolder folder_;
  UiState ui_;
  double now_s_ = 1;
};

TEST_F(RanksHostTest, TheRunIsFollowedOnceItIsRecordedAndEndsWhenAsked) {
  RanksHost host(
      script("trap 'exit 143' TERM; mkdir -p \"$7\"; printf '%s\\n' \"$@\" > \"$7/asked\"; "
             ": > \"$7/tape.sqlite\"; while :; do sleep 0.02; done"));
  EXPECT_TRUE(std::isinf(host.next_s()));
  serve_until(host, [&] { return !ui_.wants_view.empty(); });
  const std::filesystem::path run = ui_.ranks.folder;
  EXPECT_EQ(run.parent_path(), runs());
  EXPECT_THAT(ui_.wants_view, ElementsAre(run.native()));
  EXPECT_TRUE(ui_.ranks.run);
  EXPECT_TRUE(host.at_work());
  const std::string asked = test::read(run / "asked");
  EXPECT_THAT(asked, testing::StartsWith("--headless\n--ranks\n2\n--steps\n1000000000\n--out\n" + run.native() +
                                         "\n--config-text\n"));
  const auto config = parse_json(asked.substr(asked.find('{')), "asked");
  ASSERT_TRUE(config);
  EXPECT_EQ((*config)["experts"].integer() ? *(*config)["experts"].integer() : 0, 12);
  // Only one at a time.
  ui_.ranks.wanted = RanksWish{};
  host.serve(ui_, runs(), now_s_);
  EXPECT_THAT(last_toast(), HasSubstr("train already"));
  EXPECT_EQ(ui_.ranks.folder, run.native());
  ui_.ranks.end_wanted = true;
  serve_rest(host);
  EXPECT_FALSE(ui_.ranks.run);
  EXPECT_EQ(ui_.toasts.back().level, Notice::Level::info);
  EXPECT_THAT(last_toast(), HasSubstr(run.native()));
}

TEST_F(RanksHostTest, WhyTheyEndedIsTold) {
  for (const auto& [text, says] :
       {std::pair{"echo 'one'; echo 'switchyard: rank 1 is gone' >&2; exit 1", "rank 1 is gone"},
        {"exit 143", "exit code 143"},  // nobody here asked for that
        {"echo 'switchyard: rank 1 is a straggler' >&2; kill -KILL $$", "signal 9"}}) {
    ui_ = {};
    ui_.ranks.wanted = RanksWish{};
    RanksHost host(script(text));
    serve_rest(host);
    EXPECT_EQ(ui_.toasts.back().level, Notice::Level::error);
    EXPECT_THAT(last_toast(), HasSubstr(says));
    EXPECT_THAT(last_toast(), testing::Not(HasSubstr("one\n"))) << "how far it was is nobody's business now";
    EXPECT_THAT(ui_.wants_view, IsEmpty());
    EXPECT_FALSE(ui_.ranks.run);
  }
}

TEST_F(RanksHostTest, TheyOutliveTheWindowAndItsTerminal) {
  const std::filesystem::path pid = folder_.path() / "pid";
  {
    RanksHost host(script("echo $$ > '" + pid.native() + "'; exec sleep 600"));
    serve_until(host, [&] { return std::filesystem::exists(pid) && std::filesystem::file_size(pid) > 0; });
  }
  const auto process = static_cast<pid_t>(std::stol(test::read(pid)));
  EXPECT_EQ(::kill(process, 0), 0) << "it ended with the window";
  EXPECT_EQ(::getsid(process), process) << "the window's terminal would end it";
  ::kill(process, SIGKILL);
}

TEST_F(RanksHostTest, ACheckCountsWhatIsRightAndTellsWhatIsNot) {
  ui_.ranks.wanted.reset();
  ui_.ranks.check_wanted = true;
  RanksHost host(
      script("echo '2 x 1  as one process: gradient 0.4'; echo '1 x 2  as one process: gradient 0.4'; "
             "until test -e '" +
             (folder_.path() / "go").native() +
             "'; do sleep 0.02; done; "
             "echo '2 x 1  NOT as one process: gradient 3'; echo '2 x 1 (data x expert): 1 of 2'; exit 1"));
  serve_until(host, [&] { return ui_.ranks.check_words.starts_with("2 "); });
  EXPECT_TRUE(ui_.ranks.check_runs);
  EXPECT_EQ(ui_.ranks.check_words, "2 configurations so far, all as one process computes them");
  std::ofstream(folder_.path() / "go") << "go";
  serve_rest(host);
  EXPECT_FALSE(ui_.ranks.check_runs);
  EXPECT_TRUE(ui_.ranks.check_failed);
  EXPECT_EQ(ui_.ranks.check_words, "2 x 1  NOT as one process: gradient 3\n2 x 1 (data x expert): 1 of 2");
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
