// Recording and replaying routes by clicks: the menu, the prompt, the chooser, the sign above the timeline.
#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "app/run/live.h"
#include "app/run/route_wishes.h"
#include "app/shell/bars/route_strip.h"
#include "core/recordings/forms/forms.h"
#include "core/session/driving/route_files.h"
#include "tests/app/shell/chooser_fixture.h"

namespace switchyard::test {
namespace SWITCHYARD_TEST_FILE {

using testing::ElementsAre;
using testing::HasSubstr;
using viz::Key;

class Routes : public Choosing {
 protected:
  // A folder that routes of so many steps were recorded into.
  std::filesystem::path recorded(const std::string& name) {
    auto recorder = RouteRecorder::create(home_ / name, 4, "a model");
    EXPECT_TRUE(recorder);
    for (std::int64_t step = 1; step <= 3; ++step) {
      StepRoutes routes;
      routes.step = step, routes.sequence_length = 2;
      routes.token = {0, 1, 2, 3};
      routes.layers = {{0, 4, 1, {0, 1, 2, 3}}};
      (*recorder)->take(routes);
    }
    EXPECT_TRUE((*recorder)->finish());
    return home_ / name;
  }
  void choose_in_menu(const std::string& item) {
    click("Edit");
    click(item);
  }
  std::string last_toast() const { return ui_.toasts.empty() ? std::string() : ui_.toasts.back().message; }
};

TEST_F(Routes, AreRecordedIntoAFolderThatSomebodyNames) {
  live_.status.run_folder = (home_ / "runs/a").native();
  std::filesystem::create_directories(home_ / "runs/a");
  live_.status.step = 120;
  draw(2);
  choose_in_menu("Record routes…");
  ASSERT_EQ(ui_.name_prompt.asks, app::NamePrompt::Asks::routes);
  EXPECT_EQ(ui_.name_prompt.name, "~/runs/a/routes-121") << "one Enter takes it";
  // One that is there already is refused, and can be bettered.
  file("runs/a/routes-121/notes.txt", "somebody's");
  click("Record");
  EXPECT_TRUE(sent<RecordRoutes>().empty());
  EXPECT_THAT(last_toast(), HasSubstr("is there already"));
  ASSERT_EQ(ui_.name_prompt.asks, app::NamePrompt::Asks::routes);
  std::filesystem::remove_all(home_ / "runs/a/routes-121");
  draw(2);
  click("Record");
  ASSERT_EQ(sent<RecordRoutes>().size(), 1u);
  EXPECT_EQ(sent<RecordRoutes>()[0].folder, (home_ / "runs/a/routes-121").native());
  EXPECT_EQ(ui_.name_prompt.asks, app::NamePrompt::Asks::nothing);
  EXPECT_FALSE(has("routes recorded")) << "nothing does yet";
  EXPECT_EQ(ui_.used.of(app::Chooses::routes).front(), home_ / "runs/a/routes-121") << "to be replayed";

  live_.status.routes.recorded_in = (home_ / "runs/a/routes-121").native();
  live_.status.routes.recorded_steps = 60, live_.status.routes.recorded_bytes = 1'300'000;
  draw(2);
  EXPECT_EQ(find("routes recorded").text, "Records routes into a/routes-121: 60 steps, 1.3 MB");
  click("End recording");
  ASSERT_EQ(sent<RecordRoutes>().size(), 2u);
  EXPECT_EQ(sent<RecordRoutes>()[1].folder, "");
  // The row of the menu ends it too.
  choose_in_menu("Record routes…");
  ASSERT_EQ(sent<RecordRoutes>().size(), 3u);
  EXPECT_EQ(sent<RecordRoutes>()[2].folder, "");
  EXPECT_EQ(ui_.name_prompt.asks, app::NamePrompt::Asks::nothing);
  // The next one has a name of its own.
  std::filesystem::create_directories(home_ / "runs/a/routes-121");
  live_.status.routes = {};
  draw(2);
  choose_in_menu("Record routes…");
  EXPECT_EQ(ui_.name_prompt.name, "~/runs/a/routes-121-2");
  press_key(Key::escape);
}

TEST_F(Routes, AreReplayedFromAFolderThatSomebodyChooses) {
  const std::filesystem::path routes = recorded("runs/a/routes-1");
  draw(2);
  choose_in_menu("Replay routes…");
  EXPECT_EQ(ui_.chooser.what, app::Chooses::routes);
  press_key(Key::escape);
  choose(app::Chooses::routes, home_ / "texts");
  type("p10");
  press_key(Key::enter);
  EXPECT_TRUE(is_open());
  EXPECT_THAT(says(), HasSubstr("is no folder: recorded routes are one"));
  press_key(Key::escape);
  choose(app::Chooses::routes, home_ / "runs/a");
  type("routes");
  press_key(Key::enter);
  EXPECT_FALSE(is_open());
  ASSERT_EQ(sent<FollowRoutes>().size(), 1u);
  EXPECT_EQ(sent<FollowRoutes>()[0].folder, routes.native());
  EXPECT_THAT(ui_.used.of(app::Chooses::routes), testing::Contains(routes));
  EXPECT_TRUE(ui_.wants_live);
  EXPECT_TRUE(ui_.wants_open.empty());

  live_.status.routes.followed = routes.native();
  live_.status.routes.followed_steps = 1;
  draw(2);
  EXPECT_EQ(find("routes followed").text, "Replays the routes of a/routes-1, for 1 step so far");
  click("Let the router choose");
  ASSERT_EQ(sent<FollowRoutes>().size(), 2u);
  EXPECT_EQ(sent<FollowRoutes>()[1].folder, "");
  choose_in_menu("Let the router choose again");
  EXPECT_EQ(sent<FollowRoutes>().size(), 3u);
}

TEST_F(Routes, BothAtOnceHaveASignEachInALowWindowToo) {
  for (const ImVec2 size : {ImVec2(1280, 720), ImVec2(800, 500)}) {
    ImGui::GetIO().DisplaySize = size;
    live_.status.routes = {(home_ / "a/b").native(), 1234, 99, (home_ / "c/d").native(), 7};
    draw(3);
    const app::Registry::Item followed = find("routes followed"), recorded = find("routes recorded"),
                              end = find("End recording"), let = find("Let the router choose");
    EXPECT_LT(followed.max.x, let.min.x);
    EXPECT_LT(let.max.x, recorded.min.x);
    EXPECT_LT(recorded.max.x, end.min.x);
    EXPECT_LE(end.max.x, size.x);
    EXPECT_THAT(recorded.text, HasSubstr("1,234 steps"));
    EXPECT_THAT(followed.text, HasSubstr("7 steps"));
  }
}

TEST_F(Routes, WhereThereAreNoneTheRowsAreOff) {
  const auto why = [&] {
    std::string said;
    draw_with([&](const app::PanelInput& in) { said = app::why_no_routes(in); });
    return said;
  };
  EXPECT_EQ(why(), "");
  Config config = *live_.status.config;
  config.gate = Gate::soft;
  live_.status.config = std::make_shared<Config>(config);
  EXPECT_THAT(why(), HasSubstr("with this gate"));
  config.ffn = Ffn::dense;
  live_.status.config = std::make_shared<Config>(config);
  EXPECT_THAT(why(), HasSubstr("no experts"));
  choose_in_menu("Record routes…");
  EXPECT_EQ(ui_.name_prompt.asks, app::NamePrompt::Asks::nothing);
  live_.status.state = RunState::loading;
  EXPECT_THAT(why(), HasSubstr("no model yet"));
}

// The rows act on the run that learns, whichever is shown.
TEST_F(Routes, OfTheRunThatLearnsAreSaidWhileAnotherIsShown) {
  live_.status.routes.recorded_in = (home_ / "a/b").native();
  live_.status.routes.followed = (home_ / "c/d").native();
  live_.status.run_folder = (home_ / "runs/a").native();
  live_.run().id = live_.status.run = "led";
  live_.runs.lead("led");
  live_.run().status = live_.status;
  app::RunView& shown = live_.runs.open({"recorded", 1'000'000'001, 3, nullptr});
  shown.status.run = "recorded";
  shown.status.state = RunState::opened;
  app::stand_on(live_, ui_, "recorded");
  draw(3);
  ASSERT_FALSE(live_.runs.shows_live());
  choose_in_menu("Record routes…");
  ASSERT_EQ(sent<RecordRoutes>().size(), 1u) << "it ends that of the run that learns";
  EXPECT_EQ(sent<RecordRoutes>()[0].folder, "");
  EXPECT_EQ(ui_.name_prompt.asks, app::NamePrompt::Asks::nothing);
  choose_in_menu("Let the router choose again");
  EXPECT_EQ(sent<FollowRoutes>().size(), 1u);
  live_.runs.live().status.routes = live_.status.routes = {};
  draw(3);
  choose_in_menu("Let the router choose again");
  EXPECT_EQ(sent<FollowRoutes>().size(), 1u) << "it is off";
  press_key(Key::escape);  // what is off leaves the menu open
  choose_in_menu("Record routes…");
  EXPECT_THAT(ui_.name_prompt.name, HasSubstr("runs/a/routes-"));
  press_key(Key::escape);
}

// Dropped on the window they are looked at, and can be followed from there.
TEST_F(Routes, ThatAreDroppedCanBeReplayed) {
  const std::filesystem::path routes = recorded("routes-7");
  app::open_path(ui_, commands_, routes.native(), now_s_);
  ASSERT_EQ(ui_.wants_recording.size(), 1u);
  EXPECT_THAT(last_toast(), HasSubstr("Replay routes, above the timeline"));
  ui_.wants_recording.clear();
  // As its viewer tells of it.
  OtherRecording facts;
  facts.producer = form_named("routes")->title, facts.has_choices = true;
  const std::string live = live_.run().id;
  app::RunView& shown = live_.runs.open({routes.native(), 1'000'000'001, 3, nullptr});
  shown.status.recorded = std::make_shared<const OtherRecording>(facts);
  shown.status.run = routes.native();
  shown.status.state = RunState::opened;
  app::stand_on(live_, ui_, routes.native());
  draw(3);
  click("Replay routes");
  ASSERT_EQ(sent<FollowRoutes>().size(), 1u);
  EXPECT_EQ(sent<FollowRoutes>()[0].folder, routes.native());
  EXPECT_TRUE(ui_.wants_live) << "where the sign is";
  // One that began anew is of the same folder, and its manifest stands for it.
  for (const std::string& id : {routes.native() + " (2)", (routes / "manifest.jsonl").native()}) {
    app::RunView& again = live_.runs.open({id, 1'000'000'002 + static_cast<std::uint32_t>(id.size()), 3, nullptr});
    again.status.recorded = std::make_shared<const OtherRecording>(facts);
    again.status.run = id;
    again.status.state = RunState::opened;
    app::stand_on(live_, ui_, id);
    draw(3);
    click("Replay routes");
    EXPECT_EQ(sent<FollowRoutes>().back().folder, routes.native()) << id;
  }
  // Another program's form cannot.
  facts.producer = "Megatron-LM router trace";
  live_.run().status.recorded = std::make_shared<const OtherRecording>(facts);
  draw(3);
  EXPECT_FALSE(has("Replay routes"));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::test
