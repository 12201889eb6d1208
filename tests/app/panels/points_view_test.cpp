// The window of a run that learns points: its panels in place of those of a text, its knobs in place of theirs.
#include <gmock/gmock.h>

#include "app/panels/parts/point_text.h"
#include "app/window/auto_writer.h"
#include "app/window/shot.h"
#include "tests/app/panels/panel_scene.h"
#include "tests/app/shell/workbench_fixture.h"

namespace switchyard::test {
namespace SWITCHYARD_TEST_FILE {

class PointsView : public WorkbenchTest {
 protected:
  void learn_points() {
    click("File");
    click("2-D clusters");
    trainer_catches_up();
    live_.run().snapshot =
        std::make_shared<Snapshot>(app::scene::snapshot({.layers = 1, .experts = 8, .top_k = 1, .classes = 3}));
    draw(3);
  }
  bool shows(const std::string& panel) const {
    return std::any_of(registry_.items().begin(), registry_.items().end(),
                       [&](const auto& item) { return item.first.starts_with(panel + "/"); });
  }
};

TEST_F(PointsView, APresetOfPointsBringsItsPanelsAndTakesThoseOfTheText) {
  EXPECT_TRUE(shows("Tokens"));
  EXPECT_TRUE(shows("Generation"));
  EXPECT_FALSE(shows("Plane"));
  learn_points();
  EXPECT_EQ(last_config().task, TaskKind::clusters);
  for (const char* panel : {"Plane", "Confusion", "Loss", "Expert load", "Projection"})
    EXPECT_TRUE(shows(panel)) << panel;
  for (const char* panel : {"Tokens", "Generation"}) EXPECT_FALSE(shows(panel)) << panel;
  press_key(viz::Key::z, true);
  trainer_catches_up();
  live_.run().snapshot = nullptr;
  draw(3);
  EXPECT_TRUE(shows("Generation"));
}

TEST_F(PointsView, KnobsOfTheOtherTaskAreNotShown) {
  click("knobs/All");
  EXPECT_TRUE(has("Heads"));
  EXPECT_TRUE(has("Residual"));
  if (find("Data").text == "closed") click("Data");
  EXPECT_TRUE(has("Corpus"));
  EXPECT_FALSE(has("Classes"));
  learn_points();
  EXPECT_FALSE(has("Heads"));
  EXPECT_FALSE(has("Context"));
  EXPECT_TRUE(has("Residual"));
  if (find("Data").text == "closed") click("Data");
  EXPECT_TRUE(has("Classes"));
  EXPECT_FALSE(has("Corpus"));
}

TEST_F(PointsView, NothingWritesByItself) {
  learn_points();
  commands_.clear();
  app::AutoWriter writer;
  for (int i = 0; i < 100; ++i) writer.frame(live_.status, ui_, commands_, now_s_ + i);
  EXPECT_TRUE(commands_.empty());
}

TEST_F(PointsView, APictureNeedsNoText) {
  learn_points();
  live_.status.state = RunState::paused;
  live_.status.step = 5;
  auto seen = std::make_shared<Snapshot>(*live_.run().snapshot);
  seen->step = 5;
  live_.run().snapshot = seen;
  commands_.clear();
  app::Shot shot(0);
  app::AutoWriter writer;
  app::Shot::Next next = app::Shot::Next::wait;
  for (int frame = 0; frame < 50 && next != app::Shot::Next::save; ++frame)
    next = shot.frame(live_, ui_, writer, commands_);
  EXPECT_EQ(next, app::Shot::Next::save);
  EXPECT_TRUE(sent<Generate>().empty());
}

TEST(OwnUnits, APlaceOfAFileIsInItsOwnNumbersAndNames) {
  ProbePoints points;
  points.dims = 2;
  EXPECT_EQ(app::place_text(points, 1, -2), "x 1.00, y -2.00");
  points.axis_names = {"time", "h\u00f6he\u0085"};
  points.centre = {1.7e9, 0.5};
  points.spread = {100, 0.1};
  EXPECT_TRUE(app::has_own_units(points));
  EXPECT_EQ(app::place_text(points, 1, -2), "time 1700000100, h\u00f6heU+0085 0.3");
  EXPECT_EQ(app::own_number(points, 0, 0.12345, 7), "1700000012.345") << "to what a float keeps of it";
  points.dims = 3;
  EXPECT_FALSE(app::has_own_units(points)) << "components have none";
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::test
