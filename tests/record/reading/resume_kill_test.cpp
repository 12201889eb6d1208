// A run that is killed at any moment goes on.
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/random.h"
#include "core/record/checkpoint/checkpoint_store.h"
#include "core/record/files/files.h"
#include "tests/record/reading/resume_fixture.h"
#include "tests/support/soak.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

namespace fs = std::filesystem;
using test::checkpoint_of;
using test::FakeTrainer;
using test::record;
using test::ResumeTest;
using test::small_config;
using test::text_of_file;
using test::told_at_once;
using ::testing::IsEmpty;

// --- kills

// Makes checkpoints after every step until it is killed, from where the last process left off.
[[noreturn]] void write_until_killed(const fs::path& path) {
  FakeTrainer trainer(small_config());
  const CheckpointStore store(path);
  std::unique_ptr<RunFolder> folder;
  std::int64_t step = 0;
  if (auto found = store.read("")) {
    auto made = RunFolder::resume(path, found->checkpoint, told_at_once());
    if (!made) _exit(3);
    folder = std::move(*made);
    step = found->checkpoint.trainer.step;
  } else {
    auto made = RunFolder::create(path, told_at_once());
    if (!made) _exit(4);
    folder = std::move(*made);
  }
  folder->on_model(trainer);
  while (true) {
    ++step;
    record(*folder, step, step);
    Checkpoint made = checkpoint_of(*folder, step, 50'000);
    if (!store.write(made)) _exit(5);
    store.keep_within(4 << 20, {});
  }
}

TEST_F(ResumeTest, AKillAtAnyMomentLosesAtMostOneInterval) {
  const auto kills = test::soak_count("SWITCHYARD_SOAK_KILLS", 10);
  RandomStream random(test::soak_seed(), "kills");
  const fs::path checkpoints = path_ / "checkpoints";
  const auto has = [&](std::string_view ending) {
    std::error_code code;
    for (fs::directory_iterator at(checkpoints, code), end; !code && at != end; at.increment(code))
      if (at->path().native().ends_with(ending)) return true;
    return false;
  };
  std::int64_t reached = 0, leftovers = 0;
  for (std::int64_t kill_number = 0; kill_number < kills; ++kill_number) {
    SCOPED_TRACE(kill_number);
    const pid_t child = fork();
    if (child == 0) write_until_killed(path_);
    const auto began = std::chrono::steady_clock::now();
    const auto running = [&] { return std::chrono::steady_clock::now() - began < std::chrono::seconds(30); };
    while (!has(".safetensors") && running()) usleep(200);
    if (kill_number % 2 == 0) {
      usleep(static_cast<useconds_t>(random.below(40'000)));
      while (!has(".tmp") && running()) {
      }
    } else {
      usleep(static_cast<useconds_t>(random.below(60'000)));
    }
    ASSERT_EQ(kill(child, SIGKILL), 0);
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << "it ended by itself with " << WEXITSTATUS(status);
    leftovers += has(".tmp");

    const auto found = CheckpointStore(path_).read("");
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_THAT(found->passed_over, IsEmpty()) << "no torn checkpoint under a checkpoint's name";
    const std::int64_t step = found->checkpoint.trainer.step;
    EXPECT_GE(step, reached) << "nothing that was kept is lost";
    reached = step;
    const std::string metrics = text_of_file(path_ / "metrics.csv");
    EXPECT_EQ(metrics.back(), '\n');
    const std::size_t last = metrics.rfind('\n', metrics.size() - 2);
    EXPECT_LE(std::stoll(metrics.substr(last + 1)), step + 1) << "at most one interval";
  }
  const auto folder = resume(path_, CheckpointStore(path_).read("")->checkpoint);
  EXPECT_FALSE(has(".tmp")) << "cleared";
  record(*folder, reached + 1, reached + 20);
  folder->on_end();
  EXPECT_EQ(texts(path_), straight(reached + 20)) << "as if it had never been killed";
  for (const std::string& name : names(path_)) EXPECT_FALSE(name.starts_with("lost-")) << name;
  EXPECT_GT(leftovers, 0) << "some were killed while they wrote";
  std::printf("%d kills, %d in the middle of a write, %d steps kept\n", static_cast<int>(kills),
              static_cast<int>(leftovers), static_cast<int>(reached));
}

// While tails are set aside and cut, over and over.
TEST_F(ResumeTest, AKillWhileItIsCutLosesNothing) {
  const auto kills = test::soak_count("SWITCHYARD_SOAK_KILLS", 10);
  {
    const auto folder = start(path_);
    record(*folder, 1, 10);
    Checkpoint made = checkpoint_of(*folder, 10);
    ASSERT_TRUE(CheckpointStore(path_).write(made));
  }
  RandomStream random(test::soak_seed(), "cuts");
  for (std::int64_t kill_number = 0; kill_number < kills; ++kill_number) {
    const pid_t child = fork();
    if (child == 0) {
      FakeTrainer trainer(small_config());
      while (true) {
        const auto found = CheckpointStore(path_).read("");
        auto folder = RunFolder::resume(path_, found->checkpoint, told_at_once());
        if (!folder) _exit(3);
        (*folder)->on_model(trainer);
        record(**folder, 11, 40);
      }
    }
    usleep(static_cast<useconds_t>(random.below(30'000)));
    ASSERT_EQ(kill(child, SIGKILL), 0);
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << "it ended by itself with " << WEXITSTATUS(status);
  }
  const auto folder = resume(path_, CheckpointStore(path_).read("")->checkpoint);
  record(*folder, 11, 60);
  folder->on_end();
  EXPECT_EQ(texts(path_), straight(60));
  for (const std::string& name : names(path_)) EXPECT_FALSE(name.starts_with("lost-")) << name;
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
