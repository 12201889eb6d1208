#include "app/window/system/frame_governor.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

constexpr int kCores = 2;

// Drives a governor over `seconds` of made-up time in which data arrives every `data_every_s`; a frame
// costs `cpu_s`. Returns the number of frames.
int frames_in(FrameGovernor& governor, double& now, double seconds, double data_every_s, double cpu_s) {
  int frames = 0;
  const double end = now + seconds;
  double next_data = now;
  while (now < end) {
    if (now >= next_data) {
      governor.data();
      next_data += data_every_s;
    }
    const double wait = governor.wait_s(now);
    if (wait <= 0) {
      governor.frame_done(now, cpu_s);
      ++frames;
      now += 1e-4;
    } else {
      now = std::min({now + wait, next_data, end});
    }
  }
  return frames;
}

TEST(FrameGovernor, DrawsTheFirstFrameAtOnceAndThenNothing) {
  FrameGovernor governor(kCores);
  double now = 10;
  EXPECT_EQ(governor.wait_s(now), 0);
  governor.frame_done(now, 0.01);
  EXPECT_EQ(frames_in(governor, now, 30, 1e9, 0.01), 1);  // the one datum at the start of the stretch
}

TEST(FrameGovernor, KeepsDrawingWithinItsShareOfTheCores) {
  for (const double cpu_s : {0.02, 0.075, 0.25}) {
    FrameGovernor governor(kCores);
    double now = 10;
    frames_in(governor, now, 5, 0.05, cpu_s);
    const int frames = frames_in(governor, now, 60, 0.05, cpu_s);
    EXPECT_LE(frames * cpu_s, 60 * FrameGovernor::kShare * kCores * 1.02) << cpu_s;
    EXPECT_GE(frames * cpu_s, 60 * FrameGovernor::kShare * kCores * 0.8) << cpu_s;
  }
}

TEST(FrameGovernor, ACheapFrameIsDrawnForEveryDatum) {
  FrameGovernor governor(kCores);
  double now = 10;
  EXPECT_NEAR(frames_in(governor, now, 10, 0.05, 0.002), 200, 2);
}

TEST(FrameGovernor, NeverBeyondTheHighestRate) {
  FrameGovernor governor(kCores);
  double now = 10;
  EXPECT_LE(frames_in(governor, now, 10, 0.001, 1e-5), 10 * FrameGovernor::kHighestRate + 1);
}

TEST(FrameGovernor, InputLiftsTheBudgetForTwoSeconds) {
  FrameGovernor governor(kCores);
  double now = 10;
  frames_in(governor, now, 10, 0.01, 0.1);  // 2 a second
  governor.input(now);
  EXPECT_GE(frames_in(governor, now, 1.9, 0.01, 0.1), 100);
  now += 0.2;
  EXPECT_LE(frames_in(governor, now, 10, 0.01, 0.1), 21);
}

TEST(FrameGovernor, AfterInputItSettlesInAFewFrames) {
  FrameGovernor governor(kCores);
  double now = 10;
  governor.frame_done(now, 0.001);
  governor.input(now);
  int frames = 0;
  for (; now < 15; now += 0.005)
    if (governor.wait_s(now) <= 0) {
      governor.frame_done(now, 0.001);
      ++frames;
    }
  EXPECT_EQ(frames, FrameGovernor::kSettlingFrames);
}

TEST(FrameGovernor, FewFramesWithoutFocusAndFewerIconified) {
  FrameGovernor governor(kCores);
  double now = 10;
  governor.set_focus(false, false);
  EXPECT_LE(frames_in(governor, now, 10, 0.01, 0.001), 10 * FrameGovernor::kUnfocusedRate + 1);
  governor.set_focus(false, true);
  EXPECT_LE(frames_in(governor, now, 10, 0.01, 0.001), 10 * FrameGovernor::kIconifiedRate + 1);
}

TEST(FrameGovernor, WakesForWhatChangesByItself) {
  FrameGovernor governor(kCores);
  governor.frame_done(10, 0.001);
  governor.animate_at(10.5);
  EXPECT_NEAR(governor.wait_s(10.1), 0.4, 1e-9);
  EXPECT_EQ(governor.wait_s(10.5), 0);
  governor.frame_done(10.5, 0.001);
  EXPECT_EQ(governor.wait_s(11), FrameGovernor::kLongestWait);
}

TEST(FrameGovernor, ReportsItsRate) {
  FrameGovernor governor(kCores);
  for (int i = 0; i < 20; ++i) governor.frame_done(10 + 0.1 * i, 0.001);
  EXPECT_NEAR(governor.rate(11.9), 10, 0.01);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
