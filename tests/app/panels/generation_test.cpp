#include "tests/app/shell/workbench_fixture.h"

namespace switchyard::test {
namespace SWITCHYARD_TEST_FILE {

class GenerationBox : public WorkbenchTest {
 protected:
  GenerationBox() : WorkbenchTest(1920, 1080) {}
  void type_into(const std::string& slider, const std::string& text) {
    ctrl_click("Generation/" + slider);
    draw();
    EXPECT_EQ(ui_.typed_label, slider);
    type(text);
    press_key(viz::Key::enter);
    EXPECT_TRUE(ui_.typed_label.empty()) << text;
  }
};

TEST_F(GenerationBox, FiguresCanBeTyped) {
  type_into("temperature", "0.35");
  EXPECT_DOUBLE_EQ(ui_.temperature, 0.35);
  type_into("top-k", "7");
  EXPECT_EQ(ui_.sample_top_k, 7);
}

TEST_F(GenerationBox, TypedFiguresStopAtTheEndsAndWordsChangeNothing) {
  type_into("temperature", "9");
  EXPECT_DOUBLE_EQ(ui_.temperature, 2.0);
  type_into("temperature", "warm");
  EXPECT_DOUBLE_EQ(ui_.temperature, 2.0);
  type_into("top-k", "100");
  EXPECT_EQ(ui_.sample_top_k, 0) << "all";
}

TEST_F(GenerationBox, EscapeLeavesTheFigureAsItWas) {
  const double before = ui_.temperature;
  ctrl_click("Generation/temperature");
  draw();
  type("1.7");
  press_key(viz::Key::escape);
  EXPECT_TRUE(ui_.typed_label.empty());
  EXPECT_DOUBLE_EQ(ui_.temperature, before);
}

// A record writes nothing and tries no other routes: what is pressed never goes to a run that learns beside it.
TEST_F(GenerationBox, OfARecordTheModelIsWokenFirst) {
  live_.status.state = RunState::opened;
  live_.status.run_folder = "/runs/a";
  draw();
  EXPECT_FALSE(has("Generation/run"));
  click("Generation/wake");
  EXPECT_TRUE(sent<GoOn>().empty()) << "nothing of it is kept";
  live_.run().kept_steps = {{1, "", "", 1.5, "/runs/a/1"}};
  draw();
  click("Generation/wake");
  ASSERT_EQ(sent<GoOn>().size(), 1u);
  EXPECT_EQ(sent<GoOn>()[0].where, "/runs/a");
  EXPECT_TRUE(sent<Generate>().empty());
  open(app::Workspace::tokens);
  draw(2);
  EXPECT_FALSE(has("Token/regret"));
  EXPECT_TRUE(has("Token/wake"));
  EXPECT_TRUE(sent<Inspect>().empty());
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::test
