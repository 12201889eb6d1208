// Plots by keyboard: Tab stands on them, the arrow keys point into them, and what is shown under the mouse is
// shown there.
#include <gmock/gmock.h>

#include "tests/app/shell/workbench_fixture.h"

namespace switchyard::test {
namespace SWITCHYARD_TEST_FILE {

using viz::Key;

class PlotByKeys : public WorkbenchTest {
 protected:
  PlotByKeys() {
    ui_.show_welcome = false;
    draw(3);
  }
  bool is_on(const std::string& name) {
    const viz::Rect* const ring = ui_.focus.ring();
    const app::Registry::Item* const item = registry_.find(name);
    return ring && item && item->min.x == ring->x0 && item->min.y == ring->y0 && item->max.x == ring->x1 &&
           item->max.y == ring->y1;
  }
  void tab_to(const std::string& name) {
    for (std::size_t i = 0; i <= ui_.focus.size() + 1 && !is_on(name); ++i) {
      press_key(Key::tab);
      draw(3);
    }
    ASSERT_TRUE(is_on(name)) << name;
  }
  void press_and_see(Key key, bool shift = false) {
    press_key(key, false, shift);
    draw(2);
  }
};

TEST_F(PlotByKeys, TheArrowKeysMoveOneLineThroughAllPlotsOverSteps) {
  EXPECT_FALSE(ui_.hover.active);
  tab_to("Loss/plot loss");
  draw(2);
  ASSERT_TRUE(ui_.hover.active);
  const viz::PlotState& plot = ui_.plots["loss"];
  const double middle = ui_.hover.x, range = plot.x_max - plot.x_min;
  EXPECT_NEAR(middle, plot.x_min + range / 2, range / 50);
  press_and_see(Key::right, true);
  EXPECT_NEAR(ui_.hover.x, middle + range / 10, range / 50);
  press_and_see(Key::left);
  EXPECT_NEAR(ui_.hover.x, middle + range * 0.09, range / 50);
  press_and_see(Key::home);
  EXPECT_NEAR(ui_.hover.x, plot.x_min, range / 50);
  press_and_see(Key::end);
  EXPECT_NEAR(ui_.hover.x, plot.x_max, range / 50);
  press_and_see(Key::escape);
  EXPECT_FALSE(ui_.hover.active);
}

TEST_F(PlotByKeys, PagesZoomAndEnterFitsAgain) {
  tab_to("Loss/plot loss");
  draw(2);
  const viz::PlotState& plot = ui_.plots["loss"];
  const double whole = plot.x_max - plot.x_min;
  press_and_see(Key::page_up);
  EXPECT_FALSE(plot.fit_x);
  EXPECT_NEAR(plot.x_max - plot.x_min, whole * 0.85, whole * 0.01);
  EXPECT_FALSE(ui_.plots["balance"].fit_x) << "every plot over steps shows the same";
  press_and_see(Key::page_down);
  EXPECT_NEAR(plot.x_max - plot.x_min, whole, whole * 0.01);
  press_and_see(Key::enter);
  EXPECT_TRUE(plot.fit_x);
  EXPECT_TRUE(plot.fit_y);
  EXPECT_TRUE(sent<Pause>().empty());
}

TEST_F(PlotByKeys, BarsAreGoneThroughOneByOneAndChosen) {
  tab_to("Expert load/plot load bars");
  draw(2);
  press_and_see(Key::home);
  EXPECT_EQ(ui_.hovered_expert, 0);
  press_and_see(Key::right);
  EXPECT_EQ(ui_.hovered_expert, 1);
  press_and_see(Key::right);
  EXPECT_EQ(ui_.hovered_expert, 2);
  press_and_see(Key::space);
  EXPECT_EQ(ui_.card_expert, 2);
  EXPECT_TRUE(sent<Pause>().empty()) << "Space chooses";
  press_and_see(Key::end);
  EXPECT_EQ(ui_.hovered_expert, static_cast<int>(live_.status.config->experts) - 1);
}

// The mouse is where it is for everything else, and takes over where it moves.
TEST_F(PlotByKeys, TheMouseStaysWhereItIs) {
  move(5, 5);
  draw(2);
  tab_to("Expert load/plot load bars");
  press_and_see(Key::home);
  EXPECT_EQ(ui_.hovered_expert, 0);
  EXPECT_EQ(ImGui::GetIO().MousePos.x, 5);
  EXPECT_EQ(ImGui::GetIO().MousePos.y, 5);
  move(9, 5);
  draw(2);
  EXPECT_EQ(ui_.hovered_expert, -1);
  press_and_see(Key::right);
  EXPECT_EQ(ui_.hovered_expert, 1) << "the keys go on where they were";
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::test
