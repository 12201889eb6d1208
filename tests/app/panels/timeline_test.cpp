// Time in the window: following, standing at a kept snapshot, playing through them; and the timeline's panel.
#include "app/run/timeline.h"

#include <gmock/gmock.h>

#include <cmath>

#include "app/panels/timeline/timeline_strip.h"
#include "app/run/words/event_words.h"
#include "tests/app/shell/workbench_fixture.h"
#include "tests/support/fake_trainer.h"

namespace switchyard::test {
namespace {

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

// --- events as a list

RunEvent edit_of(std::int64_t step, const char* key, const char* before, const char* after) {
  RunEvent event;
  event.kind = EventKind::set;
  event.step = step;
  event.changes = {{key, before, after}};
  return event;
}

RunEvent health_of(std::int64_t step, int layer, bool ends) {
  RunEvent event;
  event.kind = ends ? EventKind::health_end : EventKind::health;
  event.step = step;
  event.health.emplace();
  event.health->kind = AlertKind::collapsed;
  event.health->layer = layer;
  event.health->message = "97 % go to E01";
  return event;
}

class Events : public WorkbenchTest {
 protected:
  Events() {
    ui_.show_welcome = false;
    live_.run().kept_steps = {{10, "", "at intervals", 1.5, "/runs/a/10", 1},
                              {20, "", "at intervals", 1.5, "/runs/a/20", 1},
                              {25, "mine", "", 1.5, "/runs/a/25", 1}};
    for (int step : {10, 20, 30, 40})
      live_.run().kept.add(std::make_shared<Snapshot>(fake_snapshot(Config{}, step)));
    History& history = live_.run().history;
    history.append(edit_of(5, "top_k", "2", "3"));
    history.append(edit_of(6, "top_k", "3", "4"));
    for (int layer = 0; layer < 3; ++layer) history.append(health_of(30 + layer, layer, false));
    history.append(health_of(40, 1, true));
    draw(3);
  }
  std::vector<std::string> rows() {
    std::vector<std::string> out;
    for (int i = 0; has(row(i)); ++i) out.push_back(find(row(i)).text);
    return out;
  }
  static std::string row(int i) { return "Events/event " + std::to_string(i); }
};

TEST_F(Events, AreAListWithTheSameInARowAsOne) {
  EXPECT_EQ(find("Timeline/events").text, "9 events");
  EXPECT_FALSE(has(row(0)));
  click("Timeline/events");
  EXPECT_THAT(rows(), ::testing::ElementsAre("Layer 1: collapsed, over", "Layers 0, 1 and 2: collapsed ×3",
                                             "Kept as mine", "Kept, at intervals ×2", "Top-k 2→4 ×2"));
  click(row(1));
  EXPECT_THAT(rows(), ::testing::ElementsAre("Layer 1: collapsed, over", "Layers 0, 1 and 2: collapsed ×3",
                                             "Layer 2: collapsed", "Layer 1: collapsed", "Layer 0: collapsed",
                                             "Kept as mine", "Kept, at intervals ×2", "Top-k 2→4 ×2"));
  press_key(viz::Key::escape);
  EXPECT_FALSE(has(row(0)));
}

TEST_F(Events, AnOpenRowStaysOpenWhenKeptStepsGo) {
  click("Timeline/events");
  click(row(1));
  ASSERT_EQ(rows().size(), 8u);
  // The first is thinned away; what lies before the open row is a row of one.
  live_.run().kept_steps.erase(live_.run().kept_steps.begin());
  draw(2);
  EXPECT_THAT(rows(), ::testing::ElementsAre("Layer 1: collapsed, over", "Layers 0, 1 and 2: collapsed ×3",
                                             "Layer 2: collapsed", "Layer 1: collapsed", "Layer 0: collapsed",
                                             "Kept as mine", "Kept, at intervals", "Top-k 2→4 ×2"));
  live_.run().kept_steps.clear();
  draw(2);
  EXPECT_EQ(rows().size(), 6u);
  click(row(1));
  EXPECT_EQ(rows().size(), 3u) << "a second click closes it";
}

// While training pauses all edits are of one step.
TEST_F(Events, OfRowsThatAreAlikeAtOneStepThePressedOneOpens) {
  History& history = live_.run().history;
  for (const char* const key : {"top_k", "top_k", "aux_coef", "top_k", "top_k", "top_k"})
    history.append(edit_of(50, key, "2", "3"));
  click("Timeline/events");
  EXPECT_EQ(rows().size(), 8u);
  click(row(2));
  EXPECT_EQ(rows().size(), 10u);
  EXPECT_EQ(find(row(2)).text, "Top-k 2→3 ×2");
  EXPECT_EQ(find(row(4)).text, "Top-k 2→3");
  EXPECT_EQ(find(row(5)).text, "Layer 1: collapsed, over");
  click(row(0));
  EXPECT_EQ(rows().size(), 11u);
  EXPECT_EQ(find(row(3)).text, "Top-k 2→3");
  EXPECT_EQ(find(row(5)).text, "Top-k 2→3 ×2");
}

// A toast, the list, and a mark of one event.
TEST_F(Events, AnAlertIsCalledTheSameEverywhere) {
  open(app::Workspace::train);
  History& history = live_.run().history;
  const auto tell = [&](AlertKind kind, std::vector<int> layers, std::vector<std::int32_t> experts) {
    live_.status.alerts.clear();
    draw(2);
    for (const int layer : layers) {
      RunEvent event = health_of(50, layer, false);
      event.health->kind = kind;
      event.health->experts = experts;
      event.health->remedy = {{"aux_coef", "0.05"}};
      history.append(event);
      live_.status.alerts.push_back(*event.health);
    }
    draw(2);
  };
  click("Timeline/events");
  tell(AlertKind::dead, {0}, {3, 5});
  EXPECT_EQ(find("toast 0").text, "Layer 0: E03, E05 dead");
  EXPECT_EQ(find(row(0)).text, "Layer 0: E03, E05 dead");
  EXPECT_EQ(app::event_label(history, history.events().back().event), "Layer 0: E03, E05 dead");
  tell(AlertKind::starving, {0, 2}, {3, 5});
  EXPECT_EQ(find("toast 0").text, "Layers 0 and 2: 4 experts starving");
  EXPECT_EQ(find(row(0)).text, "Layers 0 and 2: 4 experts starving ×2");
  // Other remedies are another alert, in the list too.
  EXPECT_EQ(find(row(1)).text, "Layer 0: E03, E05 dead");
}

// However long the list is, a frame has the rows in sight; the wheel and Tab come to all of them.
TEST_F(Events, OnlyRowsInSightAreDrawn) {
  for (int i = 0; i < 1000; ++i)
    live_.run().history.append(edit_of(50 + i, i % 2 ? "top_k" : "aux_coef", "2", "3"));
  click("Timeline/events");
  EXPECT_EQ(find("Timeline/events").text, "1009 events");
  const auto drawn = [&] {
    int count = 0;
    for (int i = 0; i < 1010; ++i) count += has(row(i)) ? 1 : 0;
    return count;
  };
  EXPECT_GT(drawn(), 4);
  EXPECT_LT(drawn(), 60);
  const auto ring_is_on = [&](const std::string& name) {
    const app::Registry::Item* const item = registry_.find(name);
    const viz::Rect* const ring = ui_.focus.ring();
    return item && ring && ring->y0 == item->min.y && ring->x0 == item->min.x;
  };
  for (std::size_t i = 0; i < ui_.focus.size() && !ring_is_on(row(0)); ++i) press_key(viz::Key::tab);
  ASSERT_TRUE(ring_is_on(row(0)));
  for (int i = 1; i <= 70; ++i) {
    press_key(viz::Key::tab);
    draw(4);
    ASSERT_TRUE(ring_is_on(row(i))) << i;
  }
  press_key(viz::Key::tab, false, true);
  draw(4);
  EXPECT_TRUE(ring_is_on(row(69)));
  const ImVec2 middle = find(row(69)).centre();
  move(middle.x, middle.y);
  for (int i = 0; i < 600 && !has(row(1004)); ++i) {
    wheel(-20);
    draw(2);
  }
  ASSERT_TRUE(has(row(1004)));
  EXPECT_EQ(find(row(1004)).text, "Top-k 2→4 ×2");
  EXPECT_FALSE(has(row(1005)));
  click(row(1004));
  EXPECT_EQ(find(row(1006)).text, "Top-k 2→3");
}

TEST_F(Events, AClickGoesThere) {
  click("Timeline/events");
  click(row(0));
  ASSERT_FALSE(ui_.timeline.following());
  EXPECT_EQ(ui_.timeline.shown->step, 40);
  EXPECT_EQ(ui_.layer, 1);
  click(row(3));
  EXPECT_EQ(ui_.timeline.shown->step, 20);
  EXPECT_EQ(ui_.timeline.kept_file, "/runs/a/20");
  // What is zoomed away comes into the strip.
  ui_.timeline.fit = ui_.timeline.to_newest = false;
  ui_.timeline.x_min = 45, ui_.timeline.x_max = 58;
  draw(2);
  click(row(2));
  EXPECT_EQ(ui_.timeline.kept_file, "/runs/a/25");
  EXPECT_TRUE(ui_.timeline.x_min <= 25 && ui_.timeline.x_max >= 25);
  EXPECT_DOUBLE_EQ(ui_.timeline.x_max - ui_.timeline.x_min, 13);
}

TEST_F(Events, AreFoundByTheirWords) {
  press_key(viz::Key::f, true);
  draw(3);
  type("collapsed, over");
  ASSERT_TRUE(has("Event: Layer 1: collapsed, over"));
  click("Event: Layer 1: collapsed, over");
  ASSERT_FALSE(ui_.timeline.following());
  EXPECT_EQ(ui_.timeline.shown->step, 40);
}

TEST_F(Events, AreReachedByTab) {
  click("Timeline/events");
  for (std::size_t i = 0; i < ui_.focus.size(); ++i) {
    press_key(viz::Key::tab);
    const app::Registry::Item* const item = registry_.find(row(0));
    ASSERT_NE(item, nullptr);
    if (const viz::Rect* ring = ui_.focus.ring(); ring && ring->y0 == item->min.y && ring->x0 == item->min.x)
      break;
  }
  press_key(viz::Key::enter);
  ASSERT_FALSE(ui_.timeline.following());
  EXPECT_EQ(ui_.timeline.shown->step, 40);
}

}  // namespace
}  // namespace switchyard::test
