// What is chosen in one view stands out in all: boxes, found texts, pinned experts, and the ways back.
#include <gmock/gmock.h>

#include "app/panels/parts/panel_parts.h"
#include "tests/app/shell/workbench_fixture.h"

namespace switchyard::test {
namespace SWITCHYARD_TEST_FILE {

using viz::Key;

class Linked : public WorkbenchTest {
 protected:
  // The right button from one corner of an item to the other.
  void box(const std::string& name, float from, float to) {
    const auto item = find(name);
    const auto at = [&](float share) {
      return ImVec2(item.min.x + share * (item.max.x - item.min.x), item.min.y + share * (item.max.y - item.min.y));
    };
    move(at(from).x, at(from).y);
    draw(2);
    button(1, true);
    draw(2);
    move(at(to).x, at(to).y);
    draw(2);
    button(1, false);
    draw(2);
    move_away();
    draw(2);
  }
};

TEST_F(Linked, ABoxInTheProjectionSelectsItsTokens) {
  box("Projection/plot", 0.02f, 0.55f);
  ASSERT_TRUE(ui_.selection.active());
  EXPECT_GT(ui_.selection.count, 0u);
  EXPECT_LT(ui_.selection.count, ui_.selection.chosen.size());
  const std::string count = std::to_string(ui_.selection.count);
  for (const char* chip : {"Projection/selection", "Tokens/selection"})
    EXPECT_THAT(find(chip).text, testing::StartsWith(count)) << chip;
  click("Tokens/selection");
  EXPECT_FALSE(ui_.selection.active());
  EXPECT_FALSE(has("Tokens/selection"));
}

TEST_F(Linked, ABoxAroundNothingTakesTheSelectionBack) {
  box("Projection/plot", 0.02f, 0.98f);
  ASSERT_TRUE(ui_.selection.active());
  box("Projection/plot", 0.005f, 0.03f);
  EXPECT_FALSE(ui_.selection.active());
}

TEST_F(Linked, AClickOfTheRightButtonIsNoBox) {
  box("Projection/plot", 0.5f, 0.5f);
  EXPECT_FALSE(ui_.selection.active());
}

TEST_F(Linked, EscapeTakesBackTheSelectionThenThePinnedExpert) {
  box("Projection/plot", 0.02f, 0.98f);
  app::pin_expert(ui_, 2);
  draw(2);
  EXPECT_TRUE(has("Tokens/pinned expert"));
  press_key(Key::escape);
  EXPECT_FALSE(ui_.selection.active());
  EXPECT_EQ(ui_.hovered_expert, 2);
  press_key(Key::escape);
  EXPECT_EQ(ui_.hovered_expert, -1);
}

TEST_F(Linked, ASelectionSurvivesNewLooksAtItsProbeButNotAnother) {
  box("Projection/plot", 0.02f, 0.98f);
  auto later = std::make_shared<Snapshot>(*live_.run().snapshot);
  later->step += 10;
  live_.run().snapshot = later;
  draw(2);
  EXPECT_TRUE(ui_.selection.active());
  later = std::make_shared<Snapshot>(*later);
  auto other = std::make_shared<ProbeTokens>(*later->tokens);
  other->text.back() += "!";
  later->tokens = other;
  live_.run().snapshot = later;
  draw(2);
  EXPECT_FALSE(ui_.selection.active());
}

TEST_F(Linked, ATokenUnderTheMouseLightsItsExpert) {
  const ProbeLayer& layer = live_.run().snapshot->layers[0];
  const auto text = find("Tokens/passage");
  move(text.min.x + 4, text.min.y + 8);
  draw(3);
  EXPECT_EQ(ui_.hovered_expert, layer.expert[0]);
  EXPECT_EQ(ui_.hover_source, app::HoverSource::token_text);
}

TEST(LitTokens, AreSelectedAndOfTheLitExpert) {
  ProbeLayer layer;
  layer.experts = 3;
  layer.ranked = 2;
  layer.expert = {0, 1, 1, 2, 0, 2, 1, 0};
  app::UiState ui;
  EXPECT_TRUE(app::lit_tokens(ui, &layer, 4).empty());
  ui.hovered_expert = 1;
  EXPECT_THAT(app::lit_tokens(ui, &layer, 4), testing::ElementsAre(0, 1, 0, 1));
  ui.selection.chosen = {1, 1, 1, 0};
  EXPECT_THAT(app::lit_tokens(ui, &layer, 4), testing::ElementsAre(0, 1, 0, 0));
  EXPECT_THAT(app::lit_tokens(ui, nullptr, 4), testing::ElementsAre(1, 1, 1, 0));
  ui.hovered_expert = 9;  // not of this layer
  EXPECT_THAT(app::lit_tokens(ui, &layer, 4), testing::ElementsAre(1, 1, 1, 0));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::test
