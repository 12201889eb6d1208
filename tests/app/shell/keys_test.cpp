// A letter is a shortcut only where nothing lies over the panels and no text is typed.
#include <gmock/gmock.h>

#include <map>

#include "app/shell/actions/actions.h"
#include "app/shell/actions/shortcuts.h"
#include "app/shell/dialogs/name_prompt.h"
#include "tests/app/shell/workbench_fixture.h"
#include "tests/support/environment.h"
#include "tests/support/fake_run.h"
#include "tests/support/temporary_folder.h"

namespace switchyard::test {
namespace SWITCHYARD_TEST_FILE {

using viz::Key;

class SingleKeys : public WorkbenchTest {
 protected:
  SingleKeys() {
    ui_.show_welcome = false;
    live_.status.run_folder = "/runs/one";
    for (const std::int64_t step : {5, 10, 15})
      live_.run().kept.add(std::make_shared<Snapshot>(fake_snapshot(Config{}, step)));
    live_.run().kept.add(live_.run().snapshot);
    live_.run().kept_steps = {{22, "", "at intervals", 1.5, "/runs/a/22", 1 << 20}};
    draw(3);
  }
  // Types every letter there is a shortcut for, and more; says whether one of them did what it does elsewhere.
  ::testing::AssertionResult letters_rest() {
    for (const Key key : kKeys)
      if (acts(key)) return ::testing::AssertionFailure() << "key " << static_cast<int>(key) << " was a shortcut";
    return ::testing::AssertionSuccess();
  }
  bool acts(Key key) {
    commands_.clear();
    const app::Timeline before = ui_.timeline;
    viz::feed_key(key, true);
    if (const char letter = static_cast<char>(key); key != Key::f8)
      ImGui::GetIO().AddInputCharacter(static_cast<unsigned>(letter));
    draw();
    viz::feed_key(key, false);
    draw();
    const app::Timeline& now = ui_.timeline;
    return !sent<ResetModel>().empty() || !sent<StepSome>().empty() || !sent<Play>().empty() ||
           !sent<Pause>().empty() || now.shown != before.shown || now.playing != before.playing ||
           now.fit != before.fit || (!now.fit && (now.x_min != before.x_min || now.x_max != before.x_max)) ||
           ui_.focus.ring();
  }
  static constexpr Key kKeys[] = {Key::r, Key::period, Key::space, Key::l, Key::a,
                                  Key::d, Key::w,      Key::s,     Key::f8};
  bool something_is_open() const {
    return ImGui::GetIO().WantTextInput || ImGui::IsPopupOpen("", ImGuiPopupFlags_AnyPopup);
  }
};

// Each by itself, from where it has something to do.
TEST_F(SingleKeys, AreShortcutsWhereNothingIsOpen) {
  for (const Key key : kKeys) {
    app::follow(ui_.timeline);
    if (key != Key::a) app::show_neighbour(ui_.timeline, live_.run().kept, key == Key::d ? -2 : -1, false);
    if (key == Key::s) press_key(Key::w);
    draw(2);
    EXPECT_TRUE(acts(key)) << static_cast<int>(key);
    if (key == Key::f8) press_key(Key::escape);
  }
}

TEST_F(SingleKeys, RestInDialogsAndOnPages) {
  const TemporaryFolder home;
  const EnvironmentVariable environment("HOME", home.path().string());
  const std::map<std::string, std::function<void()>> opens = {
      {"palette", [&] { press_key(Key::p, true, true); }},
      {"finder", [&] { press_key(Key::f, true); }},
      {"name of a model", [&] { press_key(Key::s, true); }},
      {"name of a setup", [&] { app::ask_to_save_setup(ui_); }},
      {"name of a kept step", [&] { app::ask_to_name(ui_, live_.run().kept_steps[0]); }},
      {"menu of a kept step", [&] { press_key(Key::f10, false, true); }},
      {"chooser of a text", [&] { press_key(Key::o, true); }},
      {"chooser of a run", [&] { press_key(Key::o, true, true); }},
      {"help", [&] { press_key(Key::f1); }},
      {"about", [&] { ui_.show_about = true; }},
      {"text in another encoding", [&] { ui_.text_offer.path = "/texts/a.txt"; }}};
  for (const auto& [name, open] : opens) {
    open();
    EXPECT_TRUE(letters_rest()) << name;
    ui_.palette = {};
    ui_.name_prompt = {};
    ui_.context_menu = {};
    ui_.chooser = {};
    ui_.text_offer = {};
    ui_.show_help = ui_.show_about = false;
    press_key(Key::escape);
    draw(3);
  }
}

// Everything that can be clicked is clicked: whatever opens has the letters.
TEST_F(SingleKeys, RestInEveryMenuAndFieldThatAClickOpens) {
  std::map<std::string, int> opened;
  for (const app::WorkspaceSpec& spec : app::workspaces()) {
    open(spec.id);
    std::vector<std::string> names;
    for (const auto& [name, item] : registry_.items())
      if (item.in_view) names.push_back(name);
    for (const std::string& name : names) {
      const app::Registry::Item* const item = registry_.find(name);
      if (!item || !item->in_view || opened.contains(name)) continue;
      press(item->centre());
      if (something_is_open()) {
        ++opened[name];
        EXPECT_TRUE(letters_rest()) << name;
      }
      // The world as it was.
      for (int i = 0; i < 3 && something_is_open(); ++i) press_key(Key::escape);
      ui_.chooser = {};
      ui_.name_prompt = {};
      ui_.context_menu = {};
      ui_.show_help = ui_.show_about = false;
      ui_.selection = {};
      app::follow(ui_.timeline);
      ui_.wants_quit = false;
      if (ui_.arranging.workspace != spec.id) open(spec.id);
      commands_.clear();
      move_away();
      draw();
    }
  }
  for (const char* name : {"File", "Edit", "View", "Help"}) EXPECT_TRUE(opened.contains(name)) << name;
  EXPECT_GE(opened.size(), 12u);
}

TEST_F(SingleKeys, AFieldThatNeverComesIsNotWaitedFor) {
  ui_.knobs.wanted_key = "no such knob";
  EXPECT_TRUE(app::text_is_awaited(ui_));
  draw(8);
  EXPECT_FALSE(app::text_is_awaited(ui_));
  press_key(Key::r);
  EXPECT_EQ(sent<ResetModel>().size(), 1u);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::test
