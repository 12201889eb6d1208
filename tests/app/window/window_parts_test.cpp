// The model writes by itself; the steps to a picture; what the machine has.
#include <gtest/gtest.h>

#include "app/run/live.h"
#include "app/window/auto_writer.h"
#include "app/window/memory/shown_before.h"
#include "app/window/shot.h"
#include "app/window/system/thread_cpu.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

// What the knobs are held against, also where some of them were set on the command line.
TEST(ShownBefore, APresetIsBegunFromWhateverElseIsSaid) {
  Options options;
  options.preset = "switch";
  options.config = find_preset("switch")->config;
  EXPECT_EQ(title_of_preset(options, {}), "Switch");
  options.config.experts = 5;
  EXPECT_EQ(title_of_preset(options, {}), "Switch");
  Preset own = *find_preset("switch");
  own.name = "mine", own.title = "Mine";
  options.preset = "mine";
  EXPECT_EQ(title_of_preset(options, std::span<const Preset>(&own, 1)), "Mine");
  options.preset.clear();  // settings of a file are no preset's
  EXPECT_EQ(title_of_preset(options, {}), "");
}

TEST(AutoWriter, WritesNowAndThenUntilSomebodyGeneratesByHand) {
  AutoWriter writer;
  UiState ui;
  RunStatus status;
  status.state = RunState::playing;
  status.step = AutoWriter::kFirstStep - 1;
  Commands out;
  writer.frame(status, ui, out, 0);
  EXPECT_TRUE(out.empty());
  status.step = AutoWriter::kFirstStep;
  writer.frame(status, ui, out, 1);
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(std::get<Generate>(out[0]).id, ui.generation_id);
  EXPECT_TRUE(ui.generating);

  out.clear();
  ui.generating = false;
  writer.frame(status, ui, out, 3);
  writer.frame(status, ui, out, 3 + AutoWriter::kPauseSeconds - 0.1);
  EXPECT_TRUE(out.empty());
  writer.frame(status, ui, out, 3 + AutoWriter::kPauseSeconds);
  EXPECT_EQ(out.size(), 1u);

  ui.generating = false;
  out.assign(1, Generate{});  // the button was pressed
  writer.frame(status, ui, out, 50);
  out.clear();
  writer.frame(status, ui, out, 500);
  EXPECT_TRUE(out.empty());
}

TEST(Shot, WaitsForTheLookAtTheVeryStep) {
  Shot shot(20);
  Live live;
  UiState ui;
  AutoWriter writer;
  Commands out;
  EXPECT_EQ(shot.frame(live, ui, writer, out), Shot::Next::wait);
  live.status.state = RunState::paused;
  EXPECT_EQ(shot.frame(live, ui, writer, out), Shot::Next::wait);
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(std::get<StepSome>(out[0]).steps, 20);
  EXPECT_EQ(shot.frame(live, ui, writer, out), Shot::Next::wait);  // still at step 0
  live.status.step = 20;
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->step = 15;
  live.run().snapshot = snapshot;
  EXPECT_EQ(shot.frame(live, ui, writer, out), Shot::Next::wait);
  snapshot->step = 20;
  EXPECT_EQ(shot.frame(live, ui, writer, out), Shot::Next::wait);
  EXPECT_TRUE(ui.generating);
  ui.generating = false;
  Shot::Next next = Shot::Next::wait;
  int frames = 0;
  while ((next = shot.frame(live, ui, writer, out)) != Shot::Next::save && frames < 20) ++frames;
  EXPECT_EQ(next, Shot::Next::save);
  EXPECT_GE(frames, 2);
}

TEST(Shot, AFailedRunEndsIt) {
  Shot shot(20);
  Live live;
  UiState ui;
  AutoWriter writer;
  Commands out;
  live.status.state = RunState::failed;
  EXPECT_EQ(shot.frame(live, ui, writer, out), Shot::Next::failed);
}

TEST(Machine, CountsItsOwnCpuAndCores) {
  DrawingCpu cpu;
  const double before = cpu.seconds(0);
  double sum = 0;
  for (int i = 0; i < 1'000'000; ++i) sum += 1.0 / (1 + i);
  EXPECT_GT(sum, 1);
  EXPECT_GT(cpu.seconds(0), before);
  EXPECT_GE(usable_cores(), 1);
  EXPECT_GT(resident_bytes(), 1e6);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
