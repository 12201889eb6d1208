// Panels of a plane: the projection, the plane of the points, and the confusion beside it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/panels/parts/panel_parts.h"
#include "app/panels/parts/point_text.h"
#include "tests/app/panels/panel_bench.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

TEST(ProjectionPanel, ColourComboChoosesDomains) {
  Bench bench("projection");
  ASSERT_TRUE(bench.click("Projection/colour"));
  ASSERT_TRUE(bench.click("Projection/colour/by domain"));
  EXPECT_EQ(bench.ui.projection.colour, ColourBy::domain);
}

TEST(ProjectionPanel, DomainsAreNotOfferedWhereTheyAreUnknown) {
  Bench bench("projection");
  auto tokens = std::make_shared<ProbeTokens>(*bench.run.seen.tokens);
  tokens->domain.clear();
  tokens->domain_names.clear();
  bench.run.seen.tokens = tokens;
  bench.ui.projection.colour = ColourBy::domain;
  bench.frame();
  EXPECT_EQ(bench.window.registry.find("Projection/colour")->text, "by character");
  ASSERT_TRUE(bench.click("Projection/colour"));
  EXPECT_NE(bench.window.registry.find("Projection/colour/by character"), nullptr);
  EXPECT_EQ(bench.window.registry.find("Projection/colour/by domain"), nullptr);
}

TEST(ProjectionPanel, PointsAreColouredByClassOrByWhatIsRight) {
  Bench bench("projection", {.classes = 3});
  ASSERT_TRUE(bench.click("Projection/colour"));
  ASSERT_TRUE(bench.click("Projection/colour/by correctness"));
  EXPECT_EQ(bench.ui.projection.colour, ColourBy::correct);
  ASSERT_TRUE(bench.click("Projection/colour"));
  ASSERT_TRUE(bench.click("Projection/colour/by class"));
  EXPECT_EQ(bench.ui.projection.colour, ColourBy::domain);
}

TEST(ProjectionPanel, ATextHasNothingRightOrWrong) {
  Bench bench("projection");
  bench.ui.projection.colour = ColourBy::correct;  // left over from points
  bench.frame();
  EXPECT_EQ(bench.window.registry.find("Projection/colour")->text, "by domain");
}

// In a low panel the maps have the room of what is written around them.
TEST(PlanePanel, HasItsMapsHoweverLowItIs) {
  for (const float height : {90.0f, 110.0f, 150.0f, 400.0f}) {
    Bench bench("plane", {.experts = 5, .classes = 3}, {360, height});
    bench.frame();
    const Registry::Item* const map = bench.window.registry.find("Plane/by expert");
    ASSERT_NE(map, nullptr) << height;
    EXPECT_GE(map->max.y - map->min.y, std::min(40.0f, height - 60)) << height;
    EXPECT_LE(map->max.y, height);
    EXPECT_EQ(bench.window.registry.find("Plane/" + bench.run.seen.points->class_names[0]) != nullptr,
              height >= 150)
        << height << ": whose colours they are";
  }
}

// The map's left half belongs to expert 0, its right half to the last one.
TEST(PlanePanel, TheGroundUnderTheMouseLightsItsExpert) {
  Bench bench("plane", {.experts = 5, .classes = 3}, {640, 400});
  for (const char* name : {"Plane/by expert", "Plane/by class"}) {
    bench.window.move({-1, -1});
    bench.frame();
    const Registry::Item* item = bench.window.registry.find(name);
    ASSERT_NE(item, nullptr) << name;
    const ImVec2 centre = item->centre();
    const float above = item->min.y + 40;  // the registry forgets at the next frame
    const auto expert_at = [&](float x, float y) {
      bench.window.move({x, y});
      bench.frame();
      bench.frame();
      return bench.ui.hovered_expert;
    };
    // Far from every point, which lie within 1.5 of the middle in x and 1 in y; the map reaches 2.
    EXPECT_EQ(expert_at(centre.x - 60, above), 0) << name;
    EXPECT_EQ(expert_at(centre.x + 60, above), 4) << name;
    EXPECT_EQ(expert_at(-1, -1), -1);
  }
}

TEST(PlanePanel, AZoomOfOneMapIsAZoomOfTheOther) {
  Bench bench("plane", {.classes = 3}, {640, 400});
  ASSERT_TRUE(bench.hover("Plane/by expert"));
  ImGui::GetIO().MouseWheel = 2;
  bench.frame();
  const viz::PlotState &left = bench.ui.plots["plane by expert"], &right = bench.ui.plots["plane by class"];
  EXPECT_FALSE(left.fit_x);
  EXPECT_FALSE(right.fit_x);
  EXPECT_LT(left.x_max - left.x_min, 4.5);
  EXPECT_NEAR(right.x_max - right.x_min, left.x_max - left.x_min, 1e-6);
}

TEST(PlanePanel, CellsAreFoundByTheirPlace) {
  PlaneMap map;
  map.columns = 4, map.rows = 2;
  map.x_min = -2, map.x_max = 2, map.y_min = 0, map.y_max = 1;
  EXPECT_EQ(plane_cell(map, -1.9, 0.1), 0);
  EXPECT_EQ(plane_cell(map, 1.9, 0.1), 3);
  EXPECT_EQ(plane_cell(map, -1.9, 0.9), 4);
  EXPECT_EQ(plane_cell(map, 2.1, 0.9), -1);
  EXPECT_EQ(plane_cell(map, 0, -0.1), -1);
  EXPECT_EQ(plane_cell(PlaneMap(), 0, 0), -1);
}

TEST(ConfusionPanel, IsThereWithAPointSnapshotOnly) {
  Bench bench("confusion", {.classes = 4});
  EXPECT_TRUE(bench.hover("Confusion/matrix"));
  bench.run.has_snapshot = false;
  EXPECT_FALSE(bench.hover("Confusion/matrix"));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
