// The card of one expert: which one it is, what it shows, and where a click on it leads.
#include <gmock/gmock.h>

#include <fmt/format.h>

#include <algorithm>

#include "app/panels/experts/expert_card.h"
#include "app/panels/parts/panel_parts.h"
#include "app/panels/parts/token_text.h"
#include "app/run/in_front.h"
#include "core/insight/expert_profile.h"
#include "tests/app/panels/panel_scene.h"
#include "tests/app/shell/workbench_fixture.h"
#include "tests/support/fake_run.h"
#include "viz/base/format.h"

namespace switchyard::test {
namespace SWITCHYARD_TEST_FILE {

using app::Workspace;
using testing::HasSubstr;
using viz::Key;

class ExpertCardPanel : public WorkbenchTest {
 protected:
  ExpertCardPanel() {
    live_.run().snapshot = std::make_shared<Snapshot>(fake_snapshot(Config{}, 60, 1, Watch{.experts = true}));
    ui_.card_expert = 1;
    open(Workspace::specialization);
  }
  ExpertProfile profile(int expert, const Among& among = {}) const {
    return expert_profile(*live_.run().snapshot, 0, expert, LabelKind::domain, among);
  }
  int count() const { return live_.run().snapshot->layers[0].experts; }
};

TEST_F(ExpertCardPanel, ShowsFiguresBesideTheirReferences) {
  const ExpertProfile p = profile(1);
  EXPECT_EQ(find("Expert/card").text, "E01");
  EXPECT_EQ(find("Expert/tokens").text, viz::percent(p.share) + " | chance " + viz::percent(p.chance));
  EXPECT_THAT(find("Expert/load").text, HasSubstr("fair 1.00×"));
  // Norms of the made-up weights rise with the expert: 9 + 2 (e + 1) / N.
  EXPECT_THAT(find("Expert/norm").text, HasSubstr(count() == 8 ? "7th · mean" : "· mean"));
  EXPECT_EQ(find("Expert/token 0").text, app::quoted_token(p.top.at(0).text));
  EXPECT_EQ(find("Expert/label 0").text, p.labels.at(0).name);
  EXPECT_EQ(find("Expert/context 0").text, live_.run().snapshot->tokens->text[p.examples.at(0)]);
  // The made-up weights are more alike the nearer the experts are.
  EXPECT_TRUE(has("Expert/alike E00"));
  EXPECT_TRUE(has("Expert/alike E02"));
  EXPECT_FALSE(has("Expert/alike E07"));
}

// A loss of many digits in a narrow card.
TEST_F(ExpertCardPanel, ItsFiguresStandApart) {
  auto look = std::make_shared<Snapshot>(*live_.run().snapshot);
  ++look->revision;
  for (float& loss : look->token_loss) loss = 0.00052137f;
  live_.run().snapshot = look;
  for (const float width : {1280.0f, 1000.0f, 640.0f}) {
    ImGui::GetIO().DisplaySize = {width, 720};
    draw(3);
    app::bring_to_front(ui_, "expert");
    draw(2);
    std::vector<app::Registry::Item> tiles;
    for (const char* name : {"load", "tokens", "loss", "norm"})
      tiles.push_back(find(std::string("Expert/") + name));
    EXPECT_THAT(tiles[2].text, HasSubstr("0.000521"));
    for (std::size_t a = 0; a < tiles.size(); ++a)
      for (std::size_t b = a + 1; b < tiles.size(); ++b)
        EXPECT_TRUE(tiles[a].max.x + 4 <= tiles[b].min.x || tiles[a].max.y <= tiles[b].min.y)
            << width << ": " << a << ", " << b;
  }
}

// In as many lines as the width asks for: they change with every look.
TEST_F(ExpertCardPanel, ItsFiguresKeepTheirLines) {
  auto few = std::make_shared<Snapshot>(*live_.run().snapshot);
  auto many = std::make_shared<Snapshot>(*few);
  few->revision += 1, many->revision += 2;
  for (float& loss : few->token_loss) loss = 2;
  for (float& loss : many->token_loss) loss = 0.00052137f;
  for (float width = 640; width <= 1280; width += 40) {
    ImGui::GetIO().DisplaySize = {width, 720};
    draw(3);
    app::bring_to_front(ui_, "expert");
    float below[2];
    for (const bool of_many : {false, true}) {
      live_.run().snapshot = of_many ? many : few;
      draw(2);
      below[of_many] = find("Expert/norm").min.y - find("Expert/card").min.y;
    }
    EXPECT_EQ(below[0], below[1]) << width;
    EXPECT_LE(below[0], 80) << "never one below the other, all four";
  }
}

TEST_F(ExpertCardPanel, WhatItIsForIsAnsweredInFront) {
  app::bring_to_front(ui_, Workspace::causes, "steering");
  click("Expert/operate");
  click("Expert/operate/What is it for?");
  draw(2);
  EXPECT_EQ(ui_.arranging.workspace, Workspace::causes);
  EXPECT_THAT(app::asked_to_front(ui_), testing::ElementsAre("ablation", "steering"));
}

TEST_F(ExpertCardPanel, WeightsAreAskedForOnlyWhileItIsSeen) {
  ASSERT_FALSE(sent<Watch>().empty());
  EXPECT_TRUE(sent<Watch>().back().experts);
  open(Workspace::train);
  EXPECT_FALSE(sent<Watch>().back().experts);
}

TEST_F(ExpertCardPanel, BeforeTheFirstChoiceItIsTheBusiestOfTheRun) {
  ui_.card_expert = -1;
  draw(2);
  std::vector<double> loads;
  for (std::size_t e = 0; e < live_.run().history.experts(0); ++e) {
    const auto column = live_.run().history.utilisation(0, e);
    double sum = 0;
    for (std::size_t row = 0; row < column.size(); ++row) sum += static_cast<double>(column[row]);
    loads.push_back(sum);
  }
  const auto busiest = std::max_element(loads.begin(), loads.end()) - loads.begin();
  EXPECT_EQ(find("Expert/card").text, fmt::format("E{:02}", busiest));
  EXPECT_EQ(ui_.card_expert, -1);
  click("Expert/next expert");
  EXPECT_EQ(ui_.card_expert, (busiest + 1) % count());
}

TEST_F(ExpertCardPanel, ArrowsGoRoundAndTheComboPicks) {
  click("Expert/next expert");
  EXPECT_EQ(ui_.card_expert, 2);
  click("Expert/previous expert");
  click("Expert/previous expert");
  click("Expert/previous expert");
  EXPECT_EQ(ui_.card_expert, count() - 1);
  click("Expert/expert");
  click("Expert/expert/E03");
  EXPECT_EQ(ui_.card_expert, 3);
  EXPECT_EQ(find("Expert/card").text, "E03");
  EXPECT_EQ(ui_.pinned_expert, -1) << "to look at a card lights nothing";
}

TEST_F(ExpertCardPanel, APinnedExpertGivesWayToTheNextCard) {
  app::pin_expert(ui_, 4);
  draw(2);
  EXPECT_EQ(find("Expert/card").text, "E04");
  click("Expert/next expert");
  EXPECT_EQ(ui_.pinned_expert, 5);
}

TEST_F(ExpertCardPanel, AClickOnAnExpertElsewhereChoosesIt) {
  // The name of a column in the specialization matrix.
  const auto matrix = find("Specialization/matrix");
  press({matrix.max.x - 6, matrix.min.y + 4});
  EXPECT_EQ(ui_.card_expert, count() - 1);
  EXPECT_EQ(find("Expert/card").text, fmt::format("E{:02}", count() - 1));
  open(Workspace::train);
  const auto bars = find("Expert load/load bars");
  press({bars.min.x + 60, bars.centre().y});
  EXPECT_EQ(ui_.card_expert, 0);
  click("Tokens/E05");
  EXPECT_EQ(ui_.card_expert, 5);
  open(Workspace::specialization);
  EXPECT_EQ(find("Expert/card").text, "E05");
}

TEST_F(ExpertCardPanel, FindAndThePaletteLeadToIt) {
  open(Workspace::train);
  press_key(Key::f, true);
  draw(3);
  type("e6");
  press_key(Key::enter);
  draw(2);
  EXPECT_EQ(ui_.card_expert, 6);
  press_key(Key::p, true, true);
  draw(3);
  type("expert card");
  press_key(Key::enter);
  draw(3);
  EXPECT_EQ(ui_.arranging.workspace, Workspace::specialization);
  EXPECT_EQ(find("Expert/card").text, "E06");
}

TEST_F(ExpertCardPanel, AContextLeadsToItsTokenAndARelativeToItsCard) {
  const std::size_t token = profile(1).examples.at(1);
  click("Expert/context 1");
  ASSERT_EQ(sent<Inspect>().size(), 1u);
  EXPECT_EQ(sent<Inspect>()[0].token, static_cast<int>(token));
  EXPECT_EQ(ui_.passage, token / static_cast<std::size_t>(live_.run().snapshot->tokens->sequence_length));
  click("Expert/alike E02");
  EXPECT_EQ(ui_.card_expert, 2);
}

TEST_F(ExpertCardPanel, FollowsTheSelectionThatARowMakes) {
  const std::string domain = profile(1).labels.at(0).name;
  click("Expert/label 0");
  ASSERT_TRUE(ui_.selection.active());
  EXPECT_EQ(ui_.selection.of, domain);
  const ExpertProfile selected = profile(1, ui_.selection.chosen);
  EXPECT_EQ(selected.tokens, static_cast<std::int64_t>(ui_.selection.count));
  move_away();
  draw(2);
  EXPECT_THAT(find("Expert/tokens").text, HasSubstr(viz::percent(selected.share)));
  EXPECT_FALSE(has("Expert/label 1")) << "no other domain is selected";
}

TEST_F(ExpertCardPanel, SpecializationShowsTokensByExpert) {
  click("Specialization/figure");
  click("Specialization/figure/tokens");
  EXPECT_EQ(ui_.specialization, app::SpecializationFigure::tokens);
  EXPECT_GT(std::stoi(find("Specialization/token matrix").text), 4);
  EXPECT_FALSE(has("Specialization/labels"));
  click("Specialization/rows");
  click("Specialization/rows/most specialised");
  EXPECT_FALSE(ui_.frequent_tokens);
  const auto matrix = find("Specialization/token matrix");
  press({matrix.min.x + 8, matrix.min.y + 30});
  ASSERT_TRUE(ui_.selection.active());
  EXPECT_THAT(ui_.selection.of, testing::StartsWith("'"));
}

TEST_F(ExpertCardPanel, OfPointsHasClassesAndItsSurestPoints) {
  auto config = std::make_shared<Config>(*live_.status.config);
  config->task = TaskKind::clusters;
  live_.status.config = config;
  live_.run().snapshot = std::make_shared<Snapshot>(app::scene::snapshot({.layers = 1, .experts = 8, .top_k = 1, .classes = 3}));
  ui_.specialization = app::SpecializationFigure::tokens;  // of the text before
  draw(3);
  EXPECT_EQ(find("Expert/label 0").text, "class 0");
  EXPECT_THAT(find("Expert/point 0").text, HasSubstr("class"));
  EXPECT_FALSE(has("Expert/token 0"));
  EXPECT_TRUE(has("Specialization/matrix"));
  EXPECT_THAT(find("Expert/norm").text, HasSubstr("with the next look"));
}

TEST_F(ExpertCardPanel, ItsExpertIsOperatedOnByName) {
  click("Expert/operate");
  click("Expert/operate/Clone");
  ASSERT_EQ(sent<Operate>().size(), 1u);
  const Operate first = sent<Operate>().back();
  EXPECT_EQ(text_of(first.operation), "clone 0.1");
  EXPECT_EQ(first.revision, ui_.knobs.sent_revision);
  ASSERT_FALSE(ui_.knobs.undo.empty());
  EXPECT_EQ(ui_.knobs.undo.back().what, "clone 0.1");
  // Until the next look what is shown are the experts before.
  click("Expert/operate");
  EXPECT_THAT(find("Expert/operate/Clone").text, HasSubstr("on its way"));
  press_key(Key::escape);
  const auto catch_up = [&] {
    live_.status.revision = ui_.knobs.sent_revision;
    app::take_status(ui_.knobs, live_.status);
    auto look = std::make_shared<Snapshot>(*live_.run().snapshot);
    look->revision = ui_.knobs.operated;
    live_.run().snapshot = look;
    draw(3);
  };
  catch_up();
  // One of several that differ in the other expert.
  click("Expert/operate");
  click("Expert/operate/Merge with");
  click("Expert/operate/Merge with/E03");
  ASSERT_EQ(sent<Operate>().size(), 2u);
  EXPECT_EQ(text_of(sent<Operate>().back().operation), "merge 0.1 0.3");
  catch_up();
  // Ctrl+Z asks for the model before the newest.
  press_key(Key::z, true);
  ASSERT_EQ(sent<BringBack>().size(), 1u);
  EXPECT_EQ(sent<BringBack>().back().ended_by, sent<Operate>().back().revision);
}

TEST_F(ExpertCardPanel, AnOperationIsHeldAgainstAnUntouchedCopyWhereThatIsTicked) {
  click("Expert/operate");
  click("Expert/operate/Compare with an untouched copy");
  EXPECT_TRUE(has("Expert/operate/Clone")) << "the menu stays open";
  click("Expert/operate/Clone");
  ASSERT_EQ(sent<Operate>().size(), 1u);
  EXPECT_TRUE(sent<Operate>().back().against_shadow);
}

TEST_F(ExpertCardPanel, ARecordOffersItsOperationsGreyedWithTheReason) {
  live_.status.state = RunState::opened;
  draw(2);
  click("Expert/operate");
  EXPECT_THAT(find("Expert/operate/Clone").text, HasSubstr("no model to change"));
  click("Expert/operate/Clone");
  EXPECT_TRUE(sent<Operate>().empty());
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::test
