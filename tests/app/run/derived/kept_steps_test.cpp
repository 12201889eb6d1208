#include "app/run/derived/kept_steps.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <semaphore>
#include <string>
#include <thread>
#include <vector>

#include "core/record/checkpoint/checkpoint_store.h"
#include "tests/support/small_checkpoint.h"
#include "tests/support/temporary_folder.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

std::counting_semaphore<> woken{0};

TEST(KeptSteps, AreReadBesideTheWindowNowAndThen) {
  const test::TemporaryFolder scratch;
  const std::filesystem::path run = scratch.path() / "run";
  std::filesystem::create_directories(run);
  const auto keep = [&](std::int64_t step, std::string name) {
    Checkpoint one = test::small_checkpoint(step);
    one.label.name = std::move(name);
    one.label.why = "at intervals";
    one.label.val_loss = 1.5;
    ASSERT_TRUE(CheckpointStore(run).write(one));
  };
  keep(10, "");
  keep(20, "before surgery");
  KeptSteps steps;
  std::string folder;
  std::vector<KeptStep> kept;
  steps.refresh({}, 0, [] { woken.release(); });
  EXPECT_FALSE(steps.take(folder, kept)) << "of a run without a folder";
  const auto wait_for = [&](double now_s) {
    steps.refresh(run.native(), now_s, [] { woken.release(); });
    woken.acquire();
    while (!steps.take(folder, kept)) std::this_thread::yield();
  };
  wait_for(0);
  EXPECT_EQ(folder, run.native());
  ASSERT_EQ(kept.size(), 2u);
  EXPECT_EQ(kept[0].step, 10);
  EXPECT_EQ(kept[1].name, "before surgery");
  EXPECT_EQ(kept[1].val_loss, 1.5);
  EXPECT_TRUE(std::filesystem::exists(kept[1].file));
  keep(30, "");
  steps.refresh(run.native(), 1, [] { woken.release(); });
  EXPECT_FALSE(woken.try_acquire()) << "not in every frame";
  wait_for(KeptSteps::kEvery_s + 0.1);
  EXPECT_EQ(kept.size(), 3u);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
