// Time in the window: following, standing at a kept snapshot, playing through them; and the timeline's panel.
#include "app/run/timeline.h"

#include <gmock/gmock.h>

#include <cmath>

#include "app/panels/timeline/timeline_strip.h"
#include "app/run/words/event_words.h"
#include "tests/app/shell/workbench_fixture.h"
#include "tests/support/fake_trainer.h"

namespace switchyard::test {
namespace SWITCHYARD_TEST_FILE {

using viz::Key;

class Timelines : public WorkbenchTest {
 protected:
  Timelines() {
    Config config;
    for (const int step : {10, 20, 30, 40, 50}) keep(step);
    live_.run().kept.add(live_.run().snapshot);
    draw(2);
  }
  void keep(std::int64_t step) {
    live_.run().kept.add(std::make_shared<Snapshot>(fake_snapshot(Config{}, step)));
  }
  // The step the views show.
  std::int64_t shown() const { return app::shown_snapshot(ui_.timeline, live_.run().snapshot)->step; }
  // A point of the strip at a share of its width.
  ImVec2 at(float share) {
    const auto strip = find("Timeline/strip");
    return {strip.min.x + share * (strip.max.x - strip.min.x), strip.centre().y};
  }
};

TEST_F(Timelines, FollowsTheNewestAtFirst) {
  EXPECT_EQ(shown(), 60);
  EXPECT_EQ(find("Timeline/LIVE").text, "following");
  live_.run().snapshot = std::make_shared<Snapshot>(fake_snapshot(Config{}, 70));
  EXPECT_EQ(shown(), 70);
}

TEST_F(Timelines, KeysStepThroughWhatIsKept) {
  press_key(Key::a);
  EXPECT_EQ(shown(), 50);
  press_key(Key::a);
  EXPECT_EQ(shown(), 40);
  press_key(Key::d);
  EXPECT_EQ(shown(), 50);
  for (int i = 0; i < 9; ++i) press_key(Key::a);
  EXPECT_EQ(shown(), 10);
  EXPECT_TRUE(commands_.empty());  // training does not hear of it
  press_key(Key::l);
  EXPECT_TRUE(ui_.timeline.following());
}

// Stepping through looks while the model stands still: the shown look was replaced by a richer one of the same
// step, so that the timeline alone holds it, and lets go of it within the frame that shows it.
TEST_F(Timelines, WhatAFrameShowsIsHeldToItsEnd) {
  press_key(Key::a);
  press_key(Key::d);
  ASSERT_EQ(ui_.timeline.shown, live_.run().snapshot);
  live_.run().snapshot = std::make_shared<Snapshot>(fake_snapshot(Config{}, 60, 1, {.distributions = true}));
  live_.run().kept.add(live_.run().snapshot);
  const std::weak_ptr<const Snapshot> shown_now = ui_.timeline.shown;
  ASSERT_EQ(shown_now.use_count(), 1);
  viz::feed_key(Key::a, true);
  bool held = false;
  draw_frame([&](const app::PanelInput& in) {
    EXPECT_EQ(in.snapshot, shown_now.lock());
    app::draw_workbench(in, {}, ui_, commands_);
    held = !shown_now.expired();
  });
  EXPECT_TRUE(held);
  EXPECT_EQ(shown(), 50);
  EXPECT_TRUE(shown_now.expired());
}

TEST_F(Timelines, ADragScrubsAndLiveReturns) {
  const ImVec2 from = at(0.2f), to = at(0.5f);
  move(from.x, from.y);
  draw(2);
  button(0, true);
  draw(2);
  EXPECT_EQ(shown(), 10);
  move(to.x, to.y);
  draw(2);
  EXPECT_EQ(shown(), 30);
  button(0, false);
  draw(2);
  keep(70);  // news
  EXPECT_EQ(shown(), 30);
  EXPECT_EQ(find("Timeline/LIVE").text, "behind");
  click("Timeline/LIVE");
  EXPECT_EQ(shown(), 60);
}

// Live means the newest part, however the strip is zoomed, and stays there as the run goes on.
TEST_F(Timelines, LiveLeavesNoZoomInThePast) {
  ui_.timeline.fit = false;
  ui_.timeline.x_min = 5, ui_.timeline.x_max = 25;
  ui_.timeline.shown = live_.run().kept[1].snapshot;
  const auto range = [&] {
    app::StepSpan found{};
    draw_frame([&](const app::PanelInput& in) {
      app::draw_workbench(in, {}, ui_, commands_);
      found = app::shown_range(in, ui_.timeline);
    });
    return found;
  };
  EXPECT_EQ(range().high, 25);
  press_key(Key::l);
  EXPECT_EQ(range().low, 40);
  EXPECT_EQ(range().high, 60);
  live_.run().history.append(fake_record(Config{}, 61));
  EXPECT_EQ(range().low, 41);
  EXPECT_EQ(range().high, 61);
  // Zoomed around the past, it stays there.
  move(at(0.1f).x, at(0.1f).y);
  draw(2);
  wheel(3);
  draw(2);
  EXPECT_LT(range().high, 60);
  // Nothing moves under the hand.
  press_key(Key::l);
  const ImVec2 grip = at(0.5f);
  move(grip.x, grip.y);
  draw(2);
  button(0, true);
  draw(2);
  const app::StepSpan held = range();
  live_.run().history.append(fake_record(Config{}, 62));
  draw();
  EXPECT_EQ(range().high, held.high);
  button(0, false);
  draw(2);
}

TEST_F(Timelines, PlayingEndsInFollowing) {
  press_key(Key::space, false, true);
  EXPECT_TRUE(ui_.timeline.playing);
  EXPECT_EQ(shown(), 10);
  now_s_ += app::kSecondsASnapshot;
  draw();
  EXPECT_EQ(shown(), 20);
  press_key(Key::space, false, true);  // pauses
  now_s_ += 10;
  draw();
  EXPECT_EQ(shown(), 20);
  press_key(Key::space, false, true);  // goes on from there
  for (int i = 0; i < 10; ++i) {
    now_s_ += app::kSecondsASnapshot;
    draw();
  }
  EXPECT_TRUE(ui_.timeline.following());
  EXPECT_FALSE(ui_.timeline.playing);
}

TEST_F(Timelines, ButtonsDoAsTheKeys) {
  click("Timeline/previous snapshot");
  EXPECT_EQ(shown(), 50);
  click("Timeline/previous snapshot");
  click("Timeline/next snapshot");
  EXPECT_EQ(shown(), 50);
  click("Timeline/play snapshots");
  EXPECT_TRUE(ui_.timeline.playing);
}

TEST_F(Timelines, TheShownOneStaysThoughItIsThinnedAway) {
  press_key(Key::a);
  live_.run().kept = SnapshotStore(1);
  live_.run().kept.add(live_.run().snapshot);
  draw(2);
  EXPECT_EQ(shown(), 50);
  EXPECT_EQ(app::shown_x(ui_.timeline), 50);
}

TEST_F(Timelines, TheWheelZoomsAndADoubleClickShowsAll) {
  const ImVec2 middle = at(0.5f);
  move(middle.x, middle.y);
  draw(2);
  wheel(3);
  draw(2);
  ASSERT_FALSE(ui_.timeline.fit);
  EXPECT_LT(ui_.timeline.x_max - ui_.timeline.x_min, 40);
  EXPECT_LT(ui_.timeline.x_min, 30);
  EXPECT_GT(ui_.timeline.x_max, 30);
  for (int i = 0; i < 2; ++i) {
    button(0, true);
    draw();
    button(0, false);
    draw();
  }
  EXPECT_TRUE(ui_.timeline.fit);
  press_key(Key::w);
  EXPECT_FALSE(ui_.timeline.fit);
  for (int i = 0; i < 3; ++i) press_key(Key::s);
  EXPECT_TRUE(ui_.timeline.fit);
}

TEST_F(Timelines, OneHoverLineForAllPlotsOverTime) {
  const ImVec2 middle = at(0.5f);
  move(middle.x, middle.y);
  draw(3);
  EXPECT_TRUE(ui_.hover.active);
  EXPECT_NEAR(ui_.hover.x, 30, 2);
}

TEST_F(Timelines, SnapshotsOfTheOtherTaskAreSkipped) {
  Snapshot of_points = fake_snapshot(Config{}, 65);
  of_points.tokens = nullptr;
  of_points.points = std::make_shared<ProbePoints>();
  live_.run().kept.add(std::make_shared<Snapshot>(of_points));
  press_key(Key::a);
  EXPECT_EQ(shown(), 50);
  press_key(Key::d);
  press_key(Key::d);
  EXPECT_EQ(shown(), 60);
}

// Where the run is kept whole stands a diamond, a filled one where somebody gave it a name.
TEST_F(Timelines, ShowsWhatIsKeptWhole) {
  draw(2);
  const auto vertices = [&] {
    draw(2);
    return ImGui::GetDrawData()->TotalVtxCount;
  };
  const int before = vertices();
  live_.run().kept_steps = {{20, "", "at intervals", 1.5, "a"}, {30, "", "at intervals", 1.5, "b"}};
  const int two = vertices();
  EXPECT_GT(two, before);
  // Out of sight, and over each other: the first alone.
  live_.run().kept_steps.push_back({30, "", "by name", 1.5, "c"});
  live_.run().kept_steps.push_back({100'000, "", "at intervals", 1.5, "d"});
  EXPECT_EQ(vertices(), two);
  live_.run().kept_steps.push_back({30, "mine", "by name", 1.5, "e"});
  EXPECT_GT(vertices(), two);
}

TEST_F(Timelines, TheMeterSaysWhatIsHeld) {
  EXPECT_THAT(find("Timeline/meter").text, ::testing::HasSubstr("6 kept"));
  EXPECT_THAT(find("Timeline/meter").text, ::testing::HasSubstr("of 256 MB"));
}

TEST_F(Timelines, CanBeHidden) {
  click("View");
  click("Timeline");
  EXPECT_FALSE(has("Timeline/strip"));
}

TEST(TimelineOf, NothingKeptIsFollowing) {
  app::Timeline timeline;
  SnapshotStore store;
  app::show_at(timeline, store, 5, false);
  app::show_neighbour(timeline, store, -1, false);
  app::play_or_pause(timeline, store, 0, false);
  app::advance(timeline, store, 1, false);
  EXPECT_TRUE(timeline.following());
  EXPECT_TRUE(std::isnan(app::shown_x(timeline)));
  EXPECT_EQ(app::shown_snapshot(timeline, nullptr), nullptr);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::test
