// Presets, setups and exports from the menus.
#include <gmock/gmock.h>
#include <imgui.h>

#include <chrono>
#include <thread>

#include "app/cli/setups/own_presets.h"
#include "app/cli/setups/setup.h"
#include "app/run/settings_opening.h"
#include "app/run/transport.h"
#include "core/data/data_file.h"
#include "tests/app/shell/workbench_fixture.h"
#include "tests/support/environment.h"
#include "tests/support/temporary_folder.h"

namespace switchyard::test {
namespace SWITCHYARD_TEST_FILE {

using viz::Key;

class Setups : public WorkbenchTest {
 protected:
  // Ctrl+V, until what was pasted is read.
  void paste(const std::string& text) {
    ImGui::SetClipboardText(text.c_str());
    press_key(Key::v, true);
    do {
      settings_.frame(ui_, commands_, now_s_);
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    } while (settings_.is_busy());
    draw(2);
  }
  app::SettingsOpening settings_;
};

TEST_F(Setups, APresetKeepsTheCorpus) {
  ui_.knobs.draft.corpus = ui_.knobs.sent.corpus = "/tmp/letters.txt";
  const app::Preset& preset = app::presets()[1];
  click("preset " + preset.name);
  Config expected = preset.config;
  expected.corpus = "/tmp/letters.txt";
  EXPECT_EQ(last_config(), expected);
  draw(2);
  EXPECT_TRUE(has("preset " + preset.name)) << "nothing jumps under the hand";
  press_key(Key::z, true);
  EXPECT_EQ(last_config().corpus, "/tmp/letters.txt");
  EXPECT_EQ(last_config().top_k, Config{}.top_k);
}

// Of a record it is that one's, whatever the knobs of the run that learns are at.
TEST_F(Setups, TheTopBarNamesThePresetOfTheRunThatIsShown) {
  ImGui::GetIO().DisplaySize = {1920, 1080};  // where there is room for it
  const app::Preset& preset = *app::find_preset("switch");
  const auto names_it = [&] {
    draw(2);
    return find("about the run").text.find(preset.title) != std::string::npos;
  };
  EXPECT_FALSE(names_it());
  ui_.knobs.draft = ui_.knobs.sent = app::started_from(preset, ui_.knobs.draft);
  ui_.knobs.begins_from(preset.title);
  EXPECT_TRUE(names_it());
  live_.status.state = RunState::opened;
  EXPECT_FALSE(names_it()) << "of this record it is not known";
  live_.run().began_from = preset.title;
  EXPECT_FALSE(names_it()) << "its settings are others by now";
  live_.status.config = std::make_shared<Config>(preset.config);
  EXPECT_TRUE(names_it());
}

// One rule for all, said before the click: a new run, and one step of undo back to this one.
TEST_F(Setups, EveryPresetBeginsANewRun) {
  ui_.show_welcome = true;
  const Config before = ui_.knobs.draft;
  for (const app::Preset& preset : app::presets()) {
    if (app::started_from(preset, before) == before) continue;
    SCOPED_TRACE(preset.name);
    commands_.clear();
    const std::size_t undo = ui_.knobs.undo.size();
    draw_frame([&](const app::PanelInput& in) { app::apply_preset(preset, in.status, ui_, commands_, in.now_s); });
    EXPECT_EQ(last_config(), app::started_from(preset, before));
    const bool rebuilds = change_cost(before, last_config()) == KnobCost::rebuild;
    EXPECT_EQ(sent<ResetModel>().size(), rebuilds ? 0u : 1u);
    ASSERT_EQ(ui_.knobs.undo.size(), undo + 1);
    EXPECT_EQ(ui_.knobs.undo.back().what, "Preset " + preset.title);
    EXPECT_EQ(ui_.knobs.undo.back().ended, ui_.knobs.sent_revision);
    EXPECT_TRUE(app::is_in_force(preset, ui_));
    press_key(Key::z, true);
    ASSERT_EQ(sent<BringBack>().size(), 1u);
    EXPECT_EQ(sent<BringBack>()[0].config, before);
    EXPECT_FALSE(app::is_in_force(preset, ui_));
  }
}

// Copied in one window and pasted in another: one edit. Where a field has the focus the key is the field's.
TEST_F(Setups, ASetupIsPastedAsOneEdit) {
  const std::size_t undo = ui_.knobs.undo.size();
  paste("switchyard --config-text '{\"experts\":6,\"top_k\":3}' --set noise_std=0.5");
  EXPECT_EQ(last_config().experts, 6);
  EXPECT_EQ(last_config().top_k, 3);
  ASSERT_EQ(ui_.knobs.undo.size(), undo + 1);
  EXPECT_EQ(ui_.knobs.undo.back().what, "Pasted setup");
  const Config taken = ui_.knobs.draft;
  paste("switchyard --set experts=3; reboot");
  EXPECT_EQ(ui_.knobs.draft, taken);
  ASSERT_FALSE(ui_.toasts.empty());
  EXPECT_EQ(ui_.toasts.back().level, Notice::Level::error);
}

// What the refusal advises can be pasted, and that it is another text is said here too.
TEST_F(Setups, APastedSetupMayNameWhereItsTextLies) {
  const TemporaryFolder folder;
  folder.write("mine.txt", "another text");
  Config config;
  config.corpus = "/gone/book.txt";
  const std::string setup = app::setup_command(config, fingerprint("once upon a time"));
  paste(setup);
  ASSERT_FALSE(ui_.toasts.empty());
  EXPECT_THAT(ui_.toasts.back().message, testing::HasSubstr("--corpus FILE says where it is"));
  ui_.toasts.clear();
  const std::string mine = (folder.path() / "mine.txt").string();
  paste(setup + " --corpus " + mine);
  EXPECT_EQ(last_config().corpus, mine);
  ASSERT_EQ(ui_.toasts.size(), 2u);
  EXPECT_EQ(ui_.toasts[0].level, Notice::Level::warning);
  EXPECT_THAT(ui_.toasts[0].message, testing::HasSubstr("another text than the one"));
}

TEST_F(Setups, APresetIsTickedWhileTheKnobsAreAsItHasThem) {
  const app::Preset& preset = *app::find_preset("switch");
  draw_frame([&](const app::PanelInput& in) { app::apply_preset(preset, in.status, ui_, commands_, in.now_s); });
  EXPECT_TRUE(app::is_in_force(preset, ui_));
  Config other = ui_.knobs.draft;
  other.learning_rate = 0.001;
  app::commit_edit(ui_.knobs, commands_, other);
  EXPECT_FALSE(app::is_in_force(preset, ui_));
  press_key(Key::z, true);
  EXPECT_TRUE(app::is_in_force(preset, ui_));
}

// The window's clipboard, without a display.
std::string clipboard;
void use_own_clipboard() {
  clipboard.clear();
  ImGui::GetIO().SetClipboardTextFn = [](void*, const char* text) { clipboard = text; };
}

TEST_F(Setups, ExportNeedsARunFolder) {
  click("File");
  click("Export run folder");
  EXPECT_TRUE(sent<ExportWeights>().empty());
  EXPECT_THAT(ui_.log.back(), ::testing::HasSubstr("not recorded"));
}

// The trainer knows which folder has the weights: a new model's own is made when they are written.
TEST_F(Setups, AnExportNamesTheFolderThatHasTheWeights) {
  use_own_clipboard();
  live_.status.run_folder = "/tmp/runs/one";
  click("File");
  click("Export run folder");
  EXPECT_EQ(sent<ExportWeights>().size(), 1u);
  EXPECT_TRUE(ui_.log.empty());
  EXPECT_EQ(clipboard, "");
  const auto written = [&] {
    Update update;
    update.status = live_.status;
    update.notices.push_back({Notice::Level::info, "Weights written to /tmp/runs/two", 0, "/tmp/runs/two"});
    app::take_update(live_, ui_, std::move(update), now_s_);
    draw(2);
  };
  written();
  EXPECT_THAT(ui_.log.back(),
              ::testing::AllOf(::testing::HasSubstr("/tmp/runs/two"), ::testing::HasSubstr("path copied")));
  EXPECT_EQ(clipboard, "/tmp/runs/two");
  clipboard.clear();
  written();  // asked for by a signal, say
  EXPECT_EQ(clipboard, "");
}

// Not the weights of the run that learns beside it.
TEST_F(Setups, OfARecordThePathIsAllThatIsExported) {
  use_own_clipboard();
  live_.status.run_folder = "/tmp/runs/shown";
  for (const auto& [state, beside] : {std::pair{RunState::opened, std::optional<RunState>()},
                                      {RunState::followed, std::optional(RunState::playing)}}) {
    live_.status.state = state;
    live_.run().beside = beside;
    clipboard.clear();
    click("File");
    click("Export run folder");
    draw(2);
    EXPECT_TRUE(sent<ExportWeights>().empty());
    EXPECT_FALSE(ui_.exporting) << "the next notice of the run that leads is none of this";
    EXPECT_THAT(ui_.log.back(), ::testing::HasSubstr("/tmp/runs/shown (path copied)"));
    EXPECT_EQ(clipboard, "/tmp/runs/shown");
  }
}

TEST_F(Setups, CopySetupGivesWhatRunsNow) {
  use_own_clipboard();
  Config running;
  running.experts = 16;
  running.top_k = 1;
  live_.status.config = std::make_shared<Config>(running);
  ui_.knobs.draft.experts = 20;  // not taken up yet
  click("File");
  click("Copy setup");
  draw();
  EXPECT_EQ(clipboard, R"(switchyard --config-text '{"experts":16,"top_k":1}')");
  EXPECT_THAT(ui_.log.back(), ::testing::HasSubstr("experts 16, top_k 1"));
}

TEST_F(Setups, ASavedSetupIsAPresetOfOnesOwn) {
  const TemporaryFolder home;
  const EnvironmentVariable there("XDG_CONFIG_HOME", home.path().string());
  Config running;
  running.experts = 16;
  live_.status.config = std::make_shared<Config>(running);
  click("File");
  click("Save setup…");
  draw(2);
  type("Switch");
  press_key(Key::enter);
  EXPECT_THAT(ui_.log.back(), ::testing::HasSubstr("preset of the program")) << "that name is taken";
  EXPECT_TRUE(app::read_own_presets().presets.empty());
  draw(2);
  type(" Switch of mine");  // the field is still there, and what it holds is replaced
  press_key(Key::enter);
  EXPECT_THAT(ui_.log.back(), ::testing::HasSubstr("Switch-of-mine.json"));
  ASSERT_EQ(app::read_own_presets().presets.size(), 1u);
  EXPECT_EQ(app::read_own_presets().presets[0].config, running);
  EXPECT_TRUE(commands_.empty());
  click("File");
  EXPECT_FALSE(has("Save"));
  click("Switch of mine");
  EXPECT_EQ(last_config().experts, 16);
  EXPECT_EQ(ui_.knobs.began_from, "Switch of mine");
  press_key(Key::p, true, true);
  type("start from mine");
  press_key(Key::enter);
  EXPECT_EQ(ui_.palette.open, app::Palette::Open::nothing);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::test
