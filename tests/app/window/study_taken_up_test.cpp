// A study that is there: shown, followed while another process learns it, gone on with, listed.
#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <thread>

#include "app/window/beside/study_shelf.h"
#include "core/study/claims.h"
#include "tests/app/window/study_host_fixture.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

using test::WrittenStudy;
using testing::HasSubstr;

using StudyTakenUp = StudyHostTest;

// One that is there is shown as it stands; nothing is started.
TEST_F(StudyTakenUp, OneThatIsThereIsShown) {
  WrittenStudy there({"a", "b"}, 3);
  there.write("a", {2, 2.1, kMissing});
  StudyHost host(HostedStudy::compare, script(": > \"$3/up\""), nullptr);
  UiState ui;
  ui.comparing.study_asked = StudyAsked{there.path(), false, 0, true};
  host.serve(ui, folder_.path() / "studies", 0);
  EXPECT_FALSE(ui.comparing.study_asked);
  serve_rest(host, ui, folder_.path() / "studies");
  const StudyShown& shown = ui.comparing.study;
  EXPECT_EQ(shown.folder, there.path().native());
  EXPECT_EQ(host.folder(), there.path());
  EXPECT_EQ(shown.far.ended, 2u);
  EXPECT_EQ(shown.far.planned, 6u);
  EXPECT_FALSE(shown.runs);
  EXPECT_FALSE(shown.far.is_done);
  EXPECT_EQ(shown.error, "");
  EXPECT_FALSE(std::filesystem::exists(there.path() / "up"));
  ASSERT_EQ(ui.toasts.size(), 1u) << "whoever had it before hears where it stands, once";
  EXPECT_THAT(ui.toasts[0].message, HasSubstr("2 of 6 runs"));
  host.serve(ui, folder_.path() / "studies", 1000);
  EXPECT_EQ(ui.toasts.size(), 1u);
}

// One of a window before this that was deleted is not missed; whoever asks for one hears what is wrong with it,
// and of a disk that is not there it stays remembered.
TEST_F(StudyTakenUp, OneThatIsGoneIsAnErrorOnlyToWhoAskedForIt) {
  StudyHost host(HostedStudy::compare, script("exit 0"), nullptr);
  UiState ui;
  ui.comparing.study_asked = StudyAsked{folder_.path() / "gone", false, 0, true};
  host.serve(ui, folder_.path(), 0);
  serve_rest(host, ui, folder_.path());
  EXPECT_TRUE(host.folder().empty());
  EXPECT_TRUE(ui.comparing.study.folder.empty());
  EXPECT_TRUE(ui.toasts.empty());
  ui.comparing.study_asked = StudyAsked{folder_.path() / "gone", false, 0, false};
  host.serve(ui, folder_.path(), 0);
  serve_rest(host, ui, folder_.path());
  EXPECT_THAT(ui.comparing.study.error, HasSubstr("gone/study.json"));
  const std::filesystem::path away = folder_.path() / "not mounted" / "study";
  ui.comparing.study_asked = StudyAsked{away, false, 0, true};
  host.serve(ui, folder_.path(), 0);
  serve_rest(host, ui, folder_.path());
  EXPECT_EQ(host.folder(), away);
  EXPECT_THAT(ui.comparing.study.error, HasSubstr("study.json"));
}

// A sweep is no comparison: nothing of it is shown as one.
TEST_F(StudyTakenUp, OneOfTheOtherKindIsRefused) {
  StudyHost host(HostedStudy::sweep, script("exit 0"), nullptr);
  host.take_up({study_.path(), false, 0, false});
  wait_for_rest(host);
  EXPECT_THAT(shown_.error, HasSubstr("a comparison and no sweep"));
  EXPECT_EQ(shown_.far.planned, 0u);
}

// To show one that learns here, or is about to, does not end it.
TEST_F(StudyTakenUp, ToShowTheOneThatLearnsChangesNothing) {
  StudyHost host(HostedStudy::compare,
                 script("trap ': > \"$3/ended\"; exit 130' TERM; : > \"$3/up\"; while :; do sleep 0.02; done"),
                 nullptr);
  ASSERT_TRUE(host.begin(study_.plan(), study_.path()));
  wait(host, [&] { return std::filesystem::exists(study_.path() / "up") && shown_.far.planned == 4; });
  host.take_up({study_.path(), false, 0, false});
  for (int i = 0; i < 100; ++i) {
    frame(host);
    EXPECT_TRUE(shown_.runs);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  EXPECT_FALSE(std::filesystem::exists(study_.path() / "ended"));
  host.cancel();
  wait_for_rest(host);
}

// Another process is at it: that is seen, and looked at again by itself.
TEST_F(StudyTakenUp, OneThatIsLearnedElsewhereIsFollowed) {
  StudyHost host(HostedStudy::compare, script("exit 0"), nullptr);
  std::filesystem::path claimed = claim_of(study_.path(), run_name(study_.plan().arms[1], 2));
  std::filesystem::create_directories(claimed);
  auto taken = RunLock::take(claimed);
  ASSERT_TRUE(taken);
  std::optional<RunLock> lock(std::move(*taken));
  host.take_up({study_.path(), false, 0, false});
  wait(host, [&] { return shown_.far.planned == 4; });
  EXPECT_TRUE(shown_.learns_elsewhere);
  EXPECT_FALSE(shown_.runs);
  EXPECT_LE(host.next_s(), now_s_ + StudyHost::kEvery_s + 0.1) << "though nobody wakes the window";
  end_run(0);
  wait(host, [&] { return shown_.far.ended == 1; });
  EXPECT_TRUE(shown_.learns_elsewhere);
  // Between two runs nothing is held; after that it has ended.
  lock.reset();
  int readings = 0;
  for (double before = host.next_s(); readings < 1 && now_s_ < 10'000; before = host.next_s()) {
    frame(host);
    readings += host.next_s() > before + 1;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  EXPECT_TRUE(shown_.learns_elsewhere);
  wait(host, [&] { return !shown_.learns_elsewhere; });
  wait_for_rest(host);
  EXPECT_FALSE(std::isinf(host.next_s())) << "somebody may go on with it";
}

// Gone on with while the process that was stopped still holds a run: the next one begins when that is free, for it
// would pass over it.
TEST_F(StudyTakenUp, GoingOnWaitsForTheOneThatStillEnds) {
  StudyHost host(HostedStudy::compare,
                 script("test -e \"$3/holds\" && : > \"$3/met\"; : > \"$3/holds\"; echo x >> \"$3/begun\"\n"
                        "trap 'sleep 0.3; rm \"$3/holds\"; exit 130' TERM\nwhile :; do sleep 0.02; done"),
                 nullptr);
  const auto times_begun = [&] {
    std::ifstream file(study_.path() / "begun");
    return std::count(std::istreambuf_iterator<char>(file), {}, 'x');
  };
  ASSERT_TRUE(host.begin(study_.plan(), study_.path()));
  wait(host, [&] { return times_begun() == 1; });
  host.cancel();
  host.take_up({study_.path(), true, 0, false});
  frame(host);
  EXPECT_TRUE(shown_.runs) << "as good as begun";
  wait(host, [&] { return times_begun() == 2; });
  EXPECT_FALSE(std::filesystem::exists(study_.path() / "met"));
  EXPECT_TRUE(shown_.runs);
  EXPECT_EQ(shown_.error, "");
  // Stopped before its turn came, it does not begin.
  host.cancel();
  host.take_up({study_.path(), true, 0, false});
  host.cancel();
  wait_for_rest(host);
  EXPECT_FALSE(shown_.runs);
  EXPECT_EQ(times_begun(), 2);
  EXPECT_FALSE(has_children());
}

// One of another folder that still ends holds nothing of this one.
TEST_F(StudyTakenUp, GoingOnWithAnotherDoesNotWait) {
  WrittenStudy next({"a", "b"}, 3);
  StudyHost host(HostedStudy::compare,
                 script("trap 'sleep 5; exit 130' TERM; : > \"$3/up\"; while :; do sleep 0.02; done"), nullptr);
  ASSERT_TRUE(host.begin(study_.plan(), study_.path()));
  wait(host, [&] { return std::filesystem::exists(study_.path() / "up"); });
  host.take_up({next.path(), true, 0, false});
  const auto began = std::chrono::steady_clock::now();
  wait(host, [&] { return std::filesystem::exists(next.path() / "up"); });
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(4));
  host.cancel();
  wait_for_rest(host);
}

TEST_F(StudyTakenUp, MoreSeedsAreAskedOfTheProgram) {
  StudyHost host(HostedStudy::compare, script("echo \"$1 $2 $4 $5\" > \"$3/asked\""), nullptr);
  host.take_up({study_.path(), true, 7, false});
  wait_for_rest(host);
  std::string asked;
  std::getline(std::ifstream(study_.path() / "asked"), asked);
  EXPECT_EQ(asked, "compare --out --seeds 7");
  EXPECT_EQ(shown_.seeds, 2) << "until it has settled them";
}

// One that cannot be started says so, and is no run that goes on for ever.
TEST_F(StudyTakenUp, GoingOnThatFailsIsTold) {
  StudyHost host(HostedStudy::compare, folder_.path() / "nothing", nullptr);
  host.take_up({study_.path(), true, 0, false});
  wait_for_rest(host);
  EXPECT_FALSE(shown_.runs);
  EXPECT_THAT(shown_.error, HasSubstr("could not be started"));
}

// The dialog's list is read while it is open, and only then.
TEST_F(StudyTakenUp, TheShelfListsWhatIsThere) {
  StudyShelf shelf(nullptr);
  StudiesPrompt prompt;
  const std::filesystem::path above = study_.path().parent_path();
  EXPECT_FALSE(shelf.serve(prompt, above, 0));
  EXPECT_TRUE(std::isinf(shelf.next_s()));
  prompt.is_open = true;
  double now_s = 1;
  const auto until_news = [&] {
    for (int i = 0; i < 5000; ++i) {
      if (shelf.serve(prompt, above, now_s)) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return false;
  };
  ASSERT_TRUE(until_news());
  ASSERT_EQ(prompt.listed->size(), 1u);
  EXPECT_EQ(prompt.listed->front().far.ended, 0u);
  EXPECT_GE(shelf.next_s(), now_s + StudyShelf::kEvery_s);
  end_run(0);
  now_s += 1000;
  ASSERT_TRUE(until_news());
  EXPECT_EQ(prompt.listed->front().far.ended, 1u);
  prompt.is_open = false;
  EXPECT_FALSE(shelf.serve(prompt, above, now_s += 1000));
  EXPECT_EQ(prompt.listed, nullptr);
  EXPECT_TRUE(std::isinf(shelf.next_s()));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
