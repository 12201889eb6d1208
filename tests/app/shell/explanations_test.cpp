// What is read over the window: terms, explanations of panels, the tour.
#include <gmock/gmock.h>
#include <imgui_internal.h>

#include <map>
#include <set>

#include "app/panels/explanations.h"
#include "app/panels/health/health_columns.h"
#include "app/panels/panel_table.h"
#include "app/panels/parts/glossary.h"
#include "app/shell/dialogs/name_prompt.h"
#include "app/shell/guide/tour.h"
#include "tests/app/shell/workbench_fixture.h"
#include "tests/support/environment.h"
#include "tests/support/temporary_folder.h"

namespace switchyard::test {
namespace SWITCHYARD_TEST_FILE {

using viz::Key;

TEST(Glossary, HasEveryTermOnceInAPlainSentence) {
  std::set<std::string_view> names;
  for (const app::Term& term : app::glossary()) {
    EXPECT_TRUE(names.insert(term.note->name).second) << term.note->name;
    EXPECT_GT(term.note->what.size(), 10u) << term.note->name;
    EXPECT_EQ(app::find_term(term.note->name), &term);
  }
  for (const char* word :
       {"lift", "churn", "NMI", "ARI", "regret", "load entropy", "max violation", "z-loss", "capacity factor",
        "utilisation", "saturation", "decisiveness", "dead", "top-k", "logit", "bigram", "t-SNE", "PCA"})
    EXPECT_FALSE(app::terms_with(word).empty()) << word;
  EXPECT_TRUE(app::terms_with("qqq").empty());
  EXPECT_TRUE(app::terms_with("").empty());
}

TEST(Glossary, HasEveryFigureOfHealth) {
  for (const app::HealthColumn& column : app::health_columns())
    EXPECT_TRUE(app::find_term(column.note->name)) << column.note->name;
}

TEST(Explanations, AreThereForEveryPanelAndForNoOther) {
  std::set<std::string_view> explained;
  for (const app::Explanation& about : app::explanations()) {
    EXPECT_TRUE(explained.insert(about.panel).second) << about.panel;
    EXPECT_TRUE(app::find_panel(about.panel) || about.panel == "knobs") << about.panel;
    for (const std::string_view text : {about.shows, about.reading, about.healthy, about.attempt})
      EXPECT_GT(text.size(), 10u) << about.panel;
  }
  for (const app::PanelSpec& panel : app::panel_table()) EXPECT_TRUE(explained.contains(panel.id)) << panel.id;
}

class ReadingOver : public WorkbenchTest {};

TEST_F(ReadingOver, CtrlFShowsTheCardOfATerm) {
  press_key(Key::f, true);
  draw(3);
  type("churn");
  EXPECT_TRUE(has("Term: Churn"));
  press_key(Key::enter);
  draw(2);
  EXPECT_EQ(find("term").text, "Churn");
  press_key(Key::escape);
  EXPECT_FALSE(has("term"));
}

TEST_F(ReadingOver, F1ExplainsThePanelUnderTheMouseAndElsewhereTheWindow) {
  const ImVec2 bars = find("Expert load/load history").centre();
  move(bars.x, bars.y);
  draw(2);
  press_key(Key::f1);
  EXPECT_EQ(find("explanation").text, "expert-load");
  EXPECT_FALSE(ui_.show_help);
  press_key(Key::f1);
  EXPECT_FALSE(has("explanation"));

  const ImVec2 knob = find("Experts").centre();
  move(knob.x, knob.y);
  draw(2);
  press_key(Key::f1);
  EXPECT_EQ(find("explanation").text, "knobs");
  press_key(Key::escape);
  EXPECT_FALSE(has("explanation"));

  move_away();
  draw(2);
  press_key(Key::f1);
  EXPECT_TRUE(ui_.show_help);
  EXPECT_FALSE(has("explanation"));
}

// Nothing below is pointed at, and no single key means what is hidden.
TEST_F(ReadingOver, UnderAnExplanationNothingIsPointedAt) {
  const ImVec2 bar = find("Expert load/load history").centre();
  move(bar.x, bar.y);
  draw(2);
  const int lit = ui_.hovered_expert;
  ASSERT_GE(lit, 0);
  press_key(Key::f1);
  draw(3);
  EXPECT_EQ(ui_.hovered_expert, -1);
  press_key(Key::r);
  press_key(Key::period);
  EXPECT_TRUE(sent<ResetModel>().empty() && sent<StepSome>().empty());
  press_key(Key::escape);
  draw(2);
  EXPECT_EQ(ui_.hovered_expert, lit);
}

TEST_F(ReadingOver, EveryPanelIsExplainedFromThePalette) {
  press_key(Key::p, true, true);
  draw(3);
  type("explain layer flow");
  press_key(Key::enter);
  draw(2);
  EXPECT_EQ(find("explanation").text, "flow");
}

TEST_F(ReadingOver, TheTourHasFiveStopsAndEnds) {
  EXPECT_FALSE(has("tour"));
  open(app::Workspace::health);
  ui_.arranging.filled = "health";
  draw(2);
  click("Help");
  click("Tour of the window");
  draw(2);
  EXPECT_EQ(ui_.arranging.workspace, app::Workspace::train);
  std::vector<std::string> stops;
  for (int i = 0; i < app::kTourStops; ++i) {
    stops.push_back(find("tour").text);
    click("tour/Next");
  }
  EXPECT_THAT(stops, ::testing::ElementsAre("loss", "expert-load", "tokens", "knobs", "timeline"));
  EXPECT_FALSE(has("tour"));
  EXPECT_TRUE(commands_.empty() || sent<SetConfig>().empty());
}

// In a recording nothing learns, and no knob can be turned.
TEST_F(ReadingOver, ARecordingHasATourOfItsOwn) {
  live_.status.recorded = std::make_shared<OtherRecording>();
  live_.status.state = RunState::opened;
  draw(2);
  app::start_tour(ui_);
  std::vector<std::string> stops;
  while (draw(3), has("tour") && stops.size() < 9) {
    stops.push_back(find("tour").text);
    click("tour/Next");
  }
  EXPECT_THAT(stops, ::testing::ElementsAre("expert-load", "knobs", "timeline"));
  // Nothing else tells what was recorded.
  ui_.arranging.knobs[static_cast<std::size_t>(app::Workspace::train)] = false;
  draw(2);
  app::start_tour(ui_);
  draw(3);
  click("tour/Next");
  draw(2);
  EXPECT_EQ(find("tour").text, "timeline");
}

// By itself it begins where first a model learns in front of somebody.
TEST_F(ReadingOver, TheTourWaitsForAModelThatLearns) {
  bool is_time = false;
  const auto ask = [&] {
    draw_frame([&](const app::PanelInput& in) {
      is_time = app::is_time_for_tour(in, ui_);
      app::draw_workbench(in, {}, ui_, commands_);
    });
    return is_time;
  };
  EXPECT_TRUE(ask());
  for (const RunState state : {RunState::loading, RunState::paused, RunState::opened, RunState::followed}) {
    live_.status.state = state;
    EXPECT_FALSE(ask()) << static_cast<int>(state);
  }
  live_.status.state = RunState::playing;
  live_.status.recorded = std::make_shared<OtherRecording>();
  EXPECT_FALSE(ask()) << "a recording that grows";
  live_.status.recorded = nullptr;
  open(app::Workspace::health);
  EXPECT_FALSE(ask()) << "who stands elsewhere is not taken away";
  open(app::Workspace::train);
  EXPECT_TRUE(ask());
  // What is open is not ended, nor covered.
  ui_.reading.panel = "loss";
  EXPECT_FALSE(ask()) << "a page that is read";
  ui_.reading.panel.clear();
  ui_.palette.open = app::Palette::Open::commands;
  EXPECT_FALSE(ask());
  ui_.palette = {};
  app::ask_to_save_setup(ui_);
  EXPECT_FALSE(ask());
  ui_.name_prompt = {};
  draw(2);
  EXPECT_TRUE(ask());
  click("View");
  draw(2);
  EXPECT_FALSE(ask()) << "a menu";
  press_key(Key::escape);
  draw(2);
  EXPECT_TRUE(ask()) << "it stays due";
}

// What stands open F1 closes, whatever it is.
TEST_F(ReadingOver, F1ClosesWhatIsOpen) {
  for (bool app::UiState::*const page : {&app::UiState::show_about, &app::UiState::show_help}) {
    ui_.*page = true;
    draw(2);
    press_key(Key::f1);
    draw(2);
    EXPECT_FALSE(ui_.show_about);
    EXPECT_FALSE(ui_.show_help);
    EXPECT_FALSE(has("explanation"));
  }
}

TEST_F(ReadingOver, TheTourIsSkippedAndEscapeEndsItToo) {
  app::start_tour(ui_);
  draw(2);
  click("tour/Skip");
  EXPECT_FALSE(has("tour"));
  app::start_tour(ui_);
  draw(2);
  press_key(Key::escape);
  draw(1);
  EXPECT_FALSE(has("tour"));
}

TEST_F(ReadingOver, EnterGoesOnThroughTheTour) {
  app::start_tour(ui_);
  draw(2);
  for (int i = 0; i < app::kTourStops; ++i) {
    EXPECT_EQ(ui_.reading.tour, i);
    press_key(Key::enter);
    draw(2);
  }
  EXPECT_FALSE(has("tour"));
  // Nor below a page that is read over it.
  app::start_tour(ui_);
  draw(2);
  ui_.reading.term = "Churn";
  draw(2);
  press_key(Key::enter);
  draw(2);
  EXPECT_LE(ui_.reading.tour, 0);
  // Not from under a field that somebody types in.
  app::start_tour(ui_);
  draw(2);
  press_key(Key::p, true, true);
  draw(3);
  press_key(Key::enter);
  draw(2);
  EXPECT_LE(ui_.reading.tour, 0);
}

// What is in the dark can be used all the same; a stop that is not on the screen is passed over.
TEST_F(ReadingOver, TheTourStandsInNobodysWay) {
  app::start_tour(ui_);
  draw(2);
  ui_.arranging.knobs[static_cast<std::size_t>(app::Workspace::train)] = false;
  ui_.reading.tour = 3;
  draw(2);
  EXPECT_EQ(find("tour").text, "timeline");
  press_key(Key::space);
  EXPECT_FALSE(commands_.empty());
}

// Whoever reads, or answers, is not told about what lies below.
TEST_F(ReadingOver, HasNoTooltipOverIt) {
  const TemporaryFolder home;
  const EnvironmentVariable environment("HOME", home.path().string());
  const auto tooltips = [] {
    int shown = 0;
    for (const ImGuiWindow* window : ImGui::GetCurrentContext()->Windows)
      shown += window->Active && !window->Hidden && (window->Flags & ImGuiWindowFlags_Tooltip) ? 1 : 0;
    return shown;
  };
  const std::vector<std::string> places{"Experts",           "Play",         "tab Health", "Loss/title",
                                        "Expert load/title", "Timeline/LIVE"};
  std::map<std::string, ImVec2> at;
  for (const std::string& name : places) {
    at[name] = find(name).centre();
    move(at[name].x, at[name].y);
    draw(30);
    EXPECT_EQ(tooltips(), 1) << name << " has one where nothing lies over it";
  }
  const std::map<std::string, std::function<void()>> opens = {
      {"help", [&] { ui_.show_help = true; }},
      {"about", [&] { ui_.show_about = true; }},
      {"a term", [&] { ui_.reading.term = "Churn"; }},
      {"a panel", [&] { ui_.reading.panel = "loss"; }},
      {"the tour", [&] { ui_.reading.tour = 1; }},
      {"palette", [&] { press_key(Key::p, true, true); }},
      {"a name", [&] { app::ask_to_save_setup(ui_); }},
      {"chooser", [&] { press_key(Key::o, true); }},
      {"a text", [&] { ui_.text_offer.path = "/texts/a.txt"; }}};
  for (const auto& [what, open] : opens) {
    open();
    draw(3);
    for (const auto& [name, place] : at) {
      move(place.x, place.y);
      draw(30);
      // Its own are another matter.
      const bool own = what == "chooser" && has("folder above") && tooltips() == 1 && has("tooltip") &&
                       registry_.find("tooltip")->text.find(name) == std::string::npos;
      EXPECT_TRUE(tooltips() == 0 || own) << name << " under " << what;
    }
    ui_.palette = {};
    ui_.name_prompt = {};
    ui_.chooser = {};
    ui_.text_offer = {};
    ui_.reading = {};
    ui_.show_help = ui_.show_about = false;
    draw(3);
  }
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::test
