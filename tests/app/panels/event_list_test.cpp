// What happened in a run as a list over the timeline.
#include <gmock/gmock.h>

#include <memory>
#include <string>
#include <vector>

#include "app/run/timeline.h"
#include "app/run/words/event_words.h"
#include "tests/app/shell/workbench_fixture.h"
#include "tests/support/fake_trainer.h"

namespace switchyard::test {
namespace SWITCHYARD_TEST_FILE {

using viz::Key;

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

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::test
