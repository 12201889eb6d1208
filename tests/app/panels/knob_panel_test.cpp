// Every knob of the table, operated on the screen by its label; what is checked is the command that came out.
#include <gmock/gmock.h>

#include <optional>

#include "app/panels/knobs/knob_scale.h"
#include "app/run/transport.h"
#include "core/config/expert_names.h"
#include "core/config/gates.h"
#include "core/config/knobs.h"
#include "tests/app/shell/workbench_fixture.h"

namespace switchyard::test {
namespace SWITCHYARD_TEST_FILE {

using app::slider_position;
using app::slider_value;

class KnobPanel : public WorkbenchTest, public ::testing::WithParamInterface<const Knob*> {
 protected:
  void SetUp() override {
    click("knobs/All");
    if (why_idle(GetParam()->key, base_) == "task = language") {  // a knob of the other task
      base_.task = TaskKind::clusters;
      app::commit_edit(ui_.knobs, commands_, base_);
      trainer_catches_up();
      commands_.clear();
    }
    if (GetParam()->key == "load_coef") {  // means nothing without noise
      base_.noise_std = 0.5;
      app::commit_edit(ui_.knobs, commands_, base_);
      trainer_catches_up();
    }
    const std::string group(name_of(GetParam()->group));
    if (find(group).text == "closed") click(group);
    if (const std::string fold = group + "/idle"; !why_idle(GetParam()->key, base_).empty()) {
      ASSERT_EQ(find(fold).text, "closed");
      click(fold);
    }
    label_ = GetParam()->label;
  }
  // A slider position whose value differs from the present one and is valid with the other knobs as they are.
  std::optional<float> good_position() const {
    for (const float position : {0.75f, 0.5f, 0.25f, 0.6f, 0.4f, 0.9f, 0.1f}) {
      Config config = ui_.knobs.draft;
      const KnobValue next = app::as_value(*GetParam(), slider_value(*GetParam(), position));
      if (next == GetParam()->get(config)) continue;
      GetParam()->set(config, next);
      if (validate(config).empty()) return position;
    }
    return std::nullopt;
  }
  // The last command changed this knob alone, to `value`.
  void expect_sent(const KnobValue& value) {
    const Config config = last_config();
    EXPECT_EQ(GetParam()->get(config), value) << to_text(GetParam()->get(config));
    EXPECT_THAT(changed_knobs(base_, config), ::testing::ElementsAre(GetParam()));
    EXPECT_EQ(sent<SetConfig>().back().revision, ui_.knobs.sent_revision);
  }
  // A text that this knob may have.
  static std::string other_text() { return names_experts(GetParam()->key) ? "0.1 1.0" : "letters.txt"; }

  std::string label_;
  Config base_;
};

TEST_P(KnobPanel, IsOperatedByItsLabel) {
  const Knob& knob = *GetParam();
  const KnobValue before = knob.get(base_);
  const std::size_t undo_before = ui_.knobs.undo.size();
  switch (knob.type) {
    case KnobType::integer:
    case KnobType::real: {
      const auto position = good_position();
      ASSERT_TRUE(position);
      const float end = drag_slider(label_, slider_position(knob, app::number_of(before)), *position);
      EXPECT_NEAR(end, *position, 0.01);
      expect_sent(app::as_value(knob, slider_value(knob, end)));
      if (knob.cost == KnobCost::rebuild || knob.on_release) {
        EXPECT_EQ(sent<SetConfig>().size(), 1u) << "commits on release only";
      }
      break;
    }
    case KnobType::choice: {
      const std::string next(knob.choices.front() == to_text(before) ? knob.choices[1] : knob.choices[0]);
      click(label_);
      click(label_ + "/" + next);
      expect_sent(next);
      break;
    }
    case KnobType::boolean:
      click(label_);
      expect_sent(!std::get<bool>(before));
      break;
    case KnobType::text:
      click(label_);
      type(other_text());
      press_key(viz::Key::enter);
      expect_sent(other_text());
      break;
  }
  EXPECT_EQ(ui_.knobs.undo.size(), undo_before + 1);
  press_key(viz::Key::z, true);
  EXPECT_EQ(last_config(), base_);
}

TEST_P(KnobPanel, TypesAValueAfterCtrlClick) {
  const Knob& knob = *GetParam();
  if (knob.type != KnobType::integer && knob.type != KnobType::real) return;
  const auto position = good_position();
  ASSERT_TRUE(position);
  const KnobValue next = app::as_value(knob, slider_value(knob, *position));
  ctrl_click(label_);
  type(to_text(next));
  press_key(viz::Key::enter);
  expect_sent(next);
}

TEST_P(KnobPanel, ReturnsToItsDefaultByItsMenu) {
  const Knob& knob = *GetParam();
  Config config = base_;
  if (knob.type == KnobType::choice) {
    // The last one that differs and is valid with the other knobs as they are.
    for (const std::string_view choice : knob.choices) {
      Config changed = base_;
      knob.set(changed, std::string(choice));
      if (changed != base_ && validate(changed).empty()) config = changed;
    }
  } else if (knob.type == KnobType::boolean) knob.set(config, !std::get<bool>(knob.get(config)));
  else if (knob.type == KnobType::text) knob.set(config, other_text());
  else knob.set(config, app::as_value(knob, slider_value(knob, *good_position())));
  app::commit_edit(ui_.knobs, commands_, config);
  draw(2);
  commands_.clear();
  click(label_ + "/label", 1);
  EXPECT_TRUE(sent<SetConfig>().empty()) << "it asks first";
  click("Menu/Back to the default");
  EXPECT_EQ(last_config(), base_);
}

std::vector<const Knob*> every_knob() {
  std::vector<const Knob*> all;
  for (const Knob& knob : knobs()) all.push_back(&knob);
  return all;
}
INSTANTIATE_TEST_SUITE_P(Every, KnobPanel, ::testing::ValuesIn(every_knob()),
                         [](const auto& test) { return std::string(test.param->key); });

class Knobs : public WorkbenchTest {
 protected:
  void SetUp() override { click("knobs/All"); }
};

// --- essentials, all, and what is looked for

class KnobLevels : public WorkbenchTest {
 protected:
  void search(const std::string& text) {
    click("search knobs");
    type(text);
  }
};

TEST_F(KnobLevels, EssentialsComeFirstAndAllIsAClickAway) {
  for (const char* essential : {"Experts", "Top-k", "Gate", "Noise", "Overflow", "Switch loss", "Learning rate", "Task", "Corpus"})
    EXPECT_TRUE(has(essential)) << essential;
  for (const char* other : {"z-loss", "Heads", "Seed", "Shape", "Capacity factor"}) EXPECT_FALSE(has(other)) << other;
  EXPECT_EQ(find("knobs/Essentials").text, "chosen");
  click("knobs/All");
  EXPECT_TRUE(has("z-loss"));
  EXPECT_TRUE(has("Heads"));
  click("knobs/Essentials");
  EXPECT_FALSE(has("z-loss"));
  EXPECT_TRUE(commands_.empty());
}

TEST_F(KnobLevels, OneThatDiffersFromThePresetStaysInSight) {
  click("knobs/All");
  ctrl_click("z-loss");
  type("0.01");
  press_key(viz::Key::enter);
  click("knobs/Essentials");
  EXPECT_TRUE(has("z-loss"));
  press_key(viz::Key::z, true);
  EXPECT_FALSE(has("z-loss"));

  // What a preset sets is its own; what is changed after it is not.
  const app::Preset& clusters = *app::find_preset("clusters-plane");
  ui_.knobs.began_from = clusters.title;
  app::commit_edit(ui_.knobs, commands_, clusters.config);
  draw(2);
  EXPECT_TRUE(has("Shape"));
  EXPECT_FALSE(has("Corpus"));
  EXPECT_FALSE(has("Warm-up"));
  EXPECT_FALSE(has("Bias balancing"));
  Config changed = clusters.config;
  changed.bias_rate = 0.01;
  app::commit_edit(ui_.knobs, commands_, changed);
  draw(2);
  EXPECT_TRUE(has("Bias balancing"));
}

// What comes of more experts, or fewer, is said as they are dragged, and once they are there with the way back.
TEST_F(KnobLevels, MoreExpertsOfAModelThatLearnedComeWithAWarning) {
  Config config = *live_.status.config;
  config.gate = Gate::softmax, config.top_k = 1;
  live_.status.config = std::make_shared<Config>(config);
  live_.status.step = 0;
  ui_.knobs.is_set = false;
  app::take_status(ui_.knobs, live_.status);
  const auto grow = [&](const std::string& to) {
    ctrl_click("Experts");
    type(to);
    press_key(viz::Key::enter);
    draw(2);
  };
  grow("10");
  EXPECT_TRUE(ui_.toasts.empty()) << "it has learned nothing yet";
  live_.status.step = 40;
  grow("20");
  ASSERT_EQ(ui_.toasts.size(), 1u);
  EXPECT_THAT(ui_.toasts[0].message, ::testing::HasSubstr("weights fall to about 50 %"));
  EXPECT_THAT(ui_.toasts[0].message, ::testing::EndsWith("Ctrl+Z goes back."));
  grow("12");
  ASSERT_EQ(ui_.toasts.size(), 2u);
  EXPECT_THAT(ui_.toasts[1].message, ::testing::StartsWith("E12 to E19 go, "));
  EXPECT_THAT(ui_.toasts[1].message, ::testing::EndsWith("Ctrl+Z goes back."));
  ui_.knobs.beside = true;
  grow("24");
  EXPECT_EQ(ui_.toasts.size(), 2u) << "this run goes on as it is";
}

// Undo takes back what they are held against, too.
TEST_F(KnobLevels, AfterUndoOfAPresetTheyAreHeldAgainstTheOneBefore) {
  const auto in_sight = [&] {
    std::vector<std::string_view> labels;
    for (const Knob& knob : knobs())
      if (has(std::string(knob.label))) labels.push_back(knob.label);
    return labels;
  };
  const auto before = in_sight();
  draw_frame([&](const app::PanelInput& in) {
    app::apply_preset(*app::find_preset("clusters-plane"), in.status, ui_, commands_, in.now_s);
  });
  draw(2);
  EXPECT_NE(in_sight(), before);
  EXPECT_FALSE(has("Warm-up")) << "its own";
  press_key(viz::Key::z, true);
  draw(2);
  ASSERT_EQ(ui_.knobs.draft.task, TaskKind::language);
  EXPECT_EQ(in_sight(), before);
}

// It passes through the value it began with, under the mouse.
TEST_F(KnobLevels, OneThatIsDraggedBackIsNotTakenFromUnderTheMouse) {
  Config config;
  config.beta1 = 0.6;
  app::commit_edit(ui_.knobs, commands_, config);
  draw(2);
  ASSERT_TRUE(has("Beta 1"));
  app::begin_edit(ui_.knobs);
  ui_.knobs.draft.beta1 = Config{}.beta1;
  draw(2);
  EXPECT_TRUE(has("Beta 1"));
  app::end_edit(ui_.knobs, commands_);
  draw(2);
  EXPECT_FALSE(has("Beta 1"));
}

TEST_F(KnobLevels, TheSearchReadsLabelKeyAndDescriptionAtEitherLevel) {
  search("zloss");
  EXPECT_TRUE(has("z-loss"));
  EXPECT_FALSE(has("Experts"));
  press_key(viz::Key::escape);
  EXPECT_TRUE(ui_.knob_choice.search.empty());
  EXPECT_TRUE(has("Experts"));

  search("puigcerver");  // of a description alone
  EXPECT_TRUE(has("Gate"));
  EXPECT_FALSE(has("Top-k"));
  press_key(viz::Key::escape);
  search("slots");  // what does nothing now is found too
  EXPECT_TRUE(has("Slots"));
  press_key(viz::Key::escape);
  search("qqq");
  EXPECT_FALSE(has("Gate"));
  EXPECT_TRUE(sent<SetConfig>().empty());
}

TEST_F(KnobLevels, WhatThePaletteAskedForIsInSight) {
  EXPECT_FALSE(has("Beta 2"));
  ui_.knobs.wanted_key = "beta2";
  draw(4);
  EXPECT_TRUE(has("Beta 2"));
  type("0.9");
  press_key(viz::Key::enter);
  EXPECT_DOUBLE_EQ(last_config().beta2, 0.9);
}

TEST_F(Knobs, WhatDoesNothingIsFoldedAwayUntilItDoes) {
  EXPECT_FALSE(has("Capacity factor"));
  click("Overflow");
  click("Overflow/drop-late");
  EXPECT_TRUE(has("Capacity factor"));
  EXPECT_FALSE(has("Slots"));
  click("Routing/idle");
  EXPECT_TRUE(has("Slots"));
}

TEST_F(Knobs, AGateWithoutLogitsTakesTheLossesThatNeedThemAlong) {
  click("Gate");
  click("Gate/random");
  Config wanted;
  wanted.gate = Gate::random;
  wanted.aux_coef = wanted.z_coef = 0;
  EXPECT_EQ(last_config(), wanted);
  press_key(viz::Key::z, true);
  EXPECT_EQ(last_config(), Config{}) << "one edit, one undo";
}

TEST_F(Knobs, ALiveKnobSendsWhileItIsDraggedAndIsOneUndo) {
  drag_slider("Top-k", slider_position(*find_knob("top_k"), 2), 1, 10);
  EXPECT_GT(sent<SetConfig>().size(), 3u);
  EXPECT_EQ(last_config().top_k, 8);
  EXPECT_EQ(ui_.knobs.undo.size(), 1u);
}

// Down to few and up again would replace experts that have learned by copies.
TEST_F(Knobs, ExpertsThatADragPassesThroughAreNotSent) {
  drag_slider("Experts", slider_position(*find_knob("experts"), 8), 1, 10);
  ASSERT_EQ(sent<SetConfig>().size(), 1u);
  EXPECT_EQ(last_config().experts, 32);
  EXPECT_EQ(ui_.knobs.undo.size(), 1u);
}

TEST_F(Knobs, TypingReachesBeyondTheSliderButNotBeyondTheTable) {
  ctrl_click("Experts");
  type("100");
  press_key(viz::Key::enter);
  EXPECT_EQ(last_config().experts, 100);
  EXPECT_EQ(slider_position(*find_knob("experts"), 100), 1);

  ctrl_click("Experts");
  type("1000");
  press_key(viz::Key::enter);
  EXPECT_EQ(last_config().experts, 100);
  EXPECT_THAT(ui_.knobs.typing_problem, ::testing::HasSubstr("1 to 256"));
  press_key(viz::Key::escape);
  draw(2);
  EXPECT_TRUE(ui_.knobs.typing_key.empty());
}

TEST_F(Knobs, ClickingTheValueTypesToo) {
  click("Top-k/value");
  draw(2);
  type("3");
  press_key(viz::Key::enter);
  EXPECT_EQ(last_config().top_k, 3);
}

TEST_F(Knobs, FewerExpertsThanTopKIsShownAndNotSent) {
  drag_slider("Experts", slider_position(*find_knob("experts"), 8), 0);
  EXPECT_EQ(ui_.knobs.draft.experts, 1);
  EXPECT_TRUE(sent<SetConfig>().empty());
  press_key(viz::Key::z, true);
  EXPECT_EQ(ui_.knobs.draft.experts, 8);
  EXPECT_TRUE(sent<SetConfig>().empty()) << "what is in force was not left";
}

TEST_F(Knobs, RedoWithShift) {
  ctrl_click("Top-k");
  type("4");
  press_key(viz::Key::enter);
  press_key(viz::Key::z, true);
  EXPECT_EQ(last_config().top_k, 2);
  press_key(viz::Key::z, true, true);
  EXPECT_EQ(last_config().top_k, 4);
}

TEST_F(Knobs, ARefusedChangeJumpsBack) {
  ctrl_click("Experts");
  type("64");
  press_key(viz::Key::enter);
  Update update;
  update.status = live_.status;
  update.notices.push_back({Notice::Level::error, "needs more memory than is free", ui_.knobs.sent_revision});
  app::take_update(live_, ui_, std::move(update), now_s_);
  draw(2);
  EXPECT_EQ(find("Experts/value").text, "8");
  EXPECT_THAT(find("toast 0").text, ::testing::HasSubstr("needs more memory"));
}

TEST_F(Knobs, AGroupFolds) {
  click("Routing");
  EXPECT_FALSE(has("Experts"));
  click("Routing");
  EXPECT_TRUE(has("Experts"));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::test
