// What a knob says of itself: its tooltip, and names in place of keys.
#include <gmock/gmock.h>

#include "app/panels/knobs/knob_names.h"
#include "core/config/knobs.h"
#include "tests/app/shell/workbench_fixture.h"

namespace switchyard::test {
namespace SWITCHYARD_TEST_FILE {

class KnobTooltip : public WorkbenchTest {
 protected:
  KnobTooltip() {
    ui_.knob_choice.all = true;
    draw(3);
  }
  // What stands in the tooltip of whoever rests at a place; empty: none.
  std::string resting_at(ImVec2 at) {
    move(at.x, at.y);
    draw(30);
    const app::Registry::Item* const shown = registry_.find("tooltip");
    return shown ? shown->text : "";
  }
};

TEST_F(KnobTooltip, IsOfTheWholeRowAndSaysNames) {
  for (const char* key : {"experts", "gate", "shared_router"}) {
    const Knob& knob = *find_knob(key);
    const std::string name(knob.label);
    for (const std::string& part : {name, name + "/label", name + "/value"}) {
      if (!has(part)) continue;
      const std::string text = resting_at(find(part).centre());
      EXPECT_THAT(text, ::testing::StartsWith(name + "\n")) << part;
      EXPECT_THAT(text, ::testing::HasSubstr(app::with_names(knob.help))) << part;
      const std::size_t set = text.find("\n\n--set " + std::string(key) + "=");
      ASSERT_NE(set, std::string::npos) << part;
      EXPECT_EQ(text.find('\n', set + 2), std::string::npos) << "what --set takes comes last";
    }
  }
}

TEST_F(KnobTooltip, SaysWhatThePresetHasThatTheRunBeganFrom) {
  EXPECT_THAT(resting_at(find("Top-k/label").centre()), ::testing::HasSubstr("\nDefault 2"));
  ui_.knobs.began_from = "Switch";
  move(1, 1);
  draw(30);
  const std::string text = resting_at(find("Top-k/label").centre());
  EXPECT_THAT(text, ::testing::HasSubstr("\n1 in Switch, default 2"));
  EXPECT_THAT(text, ::testing::HasSubstr("Right click: back to 1, as in Switch, another value"));
}

TEST(KnobNames, StandInPlaceOfKeys) {
  EXPECT_EQ(app::with_names("gate = hash: see capacity_factor"), "Gate = hash: see Capacity factor");
  EXPECT_EQ(app::with_names("the noise of experts, top_k"), "the noise of experts, Top-k");
  EXPECT_EQ(app::with_names("no_such_key = 3, Xtop_k, top_k2"), "no_such_key = 3, Xtop_k, top_k2");
  EXPECT_EQ(app::with_names(""), "");
  for (const Knob& knob : knobs()) {
    const std::string help = app::with_names(knob.help);
    for (const Knob& other : knobs()) {
      if (other.key.find('_') == std::string_view::npos) continue;
      EXPECT_EQ(help.find(other.key), std::string::npos) << knob.key << " names " << other.key;
    }
  }
}

TEST_F(KnobTooltip, RestsWhileTheKnobIsTurnedOrTyped) {
  const ImVec2 at = find("Experts").centre();
  EXPECT_NE(resting_at(at), "");
  button(0, true);
  draw(2);
  EXPECT_EQ(resting_at(at), "");
  button(0, false);
  draw(2);
  click("Experts/value");
  EXPECT_EQ(resting_at(find("Experts").centre()), "");
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::test
