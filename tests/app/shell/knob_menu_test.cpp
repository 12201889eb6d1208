// What can be done with a knob where it stands: back to its default, one other value in a run beside.
#include <gmock/gmock.h>

#include <algorithm>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "app/panels/knobs/knob_trials.h"
#include "tests/app/shell/workbench_fixture.h"

namespace switchyard::test {
namespace SWITCHYARD_TEST_FILE {

using testing::HasSubstr;
using viz::Key;

class KnobMenu : public WorkbenchTest {
 protected:
  KnobMenu() {
    ui_.show_welcome = false;
    live_.run().id = live_.status.run = "led";
    live_.runs.lead("led");
    draw(2);
    click("knobs/All");
  }
  void menu_of(const std::string& label) { click(label + "/label", 1); }
  const app::BesideWish& begun() {
    EXPECT_EQ(ui_.knobs.besides.size(), 1u);
    return ui_.knobs.besides.at(0);
  }
  // The run that learns, its knobs and its undo are as they were.
  void expect_nothing_changed() {
    EXPECT_TRUE(sent<SetConfig>().empty());
    EXPECT_EQ(ui_.knobs.draft, *live_.status.config);
    EXPECT_TRUE(ui_.knobs.undo.empty());
    EXPECT_FALSE(ui_.knobs.beside);
  }
};

TEST_F(KnobMenu, OfANumberHalfAndDoubleBeginARunBeside) {
  ASSERT_EQ(live_.status.config->top_k, 2);
  menu_of("Top-k");
  EXPECT_EQ(find("Menu/title").text, "Top-k · 2");
  EXPECT_THAT(find("Menu/Back to the default").text, HasSubstr("disabled: It has it: 2"));
  EXPECT_TRUE(has("Menu/beside/4"));
  click("Menu/beside/1");
  EXPECT_EQ(begun().called, "Top-k: 2 to 1");
  Config expected = *live_.status.config;
  expected.top_k = 1;
  EXPECT_EQ(begun().config, expected) << "one thing differs";
  expect_nothing_changed();
  EXPECT_FALSE(has("Menu/title")) << "it is closed";
}

// Of a run that a preset began "back" is to what that has, in the dot, the tooltip and here.
TEST_F(KnobMenu, BackIsToThePresetThatTheRunBeganFrom) {
  ui_.knobs.began_from = "Switch";
  draw(2);
  menu_of("Top-k");
  EXPECT_FALSE(has("Menu/Back to the default"));
  EXPECT_THAT(find("Menu/Back to 1, as in Switch").text, HasSubstr("1 instead of 2"));
  click("Menu/Back to 1, as in Switch");
  EXPECT_EQ(last_config().top_k, 1);
  menu_of("Top-k");
  EXPECT_THAT(find("Menu/Back to 1, as in Switch").text, HasSubstr("disabled: It has it: 1"));
  press_key(Key::escape);
  // Of a record what that one began from counts.
  live_.status.state = RunState::opened;
  live_.run().began_from = "Clusters";
  draw(2);
  menu_of("Top-k");
  EXPECT_TRUE(has("Menu/Back to the default")) << "no preset is called so";
}

TEST_F(KnobMenu, OfAChoiceAllOthers) {
  menu_of("Gate");
  for (const char* gate : {"softmax", "sigmoid", "hash", "random"})
    EXPECT_TRUE(has(std::string("Menu/beside/") + gate)) << gate;
  EXPECT_FALSE(has("Menu/beside/softmax-renormalised")) << "it has that one";
  EXPECT_FALSE(has("Menu/Another value…")) << "there is no other";
  click("Menu/beside/sigmoid");
  EXPECT_EQ(begun().config.gate, Gate::sigmoid);
  EXPECT_THAT(begun().called, HasSubstr("Gate: softmax-renormalised to sigmoid"));
  expect_nothing_changed();
}

// What the rules between knobs refuse says so, and begins nothing.
TEST_F(KnobMenu, AValueThatDoesNotFitIsNotOffered) {
  live_.status.config = std::make_shared<Config>([] {
    Config config;
    config.experts = config.top_k = 2;
    return config;
  }());
  ui_.knobs.is_set = false;
  app::take_status(ui_.knobs, live_.status);
  draw();
  menu_of("Top-k");
  EXPECT_THAT(find("Menu/beside/4").text, HasSubstr("disabled: "));
  click("Menu/beside/4");
  EXPECT_TRUE(ui_.knobs.besides.empty());
}

TEST(KnobTrials, NoValueEqualsTheOneThereIsOrLeavesTheRange) {
  Config config;
  const Knob &k = *find_knob("top_k"), &rate = *find_knob("learning_rate"), &noise = *find_knob("noise_std");
  config.top_k = 1;
  EXPECT_EQ(app::values_to_try(k, config), (std::vector<KnobValue>{std::int64_t{2}})) << "half of 1 is no less";
  config.top_k = static_cast<std::int64_t>(k.maximum);
  EXPECT_EQ(app::values_to_try(k, config).size(), 1u);
  config.learning_rate = 0.003;
  EXPECT_EQ(app::values_to_try(rate, config), (std::vector<KnobValue>{0.0015, 0.006}));
  config.noise_std = 0;
  EXPECT_TRUE(app::values_to_try(noise, config).empty());
}

// Typed: that one edit goes beside, and the next is this run's again.
TEST_F(KnobMenu, AnotherValueIsTypedIntoTheFieldThisOnce) {
  menu_of("Top-k");
  click("Menu/Another value…");
  draw(4);
  EXPECT_EQ(ui_.knobs.typing_key, "top_k");
  type("3");
  press_key(Key::enter);
  EXPECT_EQ(begun().called, "Top-k: 2 to 3");
  expect_nothing_changed();
  ctrl_click("Top-k");
  type("3");
  press_key(Key::enter);
  EXPECT_EQ(ui_.knobs.besides.size(), 1u);
  EXPECT_EQ(last_config().top_k, 3);
}

TEST_F(KnobMenu, AnotherValueThatIsRefusedStaysInTheFieldAndEscapeEndsIt) {
  menu_of("Top-k");
  click("Menu/Another value…");
  draw(4);
  type("200");  // in the range of the knob, and more than there are experts
  press_key(Key::enter);
  EXPECT_TRUE(ui_.knobs.besides.empty());
  EXPECT_EQ(ui_.knobs.typing_key, "top_k");
  EXPECT_THAT(ui_.knobs.typing_problem, HasSubstr("Top-k = 200"));
  press_key(Key::escape);
  draw(2);
  EXPECT_EQ(ui_.knobs.typing_key, "");
  EXPECT_EQ(ui_.knobs.beside_key, "");
  ctrl_click("Top-k");
  type("1");
  press_key(Key::enter);
  EXPECT_TRUE(ui_.knobs.besides.empty());
  EXPECT_EQ(last_config().top_k, 1);
}

TEST_F(KnobMenu, ATextIsTypedBesideToo) {
  click("Data");
  menu_of("Corpus");
  click("Menu/Another value…");
  draw(4);
  type("letters.txt");
  press_key(Key::enter);
  EXPECT_THAT(begun().config.corpus, HasSubstr("letters.txt"));
  expect_nothing_changed();
  EXPECT_EQ(ui_.knobs.beside_key, "");
}

// Shift+F10 is of the knob that Tab stands on, and else of the kept step.
TEST_F(KnobMenu, TheKeysOpenItWhereTheRingIs) {
  live_.run().kept_steps = {{40, "", "at intervals", 1.5, "/runs/a/40", 1 << 20}};
  for (const bool by_menu_key : {true, false}) {
    click("search knobs");
    press_key(Key::escape);
    for (int i = 0; i < 40 && ui_.knobs.ringed_key != "top_k"; ++i) press_key(Key::tab);
    ASSERT_EQ(ui_.knobs.ringed_key, "top_k");
    press_key(by_menu_key ? Key::menu : Key::f10, false, !by_menu_key);
    EXPECT_EQ(find("Menu/title").text, "Top-k · 2");
    press_key(Key::escape);
    EXPECT_FALSE(has("Menu/title"));
  }
  press({640, 360});
  press_key(Key::f10, false, true);
  EXPECT_THAT(find("Menu/title").text, HasSubstr("Step 40"));
}

// Of a record the menu says why nothing comes of it.
TEST_F(KnobMenu, OfARecordItSaysWhyNot) {
  live_.status.state = RunState::opened;
  draw(2);
  menu_of("Experts");
  EXPECT_THAT(find("Menu/Another value…").text, HasSubstr("disabled: This run is a record"));
  EXPECT_FALSE(has("Menu/beside/4"));
  click("Menu/Back to the default");
  EXPECT_TRUE(sent<SetConfig>().empty());
}

// --- a sweep

class SweepPrompt : public KnobMenu {
 protected:
  void put(const std::string& field, const std::string& text) {
    click(field);
    draw(2);
    press_key(Key::a, true);
    type(text);
    draw();
  }
  std::string says() { return find("sweep/says").text; }
};

TEST_F(SweepPrompt, OverOneKnobAsksForItsValues) {
  menu_of("Top-k");
  click("Menu/Sweep…");
  draw(3);
  EXPECT_EQ(find("sweep/values").text, "1,2,4");
  EXPECT_EQ(find("sweep/steps").text, "100") << "at least";
  EXPECT_EQ(says(), "3 combinations × 3 seeds = 9 runs of 100 steps");
  put("sweep/values", "1, 2..4");
  put("sweep/seeds", "2");
  EXPECT_EQ(says(), "4 combinations × 2 seeds = 8 runs of 100 steps");
  click("Start");
  ASSERT_TRUE(ui_.comparing.sweep_wanted);
  const app::SweepWish& wish = *ui_.comparing.sweep_wanted;
  EXPECT_EQ(wish.axes, (std::vector<StudyAxis>{{"top_k", {"1", "2", "3", "4"}}}));
  EXPECT_EQ(wish.seeds, 2);
  EXPECT_EQ(wish.steps, 100);
  EXPECT_EQ(wish.base.weight_seed, 0) << "each seed draws its own";
  EXPECT_FALSE(has("sweep/says")) << "it is closed";
  expect_nothing_changed();
}

TEST_F(SweepPrompt, ASecondKnobMultiplies) {
  menu_of("Top-k");
  click("Menu/Sweep…");
  draw(3);
  click("sweep/second knob");
  click("sweep/second knob/Experts");
  EXPECT_EQ(find("sweep/second values").text, "4,8,16");
  put("sweep/values", "1,8");
  EXPECT_THAT(says(), HasSubstr("5 combinations × 3 seeds = 15 runs"));
  EXPECT_THAT(says(), HasSubstr("Left out: top_k=8,experts=4")) << "more than there are";
  click("Start");
  ASSERT_TRUE(ui_.comparing.sweep_wanted);
  EXPECT_EQ(ui_.comparing.sweep_wanted->axes.size(), 2u);
}

// In the words of the command line, which reads it.
TEST_F(SweepPrompt, WhatIsNotAllowedIsSaidAndNotBegun) {
  menu_of("Learning rate");
  click("Menu/Sweep…");
  draw(3);
  for (const auto& [values, words] : {std::pair{"0.001,x", "Learning rate"},
                                      {"0.001..0.1", "needs how many"},
                                      {"0.001,1e-3", "stands there twice"},
                                      {"0.001", "one value is no sweep"}}) {
    put("sweep/values", values);
    EXPECT_THAT(says(), HasSubstr(words)) << values;
    click("Start");
    EXPECT_FALSE(ui_.comparing.sweep_wanted);
  }
  put("sweep/values", "0.001..0.1:3");
  EXPECT_THAT(says(), HasSubstr("3 combinations"));
  for (const auto& [field, text, words] : {std::tuple{"sweep/seeds", "0", "Seeds = 0: allowed is a whole number"},
                                           {"sweep/steps", "many", "Steps = many: allowed is a whole number"}}) {
    put(field, text);
    EXPECT_THAT(says(), HasSubstr(words));
    put(field, "3");
  }
  press_key(Key::escape);
  draw(2);
  if (has("sweep/says")) press_key(Key::escape);  // the first ends the typing
  EXPECT_FALSE(has("sweep/says"));
  EXPECT_FALSE(ui_.comparing.sweep_wanted);
}

TEST_F(SweepPrompt, OfOneAtATimeAndNotOverTheSeed) {
  click("Training");
  ui_.comparing.sweep.runs = true;
  menu_of("Top-k");
  EXPECT_THAT(find("Menu/Sweep…").text, HasSubstr("disabled: One is at work"));
}

TEST(KnobTrials, ASweepBeginsWithWhatFits) {
  Config config;
  config.experts = config.top_k = 4;
  EXPECT_EQ(app::values_to_sweep(*find_knob("top_k"), config), "2,4") << "8 of 4 is refused";
  EXPECT_EQ(app::values_to_sweep(*find_knob("tied_head"), config), "false,true");
  config.noise_std = 0;
  const std::string noise = app::values_to_sweep(*find_knob("noise_std"), config);
  EXPECT_EQ(noise.substr(0, 2), "0,") << noise;
  EXPECT_EQ(std::count(noise.begin(), noise.end(), ','), 2) << noise;
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::test
