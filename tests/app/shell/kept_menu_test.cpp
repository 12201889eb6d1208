// Kept steps on the timeline: stood on, gone back to, forked from, named, deleted; runs moved to the trash; and
// the way back from all of it.
#include <gmock/gmock.h>

#include "app/run/family.h"
#include "app/run/kept_changes.h"
#include "app/run/timeline.h"
#include "app/shell/actions/actions.h"
#include "app/shell/layout/layouts.h"
#include "tests/app/shell/workbench_fixture.h"
#include "tests/support/fake_trainer.h"

namespace switchyard::test {
namespace SWITCHYARD_TEST_FILE {

using Kind = KeptChange::Kind;
using testing::AllOf;
using testing::HasSubstr;
using viz::Key;

class KeptMenu : public WorkbenchTest {
 protected:
  KeptMenu() {
    app::Standing here;
    live_.runs.begin({"20261128T151200Z-stories-x7k2mq", 1, 60, nullptr}, here);
    live_.status.run_folder = "/runs/20261128T151200Z-stories-x7k2mq";
    for (const int step : {10, 20, 30, 40, 50})
      live_.run().kept.add(std::make_shared<Snapshot>(fake_snapshot(Config{}, step)));
    live_.run().kept.add(live_.run().snapshot);
    live_.run().kept_steps = {{22, "", "at intervals", 1.5, "/runs/a/22", 1 << 20},
                              {40, "mine", "by name", 1.25, "/runs/a/40", 1 << 20},
                              {58, "", "at the end", 1.2, "/runs/a/58", 1 << 20}};
    ui_.show_welcome = false;
    draw(3);
  }
  // Where the diamond of a step is; steps 1 to 60 fill the strip.
  ImVec2 diamond(double step) {
    const app::Registry::Item strip = find("Timeline/strip");
    const float share = static_cast<float>((step - 1) / 59);
    return {std::round(strip.min.x + share * (strip.max.x - strip.min.x)), strip.max.y - 23.5f};
  }
  void click_at(ImVec2 at, int which) {
    move(at.x, at.y);
    draw(2);
    button(which, true);
    draw();
    button(which, false);
    draw(3);
  }
  std::int64_t shown() const { return app::shown_snapshot(ui_.timeline, live_.run().snapshot)->step; }
  void answer(KeptChanged changed) {
    Update update;
    update.status = live_.status;
    update.kept_changes.push_back(std::move(changed));
    app::take_update(live_, ui_, std::move(update), now_s_);
    draw(2);
  }
};

TEST_F(KeptMenu, AClickOnADiamondStandsThere) {
  click_at(diamond(22), 0);
  EXPECT_EQ(shown(), 20) << "the look nearest to it";
  // Forking there is forking at that very step, whichever look is shown of it.
  draw_frame([&](const app::PanelInput& in) { app::fork_shown(in, ui_, commands_); });
  draw();
  ASSERT_EQ(sent<GoOn>().size(), 1u);
  EXPECT_EQ(sent<GoOn>()[0].where, "/runs/a/22");
  press_key(Key::d);
  EXPECT_EQ(shown(), 30);
  draw_frame([&](const app::PanelInput& in) { app::fork_shown(in, ui_, commands_); });
  draw();
  EXPECT_EQ(sent<GoOn>()[1].where, "/runs/a/22") << "the newest up to 30";
  // Beside it, and a drag, scrub as ever.
  const ImVec2 at = diamond(22);
  click_at({at.x, at.y - 15}, 0);
  EXPECT_EQ(ui_.timeline.kept_file, "");
  move(at.x, at.y);
  button(0, true);
  draw();
  EXPECT_EQ(ui_.timeline.kept_file, "/runs/a/22");
  move(diamond(40).x + 3, at.y);
  draw(2);
  button(0, false);
  draw();
  EXPECT_EQ(shown(), 40);
  EXPECT_EQ(ui_.timeline.kept_file, "");
}

TEST_F(KeptMenu, AMenuSaysWhatItIsAndWhatWillComeOfIt) {
  const ImVec2 at = diamond(40);
  click_at({at.x + 6, at.y - 6}, 1);
  EXPECT_EQ(find("Menu/title").text, "Step 40 · mine");
  EXPECT_THAT(find("Menu/Go back to here").text, HasSubstr("in a run of its own"));
  EXPECT_THAT(find("Menu/Delete").text, AllOf(HasSubstr("30 days"), testing::Not(HasSubstr("newest"))));
  EXPECT_FALSE(ui_.timeline.shown) << "a look is not moved by it";
  EXPECT_TRUE(has("Menu/Rename…"));
  click("Menu/next kept step");
  EXPECT_EQ(find("Menu/title").text, "Step 58");
  EXPECT_THAT(find("Menu/Delete").text, HasSubstr("It is the newest: this run would go on from step 40"));
  EXPECT_TRUE(has("Menu/Name…"));
  press_key(Key::escape);
  EXPECT_FALSE(has("Menu/title"));
  EXPECT_EQ(ui_.context_menu.of, app::ContextMenu::Of::nothing);
  // A right drag moves the view, and opens nothing.
  move(at.x, at.y);
  button(1, true);
  draw();
  move(at.x - 40, at.y);
  draw(2);
  button(1, false);
  draw(2);
  EXPECT_FALSE(has("Menu/title"));
}

TEST_F(KeptMenu, ItGoesWithTheWorkspaceItWasOpenedOver) {
  click_at(diamond(22), 1);
  ASSERT_TRUE(has("Menu/title"));
  app::show_workspace(ui_, app::Workspace::health);
  draw(3);
  EXPECT_FALSE(has("Menu/title"));
  EXPECT_EQ(ui_.context_menu.of, app::ContextMenu::Of::nothing);
  click_at(diamond(22), 1);
  EXPECT_TRUE(has("Menu/title")) << "and opens anew";
}

TEST_F(KeptMenu, OfNeighboursTheNearestIsMeant) {
  live_.run().kept_steps.push_back({22, "named", "by name", 1.5, "/runs/a/22-named", 0});
  live_.run().kept_steps.push_back({23, "", "at intervals", 1.5, "/runs/a/23", 0});
  const float apart = diamond(23).x - diamond(22).x;
  ASSERT_GT(apart, 6);
  click_at({diamond(22).x + 0.4f * apart, diamond(22).y}, 1);
  EXPECT_EQ(find("Menu/title").text, "Step 22 · named") << "of two at one place the one with a name";
  press_key(Key::escape);
  click_at({diamond(22).x + 0.6f * apart, diamond(22).y}, 1);
  EXPECT_EQ(find("Menu/title").text, "Step 23");
}

TEST_F(KeptMenu, TheKeyboardOpensItAtTheMomentThatIsShown) {
  viz::feed_modifiers(false, true);
  viz::feed_key(Key::f10, true);
  draw();
  viz::feed_key(Key::f10, false);
  viz::feed_modifiers(false, false);
  draw(3);
  EXPECT_EQ(find("Menu/title").text, "Step 58");
  press_key(Key::escape);
  app::show_at(ui_.timeline, live_.run().kept, 30, false);
  draw();
  click("Edit");
  EXPECT_EQ(find("Kept step…").text, "Kept step 22…");
  click("Kept step…");
  draw(3);
  EXPECT_EQ(find("Menu/title").text, "Step 22");
  EXPECT_LT(std::abs(find("Menu/title").centre().x - diamond(22).x), 170) << "above its diamond";
  // With the timeline hidden it has no place of its own.
  press_key(Key::escape);
  ui_.show_timeline = false;
  draw();
  click("Edit");
  click("Kept step…");
  draw(3);
  EXPECT_EQ(find("Menu/title").text, "Step 22");
  live_.run().kept_steps.clear();
  draw(3);
  EXPECT_FALSE(has("Menu/title")) << "what it was about is gone";
}

TEST_F(KeptMenu, GoingBackAndForkingBeginRunsOfTheirOwn) {
  app::show_at(ui_.timeline, live_.run().kept, 20, false);
  click_at(diamond(40), 1);
  click("Menu/Go back to here");
  ASSERT_EQ(sent<GoOn>().size(), 1u);
  EXPECT_EQ(sent<GoOn>()[0].where, "/runs/a/40");
  EXPECT_TRUE(sent<GoOn>()[0].as_child);
  EXPECT_EQ(ui_.knobs.undo.back().what, "Go back to step 40");
  EXPECT_TRUE(ui_.timeline.following());
  ASSERT_FALSE(ui_.toasts.empty());
  EXPECT_THAT(ui_.toasts.back().message,
              AllOf(HasSubstr("Back to step 40"), HasSubstr("stories "), HasSubstr("above the timeline")));
  click_at(diamond(22), 1);
  click("Menu/Fork here");
  ASSERT_EQ(sent<GoOn>().size(), 2u);
  EXPECT_EQ(sent<GoOn>()[1].where, "/runs/a/22");
  EXPECT_EQ(ui_.knobs.undo.back().what, "Fork at step 22");
}

// A run that was begun for something is called by that everywhere, as its chip is.
TEST_F(KeptMenu, ARunIsCalledAsItsChipIs) {
  live_.run().called = "Top-k: 2 to 1";
  app::RunView& child = live_.runs.open({"child", 1u << 24, 40, nullptr, RunPoint{live_.run().id, 40}});
  child.history.append(fake_record(*live_.status.config, 41, 1u << 24));
  child.called = "Experts: 8 to 12";
  draw();
  EXPECT_EQ(find("run child").text, "Experts: 8 to 12");
  click_at(diamond(40), 1);
  EXPECT_THAT(find("Menu/Delete").text, HasSubstr("Experts: 8 to 12 began here"));
  click("Menu/Go back to here");
  EXPECT_THAT(ui_.toasts.back().message, HasSubstr("click Top-k: 2 to 1 above the timeline"));
}

TEST_F(KeptMenu, ANameIsGivenAndTakenOff) {
  click_at(diamond(40), 1);
  click("Menu/Rename…");
  EXPECT_EQ(ui_.name_prompt.name, "mine");
  press_key(Key::enter);
  ASSERT_EQ(sent<ChangeKept>().size(), 1u);
  EXPECT_EQ(sent<ChangeKept>()[0].change, (KeptChange{Kind::name, "/runs/a/40", "mine"}));
  click_at(diamond(22), 1);
  click("Menu/Name…");
  type("before lunch");
  press_key(Key::enter);
  ASSERT_EQ(sent<ChangeKept>().size(), 2u);
  EXPECT_EQ(sent<ChangeKept>()[1].change, (KeptChange{Kind::name, "/runs/a/22", "before lunch"}));
  KeptChanged named{.change = sent<ChangeKept>()[1].change};
  named.step = 22;
  answer(named);
  EXPECT_THAT(ui_.toasts.back().message, HasSubstr("Step 22 is kept as before lunch"));
  EXPECT_TRUE(ui_.kept_changed) << "it is read again at once";
  named.change.name.clear();
  answer(named);
  EXPECT_THAT(ui_.toasts.back().message, HasSubstr("has no name any more"));
}

TEST_F(KeptMenu, WhatIsDeletedComesBackByToastAndByUndo) {
  const std::size_t edits = ui_.knobs.undo.size();
  const auto remove = [&](const std::string& entry) {
    click_at(diamond(22), 1);
    click("Menu/Delete");
    KeptChanged gone{.change = sent<ChangeKept>().back().change};
    EXPECT_EQ(gone.change, (KeptChange{Kind::remove, "/runs/a/22", ""}));
    gone.step = 1200;
    gone.place = entry;
    gone.notes = {"It was the newest"};
    answer(gone);
  };
  remove("/runs/.trash/a");
  EXPECT_THAT(ui_.toasts.back().message,
              AllOf(HasSubstr("Step 1,200 is in the trash for 30 days."), HasSubstr("It was the newest.")));
  click("Edit");
  EXPECT_EQ(find("Undo").text, "Undo delete of step 1,200");
  press({700, 60});  // beside the menu
  click("undo toast");
  EXPECT_EQ(sent<ChangeKept>().back().change, (KeptChange{Kind::put_back, "/runs/.trash/a", ""}));
  KeptChanged back{.change = sent<ChangeKept>().back().change};
  back.step = 1200;
  back.place = "/runs/a/22";
  answer(back);
  EXPECT_THAT(ui_.toasts.back().message, HasSubstr("Step 1,200 is back."));
  EXPECT_EQ(ui_.knobs.undo.size(), edits) << "it cannot be put back twice";
  EXPECT_FALSE(has("undo toast"));
  // And by Ctrl+Z, and away again by redo.
  remove("/runs/.trash/b");
  press_key(Key::z, true);
  EXPECT_EQ(sent<ChangeKept>().back().change, (KeptChange{Kind::put_back, "/runs/.trash/b", ""}));
  EXPECT_TRUE(sent<SetConfig>().empty() && sent<BringBack>().empty());
  back.change = sent<ChangeKept>().back().change;
  answer(back);
  EXPECT_FALSE(has("undo toast"));
  press_key(Key::z, true, true);
  EXPECT_EQ(sent<ChangeKept>().back().change, (KeptChange{Kind::remove, "/runs/a/22", ""}));
  // An edit in between is undone in its own turn.
  ui_.knobs.undo.clear();
  remove("/runs/.trash/c");
  Config next = ui_.knobs.draft;
  next.learning_rate *= 2;
  app::commit_edit(ui_.knobs, commands_, next);
  ASSERT_EQ(ui_.knobs.undo.size(), 2u);
  press_key(Key::z, true);
  EXPECT_EQ(sent<SetConfig>().size(), 2u);
  press_key(Key::z, true);
  EXPECT_EQ(sent<ChangeKept>().back().change.where, "/runs/.trash/c");
}

TEST_F(KeptMenu, ARefusalIsSaidAndLeavesNothingToUndo) {
  KeptChanged refused{.change = {Kind::remove, "/runs/a/22", ""}};
  refused.refused = "Ctrl+Z needs it: it brings back the model of step 22";
  const std::size_t edits = ui_.knobs.undo.size();
  answer(refused);
  EXPECT_EQ(ui_.knobs.undo.size(), edits);
  EXPECT_THAT(ui_.toasts.back().message, HasSubstr("It is not deleted: Ctrl+Z needs it"));
  EXPECT_FALSE(has("undo toast"));
}

class KeptOfRecord : public KeptMenu {
 protected:
  void open(RunState state) {
    Update other;
    auto past = std::make_shared<RunPast>();
    for (int step = 1; step <= 60; ++step)
      past->records.push_back(fake_record(*live_.status.config, step, 1u << 31));
    other.begins.push_back({"b", 1u << 31, 60, past, {}});
    other.status = live_.status;
    other.status.run = "b";
    other.status.state = state;
    other.status.run_folder = "/runs/20261128T161200Z-stories-aaaaaa";
    other.past_looks.push_back(std::make_shared<Snapshot>(fake_snapshot(Config{}, 40)));
    app::take_viewed(live_, ui_, std::move(other), 0);
    live_.run().kept_steps = {{40, "", "by name", 1.25, "/runs/b/40", 0}};
    draw(3);
  }
};

TEST_F(KeptOfRecord, OneThatAnotherProcessWritesCanBeForkedAlone) {
  open(RunState::followed);
  click_at(diamond(40), 1);
  EXPECT_THAT(find("Menu/Go back to here").text, HasSubstr("disabled: Another process records this run"));
  EXPECT_THAT(find("Menu/Delete").text, HasSubstr("its own to change"));
  EXPECT_THAT(find("Menu/Name…").text, HasSubstr("disabled"));
  click("Menu/Delete");
  EXPECT_TRUE(sent<ChangeKept>().empty());
  click("Menu/Fork here");
  EXPECT_EQ(sent<GoOn>().size(), 1u);
}

TEST_F(KeptOfRecord, ARunIsNamed) {
  open(RunState::opened);
  click("run b", 1);
  click("Menu/Name…");
  draw(3);
  EXPECT_EQ(ui_.name_prompt.name, "");
  type("the good one");
  press_key(Key::enter);
  EXPECT_EQ(ui_.wants_named, (std::map<std::string, std::string>{{"b", "the good one"}}));
  EXPECT_TRUE(sent<ChangeKept>().empty());
  live_.runs.find("b")->called = "the good one";
  draw(2);
  click("run b", 1);
  click("Menu/Rename…");
  draw(3);
  EXPECT_EQ(ui_.name_prompt.name, "the good one");
  press_key(Key::escape);
}

TEST_F(KeptOfRecord, ARunIsMovedToTheTrashAndPutBack) {
  open(RunState::opened);
  click_at(diamond(40), 1);
  EXPECT_THAT(find("Menu/Delete").text, HasSubstr("Nothing else of this run is kept"));
  press_key(Key::escape);
  const std::string live = "run 20261128T151200Z-stories-x7k2mq";
  live_.runs.find("20261128T151200Z-stories-x7k2mq")->status.state = RunState::playing;
  click(live, 1);
  EXPECT_THAT(find("Menu/Move to trash").text, HasSubstr("disabled: It learns in this window"));
  press_key(Key::escape);
  click("run b", 1);
  click("Menu/Move to trash");
  ASSERT_EQ(sent<ChangeKept>().size(), 1u);
  EXPECT_EQ(sent<ChangeKept>()[0].change,
            (KeptChange{Kind::remove_run, "/runs/20261128T161200Z-stories-aaaaaa", ""}));
  KeptChanged gone{.change = sent<ChangeKept>()[0].change};
  gone.is_run = true;
  gone.run = "b";
  gone.run_folder = gone.change.where;
  gone.place = "/runs/.trash/r";
  answer(gone);
  EXPECT_EQ(ui_.wants_closed, "b");
  EXPECT_TRUE(ui_.runs_changed);
  EXPECT_THAT(ui_.toasts.back().message, testing::MatchesRegex("Run stories ..:12 is in the trash for 30 days."));
  EXPECT_TRUE(has("undo toast"));
  KeptChanged back{.change = {Kind::put_back, gone.place, ""}};
  back.is_run = true;
  back.run = "b";
  back.place = back.run_folder = gone.run_folder;
  answer(back);
  EXPECT_EQ(ui_.wants_view, std::vector<std::string>{gone.run_folder}) << "where it was before";
  EXPECT_FALSE(has("undo toast"));
  // The palette's way.
  draw_frame([&](const app::PanelInput& in) { app::run_action("run.trash", {in, ui_, commands_}); });
  EXPECT_EQ(sent<ChangeKept>().size(), 2u);
}

TEST_F(KeptMenu, ARecentRunIsMovedToTheTrash) {
  app::RecentRun recent;
  recent.run.folder = "/runs/old";
  recent.run.id = "old";
  recent.run.steps = 10;
  ui_.recent.push_back(recent);
  ui_.show_welcome = true;
  draw(3);
  click("recent 0", 1);
  EXPECT_TRUE(sent<GoOn>().empty());
  click("Menu/Move to trash");
  ASSERT_EQ(sent<ChangeKept>().size(), 1u);
  EXPECT_EQ(sent<ChangeKept>()[0].change.where, "/runs/old");
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::test
